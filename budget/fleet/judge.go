package fleet

import (
	"fmt"
	"math"
	"math/bits"
	"slices"
	"strings"
	"time"

	"github.com/prometheus/common/model"

	"github.com/seed-abb722f7/nines/budget"
	"github.com/seed-abb722f7/nines/internal/escape"
	"github.com/seed-abb722f7/nines/slo"
)

// burnWindows are those of budget.Status.BurnRates.
var burnWindows = [...]time.Duration{
	5 * time.Minute, 30 * time.Minute, time.Hour, 2 * time.Hour, 6 * time.Hour, slo.Day, 3 * slo.Day,
}

// A fleet is what is known of the replicas now.
type fleet struct {
	replicas  map[model.LabelValue]int // by objective
	differ    map[model.LabelValue]string
	newest    map[model.LabelValue]int64
	unscraped int
}

// judge makes readings of all objectives.
func (r *Reader) judge(x *session) ([]Reading, error) {
	now, err := r.survey(x)
	if err != nil {
		return nil, err
	}
	var list []Reading
	for i := range r.config.Objectives {
		o := &r.config.Objectives[i]
		own, start, end := r.window(x, o)
		t, err := x.tally(eventsMetric, "slo", own)
		if err != nil {
			return nil, err
		}
		for _, name := range r.names(o, t) {
			s, err := r.status(x, o, name, t, start, end)
			if err != nil {
				return nil, err
			}
			list = append(list, now.reading(s, len(t.slo(name)) > 0))
		}
	}
	if len(x.warnings) > 0 {
		for i := range list {
			list[i].doubt(Partial, "the server warns: "+line(strings.Join(unique(x.warnings), "; ")))
		}
	}
	for i := range list {
		list[i].trust(r.config.StaleAfter)
	}
	return list, nil
}

// window returns the span of an objective's own window, and where its period begins and ends.
func (r *Reader) window(x *session, o *slo.Objective) (own span, start, end time.Time) {
	if !o.Window.Calendar() {
		return span{x.now - ceilMilliseconds(o.Window.Length()), x.now}, start, end
	}
	start, end = o.Window.Period(x.time(x.now))
	return span{min(start.UnixMilli(), x.now-1), x.now}, start, end
}

// ceilMilliseconds rounds up: a window is never shorter than asked.
func ceilMilliseconds(d time.Duration) int64 {
	return int64((d + time.Millisecond - 1) / time.Millisecond)
}

// names returns the error budgets of an objective, as they are exported.
func (r *Reader) names(o *slo.Objective, t *tally) []string {
	printed := escape.UTF8(o.Name)
	if o.Of.Kind() != slo.EachSource {
		return []string{printed}
	}
	var names []string
	for _, s := range t.series {
		name := string(s.metric["slo"])
		if strings.HasPrefix(name, printed+"/") && !slices.Contains(names, name) && !r.declared(name) {
			names = append(names, name)
		}
	}
	if names == nil {
		return []string{printed}
	}
	slices.Sort(names)
	return names
}

// declared reports whether an objective has a name that could be one of slo.Each.
func (r *Reader) declared(name string) bool {
	return slices.ContainsFunc(r.config.Objectives, func(o slo.Objective) bool { return escape.UTF8(o.Name) == name })
}

// slo returns the series of an error budget.
func (t *tally) slo(name string) (list []*track) {
	for _, s := range t.series {
		if string(s.metric["slo"]) == name {
			list = append(list, s)
		}
	}
	return list
}

// counts returns the events of an error budget.
func (t *tally) counts(name string) (c budget.Counts) {
	good, bad := 0.0, 0.0
	for _, s := range t.slo(name) {
		sum := 0.0
		for _, n := range s.grew {
			sum += n
		}
		switch s.metric["outcome"] {
		case "good":
			good += sum
		case "bad":
			bad += sum
		}
	}
	c.Good, c.Bad = uint64(math.Round(good)), uint64(math.Round(bad))
	return c
}

// status reads one error budget.
func (r *Reader) status(x *session, o *slo.Objective, name string, t *tally, start, end time.Time) (s budget.Status, err error) {
	s = budget.Status{Name: name, Objective: *o, At: x.time(x.now), PeriodStart: start, PeriodEnd: end, Counts: t.counts(name)}
	s.Objective.Links = slices.Clone(o.Links)
	if own := t.slo(name); len(own) > 0 {
		s.Operation = string(own[0].metric["operation"])
	}
	s.Observed = min(t.observed(model.LabelValue(name)), t.length())
	s.Coverage = float64(s.Observed) / float64(t.length())
	s.Expected, s.Basis, err = r.whole(x, o, &s)
	if err != nil {
		return s, err
	}
	if s.Counts.Valid() > 0 {
		s.SLI, _ = s.Counts.SLI()
		s.Consumed, _ = o.Target.Consumed(s.Counts.Bad, s.Expected)
		s.Met = o.Target.Met(s.Counts.Bad, s.Expected)
		s.Exhausted = o.Target.Exhausted(s.Counts.Bad, s.Expected)
	}
	s.Remaining = 1 - s.Consumed
	recent := budget.Window{Length: o.Window.Length(), Counts: s.Counts, Observed: s.Observed}
	recent.BurnRate, recent.OK = s.Counts.Consumed(o.Target)
	for _, d := range burnWindows {
		if d > o.Window.Length() {
			break
		}
		t, err := x.tally(eventsMetric, "slo", span{x.now - d.Milliseconds(), x.now})
		if err != nil {
			return s, err
		}
		w := budget.Window{Length: d, Counts: t.counts(name), Observed: min(t.observed(model.LabelValue(name)), d)}
		w.BurnRate, w.OK = w.Counts.Consumed(o.Target)
		s.BurnRates = append(s.BurnRates, w)
		if d <= time.Hour {
			recent = w
		}
	}
	s.ProjectedExhaustion, s.WillExhaust = project(&s, &recent)
	return s, nil
}

// wellEnough is the share of a period, one in so many, that must have been observed for its
// rate to be a forecast, as package budget has it.
const wellEnough = 10

// whole returns how many valid events the budget is a share of, as package budget has it: of a
// calendar period those so far, and what is expected of the rest.
func (r *Reader) whole(x *session, o *slo.Objective, s *budget.Status) (uint64, budget.Basis, error) {
	valid, basis := s.Counts.Valid(), budget.ObservedBasis
	if !o.Window.Calendar() {
		return valid, basis, nil
	}
	period, rest := s.PeriodEnd.Sub(s.PeriodStart), s.PeriodEnd.Sub(s.At)
	var more uint64
	if o.ExpectedEvents > 0 {
		more, basis = share(o.ExpectedEvents, rest, period), budget.DeclaredBasis
	} else {
		before, _ := o.Window.Period(s.PeriodStart.Add(-time.Nanosecond))
		t, err := x.tally(eventsMetric, "slo", span{before.UnixMilli(), s.PeriodStart.UnixMilli()})
		if err != nil {
			return 0, basis, err
		}
		past, over := t.counts(s.Name), t.observed(model.LabelValue(s.Name))
		if past.Valid() > 0 && over >= t.length()/wellEnough {
			more, basis = share(past.Valid(), rest, over), budget.ForecastBasis
		}
	}
	if sum := valid + more; sum >= valid {
		return sum, basis, nil
	}
	return math.MaxUint64, basis, nil
}

// share returns n * part / whole, rounded down; whole is above zero.
func share(n uint64, part, whole time.Duration) uint64 {
	hi, lo := bits.Mul64(n, uint64(max(part, 0)))
	if hi >= uint64(whole) {
		return math.MaxUint64
	}
	q, _ := bits.Div64(hi, lo, uint64(whole))
	return q
}

// project returns when nothing remains if the recent burn rate goes on, as package budget has it.
func project(s *budget.Status, recent *budget.Window) (in time.Duration, ok bool) {
	if s.Exhausted {
		return 0, true
	}
	ns := 0.0
	if s.PeriodEnd.IsZero() {
		if recent.BurnRate <= 0 {
			return 0, false
		}
		ns = s.Remaining / recent.BurnRate * float64(s.Objective.Window.Length())
	} else {
		spent, _ := s.Objective.Target.Consumed(recent.Counts.Bad, s.Expected)
		if spent <= 0 || recent.Observed <= 0 {
			return 0, false
		}
		ns = s.Remaining / spent * float64(recent.Observed)
		if ns >= float64(s.PeriodEnd.Sub(s.At)) {
			return 0, false
		}
	}
	if ns < 0 || ns >= 1<<62 {
		return 0, false
	}
	return time.Duration(ns), true
}

// survey asks what the replicas are now.
func (r *Reader) survey(x *session) (*fleet, error) {
	f := &fleet{replicas: map[model.LabelValue]int{}, differ: map[model.LabelValue]string{}, newest: map[model.LabelValue]int64{}}
	promises, err := x.vector(r.selector.ofAny(ratioMetric, infoMetric))
	if err != nil {
		return nil, err
	}
	for _, p := range promises {
		name := p.Metric["slo"]
		o := r.objective(string(name))
		if o == nil {
			continue
		}
		if p.Metric[model.MetricNameLabel] == ratioMetric {
			f.replicas[name]++
			if float64(p.Value) != o.Target.Ratio() {
				f.differ[name] = fmt.Sprintf("replicas have it with a target of %v, and it is %v here", float64(p.Value), o.Target.Ratio())
			}
			continue
		}
		threshold := ""
		if d, ok := o.SLI.Threshold(); ok {
			threshold = d.String()
		}
		for _, l := range [...]struct {
			label model.LabelName
			want  string
		}{{"sli", o.SLI.Name()}, {"threshold", threshold}, {"window", o.Window.String()}} {
			if got := string(p.Metric[l.label]); got != l.want {
				f.differ[name] = fmt.Sprintf("replicas have it with a %s of %q, and it is %q here", l.label, got, l.want)
			}
		}
	}
	newest, err := x.vector("max by (slo) (timestamp(" + r.selector.of(eventsMetric) + "))")
	if err != nil {
		return nil, err
	}
	for _, n := range newest {
		f.newest[n.Metric["slo"]] = int64(math.Round(float64(n.Value) * 1000))
	}
	down, err := x.vector(r.selector.unscraped())
	if err != nil {
		return nil, err
	}
	f.unscraped = len(down)
	return f, nil
}

// objective returns the declaration of an error budget by the name that is exported.
func (r *Reader) objective(name string) *slo.Objective {
	var found *slo.Objective
	for i := range r.config.Objectives {
		o := &r.config.Objectives[i]
		printed := escape.UTF8(o.Name)
		if printed == name && o.Of.Kind() != slo.EachSource {
			return o
		}
		if o.Of.Kind() == slo.EachSource && strings.HasPrefix(name, printed+"/") {
			found = o
		}
	}
	return found
}

// reading adds what is known of the replicas; there says that they had the objective within its
// window.
func (f *fleet) reading(s budget.Status, there bool) Reading {
	name := model.LabelValue(s.Name)
	r := Reading{Status: s, Replicas: f.replicas[name], Unscraped: f.unscraped}
	if ms := f.newest[name]; ms > 0 {
		r.Newest = time.UnixMilli(ms)
	}
	switch {
	case !there && r.Replicas == 0:
		r.doubt(NoSeries, "nobody exports it, and nobody did within its window")
	case f.differ[name] != "":
		r.doubt(Mismatched, f.differ[name])
	}
	if f.unscraped > 0 {
		r.doubt(Partial, fmt.Sprintf("%d replicas cannot be scraped", f.unscraped))
	}
	return r
}

// doubt notes what keeps the reading from being trusted, unless something already does.
func (r *Reading) doubt(u Unknown, why string) {
	if r.Unknown == "" {
		r.Unknown, r.Doubt = u, string(u)+": "+why
	}
}

// trust works out Known, once all other doubts are there.
func (r *Reading) trust(staleAfter time.Duration) {
	if age := r.At.Sub(r.Newest); r.Newest.IsZero() {
		r.doubt(OldSamples, fmt.Sprintf("no sample in the last %v", maxStaleAfter))
	} else if age > staleAfter {
		r.doubt(OldSamples, fmt.Sprintf("the newest sample is %v old, and at most %v is believed", age, staleAfter))
	}
	if r.Coverage < 1 {
		r.doubt(Gaps, fmt.Sprintf("there are samples for %.4g %% of the window", 100*r.Coverage))
	}
	r.Known = r.Unknown.known()
	if r.Known < budget.PartialCoverage {
		return
	}
	switch {
	case r.Counts.Valid() == 0:
		r.Known = budget.NoEvents
	case r.Objective.Target.TooFew(r.Expected):
		r.Known = budget.TooFew
	case r.Objective.Window.Calendar() && r.Basis == budget.ObservedBasis:
		r.Known = budget.PartialCoverage
	}
}

func unique(list []string) []string {
	list = slices.Clone(list)
	slices.Sort(list)
	return slices.Compact(list)
}
