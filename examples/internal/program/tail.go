package program

import (
	"strings"
	"sync"
)

// enough is how many bytes of a program's last words are kept.
const enough = 2000

// A tail is the end of what a program says. It is safe for concurrent use.
type tail struct {
	mu  sync.Mutex
	end []byte
}

// Write keeps the end of all that was written.
func (t *tail) Write(p []byte) (int, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.end = append(t.end, p...)
	t.end = t.end[max(0, len(t.end)-enough):]
	return len(p), nil
}

func (t *tail) text() string {
	t.mu.Lock()
	defer t.mu.Unlock()
	return strings.TrimSpace(string(t.end))
}
