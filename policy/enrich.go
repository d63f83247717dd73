package policy

import (
	"context"
	"log/slog"
	"sync/atomic"
	"time"
)

// enrichWithin is how long after it was decided a breach waits for facts. It leaves half of
// the second within which healthy callbacks are to be served.
const enrichWithin = 500 * time.Millisecond

// An enricher stands before the courier: it has one breach after the other enriched, and
// hands it on. It is a courier itself, with one subscriber, so that it keeps order, is bounded
// and lives off the tick.
type enricher struct {
	f      func(context.Context, Breach) []Fact
	stage  *courier[decided]
	panics *atomic.Uint64
	busy   atomic.Bool // a call that has been given up goes on
}

// decided is a breach and when it was.
type decided struct {
	breach    Breach
	at        time.Time
	limit     int // of what may wait for a subscriber
	simulated bool
}

func newEnricher(f func(context.Context, Breach) []Fact, to *courier[Breach], logger *slog.Logger) *enricher {
	e := &enricher{f: f, panics: &to.panics}
	e.stage = newCourier(logger, "enriched breach",
		func(d *decided) decided { c := *d; c.breach = d.breach.clone(); return c },
		func(d *decided) string { return d.breach.ID })
	e.stage.scribe = to.scribe
	e.stage.subscribe(func(ctx context.Context, d decided) {
		d.breach.Facts = e.facts(ctx, &d)
		to.run(to.post([]Breach{d.breach}, d.limit, d.simulated))
	})
	return e
}

// facts calls the function, if there is time left and the last call has ended.
func (e *enricher) facts(ctx context.Context, d *decided) []Fact {
	if d.simulated {
		return e.call(ctx, d.breach.clone())
	}
	left := enrichWithin - time.Since(d.at)
	if left <= 0 || !e.busy.CompareAndSwap(false, true) {
		return nil
	}
	ctx, cancel := context.WithTimeout(ctx, left)
	answer := make(chan []Fact, 1)
	own := d.breach.clone() // here: the call may begin after it was given up
	go func() {
		defer cancel()
		defer e.busy.Store(false)
		answer <- e.call(ctx, own)
	}()
	<-ctx.Done() // it ended, or it must not be waited for any longer
	select {
	case facts := <-answer:
		return facts
	default:
		return nil
	}
}

// call calls the function. Its panic is its own.
func (e *enricher) call(ctx context.Context, b Breach) []Fact {
	defer func() {
		if v := recover(); v != nil {
			e.panics.Add(1)
			id := b.ID
			e.stage.scribe.tell(func(l *slog.Logger) { l.Error("nines: Config.Enrich panicked", "panic", v, "breach", id) })
		}
	}()
	return e.f(ctx, b)
}
