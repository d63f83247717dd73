package budget

import (
	"maps"
	"math/bits"
	"slices"
	"time"

	"github.com/seed-abb722f7/nines/internal/ring"
	"github.com/seed-abb722f7/nines/internal/stripe"
	"github.com/seed-abb722f7/nines/slo"
)

// A Report is everything a tracker knows, for exporters: plain values that belong to
// the caller. Cells are read once, each objective and each operation in itself
// consistent.
type Report struct {
	Service    string
	Began      time.Time // when the tracker was made: the start time of all counters
	At         time.Time // wall time of the reading
	Closed     bool      // no more is counted: the counts stand, windows and requests in flight mean nothing
	Objectives []Status
	Operations []OperationReport
	Self       Self
}

// An OperationReport is what one operation, or event stream, has counted since the
// tracker was made.
type OperationReport struct {
	Name      string
	Kind      slo.SourceKind // NoSource for the reserved operations of requests; the name of a DependencySource begins with "dependency:"
	Declared  bool           // an objective names it
	InFlight  uint64         // requests under way
	Stalled   bool           // requests are in flight and none has finished for 10 s (or what its objectives allow)
	Classes   []ClassCount   // those that occurred, and of declared operations those that can be expected
	Excluded  []ReasonCount  // those of the classes that are excluded by default
	Causes    []CauseCount   // what handlers said of bad and excluded events
	Exemplars []Exemplar     // recent bad and slow events that are found in a trace, newest first
	Good      Histogram      // latencies of events that are good by default
	Other     Histogram      // latencies of all others
}

// Requests returns the number of events of all classes.
func (r OperationReport) Requests() uint64 {
	var n uint64
	for _, c := range r.Classes {
		n += c.Count
	}
	return n
}

// A ClassCount says how many events were of a class.
type ClassCount struct {
	Class slo.Class
	Count uint64
}

// A CauseCount says how many events a handler gave a cause.
type CauseCount struct {
	Cause string
	Count uint64
}

// A Histogram holds cumulative latency counts. It is exact at the edges that a
// tracker splits its cells at: every objective's threshold, and the bounds that
// [Tracker.Bounds] returns.
type Histogram struct {
	Count   uint64
	Sum     float64 // seconds
	buckets []uint64
	layout  *stripe.Layout
}

// AtMost returns how many took d or less. It is exact if d is one of the tracker's
// edges; otherwise the bucket that holds d is left out.
func (h Histogram) AtMost(d time.Duration) uint64 { return h.Cumulative([]time.Duration{d})[0] }

// Cumulative returns [Histogram.AtMost] of each bound, which must ascend, in one pass
// over the buckets.
func (h Histogram) Cumulative(bounds []time.Duration) []uint64 {
	counts := make([]uint64, len(bounds))
	var n uint64
	bucket := 0
	for i, d := range bounds {
		for bucket < len(h.buckets) {
			if edge, ok := h.layout.Edge(bucket); !ok || edge > int64(d) {
				break
			}
			n += h.buckets[bucket]
			bucket++
		}
		counts[i] = n
	}
	return counts
}

// Self is what a tracker knows of itself.
type Self struct {
	Operations    int           // recorded, the reserved ones included
	Undeclared    int           // of those, not named by an objective
	Limit         int           // Config.MaxOperations
	Overflowed    uint64        // requests and calls of dependencies that belong to _OTHER
	Unnamed       uint64        // requests that nothing could name
	Misused       uint64        // calls of Stream.Add with more good than total
	HookPanics    uint64        // panics in what is attached, and in functions that middleware was given
	Ticks         uint64        // so far
	TickLag       time.Duration // how late the last tick came
	TickDuration  time.Duration // how long the last tick worked
	Bytes         int           // memory of cells and history, roughly
	HistoryPoints int           // change points kept
}

// Bounds returns the edges at which exported histograms are exact, ascending: twelve
// fixed ones, of those that OpenTelemetry advises for request durations, and every
// latency threshold declared. It is nil on nil.
func (t *Tracker) Bounds() []time.Duration {
	if t == nil {
		return nil
	}
	bounds := slices.Clone(fixedEdges[:])
	bounds = append(bounds, t.Thresholds()...)
	slices.Sort(bounds)
	return slices.Compact(bounds)
}

// Thresholds returns the latency thresholds that objectives declare, ascending. It is
// nil on nil.
func (t *Tracker) Thresholds() (list []time.Duration) {
	if t == nil {
		return nil
	}
	t.mu.RLock()
	defer t.mu.RUnlock()
	for _, o := range t.engine.Objectives {
		if d, ok := o.SLI.Threshold(); ok {
			list = append(list, d)
		}
	}
	slices.Sort(list)
	return slices.Compact(list)
}

// Report reads everything. It costs a pass over all cells, and is zero on nil. Of a
// closed tracker it still holds the counts, and every Status is Stale.
func (t *Tracker) Report() Report {
	if t == nil {
		return Report{}
	}
	r := Report{Service: t.engine.Service, Began: t.began, At: t.wall().Round(0)}
	r.Closed = t.closed.Load()
	late := t.late() || r.Closed
	t.mu.Lock()
	defer t.mu.Unlock()
	e := t.engine
	e.meetNew()
	mono := t.Now()
	now := e.clock.Engine(mono)
	for _, j := range e.objectives {
		s := e.status(j, now)
		switch {
		case r.Closed:
			s.Known = Stale
		case late:
			s.Known = min(s.Known, Stale)
		}
		r.Objectives = append(r.Objectives, s)
	}
	for _, o := range t.operations() {
		r.Operations = append(r.Operations, e.report(o, now, mono))
	}
	r.Self = t.self()
	for _, o := range r.Operations {
		switch {
		case o.Name == dependencyPrefix+otherName:
			r.Self.Overflowed += o.Requests()
		case o.Kind != slo.NoSource:
		case o.Name == otherName:
			r.Self.Overflowed += o.Requests()
		case o.Name == unnamedName:
			r.Self.Unnamed += o.Requests()
		}
	}
	return r
}

// operations returns the operations of all kinds. Where nothing is called, the one for all
// other calls is of no interest.
func (t *Tracker) operations() []*Operation {
	calls := t.calls.all()
	if len(calls) == 1 && calls[0].table.Started() == 0 && calls[0].table.Used() == 0 {
		calls = nil
	}
	return slices.Concat(t.requests.all(), calls, t.streams.all())
}

// report reads one operation. The caller holds the lock.
func (e *engine) report(o *Operation, now, mono time.Duration) OperationReport {
	r := OperationReport{Name: o.name, Kind: o.kind, Declared: o.declared}
	layout := o.table.Layout()
	r.Good, r.Other = Histogram{layout: layout}, Histogram{layout: layout}
	defaults := slo.DefaultVerdicts()
	if o.sums == nil {
		o.sums = new([slo.NumClasses]wideSum)
	}
	used := o.table.Used()
	for classes := used | expected(o); classes != 0; classes &= classes - 1 {
		c := slo.Class(bits.TrailingZeros64(classes))
		var count uint64
		if used>>c&1 != 0 {
			h := &r.Other
			if defaults[c] == slo.Good {
				h = &r.Good
			}
			h.Sum += o.sums[c].seconds(o.table.Sum(int(c)))
			count = h.read(o.table, c)
		}
		r.Classes = append(r.Classes, ClassCount{c, count})
		if defaults[c] == slo.Excluded {
			r.Excluded = append(r.Excluded, ReasonCount{c.Reason(), count})
		}
	}
	if o.stream == nil {
		r.InFlight = o.inFlight(r.Good.Count + r.Other.Count)
		r.Stalled = e.stalled(o, now) > 0
	}
	r.Causes = o.causes.Load().counts()
	for _, x := range o.recent() {
		r.Exemplars = append(r.Exemplars, e.showExemplar(o, &x, mono))
	}
	newestFirst(r.Exemplars)
	return r
}

// read adds the cells of a class, each read once, and returns how many events they
// hold. Buckets are made for the first class: many operations have one histogram only.
func (h *Histogram) read(table *stripe.Table, c slo.Class) (count uint64) {
	if h.buckets == nil {
		h.buckets = make([]uint64, h.layout.Len())
	}
	table.Buckets(int(c), h.buckets)
	var total uint64
	for _, n := range h.buckets {
		total += n
	}
	count, h.Count = total-h.Count, total
	return count
}

// A wideSum follows a sum of nanoseconds past 2^64, which is 584 years of latency: a
// thousand requests under way at any time get there in seven months.
type wideSum struct{ last, wraps uint64 }

// seconds returns the sum in seconds, given it modulo 2^64. It never decreases.
func (w *wideSum) seconds(sum uint64) float64 {
	if sum < w.last {
		w.wraps++
	}
	w.last = sum
	return float64(sum)/1e9 + float64(w.wraps)*(1<<64/1e9)
}

// expected are the classes that a declared operation shows from the start, at zero,
// so that a rate over them has a beginning.
func expected(o *Operation) uint64 {
	if !o.declared {
		return 0
	}
	switch o.kind {
	case slo.DependencySource: // by HTTP, by RPC, or in neither way
		return 1<<slo.Success | 1<<slo.ClientError | 1<<slo.TooManyRequests | 1<<slo.ServerError |
			1<<slo.Failed | 1<<slo.Cancelled |
			1<<slo.RPCOK | 1<<slo.RPCUnknown | 1<<slo.RPCDeadlineExceeded | 1<<slo.RPCInternal | 1<<slo.RPCUnavailable
	case slo.HTTPSource:
		return 1<<slo.Success | 1<<slo.ClientError | 1<<slo.TooManyRequests | 1<<slo.ServerError |
			1<<slo.Failed | 1<<slo.Cancelled | 1<<slo.Shutdown | 1<<slo.Exempt
	case slo.RPCSource:
		return 1<<slo.RPCOK | 1<<slo.RPCUnknown | 1<<slo.RPCDeadlineExceeded | 1<<slo.RPCInternal |
			1<<slo.RPCUnavailable | 1<<slo.Failed | 1<<slo.Cancelled | 1<<slo.Shutdown | 1<<slo.Exempt
	case slo.EventsSource:
		return 1<<slo.EventGood | 1<<slo.EventBad
	}
	return 0
}

// self fills in what does not come from the operations. The caller holds the lock.
func (t *Tracker) self() Self {
	e := t.engine
	s := Self{
		Limit: e.MaxOperations, Misused: t.streams.misused.Load(), HookPanics: t.panics.Load(),
		Ticks: e.ticks, TickLag: time.Duration(t.lag.Load()), TickDuration: time.Duration(t.took.Load()),
	}
	for _, o := range t.operations() {
		s.Operations++
		if !o.declared {
			s.Undeclared++
		}
		s.Bytes += o.table.Bytes()
		if o.exemplars.Load() != nil {
			s.Bytes += exemplarsBytes
		}
		o.causes.Load().histories(func(r *ring.Series) {
			s.Bytes += r.Bytes()
			s.HistoryPoints += r.Points()
		})
	}
	scopes := slices.Collect(maps.Values(e.scopes))
	for _, sc := range append(scopes, e.all) {
		s.Bytes += sc.bytes()
		s.HistoryPoints += sc.points()
	}
	for _, j := range e.objectives {
		s.Bytes += j.account.bytes() + j.watch.bytes()
		if j.slices != nil {
			s.Bytes += j.scope.bytes()
			s.HistoryPoints += j.scope.points()
		}
	}
	return s
}
