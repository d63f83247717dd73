// Ratios reads what go test -bench printed, and prints how Nines compares with the rest as
// Markdown: the ratios beside what they are meant to be, then every row.
//
//	go test -run '^$' -bench . -count 6 . | go run ./ratios
//
// It is to be run in the directory of the module, whose go.mod says what was compared with.
// Figures are medians. It exits with 1 if it cannot read its input or a row is missing; a
// ratio that is missed is said, and no error: it may be the machine.
package main

import (
	"errors"
	"fmt"
	"io"
	"os"
)

func main() {
	if err := run(os.Stdin, os.Stdout, "go.mod"); err != nil {
		fmt.Fprintln(os.Stderr, "ratios:", err)
		os.Exit(1)
	}
}

func run(in io.Reader, out io.Writer, modfile string) error {
	r, err := parse(in)
	if err != nil {
		return err
	}
	versions, err := compared(modfile)
	if err != nil {
		return err
	}
	text, missing := render(r, versions)
	_, err = io.WriteString(out, text)
	return errors.Join(err, missing)
}
