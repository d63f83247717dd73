package budget

import (
	"context"
	"log/slog"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/seed-abb722f7/nines/slo"
)

// History thins out with age, each series by its own changes. A part (what came too late)
// and its whole must be read as of one moment all the same: or late events are judged good,
// or more than there were are subtracted.
func TestPartsAndWholesAreOfOneMoment(t *testing.T) {
	o := latency
	o.Window = slo.Rolling(time.Hour)
	windows := []time.Duration{5 * time.Minute, 10 * time.Minute, 1700 * time.Second, time.Hour}
	for seed := range uint64(30) {
		s := simulate(t, o)
		m := &model{objective: o}
		rng := rand.New(rand.NewPCG(seed, 1))
		share := 1 + rng.IntN(10) // one in so many is late; with seed, all or few
		every := time.Duration(1+rng.IntN(200)) * time.Second
		for s.Now() < 3*time.Hour {
			class, d := slo.Success, time.Millisecond
			if rng.IntN(2) == 0 {
				class = slo.ClientError
			}
			if rng.IntN(share) == 0 {
				d = time.Second
			}
			record(s.HTTP("GET /a"), class, d)
			m.add(modelEvent{s.Now(), class, d, 1})
			s.Advance(time.Duration(rng.Int64N(int64(every))))
			now := s.Now()
			for i, w := range s.Budget("latency").Windows(nil, windows...) {
				least := m.counts(now - windows[i])
				most := m.counts(now - windows[i] - max(windows[i]/100, time.Second))
				if !w.Counts.between(least, most) {
					t.Fatalf("seed %d at %v, window %v: %+v, want from %+v to %+v", seed, now, windows[i], w.Counts, least, most)
				}
			}
		}
	}
}

// An incident that begins when a machine wakes up is seen, whatever becomes of the clock.
func TestIncidentRightAfterASuspend(t *testing.T) {
	s := simulate(t, availability)
	many(s, 100)
	s.Advance(time.Minute)
	s.StepWall(3 * time.Hour)
	for second := range 300 {
		record(s.HTTP("GET /a"), slo.ServerError, 0)
		s.Advance(time.Second)
		want := uint64(second + 1)
		if got := s.Budget("availability").Windows(nil, time.Hour)[0].Counts; got.Bad != want {
			t.Fatalf("%d s after the suspend: %+v in the last hour, want %d bad", second+1, got, want)
		}
	}
}

// Probes, scanners and streams that end do not show that a service is alive, and an
// operation that is slow on purpose does not make the whole stalled.
func TestStalledInSpiteOfProbes(t *testing.T) {
	all := everything
	s := simulate(t, availability, all)
	o := s.HTTP("GET /a")
	for range 60 {
		o.Start()
		o.StreamBegan()
	}
	o.Start()
	for range 60 {
		record(s.HTTP("GET /healthz"), slo.Health, 0)
		record(s.Unmatched(), slo.Unmatched, 0)
		o.StreamEnded()
		o.Finish(slo.Success, time.Millisecond)
		s.Advance(time.Second)
	}
	for _, name := range []string{"availability", "all"} {
		if got := s.Budget(name).Status(); got.Known != Stalled {
			t.Errorf("%s: %v after a minute of probes, want stalled", name, got.Known)
		}
	}

	slow := availability
	slow.StallAfter = 10 * time.Minute
	s = simulate(t, slow, all)
	many(s, 1000)
	s.HTTP("GET /a").Start()
	s.Advance(3 * time.Minute)
	if got := s.Budget("all").Status(); got.Known == Stalled {
		t.Errorf("all: stalled for %v by an operation that may take ten minutes", got.StalledFor)
	}
	s.Advance(8 * time.Minute)
	if got := s.Budget("all").Status(); got.Known != Stalled {
		t.Errorf("all: %v when the operation has taken more than its ten minutes, want stalled", got.Known)
	}
}

// A request that is answered shows that the operation is alive, though its body takes
// longer than any stall may.
func TestAnswersThatGoOnAreNoStall(t *testing.T) {
	s := simulate(t, availability, everything)
	o := s.HTTP("GET /a")
	o.Start() // never answered
	for range 60 {
		o.Start()
		o.StreamBegan()
		s.Advance(time.Second)
	}
	for _, name := range []string{"availability", "all"} {
		if got := s.Budget(name).Status(); got.Known == Stalled || got.InFlight != 61 {
			t.Errorf("%s: %v with %d in flight while requests are answered, want 61 and no stall", name, got.Known, got.InFlight)
		}
	}
	s.Advance(11 * time.Second)
	for _, name := range []string{"availability", "all"} {
		if got := s.Budget(name).Status(); got.Known != Stalled {
			t.Errorf("%s: %v when no more are answered, want stalled", name, got.Known)
		}
	}
}

// Hand-written middleware may forget Start: nothing wraps around, and what it records
// leaves the windows again.
func TestFinishWithoutStart(t *testing.T) {
	o := availability
	o.Window = slo.Rolling(time.Hour)
	s := simulate(t, o, everything)
	s.HTTP("GET /a").Finish(slo.ServerError, 0)
	for _, op := range s.Report().Operations {
		if op.InFlight != 0 {
			t.Errorf("%s: %d in flight, want 0", op.Name, op.InFlight)
		}
	}
	s.Attach(Hook{Tick: func(Tick) {}}) // tick by tick, as live
	s.Advance(time.Hour + 3*time.Minute)
	if got := s.Budget("availability").Counts(); got != (Counts{}) {
		t.Errorf("an hour and three minutes later: %+v, want nothing", got)
	}
}

// What a latency objective makes of classes that an availability objective calls bad, or
// that only it calls bad.
func TestLatencyFollowsAvailability(t *testing.T) {
	strict, shadow, own := availability, availability, latency
	strict.SLI = slo.Availability(slo.Strict())
	shadow.Shadow = true
	own.SLI = slo.Latency(400*time.Millisecond, slo.Strict())
	forced := latency
	forced.SLI = slo.Latency(400*time.Millisecond, slo.CountFailures)
	for _, tt := range []struct {
		name                  string
		availability, latency slo.Objective
		class                 slo.Class
		want                  Counts
	}{
		{"bad for availability only", strict, latency, slo.TooManyRequests, Counts{Excluded: 1}},
		{"bad for latency only", availability, own, slo.TooManyRequests, Counts{Bad: 1}},
		{"bad for both", strict, own, slo.TooManyRequests, Counts{Excluded: 1}},
		{"bad for availability, and counted", strict, forced, slo.TooManyRequests, Counts{Bad: 1}},
		{"a shadow has no say", shadow, latency, slo.ServerError, Counts{Bad: 1}},
		{"a failure", availability, latency, slo.ServerError, Counts{Excluded: 1}},
	} {
		s := simulate(t, tt.availability, tt.latency)
		record(s.HTTP("GET /a"), tt.class, time.Millisecond)
		if got := s.Budget("latency").Counts(); got != tt.want {
			t.Errorf("%s: %+v, want %+v", tt.name, got, tt.want)
		}
	}
}

// A latency objective on slo.Each leaves out what an availability objective of the operation
// calls bad: other classes for each operation, which are met after the first tick.
func TestEachLatencyFollowsEachAvailability(t *testing.T) {
	strict := availability
	strict.SLI = slo.Availability(slo.Strict())
	fast := slo.Objective{Name: "fast", Of: slo.Each, SLI: slo.Latency(400 * time.Millisecond), Target: slo.Percent(95)}
	s := simulate(t, fast, strict, everything)
	for range 3 {
		for _, name := range []string{"GET /a", "GET /b"} {
			record(s.HTTP(name), slo.TooManyRequests, time.Second)
			record(s.HTTP(name), slo.Success, time.Second)
		}
		s.Advance(time.Second)
	}
	for name, want := range map[string]Counts{"fast/GET /a": {Bad: 3, Excluded: 3}, "fast/GET /b": {Bad: 6}, "all": {Good: 12}} {
		if got := s.Budget(name).Counts(); got != want {
			t.Errorf("%s: %+v, want %+v", name, got, want)
		}
	}
}

// panicLog is a log handler that panics.
type panicLog struct{ slog.Handler }

func (panicLog) Enabled(context.Context, slog.Level) bool  { return true }
func (panicLog) Handle(context.Context, slog.Record) error { panic("logger") }

// A logger that panics, a hook that closes the tracker, a hook attached too late: none
// takes the tick down or hangs.
func TestHostileHost(t *testing.T) {
	s, err := NewSimulation(Config{Objectives: []slo.Objective{everything}, Logger: slog.New(panicLog{})}, noon)
	if err != nil {
		t.Fatal(err)
	}
	record(s.Unnamed(), slo.Success, 0)
	s.Attach(Hook{Tick: func(Tick) { panic("hook") }})
	s.Advance(2 * time.Second)
	if got := s.Report().Self; got.Ticks != 2 || got.HookPanics != 2 {
		t.Errorf("%d ticks and %d panics, want 2 and 2", got.Ticks, got.HookPanics)
	}

	tr, err := New(Config{Objectives: []slo.Objective{everything}, Resolution: time.Millisecond})
	if err != nil {
		t.Fatal(err)
	}
	closed := make(chan struct{})
	tr.Attach(Hook{Tick: func(Tick) { tr.Close() }, Close: func() { tr.Close(); close(closed) }})
	<-closed
	late := make(chan struct{})
	tr.Attach(Hook{Close: func() { close(late) }})()
	<-late // a hook attached to a closed tracker is closed, off the caller's goroutine
}

func TestExtremeCounts(t *testing.T) {
	o := slo.Objective{Name: "rows", Of: slo.Events("rows"), SLI: slo.Completeness(), Target: slo.Percent(99)}
	s := simulate(t, o)
	s.Events("rows").Add(1<<63, 1<<63)
	s.Events("rows").Add(0, 1<<64-1)
	s.Events("rows").Add(1<<53-1, 1<<53)
	if got := s.Budget("rows").Status(); got.Counts != (Counts{Good: 1<<53 - 1, Bad: 1}) || s.Report().Self.Misused != 2 {
		t.Errorf("%+v, %d misused; want 2^53 events, 2 misused", got.Counts, s.Report().Self.Misused)
	}
	if got := (Counts{Good: 1 << 63, Bad: 1 << 63}).Valid(); got != 1<<64-1 {
		t.Errorf("Valid() = %d, want the most there is", got)
	}
}
