package budget

import (
	"math/bits"
	"slices"
	"strings"
	"time"

	"github.com/seed-abb722f7/nines/internal/stripe"
	"github.com/seed-abb722f7/nines/slo"
)

// A Span is a stretch of time for which latencies are kept.
type Span uint8

// The spans. The first call for an operation starts their history: until it is old
// enough, Latency.Observed says how far it reaches.
const (
	SinceStart      Span = iota // since the tracker was made
	LastFiveMinutes             // at least 5 minutes, at most 15 seconds more
	LastHour                    // at least one hour, at most 5 minutes more
)

// spanRings gives the length of each span, and how often its ring takes a snapshot. A
// snapshot is 4 bytes a bucket: together about 25 KiB for an operation that is asked.
var spanRings = [...]struct{ length, every time.Duration }{
	LastFiveMinutes: {5 * time.Minute, 15 * time.Second},
	LastHour:        {time.Hour, 5 * time.Minute},
}

// Latency is how long the requests of an operation took, over some span: those that
// are valid by default (see [slo.DefaultVerdicts]), failed ones included. Counts are
// exact; quantiles and the maximum are known to the bucket: the true value is at most
// the given one, and above it divided by 1.0905 (2^(1/8)).
type Latency struct {
	Count    uint64
	Bad      uint64        // of Count, those that are bad by default
	Mean     time.Duration // 0 when Count is 0
	Observed time.Duration // what the span really covers
	buckets  []uint64
	layout   *stripe.Layout
}

// Quantile returns the upper edge of the bucket in which the share q of the requests
// is reached: Quantile(0.95) is the p95. Beyond 128 s, or the largest threshold if that
// is more, only that much is known, and returned. ok is false when there was no
// request or q is not in (0, 1].
func (l Latency) Quantile(q float64) (d time.Duration, ok bool) {
	if l.Count == 0 || !(q > 0 && q <= 1) {
		return 0, false
	}
	rank := q * float64(l.Count)
	var seen uint64
	for i, n := range l.buckets {
		seen += n
		if n > 0 && float64(seen) >= rank {
			return l.edge(i), true
		}
	}
	return l.Max()
}

// Max returns the upper edge of the highest occupied bucket; ok is false when there
// was no request.
func (l Latency) Max() (d time.Duration, ok bool) {
	for i, n := range slices.Backward(l.buckets) {
		if n > 0 {
			return l.edge(i), true
		}
	}
	return 0, false
}

func (l Latency) edge(i int) time.Duration {
	edge, ok := l.layout.Edge(i)
	if !ok {
		edge, _ = l.layout.Edge(i - 1)
	}
	return time.Duration(edge)
}

// A latencyHistory keeps the snapshots of an operation that was asked for latencies.
// It belongs to the engine.
type latencyHistory struct {
	asked bool
	rings [len(spanRings)][]latencySnapshot // oldest first
}

type latencySnapshot struct {
	at      time.Duration
	bad     uint64
	sum     uint64 // nanoseconds, modulo 2^64
	buckets []uint32
}

// timed are the classes whose latency counts, the bad ones first.
var timed = func() (s [2]classSet) {
	for c, v := range slo.DefaultVerdicts() {
		switch v {
		case slo.Bad:
			s[0] |= 1 << c
		case slo.Good:
			s[1] |= 1 << c
		}
	}
	return s
}()

// readLatency returns the cumulative buckets and the sum of an operation, and how many of its
// events were bad. The buckets are those of the first layout, so that readings can be compared
// whatever became of thresholds.
func readLatency(table *stripe.Table) (buckets []uint64, bad, sum uint64) {
	buckets = make([]uint64, table.Layout().Origin().Len())
	for i, classes := range timed {
		for used := table.Used() & uint64(classes); used != 0; used &= used - 1 {
			c := bits.TrailingZeros64(used)
			sum += table.Sum(c)
			table.OriginBuckets(c, buckets)
		}
		if i == 0 {
			bad = total(buckets)
		}
	}
	return buckets, bad, sum
}

func total(buckets []uint64) (n uint64) {
	for _, count := range buckets {
		n += count
	}
	return n
}

// snap takes the snapshots that are due. It costs nothing until somebody asked.
func (h *latencyHistory) snap(table *stripe.Table, now time.Duration) {
	if !h.asked {
		return
	}
	var taken *latencySnapshot
	for span := LastFiveMinutes; int(span) < len(spanRings); span++ {
		ring, kept := &h.rings[span], spanRings[span]
		if n := len(*ring); n > 0 && now-(*ring)[n-1].at < kept.every {
			continue
		}
		if taken == nil {
			buckets, bad, sum := readLatency(table)
			taken = &latencySnapshot{at: now, bad: bad, sum: sum, buckets: make([]uint32, len(buckets))}
			for i, n := range buckets {
				taken.buckets[i] = uint32(n) // differences are taken modulo 2^32: four billion requests a span
			}
		}
		*ring = append(*ring, *taken)
		for len(*ring) > 1 && now-(*ring)[1].at >= kept.length {
			*ring = append((*ring)[:0], (*ring)[1:]...)
		}
	}
}

// reported returns the operation of a name as it is reported.
func (t *Tracker) reported(operation string) (o *Operation, ok bool) {
	registry, name := t.requests, canonical(operation)
	if dependency, is := strings.CutPrefix(name, dependencyPrefix); is {
		registry, name = t.calls, dependency
	}
	o, ok = (*registry.byName.Load())[name]
	return o, ok
}

// Latency returns the latencies of an operation, named as in [Report.Operations], over
// a span. Counts include the last request that finished. ok is false when there is no
// such operation, the tracker is nil or closed, or the span's history has not begun:
// the first call begins it. It allocates the buckets it returns.
func (t *Tracker) Latency(operation string, span Span) (l Latency, ok bool) {
	if t == nil || t.closed.Load() || int(span) >= len(spanRings) {
		return Latency{}, false
	}
	o, ok := t.reported(operation)
	if !ok {
		return Latency{}, false
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	now := t.engine.clock.Engine(t.Now())
	h := &o.latency
	if !h.asked {
		h.asked, t.engine.timing = true, true
		h.snap(o.table, now)
	}
	buckets, bad, sum := readLatency(o.table)
	l = Latency{buckets: buckets, layout: o.table.Layout().Origin(), Bad: bad, Observed: now - t.engine.resumed}
	if span != SinceStart {
		ring := h.rings[span]
		first := ring[0]
		for _, s := range ring {
			if now-s.at < spanRings[span].length {
				break
			}
			first = s
		}
		if l.Observed = now - first.at; l.Observed == 0 {
			return Latency{}, false
		}
		for i := range buckets {
			buckets[i] = uint64(uint32(buckets[i]) - first.buckets[i])
		}
		l.Bad -= first.bad
		sum -= first.sum
	}
	l.Count = total(buckets)
	if l.Count > 0 {
		l.Mean = time.Duration(sum / l.Count)
	}
	return l, true
}
