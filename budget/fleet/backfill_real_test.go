package fleet_test

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/seed-abb722f7/nines/budget"
	"github.com/seed-abb722f7/nines/budget/fleet"
	"github.com/seed-abb722f7/nines/internal/realprom"
	"github.com/seed-abb722f7/nines/slo"
)

// A past is what three replicas counted in 30 days, as it was scraped and as it was.
type past struct {
	random  *rand.Rand
	scrapes []scrape // oldest first, of all replicas
	samples [4]bytes.Buffer
}

// A scrape is what a replica had counted since the one before, or since its process began.
type scrape struct {
	at, began time.Time // began of its process, if it is its first scrape
	counts    budget.Counts
}

const (
	every  = 4 * time.Minute
	silent = 26 * time.Hour // nobody was scraped, once
)

// replica lives from one time to another, with a process that began before; some of its
// restarts leave the bad counter exactly as high as it was.
func (p *past) replica(name string, from, to, began time.Time) {
	var c budget.Counts
	first, outage := began, to.Add(-19*slo.Day)
	since := began
	for at := from; !at.After(to); at = at.Add(every) {
		if first.IsZero() && p.random.IntN(120) == 0 { // every eight hours
			bad := c.Bad
			c, since = budget.Counts{}, at.Add(-time.Duration(p.random.IntN(200))*time.Second)
			first = since
			if p.random.IntN(2) == 0 {
				c.Bad = bad
			}
		}
		before := c
		if !first.IsZero() {
			before = budget.Counts{}
		}
		if p.random.IntN(300) == 0 {
			c.Bad += p.random.Uint64N(20)
		}
		c.Good += p.random.Uint64N(500)
		if at.After(outage) && at.Before(outage.Add(silent)) {
			if !first.IsZero() { // a process of which the first scrape is to come
				before = budget.Counts{}
			}
			c.Good, c.Bad = before.Good, before.Bad // nothing happens, so that the truth is known
			if !first.IsZero() {
				c = budget.Counts{}
			}
			continue
		}
		p.scrapes = append(p.scrapes, scrape{at, first, budget.Counts{Good: c.Good - before.Good, Bad: c.Bad - before.Bad}})
		first = time.Time{}
		for _, slo := range []string{"checkout", "checkout-90d", "checkout-week"} {
			for outcome, n := range map[string]uint64{"good": c.Good, "bad": c.Bad} {
				fmt.Fprintf(&p.samples[0], "nines_events_total{job=\"shop\",instance=%q,slo_service=\"shop\",slo=%q,sli=\"availability\",operation=\"POST /checkout\",outcome=%q} %d %d\n", name, slo, outcome, n, at.Unix())
			}
			if at.After(to.Add(-time.Hour)) {
				fmt.Fprintf(&p.samples[1], "nines_objective_ratio{job=\"shop\",instance=%q,slo_service=\"shop\",slo=%q} 0.999 %d\n", name, slo, at.Unix())
			}
		}
		for class, n := range map[string]uint64{"2xx-3xx": c.Good, "5xx": c.Bad} {
			fmt.Fprintf(&p.samples[3], "nines_requests_total{job=\"shop\",instance=%q,slo_service=\"shop\",operation=\"POST /checkout\",class=%q} %d %d\n", name, class, n, at.Unix())
		}
		fmt.Fprintf(&p.samples[2], "nines_self_start_time_seconds{job=\"shop\",instance=%q,slo_service=\"shop\"} %d %d\n", name, since.Unix(), at.Unix())
	}
}

func (p *past) openMetrics() []byte {
	var b bytes.Buffer
	for i, head := range []string{"# TYPE nines_events counter\n", "# TYPE nines_objective_ratio gauge\n", "# TYPE nines_self_start_time_seconds gauge\n", "# TYPE nines_requests counter\n"} {
		b.WriteString(head)
		b.Write(p.samples[i].Bytes())
	}
	b.WriteString("# EOF\n")
	return b.Bytes()
}

// counts returns what the scrapes from one time to another saw; of a process that began before,
// what its first scrape saw belongs to nobody knows which time.
func (p *past) counts(from, to time.Time) (c budget.Counts) {
	for _, s := range p.scrapes {
		if s.at.After(from) && !s.at.After(to) && (s.began.IsZero() || !s.began.Before(from)) {
			c.Good += s.counts.Good
			c.Bad += s.counts.Bad
		}
	}
	return c
}

// week checks the reading of a calendar window: from the start of its period, with the rate of
// the one before as its forecast.
func (p *past) week(t *testing.T, got *fleet.Reading) {
	t.Helper()
	if want := p.counts(got.PeriodStart, got.At); got.Counts != want {
		t.Errorf("%s: Counts = %+v, want %+v since %v", got.Name, got.Counts, want, got.PeriodStart)
	}
	before := p.counts(got.PeriodStart.Add(-7*slo.Day), got.PeriodStart).Valid()
	rest := got.PeriodEnd.Sub(got.At)
	want := got.Counts.Valid() + uint64(float64(before)*rest.Hours()/(7*24))
	if got.Basis != budget.ForecastBasis || got.Expected < want-want/50 || got.Expected > want+want/50 {
		t.Errorf("%s: Expected, Basis = %d, %v, want about %d, forecast", got.Name, got.Expected, got.Basis, want)
	}
}

// Thirty days of three replicas that restart three times a day, and of which nobody knows anything
// for a day: every window has exactly the counts that were scraped in it.
func TestRealMonthOfRestarts(t *testing.T) {
	now := time.Now().Truncate(time.Second)
	p := &past{random: rand.New(rand.NewPCG(7, 7))}
	for i, name := range []string{"a:80", "b:80", "c:80"} {
		last := now.Add(-time.Duration(5+20*i) * time.Second)
		from := last.Add(-30 * slo.Day)
		began := from.Add(-10 * slo.Day)
		if i == 0 {
			began = from.Add(-100 * slo.Day)
		}
		p.replica(name, from, last, began)
	}
	prom := realprom.Start(t, "{}", realprom.Backfill(t, p.openMetrics())...)
	objectives := []slo.Objective{
		{Name: "checkout", Of: slo.HTTP("POST /checkout"), SLI: slo.Availability(), Target: slo.Percent(99.9)},
		{Name: "checkout-90d", Of: slo.HTTP("POST /checkout"), SLI: slo.Availability(), Target: slo.Percent(99.9), Window: slo.Rolling(90 * slo.Day)},
		{Name: "checkout-week", Of: slo.HTTP("POST /checkout"), SLI: slo.Availability(), Target: slo.Percent(99.9), Window: slo.Weeks(1, slo.FirstWeek(2025, nil))},
	}
	reader := newReader(t, fleet.Config{Client: newClient(t, prom.URL), Service: "shop", Objectives: objectives, Timeout: time.Minute})
	began := time.Now()
	readings := reader.Readings(t.Context())
	p.week(t, &readings[2])
	readings = readings[:2]
	for _, got := range readings {
		t.Logf("%s: %v %s, %+v, %.4f observed, read in %v", got.Name, got.Known, got.Doubt, got.Counts, got.Coverage, time.Since(began))
		length := got.Objective.Window.Length()
		if want := p.counts(got.At.Add(-length), got.At); got.Counts != want {
			t.Errorf("%s: Counts = %+v, want %+v", got.Name, got.Counts, want)
		}
		for _, w := range got.BurnRates {
			if want := p.counts(got.At.Add(-w.Length), got.At); w.Counts != want {
				t.Errorf("%s: window of %v: Counts = %+v, want %+v", got.Name, w.Length, w.Counts, want)
			}
		}
		seen := min(length, 30*slo.Day) - silent
		if d := got.Observed - seen; d < -length/100 || d > length/100 {
			t.Errorf("%s: Observed = %v, want %v within a percent of the window", got.Name, got.Observed, seen)
		}
		if got.Known != budget.PartialCoverage || got.Unknown != fleet.Gaps || got.Replicas != 3 {
			t.Errorf("%s: Known, Unknown, Replicas = %v, %q, %d, want partial coverage, %q, 3", got.Name, got.Known, got.Unknown, got.Replicas, fleet.Gaps)
		}
	}

	// A process that lost its disk goes on from there, alone or as one of three.
	for _, replicas := range []int{1, 3} {
		reader := newReader(t, fleet.Config{Client: newClient(t, prom.URL), Service: "shop", Objectives: objectives[:1], Timeout: time.Minute})
		history, err := reader.Restore(t.Context(), replicas)
		if err != nil {
			t.Fatal(err)
		}
		at := time.Now()
		tracker, err := budget.NewSimulation(budget.Config{Service: "shop", Objectives: objectives[:1], Restore: history}, at)
		if err != nil {
			t.Fatal(err)
		}
		got, want := tracker.Budget("checkout").Status(), p.counts(at.Add(-28*slo.Day), at)
		t.Logf("restored as 1 of %d: %v, %+v, %.4f observed since %v, %d bytes", replicas, got.Known, got.Counts, got.Coverage, got.Since, len(history))
		n := uint64(replicas)
		if want := (budget.Counts{Good: want.Good / n, Bad: (want.Bad + n - 1) / n}); got.Counts != want || !got.Restored {
			t.Errorf("restored as 1 of %d: Counts, Restored = %+v, %v, want %+v, true", replicas, got.Counts, got.Restored, want)
		}
		if seen := 28*slo.Day - silent; got.Observed < seen-3*time.Hour || got.Observed > seen+3*time.Hour {
			t.Errorf("restored as 1 of %d: Observed = %v, want %v", replicas, got.Observed, seen)
		}
		for _, w := range got.BurnRates {
			want := p.counts(at.Add(-w.Length), at)
			if got, want := int64(w.Counts.Valid()*n), int64(want.Valid()); got < want-want/20-1500 || got > want+want/20+1500 { // a scrape of each is 1,500 at most
				t.Errorf("restored as 1 of %d: window of %v: %d valid events, want about %d", replicas, w.Length, got/int64(n), want/int64(n))
			}
		}
	}
}
