package live

import (
	"context"
	"time"
)

// Work stands for whatever a handler waits for: it takes this long, or until ctx ends.
func Work(ctx context.Context, d time.Duration) {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-ctx.Done():
	}
}
