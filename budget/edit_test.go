package budget

import (
	"slices"
	"testing"
	"time"

	"github.com/seed-abb722f7/nines/slo"
)

// An edit is one of the objective latency, and what it does to history: a target keeps it,
// another SLI, threshold or classification begins anew and says so.
type edit struct {
	name    string
	edit    func(*slo.Objective)
	keeps   bool
	renewed string
	total   Counts // right after an update, of what there was; a restart begins at zero
}

var edits = []edit{
	{"nothing", func(*slo.Objective) {}, true, "", Counts{Good: 1, Bad: 1}},
	{"target", func(o *slo.Objective) { o.Target = slo.Percent(50) }, true, "", Counts{Good: 1, Bad: 1}},
	{"window", func(o *slo.Objective) { o.Window = slo.Rolling(time.Hour) }, true, "", Counts{Good: 1, Bad: 1}},
	{"owner", func(o *slo.Objective) { o.Owner = "others" }, true, "", Counts{Good: 1, Bad: 1}},
	{"name", func(o *slo.Objective) { o.Name = "renamed" }, false, "", Counts{}},
	{"source", func(o *slo.Objective) { o.Of = slo.HTTP("GET /b") }, false, "source", Counts{}},
	{"SLI", func(o *slo.Objective) { o.SLI = slo.Availability() }, false, "SLI", Counts{}},
	{"threshold", func(o *slo.Objective) { o.SLI = slo.Latency(200 * time.Millisecond) }, false, "threshold", Counts{Good: 1, Bad: 1}},
	{"classification", func(o *slo.Objective) {
		o.SLI = slo.Latency(400*time.Millisecond, slo.Verdicts{slo.ClientError: slo.Bad})
	}, false, "classification", Counts{Good: 1, Bad: 1}},
}

// What an edit does to history without a restart.
func TestEditsByUpdate(t *testing.T) {
	base := latency
	for _, tt := range slices.Concat(edits, []edit{
		{"calendar window", func(o *slo.Objective) { o.Window = slo.Days(1, noon) }, true, "", Counts{Good: 1, Bad: 1}},
		{"shadow", func(o *slo.Objective) { o.Shadow = true }, true, "", Counts{Good: 1, Bad: 1}},
		{"budgeting method", func(o *slo.Objective) { o.Method = slo.Timeslices(time.Minute, slo.Percent(50)) }, false, "budgeting method", Counts{Good: 1, Bad: 1}},
	}) {
		t.Run(tt.name, func(t *testing.T) {
			s := simulate(t, base)
			record(s.HTTP("GET /a"), slo.Success, time.Second)
			record(s.HTTP("GET /a"), slo.Success, 0)
			record(s.HTTP("GET /b"), slo.Success, 0)
			s.Advance(10*time.Minute + 300*time.Millisecond)
			o := base
			tt.edit(&o)
			kept := s.Budget(o.Name)
			must(t, s.Update([]slo.Objective{o}))
			got := kept.Status()
			want, since, observed := Counts{}, s.Time(), time.Duration(0)
			if tt.keeps {
				want, since, observed = Counts{Good: 1, Bad: 1}, noon, 10*time.Minute+300*time.Millisecond
			}
			if got.Counts != want || got.Renewed != tt.renewed || got.Total != tt.total || got.Observed != observed || !got.Since.Equal(since) {
				t.Errorf("%+v, renewed %q, total %+v, observed %v since %v; want %+v, %q, %+v, %v, %v",
					got.Counts, got.Renewed, got.Total, got.Observed, got.Since, want, tt.renewed, tt.total, observed, since)
			}
			began := noon
			if tt.total == (Counts{}) {
				began = since
			}
			if !got.Began.Equal(began) {
				t.Errorf("Total began at %v, want %v", got.Began, began)
			}
			if got.NeverSeen {
				t.Error("NeverSeen = true of a source that had events")
			}
			if o.Method.Kind() != slo.OccurrencesMethod {
				return
			}
			for range 2 { // an update that changes nothing changes nothing
				record(s.HTTP(o.Of.Name()), slo.Success, 0)
				want.Good, tt.total.Good = want.Good+1, tt.total.Good+1
				if got := kept.Status(); got.Counts != want || got.Total != tt.total {
					t.Errorf("after another good one: %+v, total %+v; want %+v, %+v", got.Counts, got.Total, want, tt.total)
				}
				must(t, s.Update([]slo.Objective{o}))
				if got := kept.Status(); got.Counts != want || got.Total != tt.total || got.Renewed != tt.renewed || !got.Since.Equal(since) {
					t.Errorf("after the same update again: %+v, total %+v, renewed %q since %v", got.Counts, got.Total, got.Renewed, got.Since)
				}
				s.Advance(3 * time.Second)
			}
		})
	}
}

// The same across a restart.
func TestEditsAcrossARestart(t *testing.T) {
	base := latency
	for _, tt := range edits {
		t.Run(tt.name, func(t *testing.T) {
			s, err := NewSimulation(Config{Objectives: []slo.Objective{base}}, noon)
			if err != nil {
				t.Fatal(err)
			}
			record(s.HTTP("GET /a"), slo.Success, time.Second)
			record(s.HTTP("GET /a"), slo.Success, 0)
			s.Advance(10 * time.Minute)
			o := base
			tt.edit(&o)
			s = restart(t, s, time.Minute, Config{Objectives: []slo.Objective{o}})
			s.Advance(time.Minute)
			got := s.Budget(o.Name).Status()
			want, observed := Counts{}, time.Minute
			if tt.keeps {
				want, observed = Counts{Good: 1, Bad: 1}, 11*time.Minute
			}
			if got.Counts != want || got.Renewed != tt.renewed || got.Restored != tt.keeps || got.Observed != observed {
				t.Errorf("%+v, renewed %q, restored %v, observed %v; want %+v, %q, %v, %v",
					got.Counts, got.Renewed, got.Restored, got.Observed, want, tt.renewed, tt.keeps, observed)
			}
			record(s.HTTP(o.Of.Name()), slo.Success, 0)
			s = restart(t, s, time.Minute, Config{Objectives: []slo.Objective{o}})
			want.Good++
			if got := s.Budget(o.Name).Status(); got.Counts != want || got.Renewed != tt.renewed {
				t.Errorf("after another restart: %+v, renewed %q; want %+v, %q", got.Counts, got.Renewed, want, tt.renewed)
			}
		})
	}
}

// An availability objective that comes or goes changes what a latency objective on the same
// source leaves out.
func TestUpdateOfAvailabilityRenewsLatency(t *testing.T) {
	s := simulate(t, latency)
	record(s.HTTP("GET /a"), slo.ServerError, 0)
	must(t, s.Update([]slo.Objective{latency, availability}))
	record(s.HTTP("GET /a"), slo.ServerError, 0)
	got := s.Budget("latency").Status()
	if got.Renewed != "classification" || got.Counts != (Counts{Excluded: 1}) || got.Total != (Counts{Bad: 1, Excluded: 1}) {
		t.Errorf("%+v, total %+v, renewed %q; want 1 excluded since, and 1 bad before", got.Counts, got.Total, got.Renewed)
	}
	shadow := availability
	shadow.Shadow = true // has no say
	must(t, s.Update([]slo.Objective{latency, shadow}))
	record(s.HTTP("GET /a"), slo.ServerError, 0)
	if got := s.Budget("latency").Counts(); got != (Counts{Bad: 1}) {
		t.Errorf("beside a shadow: %+v, want 1 bad", got)
	}
}

// A restart after an update goes on from what the update made.
func TestUpdateThenRestart(t *testing.T) {
	s := simulate(t, availability, latency)
	record(s.HTTP("GET /a"), slo.Success, 300*time.Millisecond)
	s.Advance(time.Minute)
	faster := latency
	faster.SLI = slo.Latency(200 * time.Millisecond)
	must(t, s.Update([]slo.Objective{availability, faster}))
	since := s.Time()
	record(s.HTTP("GET /a"), slo.Success, 300*time.Millisecond)
	s.Advance(time.Minute)
	next := restart(t, s, time.Minute, Config{Objectives: []slo.Objective{availability, faster}})
	got := next.Budget("latency").Status()
	if got.Counts != (Counts{Bad: 1}) || got.Renewed != "threshold" || !got.Since.Equal(since) || !got.Restored || got.Total != (Counts{}) || got.Observed != time.Minute {
		t.Errorf("%+v, renewed %q since %v, restored %v, total %+v, observed %v; want 1 bad since %v", got.Counts, got.Renewed, got.Since, got.Restored, got.Total, got.Observed, since)
	}
	must(t, next.Update([]slo.Objective{availability, faster, everything}))
	if got := next.Budget("latency").Status(); got.Counts != (Counts{Bad: 1}) || !got.Restored {
		t.Errorf("after an update: %+v, restored %v, want 1 bad, true", got.Counts, got.Restored)
	}
	if got := next.Budget("availability").Status(); got.Counts != (Counts{Good: 2}) || !got.Restored {
		t.Errorf("availability: %+v, restored %v, want 2 good, true", got.Counts, got.Restored)
	}
	must(t, next.Update([]slo.Objective{availability, latency}))
	if got := next.Budget("latency").Status(); got.Counts != (Counts{}) || got.Renewed != "threshold" || got.Restored {
		t.Errorf("with the threshold of before: %+v, renewed %q, restored %v; want nothing yet", got.Counts, got.Renewed, got.Restored)
	}
}

// A generation that began with a restart is never read beside what came before it, however
// history thins out.
func TestRenewedHistoryIsOfOneMoment(t *testing.T) {
	o, faster := latency, latency
	o.Window, faster.Window = slo.Rolling(6*time.Hour), slo.Rolling(6*time.Hour)
	faster.SLI = slo.Latency(200 * time.Millisecond)
	s := simulate(t, o)
	run := func(s *Simulation, n int) {
		for range n {
			record(s.HTTP("GET /a"), slo.Success, 300*time.Millisecond)
			s.Advance(time.Second)
		}
	}
	run(s, 3600)
	next := restart(t, s, 0, Config{Objectives: []slo.Objective{faster}})
	for range 40 {
		run(next, 97)
		age := next.Now()
		for _, w := range next.Budget("latency").Windows(nil, age, age-time.Second, age-7*time.Second) {
			if w.Counts.Good != 0 || w.Counts.Bad > uint64(age/time.Second) {
				t.Fatalf("%v after the restart, over %v: %+v, want none good and at most %d bad", age, w.Length, w.Counts, age/time.Second)
			}
		}
	}
}
