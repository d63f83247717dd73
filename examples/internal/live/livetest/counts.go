// Package livetest is what the tests of the examples under traffic share.
package livetest

import (
	"maps"
	"testing"

	"github.com/seed-abb722f7/nines/examples/internal/live"
	"github.com/seed-abb722f7/nines/slo"
)

// Counted holds that every request was counted once, as what its client saw, and that each of
// these outcomes happened.
func Counted(t *testing.T, c live.Comparison, happened ...live.Outcome) {
	t.Helper()
	if !maps.Equal(c.Counted, c.Sent) {
		t.Errorf("counted %v, want what was sent: %v", c.Counted, c.Sent)
	}
	for _, o := range happened {
		if c.Sent[o] == 0 {
			t.Errorf("no request was sent for %v: the scenario did not happen", o)
		}
	}
}

// Sent returns how many requests of an operation, or of all if it is empty, had one of these
// outcomes.
func Sent(c live.Comparison, operation string, classes ...slo.Class) (n uint64) {
	for o, count := range c.Sent {
		for _, class := range classes {
			if o.Class == class && (operation == "" || o.Operation == operation) {
				n += count
			}
		}
	}
	return n
}
