package alertslo

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"time"

	"github.com/seed-abb722f7/nines/policy"
)

// closeGrace is how long Close waits for what is to be sent: enough for a request and
// another try, and short for a shutdown.
const closeGrace = 2 * time.Second

// lastWords is how long requests may take to notice that they were cancelled.
const lastWords = 100 * time.Millisecond

// A Notifier tells its destinations of the breaches of watchers. Make it with [New]. It must
// not be copied.
//
// All methods are safe for concurrent use, and do nothing on a nil *Notifier.
type Notifier struct {
	scope      Scope
	board      board
	deliverers []deliverer

	ctx     context.Context // of requests: ended by Close
	cancel  context.CancelFunc
	closing chan struct{} // closed: send what waits, and end
	running sync.WaitGroup

	once sync.Once
	mu   sync.RWMutex // of closed: nothing is heard after it
	shut bool
}

// New returns a notifier that speaks for as much as scope says, [Single] or [PerInstance], to
// the destinations, at least one. Its goroutines, one for each destination and for each
// Alertmanager of several, run until Close.
//
// The error joins everything wrong with the configuration and matches slo.ErrInvalid. It
// shows no secret.
func New(scope Scope, destinations ...Destination) (*Notifier, error) {
	n := &Notifier{scope: scope, closing: make(chan struct{})}
	var errs []error
	switch {
	case scope == Scope{}:
		errs = append(errs, fieldError("scope", scope.String(), "want alertslo.Single if exactly one process has these objectives, else alertslo.PerInstance with a name for this one"))
	case scope.several && strings.TrimSpace(scope.instance) == "":
		errs = append(errs, fieldError("PerInstance(id)", scope.instance, "want a name for this process, such as that of its pod or host"))
	case len(scope.instance) > maxLabel:
		errs = append(errs, fieldError("PerInstance(id)", scope.instance, fmt.Sprintf("want a name of at most %d bytes, got %d", maxLabel, len(scope.instance))))
	}
	if len(destinations) == 0 {
		errs = append(errs, fieldError("destinations", destinations, "want at least one, such as alertslo.Log{}"))
	}
	for i, d := range destinations {
		if d == nil {
			errs = append(errs, fieldError(fmt.Sprintf("destinations[%d]", i), "nil", "want an Alertmanager, a Webhook or a Log"))
			continue
		}
		n.deliverers = append(n.deliverers, d.open(n, func(field string, value any, reason string) {
			errs = append(errs, fieldError(fmt.Sprintf("destinations[%d].%s", i, field), value, reason))
		})...)
	}
	if err := errors.Join(errs...); err != nil {
		return nil, err
	}
	n.ctx, n.cancel = context.WithCancel(context.Background())
	for _, d := range n.deliverers {
		n.running.Go(d.run)
	}
	return n, nil
}

// Attach tells the destinations of the breaches of a watcher from now on, until the function
// that it returns is called. Alertmanager is also told of those that are open already, such as
// those that an earlier process left, with the labels and the start that they had then. A
// notifier may be attached to several watchers. It costs requests nothing, and does nothing after
// Close.
//
// Detaching does not resolve what is open: it is not sent any more, and Alertmanager lets it
// end four times Alertmanager.Resend later. So does closing.
func (n *Notifier) Attach(w *policy.Watcher) (detach func()) {
	if n == nil || w == nil {
		return func() {}
	}
	f := n.board.attach(w)
	stop := w.OnBreach(func(_ context.Context, b policy.Breach) { n.notify(f, b) })
	n.wake()
	return func() {
		stop()
		n.board.detach(f)
	}
}

// notify takes a piece of news.
func (n *Notifier) notify(f *feed, b policy.Breach) {
	n.mu.RLock()
	defer n.mu.RUnlock()
	if n.shut {
		return
	}
	n.board.hear(f, b)
	for _, d := range n.deliverers {
		d.hear(&b)
	}
}

// wake has every Alertmanager told what is open.
func (n *Notifier) wake() {
	for _, d := range n.deliverers {
		if s, ok := d.(*sender); ok {
			s.wake()
		}
	}
}

// Stats returns what became of what was to be told, of one destination after the other, and
// of each Alertmanager. It is nil on nil.
func (n *Notifier) Stats() (all []Stats) {
	if n == nil {
		return nil
	}
	for _, d := range n.deliverers {
		all = append(all, d.stats())
	}
	return all
}

// Close sends what waits, for up to two seconds, and ends the notifier's goroutines. What is
// left is counted in Stats.Dropped, and what comes later is not heard. Close the watcher
// or the tracker first, so that its last news is among it. Breaches that are open are not
// resolved: Alertmanager is told of them once more, so that the next process has time to go
// on with them.
func (n *Notifier) Close() {
	if n == nil {
		return
	}
	ctx, cancel := context.WithTimeout(context.Background(), closeGrace)
	defer cancel()
	_ = n.Shutdown(ctx) // what was not sent is counted
}

// Shutdown is Close with a deadline of the caller's. The error is that of ctx if something
// was left when it ended; nil if nothing was, and for every call but the first of Close and
// Shutdown, which return at once.
func (n *Notifier) Shutdown(ctx context.Context) (err error) {
	if n == nil {
		return nil
	}
	n.once.Do(func() {
		n.mu.Lock()
		n.shut = true
		n.mu.Unlock()
		close(n.closing)
		ended := make(chan struct{})
		go func() {
			n.running.Wait()
			close(ended)
		}()
		select {
		case <-ended:
		case <-ctx.Done():
			err = ctx.Err()
		}
		n.cancel()
		select { // what was under way ends, unless it does not care
		case <-ended:
		case <-time.After(lastWords):
		}
	})
	return err
}
