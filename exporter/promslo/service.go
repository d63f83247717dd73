package promslo

import (
	"maps"
	"sync"
	"time"

	dto "github.com/prometheus/client_model/go"
	"google.golang.org/protobuf/types/known/timestamppb"

	"github.com/seed-abb722f7/nines/budget"
	"github.com/seed-abb722f7/nines/policy"
)

// A service is the trackers of one service, and the series they have had so far.
type service struct {
	trackers []*budget.Tracker
	descs    *descs
	self     [numFamilies]*series // of what has no labels

	mu         sync.Mutex // guards the rest
	scrapes    uint64
	operations map[string]*operationSeries
	objectives map[objectiveKey]*objectiveSeries
	breaches   map[breachKey]*breachSeries
}

func newService(name string) *service {
	s := &service{
		descs:      newDescs(name),
		operations: map[string]*operationSeries{},
		objectives: map[objectiveKey]*objectiveSeries{},
		breaches:   map[breachKey]*breachSeries{},
	}
	s.self[saturation] = s.descs.series(saturation)
	for f := selfSeries; f < numFamilies; f++ {
		s.self[f] = s.descs.series(f)
	}
	return s
}

// A page is what one service has in one scrape.
type page struct {
	samples    []sample
	histograms []histogram
	buckets    int
}

func (p *page) gauge(s *series, v float64) {
	p.samples = append(p.samples, sample{series: s, value: v})
}

func (p *page) count(s *series, v uint64, began *timestamppb.Timestamp) {
	p.counted(s, v, began, nil)
}

func (p *page) counted(s *series, v uint64, began *timestamppb.Timestamp, x *dto.Exemplar) {
	p.samples = append(p.samples, sample{s, float64(v), began, x})
}

func (p *page) durations(s *series, d durations, began *timestamppb.Timestamp, list []*dto.Exemplar) {
	p.histograms = append(p.histograms, histogram{s, d, began, list})
	p.buckets += len(d.le)
}

// series returns how many there are, as a server stores them: a histogram has one
// for each bound, and +Inf, sum and count.
func (p *page) series() int { return len(p.samples) + p.buckets + 3*len(p.histograms) }

// scrape reads the trackers, and the watchers of the collector. What it returns refers
// to series that are never changed.
func (s *service) scrape(c *Collector) page {
	full, saturated := fullest(s.trackers) // before the lock: these are functions of users
	s.mu.Lock()
	defer s.mu.Unlock()
	s.scrapes++
	r := read(s.trackers)
	p := page{samples: make([]sample, 0, 12*len(r.operations)+16*len(r.objectives)+int(numFamilies))}
	began := newTimestamps()
	for i := range r.operations {
		s.operation(&r.operations[i]).report(&p, &r.operations[i], began.of(r.began))
	}
	for i := range r.objectives {
		o := &r.objectives[i]
		s.objective(&o.Status).report(&p, o, c.ratios, began.of(o.Began))
	}
	if saturated {
		p.gauge(s.self[saturation], full)
	}
	s.reportBreaches(&p, c.watchers, r.live)
	s.reportSelf(&p, &r, c.watchers, began.of(r.began))
	s.forget(len(r.operations), len(r.objectives))
	return p
}

// forget drops the series that this scrape did not have, if there are any.
func (s *service) forget(operations, objectives int) {
	if len(s.operations) > operations {
		maps.DeleteFunc(s.operations, func(_ string, o *operationSeries) bool { return o.scrape != s.scrapes })
	}
	if len(s.objectives) > objectives {
		maps.DeleteFunc(s.objectives, func(_ objectiveKey, o *objectiveSeries) bool { return o.scrape != s.scrapes })
	}
}

// reportSelf adds what the trackers know of themselves. Closed ones have counters
// only.
func (s *service) reportSelf(p *page, r *reading, watchers []*policy.Watcher, began *timestamppb.Timestamp) {
	panics := r.self.HookPanics
	var dropped uint64
	for _, w := range watchers {
		panics += w.Panics()
		dropped += w.Dropped()
	}
	if len(watchers) > 0 {
		p.count(s.self[selfDropped], dropped, began)
	}
	for f, n := range map[family]uint64{
		selfOverflow: r.self.Overflowed, selfUnnamed: r.self.Unnamed, selfUnjudged: r.unjudged,
		selfMisused: r.self.Misused, selfPanics: panics, selfTicks: r.self.Ticks,
	} {
		p.count(s.self[f], n, began)
	}
	if r.live {
		p.gauge(s.self[selfTickLag], r.self.TickLag.Seconds())
		p.gauge(s.self[selfTickDuration], r.self.TickDuration.Seconds())
	}
	for f, n := range map[family]int{
		selfOperations: r.self.Operations, selfUndeclared: r.self.Undeclared, selfLimit: r.self.Limit,
		selfBytes: r.self.Bytes, selfPoints: r.self.HistoryPoints,
	} {
		p.gauge(s.self[f], float64(n))
	}
	p.gauge(s.self[selfStart], float64(r.began.UnixMilli())/1000)
	p.gauge(s.self[selfSeries], float64(p.series()+1)) // and itself
}

// timestamps makes one timestamp for all counters that began together.
type timestamps map[time.Time]*timestamppb.Timestamp

func newTimestamps() timestamps { return timestamps{} }

func (t timestamps) of(began time.Time) *timestamppb.Timestamp {
	if t[began] == nil {
		t[began] = timestamppb.New(began)
	}
	return t[began]
}
