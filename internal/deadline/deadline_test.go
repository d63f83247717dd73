package deadline_test

import (
	"context"
	"testing"
	"testing/synctest"
	"time"

	"github.com/seed-abb722f7/nines/internal/deadline"
)

// TestReached: within 1 % of the timeout and the slack, and no sooner.
func TestReached(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		if deadline.Reached(t.Context(), time.Hour) {
			t.Error("Reached without a deadline = true, want false")
		}
		for _, c := range []struct {
			timeout, elapsed time.Duration
			want             bool
		}{
			{10 * time.Second, 10*time.Second + time.Nanosecond, true},
			{10 * time.Second, 10 * time.Second, true},
			{10 * time.Second, 9895 * time.Millisecond, true},
			{10 * time.Second, 9895*time.Millisecond - time.Nanosecond, false},
			{10 * time.Second, 0, false},
			{20 * time.Millisecond, 14800 * time.Microsecond, true},
			{20 * time.Millisecond, 14800*time.Microsecond - time.Nanosecond, false},
			{4 * time.Millisecond, 0, true},
		} {
			ctx, cancel := context.WithTimeout(t.Context(), c.timeout)
			time.Sleep(c.elapsed)
			if got := deadline.Reached(ctx, c.elapsed); got != c.want {
				t.Errorf("Reached %v into a timeout of %v = %v, want %v", c.elapsed, c.timeout, got, c.want)
			}
			cancel()
		}
	})
}
