package main

import (
	"context"
	"net/http"
	"sync"
	"time"
)

// A load sends checkouts to the replicas in turn, as a balancer does, and knows what came of
// them.
type load struct {
	client http.Client

	mu        sync.Mutex // held while a request is under way: one at a time will do
	replicas  []*replica
	out       *replica // of rotation
	good, bad uint64
	lost      error
}

// run sends about 300 requests a second until ctx ends.
func (l *load) run(ctx context.Context) {
	pace := time.NewTicker(3 * time.Millisecond)
	defer pace.Stop()
	for i := 0; ; i++ {
		select {
		case <-ctx.Done():
			return
		case <-pace.C:
			l.send(context.WithoutCancel(ctx), i)
		}
	}
}

func (l *load) send(ctx context.Context, i int) {
	l.mu.Lock()
	defer l.mu.Unlock()
	to := l.replicas[i%len(l.replicas)]
	if to == l.out {
		to = l.replicas[(i+1)%len(l.replicas)]
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, "http://"+to.address+"/checkout", http.NoBody)
	if err != nil {
		l.lost = err
		return
	}
	resp, err := l.client.Do(req)
	if err != nil {
		l.lost = err
		return
	}
	_ = resp.Body.Close()
	if resp.StatusCode < http.StatusInternalServerError {
		l.good++
	} else {
		l.bad++
	}
}

// leave takes a replica out of rotation; nil takes none out.
func (l *load) leave(r *replica) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.out = r
	l.client.CloseIdleConnections()
}
