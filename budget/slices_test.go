package budget

import (
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"github.com/seed-abb722f7/nines/slo"
)

// inSlices is the objective of fourWeeks in slices of five minutes.
func inSlices(m slo.Method, w slo.Window) slo.Objective {
	o := fourWeeks(0)
	o.Method, o.Window = m, w
	return o
}

// Slices count as a plain scan of all events counts them: good if their own ratio met the
// slice target, nothing if empty; ratio slices add their own ratio.
func TestSlicesMatchAScan(t *testing.T) {
	const length = 5 * time.Minute
	plain := inSlices(slo.Timeslices(length, slo.Percent(90)), slo.Rolling(2*slo.Day))
	ratio := inSlices(slo.RatioTimeslices(length), slo.Rolling(2*slo.Day))
	ratio.Name = "ratio"
	s := simulateAt(t, monday, plain, ratio)
	rng := rand.New(rand.NewPCG(7, 8))
	type slice struct{ good, valid uint64 }
	var slices []slice
	for range 500 {
		var now slice
		for range 5 {
			if rng.IntN(3) > 0 {
				total := rng.Uint64N(20)
				good := total - min(total, rng.Uint64N(4))
				s.Events("orders").Add(good, total)
				now.good, now.valid = now.good+good, now.valid+total
			}
			s.Advance(time.Minute)
		}
		slices = append(slices, now)
		if rng.IntN(10) == 0 {
			s.Advance(time.Hour)
			slices = append(slices, make([]slice, 12)...)
		}
		for _, d := range []time.Duration{time.Hour, 2 * slo.Day} {
			var want, most Counts // by slices; the window may be one percent longer
			var shares float64
			for i := range slices {
				ago := time.Duration(len(slices)-i-1) * length // since the slice ended
				v := slices[i]
				if v.valid == 0 || ago >= d+max(d/100, time.Minute) {
					continue
				}
				good := (v.valid-v.good)*10 <= v.valid
				if ago < d {
					shares += float64(v.good) / float64(v.valid)
				}
				for _, c := range []*Counts{&want, &most} {
					switch {
					case c == &want && ago >= d:
					case good:
						c.Good++
					default:
						c.Bad++
					}
				}
			}
			got := s.Budget("orders").Windows(nil, d)[0].Counts
			if !got.between(want, most) {
				t.Fatalf("slices of the last %v: %+v, want from %+v to %+v", d, got, want, most)
			}
			if n := want.Valid(); most.Valid() == n && n > 0 {
				got := s.Budget("ratio").Windows(nil, d)[0].Counts
				if sli, ok := got.SLI(); !ok || !near(sli, shares/float64(n), 1e-8) || got.Valid() != n*ratioWorth {
					t.Fatalf("ratio of the last %v: %v of %+v, want %v of %d slices", d, sli, got, shares/float64(n), n)
				}
			}
		}
	}
}

// The budget of a calendar period in slices is fixed by the calendar: it is flat while
// nothing fails, without any forecast, and empty slices are neither good nor bad.
func TestSlicesOfAPeriod(t *testing.T) {
	for _, m := range []slo.Method{slo.Timeslices(time.Hour, slo.Percent(95)), slo.RatioTimeslices(time.Hour)} {
		s := simulateAt(t, monday, inSlices(m, slo.Weeks(4, monday)))
		b := s.Budget("orders")
		hours(s, 100, 0)
		hours(s, 3, 1000) // three hours of 672 at 99 %: 3/6.72 of the budget
		st := b.Status()
		if st.Basis != SlicesBasis || !near(st.Remaining, 1-3/6.72, 1e-9) || st.Known != FullyKnown {
			t.Errorf("%v: %v left on basis %v, %v; want %v, slices, known", m, st.Remaining, st.Basis, st.Known, 1-3/6.72)
		}
		hours(s, 300, 0)
		if got, _ := b.Remaining(); got != st.Remaining {
			t.Errorf("%v: %v left after 300 good hours, want %v as before", m, got, st.Remaining)
		}
		s.Advance(69 * time.Hour) // silent
		hours(s, 200, 0)
		p := b.Periods()[0]
		if want := 1 - 3/6.03; !p.Closed || !near(p.Remaining, want, 1e-9) || !p.Fulfilled {
			t.Errorf("%v: the period ends with %v left, closed %v, fulfilled %v; want %v of 603 slices, true, true", m, p.Remaining, p.Closed, p.Fulfilled, want)
		}
	}
}

// A restart keeps the slices that ended, and goes on with the one under way.
// What makes a slice bad is what people ask, not how slices are recorded.
func TestExplainTellsWhatSlicesAreMadeOf(t *testing.T) {
	o := availability
	o.Method = slo.Timeslices(time.Minute, slo.Percent(95))
	var b strings.Builder
	if err := simulate(t, o).Explain(&b); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{
		"\n  budget: 0.001 of slices of time may be bad (",
		"\n  good: 2xx-3xx, 4xx, 429, degraded\n  bad: 5xx, failed\n  excluded: cancelled, unmatched, health, shutdown, handler\n",
	} {
		if !strings.Contains(b.String(), want) {
			t.Errorf("Explain has not %q:\n%s", want, b.String())
		}
	}
}

func TestSlicesAcrossARestart(t *testing.T) {
	o := inSlices(slo.Timeslices(time.Hour, slo.Percent(95)), slo.Weeks(4, monday))
	s := simulateAt(t, monday, o)
	hours(s, 10, 0)
	s.Events("orders").Add(0, 10)
	s.Advance(20 * time.Minute)
	s = restart(t, s, 10*time.Minute, Config{Objectives: []slo.Objective{o}, Resolution: time.Minute})
	s.Events("orders").Add(100, 100)
	s.Advance(30 * time.Minute)
	if got, want := s.Budget("orders").Counts(), (Counts{Good: 10, Bad: 1}); got != want {
		t.Errorf("%+v, want %+v: 10 of the 110 events of the hour were bad", got, want)
	}
	st := s.Budget("orders").Status()
	if st.Total != (Counts{Bad: 1}) || !st.Restored {
		t.Errorf("%+v counted by this process, restored %v; want one bad slice, true", st.Total, st.Restored)
	}
	o.Method = slo.Timeslices(30*time.Minute, slo.Percent(95))
	s = restart(t, s, 0, Config{Objectives: []slo.Objective{o}, Resolution: time.Minute})
	if st := s.Budget("orders").Status(); st.Renewed != "budgeting method" || st.Counts != (Counts{}) {
		t.Errorf("with other slices: renewed %q, %+v; want budgeting method, nothing", st.Renewed, st.Counts)
	}
}

// A simulation passes quickly over the rest of a slice in which nothing happens.
func TestSlicesDoNotKeepASimulationBusy(t *testing.T) {
	s := simulateAt(t, monday, inSlices(slo.Timeslices(6*time.Hour, slo.Percent(95)), slo.Weeks(4, monday)))
	s.Events("orders").Add(10, 10)
	s.Advance(7 * slo.Day)
	if ticks := s.Report().Self.Ticks; ticks > 10 {
		t.Errorf("%d ticks in an idle week, want a few", ticks)
	}
	if got, want := s.Budget("orders").Counts(), (Counts{Good: 1}); got != want {
		t.Errorf("%+v, want %+v", got, want)
	}
}

// A period that ends while the clock is suspect closes a slice that nothing could note then:
// it is noted as soon as it can be, and leaves the windows after its time.
func TestSliceClosedWhileTheClockIsSuspect(t *testing.T) {
	s := simulate(t, inSlices(slo.Timeslices(time.Minute, slo.Percent(90)), slo.Days(1, monday)))
	s.AdvanceTo(noon.Add(12*time.Hour - 30*time.Second))
	s.Events("orders").Add(0, 10)
	s.StepWall(time.Hour)
	s.Advance(31 * time.Second)
	s.StepWall(-time.Hour) // it was an error
	s.Advance(5 * time.Hour)
	b := s.Budget("orders")
	if p := b.Periods(); len(p) != 2 || p[0].Counts != (Counts{Bad: 1}) || p[1].Counts != (Counts{}) {
		t.Errorf("periods %v, want one bad slice in the first", p)
	}
	if got := b.Windows(nil, time.Hour, 6*time.Hour); got[0].Counts != (Counts{}) || got[1].Counts != (Counts{Bad: 1}) {
		t.Errorf("windows %+v, want the slice of five hours ago in six hours, and not in one", got)
	}
}

// Slices are cut before periods close, and events come in between: they are of the slice that
// has begun, which the end of the period does not cut again.
func TestSliceIsCutOnceAtABoundary(t *testing.T) {
	s := simulate(t, inSlices(slo.Timeslices(time.Minute, slo.Percent(90)), slo.Days(1, monday)))
	s.AdvanceTo(noon.Add(12*time.Hour - time.Second))
	s.Events("orders").Add(10, 10)
	s.hand.move(time.Second)
	e := s.engine
	e.ticks++
	e.now = e.clock.Observe(s.hand.mono(), s.hand.wall())
	at := moment{engine: e.now.Engine, stamp: uint32(e.unitsUp(e.now.Engine)), keep: e.keep()}
	e.slice(at)
	s.Events("orders").Add(0, 1)
	e.roll(at)
	s.Advance(time.Minute)
	if p := s.Budget("orders").Periods(); len(p) != 2 || p[0].Counts != (Counts{Good: 1}) || p[1].Counts != (Counts{Bad: 1}) {
		t.Errorf("periods %v, want a good slice in the first and a bad one in the second", p)
	}
}
