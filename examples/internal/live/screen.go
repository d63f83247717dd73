package live

import (
	"fmt"
	"io"
	"os"
	"strings"
	"sync"
)

// Control sequences that any terminal of the last decades knows.
const (
	lineUp     = "\x1b[1A"
	clearBelow = "\r\x1b[J"
	wrapOff    = "\x1b[?7l" // a line that wrapped would be two to go up
	wrapOn     = "\x1b[?7h"
)

// A Screen shows what goes on: lines that stay and, on a terminal, a block below them
// that is drawn over again and again. It is safe for concurrent use.
//
// Errors of the writer are left to the final report: whoever does not see that sees
// nothing else.
type Screen struct {
	mu       sync.Mutex
	w        io.Writer
	terminal bool
	block    []string // what is drawn
}

// NewScreen returns a screen that writes to w, which is drawn on if it is a terminal. A quiet
// one writes nothing.
func NewScreen(w io.Writer, quiet bool) *Screen {
	if quiet {
		w = io.Discard
	}
	return &Screen{w: w, terminal: isTerminal(w)}
}

// isTerminal reports whether w can be drawn on.
func isTerminal(w io.Writer) bool {
	f, ok := w.(*os.File)
	if !ok || os.Getenv("TERM") == "dumb" {
		return false
	}
	info, err := f.Stat()
	return err == nil && info.Mode()&os.ModeCharDevice != 0
}

// Print adds lines that stay.
func (s *Screen) Print(lines ...string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.paint(lines, s.block)
}

// Draw replaces the block. Without lines there is none.
func (s *Screen) Draw(block ...string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.paint(nil, block)
}

// paint writes all there is to write at once, so that nothing flickers.
func (s *Screen) paint(lines, block []string) {
	var b strings.Builder
	if len(s.block) > 0 {
		b.WriteString(strings.Repeat(lineUp, len(s.block)) + clearBelow)
	}
	for _, l := range lines {
		b.WriteString(l + "\n")
	}
	s.block = nil
	if s.terminal && len(block) > 0 {
		s.block = block
		b.WriteString(wrapOff)
		for _, l := range block {
			b.WriteString(l + "\n")
		}
		b.WriteString(wrapOn)
	}
	_, _ = fmt.Fprint(s.w, b.String())
}
