package cli

import (
	"fmt"
	"io"
)

// Say writes to where there is nobody left to hear of an error.
func Say(w io.Writer, format string, args ...any) { _, _ = fmt.Fprintf(w, format, args...) }
