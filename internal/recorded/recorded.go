// Package recorded checks, for the tests of middleware, what a tracker has recorded.
package recorded

import (
	"fmt"
	"slices"
	"testing"

	"github.com/seed-abb722f7/nines/budget"
)

// Check checks that a tracker has recorded this and nothing else, each as "operation class
// count" such as "GET /row 2xx-3xx 1", and that nothing is left in flight.
func Check(tb testing.TB, tr *budget.Tracker, want ...string) {
	tb.Helper()
	var got []string
	for _, o := range tr.Report().Operations {
		for _, c := range o.Classes {
			if c.Count > 0 {
				got = append(got, fmt.Sprintf("%s %s %d", o.Name, c.Class, c.Count))
			}
		}
		if o.InFlight != 0 {
			tb.Errorf("%s: %d in flight, want 0", o.Name, o.InFlight)
		}
	}
	slices.Sort(got)
	want = slices.Sorted(slices.Values(want))
	if !slices.Equal(got, want) {
		tb.Errorf("recorded %q, want %q", got, want)
	}
}
