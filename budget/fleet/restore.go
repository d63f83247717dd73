package fleet

import (
	"context"
	"fmt"
	"log/slog"
	"strings"
	"time"

	"github.com/prometheus/common/model"

	"github.com/seed-abb722f7/nines/budget"
	"github.com/seed-abb722f7/nines/slo"
)

// restoreSpans are where the past is cut for a history: what is recent is read in finer tiles,
// as short windows need them. They are a little longer than windows of an hour and of a day, or
// those would have all of a coarse tile that ends where they begin.
var restoreSpans = [...]time.Duration{slo.Day + slo.Day/20, time.Hour + time.Hour/20, 0}

// Restore returns a history for budget.Config.Restore of a process that has none, because its
// disk is empty: what the series of the reader counted over the longest window of its
// objectives. The tracker that gets it says so: Status.Restored, with Status.Since and Coverage
// of what was found. As after any restart exported counters start at 0.
//
// The history is the share of one of so many replicas. A process keeps its own share of
// traffic, so that windows of all replicas sum up to those of the service. Where series
// outlive a process, such as those of a pod of a StatefulSet, a reader with that pod in
// Config.Labels and 1 replica gives it exactly its own. Else give the usual number of replicas:
// which part of the service's past was this process's nobody knows, and an even share has the
// same ratios. What does not divide is rounded up for bad events, and down for good ones.
//
// Counts are as in a reading. Events are placed at the end of their tile, so they leave a window
// late, by 8 s of the last hour, 3 minutes of the last day, and else a 480th of the window;
// stretches without samples are not observed. Latencies are known by the thresholds of
// objectives only. The error matches [slo.ErrInvalid] for fewer replicas than one; otherwise it
// says, as an [Unknown] and in words, why there is no history: log it, and begin with none.
// Nothing is cached. It takes up to Config.Timeout, for it reads about twice what a reading
// does.
//
// [slo.ErrInvalid]: https://pkg.go.dev/github.com/seed-abb722f7/nines/slo#ErrInvalid
func (r *Reader) Restore(ctx context.Context, replicas int) ([]byte, error) {
	if replicas < 1 {
		return nil, &slo.FieldError{Package: "fleet", Field: "replicas", Value: replicas, Reason: "want how many replicas share the traffic, at least 1"}
	}
	ctx, cancel := context.WithTimeout(ctx, r.config.Timeout)
	defer cancel()
	snapshot, err := r.restore(ctx, replicas)
	if err != nil {
		return nil, fmt.Errorf("fleet: no history: %w", failed(err))
	}
	return snapshot, nil
}

func (r *Reader) restore(ctx context.Context, replicas int) ([]byte, error) {
	x, err := begin(ctx, r.api, r.selector)
	if err != nil {
		return nil, err
	}
	from := x.now
	for i := range r.config.Objectives {
		own, _, _ := r.window(x, &r.config.Objectives[i])
		from = min(from, own.from)
	}
	events, err := x.chain(eventsMetric, "slo", from)
	if err != nil {
		return nil, err
	}
	requests, err := x.chain(requestsMetric, "operation", from)
	if err != nil {
		return nil, err
	}
	if len(x.warnings) > 0 {
		return nil, &failure{Partial, "the server warns: " + line(strings.Join(unique(x.warnings), "; "))}
	}
	p := &replay{reader: r, replicas: uint64(replicas), owed: map[cell]uint64{}, told: map[cell]uint64{}}
	for i := range events {
		if err := p.play(events[i], requests[i]); err != nil {
			return nil, err
		}
	}
	if p.sim == nil {
		return nil, &failure{NoSeries, "nobody exported the service within its windows"}
	}
	p.sim.AdvanceTo(x.time(x.now))
	return p.sim.Snapshot(), nil
}

// chain sums up a counter from some time to now, in tallies that go on from each other.
func (x *session) chain(counter string, label model.LabelName, from int64) (all []*tally, err error) {
	for _, ago := range restoreSpans {
		to := x.now - ago.Milliseconds()
		if to <= from {
			continue
		}
		t := newTally(span{from, to}, label)
		if len(all) == 0 {
			err = x.base(t, counter)
		} else {
			t.follows(all[len(all)-1])
		}
		if err == nil {
			err = x.fill(t, counter)
		}
		if err != nil {
			return nil, err
		}
		all, from = append(all, t), to
	}
	return all, nil
}

// A replay has a tracker live through the past.
type replay struct {
	reader   *Reader
	replicas uint64
	sim      *budget.Simulation // nil before the first samples
	unseen   time.Duration      // how long nobody was there to see, up to now

	owed, told map[cell]uint64 // since the beginning: of all replicas, and of one
}

// play goes through the tiles of a span.
func (p *replay) play(events, requests *tally) error {
	for i := range events.tiles {
		alive := false
		for _, there := range events.alive {
			alive = alive || there[i]
		}
		counted := p.reader.count(events, requests, i)
		if p.sim == nil {
			if !alive && len(counted) == 0 {
				continue
			}
			sim, err := budget.NewSimulation(budget.Config{
				Service: p.reader.config.Service, Objectives: p.reader.config.Objectives, MaxOperations: 1 << 20,
				Logger: slog.New(slog.DiscardHandler),
			}, time.UnixMilli(events.end(i-1)))
			if err != nil {
				return err
			}
			p.sim = sim
		}
		if !alive && len(counted) == 0 {
			p.unseen += events.step
			continue
		}
		p.skip()
		p.sim.AdvanceTo(time.UnixMilli(events.end(i)))
		for c, n := range counted {
			p.record(c, n)
		}
	}
	return nil
}

// suspectFor is how long a tracker doubts its clock before it takes a step of it for time that
// nobody observed.
const suspectFor = time.Minute + time.Second

// skip lets the time go by that nobody observed, as a suspend would.
func (p *replay) skip() {
	if p.unseen > 2*suspectFor {
		p.sim.StepWall(p.unseen - suspectFor)
		p.sim.Advance(suspectFor)
	}
	p.unseen = 0
}

// record counts a replica's share of events that are alike.
func (p *replay) record(c cell, n uint64) {
	p.owed[c] += n
	all := p.owed[c] / p.replicas
	good := c.latency == 0 && (c.class == slo.Success || c.class == slo.RPCOK || c.class == slo.EventGood)
	if !good && p.owed[c]%p.replicas > 0 {
		all++
	}
	n = all - p.told[c]
	p.told[c] = all
	switch c.class {
	case slo.EventGood:
		p.sim.Events(c.operation).Add(n, n)
	case slo.EventBad:
		p.sim.Events(c.operation).Add(0, n)
	default:
		p.sim.Add(p.operation(c), c.class, c.latency, n)
	}
}

// dependencyPrefix is what exporters put in front of the name of a dependency.
const dependencyPrefix = "dependency:"

func (p *replay) operation(c cell) *budget.Operation {
	switch name, called := strings.CutPrefix(c.operation, dependencyPrefix); {
	case called:
		return p.sim.Dependency(name)
	case c.class >= slo.RPCOK:
		return p.sim.RPC(c.operation)
	}
	return p.sim.HTTP(c.operation)
}
