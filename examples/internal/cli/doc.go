// Package cli is the command line that the examples share: flags, exit statuses, interrupts,
// and who hears what is wrong. There is nothing in it about Nines.
package cli
