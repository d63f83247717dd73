package fleet

import (
	"context"
	"fmt"
	"sync"
	"time"

	v1 "github.com/prometheus/client_golang/api/prometheus/v1"
	"golang.org/x/sync/singleflight"

	"github.com/seed-abb722f7/nines/budget"
)

// A Reader reads the error budgets of all replicas of a service. Make it with [NewReader]. It
// is safe for concurrent use: however many ask, there is one reading under way, and for
// Config.CacheFor it serves all. It starts no goroutine but for a reading under way, and must
// not be copied.
type Reader struct {
	config   Config
	api      v1.API
	selector selector
	flight   singleflight.Group

	mu     sync.Mutex // guards the rest, for moments
	cached []Reading
	until  time.Time // by the monotonic clock
}

// NewReader returns a reader, which has asked nothing yet, or an error that joins everything
// wrong with cfg and matches [slo.ErrInvalid].
//
// [slo.ErrInvalid]: https://pkg.go.dev/github.com/seed-abb722f7/nines/slo#ErrInvalid
func NewReader(cfg Config) (*Reader, error) {
	cfg, err := cfg.normal()
	if err != nil {
		return nil, err
	}
	return &Reader{config: cfg, api: v1.NewAPI(cfg.Client), selector: newSelector(&cfg)}, nil
}

// Scope returns "fleet": what decisions of a gate over this reader have as their scope.
func (r *Reader) Scope() string { return "fleet" }

// Statuses returns all error budgets, as [Reader.StatusesContext] does, within Config.Timeout.
func (r *Reader) Statuses() []budget.Status { return r.StatusesContext(context.Background()) }

// StatusesContext returns the Status of all [Reader.Readings]. A gate asks it with the context
// that it was asked with.
func (r *Reader) StatusesContext(ctx context.Context) []budget.Status {
	readings := r.Readings(ctx)
	list := make([]budget.Status, len(readings))
	for i := range readings {
		list[i] = readings[i].Status
	}
	return list
}

// Reading returns one error budget, by the name of its objective; of slo.Each the name is the
// objective's, "/" and the operation. It is one of [Reader.Readings], and of a name that is not
// among them one whose Known is budget.NoSuchObjective.
func (r *Reader) Reading(ctx context.Context, name string) Reading {
	for _, x := range r.Readings(ctx) {
		if x.Name == name {
			return x
		}
	}
	return unread(name, &failure{NoSeries, "the reader has no objective of this name"})
}

// Readings returns all error budgets, in the order of the objectives; of slo.Each those of the
// operations that were seen, by name, and a reading without events if there are none.
//
// It never fails: what is not known is said by each reading. It returns when ctx ends, or after
// Config.Timeout; a reading under way goes on for others who wait for it, and for the cache. It
// takes about two queries for each window, and one for each part of a window in which a
// process restarted.
func (r *Reader) Readings(ctx context.Context) []Reading {
	if have, ok := r.fresh(); ok {
		return have
	}
	if err := ctx.Err(); err != nil {
		return r.all(failed(err))
	}
	answer := r.flight.DoChan("", func() (any, error) {
		if have, ok := r.fresh(); ok { // while this one waited for its turn
			return have, nil
		}
		// Who asked first may go away; the others wait for the same answer.
		bounded, cancel := context.WithTimeout(context.WithoutCancel(ctx), r.config.Timeout)
		defer cancel()
		readings := r.read(bounded)
		r.keep(readings)
		return readings, nil
	})
	select {
	case <-ctx.Done():
		return r.all(failed(ctx.Err()))
	case a := <-answer:
		readings, ok := a.Val.([]Reading)
		if !ok {
			return r.all(&failure{Unreadable, fmt.Sprint(a.Err)})
		}
		return clones(readings)
	}
}

// fresh returns what is cached, if it is not too old.
func (r *Reader) fresh() ([]Reading, bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.cached == nil || !time.Now().Before(r.until) {
		return nil, false
	}
	return clones(r.cached), true
}

func (r *Reader) keep(readings []Reading) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.cached, r.until = clones(readings), time.Now().Add(r.config.CacheFor)
}

func clones(readings []Reading) []Reading {
	list := make([]Reading, len(readings))
	for i := range readings {
		list[i] = readings[i].clone()
	}
	return list
}

// read asks the server.
func (r *Reader) read(ctx context.Context) []Reading {
	x, err := begin(ctx, r.api, r.selector)
	if err != nil {
		return r.all(failed(err))
	}
	readings, err := r.judge(x)
	if err != nil {
		return r.all(failed(err))
	}
	return readings
}

// all returns a reading of each objective that says why there is none.
func (r *Reader) all(f *failure) []Reading {
	list := make([]Reading, len(r.config.Objectives))
	for i := range r.config.Objectives {
		list[i] = unread(r.config.Objectives[i].Name, f)
		list[i].Objective = r.config.Objectives[i]
		list[i] = list[i].clone()
	}
	return list
}

// unread returns a reading that is none.
func unread(name string, f *failure) Reading {
	return Reading{
		Status:  budget.Status{Name: name, At: time.Now().Round(0), Known: f.unknown.known(), Doubt: f.Error()},
		Unknown: f.unknown,
	}
}
