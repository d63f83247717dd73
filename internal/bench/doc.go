// Package bench measures Nines beside what else a service could use for the same, in one
// run: absolute figures do not carry from one machine to another, ratios nearly do.
//
//	go test -run '^$' -bench . -count 6 . | go run ./ratios
//
// prints the ratios, beside what they are meant to be, as Markdown. Every benchmark also
// checks that each operation was recorded once, as a row that records nothing is fast.
//
// It is a module of its own for the libraries it compares with. No test here asserts a
// time.
package bench
