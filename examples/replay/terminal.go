package main

import (
	"io"
	"os"

	"golang.org/x/term"
)

// columns returns how many columns there are to write to: those of a terminal, else 80.
func columns(w io.Writer) int {
	if f, ok := w.(*os.File); ok {
		if n, _, err := term.GetSize(int(f.Fd())); err == nil && n > 0 {
			return n
		}
	}
	return 80
}
