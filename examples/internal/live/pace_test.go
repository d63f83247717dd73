package live

import (
	"context"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"
)

// TestPace holds the rate, that no more are under way than may be, and that those which are
// when the run ends are answered.
func TestPace(t *testing.T) {
	for _, c := range []struct {
		took     time.Duration
		inFlight int
		want     []int
	}{
		{time.Millisecond, 1, []int{0, 1, 2, 3, 4}},
		{2500 * time.Millisecond, 4, []int{0, 1, 2, 3, 4}},
		{2500 * time.Millisecond, 1, []int{0, 1}},
	} {
		synctest.Test(t, func(t *testing.T) {
			ctx, cancel := context.WithTimeout(t.Context(), 5500*time.Millisecond)
			defer cancel()
			var mu sync.Mutex
			var sent []int
			Pace{Rate: 1, InFlight: c.inFlight}.Run(ctx, func(ctx context.Context, n int) {
				time.Sleep(c.took)
				mu.Lock()
				defer mu.Unlock()
				if err := ctx.Err(); err != nil {
					t.Errorf("request %d: %v, want it to outlive the run", n, err)
				}
				sent = append(sent, n)
			})
			if !slices.Equal(sent, c.want) {
				t.Errorf("requests of %v, %d at a time, in 5.5 s: answered %v, want %v", c.took, c.inFlight, sent, c.want)
			}
		})
	}
}
