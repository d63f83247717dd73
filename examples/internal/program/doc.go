// Package program starts the real programs that some examples are about, such as a
// Prometheus, on loopback and with a folder of their own, and ends them. There is nothing in
// it about how to use Nines.
package program
