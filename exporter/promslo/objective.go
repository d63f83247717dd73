package promslo

import (
	"strconv"
	"time"

	"google.golang.org/protobuf/types/known/timestamppb"

	"github.com/seed-abb722f7/nines/budget"
	"github.com/seed-abb722f7/nines/slo"
)

// An objectiveKey is everything of an objective that its labels tell.
type objectiveKey struct {
	name, operation         string
	sli                     string
	threshold               time.Duration
	window                  slo.Window
	owner, region, priority string
	shadow                  bool
}

// objectiveSeries are the series of one objective.
type objectiveSeries struct {
	scrape                uint64 // the last that had it
	descs                 *descs
	name                  string
	good, bad             *series
	windowGood, windowBad *series
	coverage, ratio, info *series
	remaining             *series                   // made when asked for
	burnRates             map[time.Duration]*series // the same
}

func (s *service) objective(status *budget.Status) *objectiveSeries {
	o := &status.Objective
	key := objectiveKey{
		name: status.Name, operation: status.Operation, sli: o.SLI.Name(), window: o.Window,
		owner: o.Owner, region: o.Region, priority: o.Priority, shadow: o.Shadow,
	}
	key.threshold, _ = o.SLI.Threshold()
	have, ok := s.objectives[key]
	if !ok {
		have = newObjectiveSeries(s.descs, &key)
		s.objectives[key] = have
	}
	have.scrape = s.scrapes
	return have
}

func newObjectiveSeries(d *descs, k *objectiveKey) *objectiveSeries {
	threshold := ""
	if k.threshold > 0 {
		threshold = k.threshold.String()
	}
	return &objectiveSeries{
		descs: d, name: k.name,
		good:       d.series(events, k.name, k.sli, k.operation, "good"),
		bad:        d.series(events, k.name, k.sli, k.operation, "bad"),
		windowGood: d.series(windowEvents, k.name, "good"),
		windowBad:  d.series(windowEvents, k.name, "bad"),
		coverage:   d.series(windowCoverage, k.name),
		ratio:      d.series(objectiveRatio, k.name),
		info: d.series(objectiveInfo, k.name, k.sli, threshold, k.window.String(),
			k.owner, k.region, k.priority, strconv.FormatBool(k.shadow)),
		burnRates: map[time.Duration]*series{},
	}
}

func (s *objectiveSeries) report(p *page, o *objective, ratios bool, began *timestamppb.Timestamp) {
	p.count(s.good, o.Total.Good, began)
	p.count(s.bad, o.Total.Bad, began)
	p.gauge(s.ratio, o.Objective.Target.Ratio())
	p.gauge(s.info, 1)
	if !o.live {
		return // windows of a closed tracker say nothing of now
	}
	p.gauge(s.windowGood, float64(o.Counts.Good))
	p.gauge(s.windowBad, float64(o.Counts.Bad))
	p.gauge(s.coverage, o.Coverage)
	if ratios && o.Known != budget.Stale {
		s.reportRatios(p, &o.Status)
	}
}

// reportRatios adds what holds for this process only.
func (s *objectiveSeries) reportRatios(p *page, o *budget.Status) {
	if o.Counts.Valid() > 0 {
		if s.remaining == nil {
			s.remaining = s.descs.series(remainingRatio, s.name)
		}
		p.gauge(s.remaining, o.Remaining)
	}
	for _, w := range o.BurnRates {
		if !w.OK {
			continue
		}
		if s.burnRates[w.Length] == nil {
			s.burnRates[w.Length] = s.descs.series(burnRate, s.name, slo.FormatDuration(w.Length))
		}
		p.gauge(s.burnRates[w.Length], w.BurnRate)
	}
}
