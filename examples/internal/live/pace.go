package live

import (
	"context"
	"sync"
	"time"
)

// A Pace is how traffic is made.
type Pace struct {
	Rate     int // requests a second, if the machine is up to it
	InFlight int // how many may be under way
}

// Run sends one request after another, the first of which is 0, until ctx ends. It returns
// when each was answered: what ctx ends is the sending, not the requests.
func (p Pace) Run(ctx context.Context, send func(ctx context.Context, n int)) {
	var senders sync.WaitGroup
	defer senders.Wait()
	slots := make(chan struct{}, p.InFlight)
	ticker := time.NewTicker(time.Second / time.Duration(p.Rate))
	defer ticker.Stop()
	for n := 0; ; n++ {
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
		}
		select {
		case <-ctx.Done():
			return
		case slots <- struct{}{}:
		}
		senders.Go(func() {
			defer func() { <-slots }()
			send(context.WithoutCancel(ctx), n)
		})
	}
}
