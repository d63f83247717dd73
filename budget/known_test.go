package budget

import (
	"testing"
	"time"

	"github.com/seed-abb722f7/nines/slo"
)

// No traffic, an unknown name: neither looks healthy.
func TestKnown(t *testing.T) {
	o := availability
	o.Window = slo.Rolling(10 * time.Minute)
	for _, tt := range []struct {
		name string
		do   func(s *Simulation)
		ask  string
		want Known
	}{
		{"unknown name", func(*Simulation) {}, "nobody", NoSuchObjective},
		{"no events", func(s *Simulation) { s.Advance(time.Hour) }, "availability", NoEvents},
		{"only excluded events", func(s *Simulation) { record(s.HTTP("GET /a"), slo.Cancelled, 0) }, "availability", NoEvents},
		{"one event short", func(s *Simulation) { s.Advance(time.Hour); many(s, 999) }, "availability", TooFew},
		{"just enough", func(s *Simulation) { s.Advance(time.Hour); many(s, 1000) }, "availability", FullyKnown},
		{"young process", func(s *Simulation) { s.Advance(10*time.Minute - time.Second); many(s, 1000) }, "availability", PartialCoverage},
		{"old enough", func(s *Simulation) { s.Advance(10 * time.Minute); many(s, 1000) }, "availability", FullyKnown},
		{"stalled", func(s *Simulation) { many(s, 1000); s.HTTP("GET /a").Start(); s.Advance(12 * time.Second) }, "availability", Stalled},
		{"stalled without any event", func(s *Simulation) { s.HTTP("GET /a").Start(); s.Advance(12 * time.Second) }, "availability", Stalled},
		{"not stalled yet", func(s *Simulation) { many(s, 1000); s.HTTP("GET /a").Start(); s.Advance(10 * time.Second) }, "availability", PartialCoverage},
		{"others finish", func(s *Simulation) {
			s.HTTP("GET /a").Start()
			for range 30 {
				many(s, 100)
				s.Advance(time.Second)
			}
		}, "availability", PartialCoverage},
		{"an established stream", func(s *Simulation) {
			many(s, 1000)
			s.HTTP("GET /a").Start()
			s.HTTP("GET /a").StreamBegan()
			s.Advance(time.Minute)
		}, "availability", PartialCoverage},
	} {
		t.Run(tt.name, func(t *testing.T) {
			s := simulate(t, o)
			tt.do(s)
			if got := s.Budget(tt.ask).Status().Known; got != tt.want {
				t.Errorf("Known = %v, want %v", got, tt.want)
			}
		})
	}
}

func many(s *Simulation, n int) {
	for range n {
		record(s.HTTP("GET /a"), slo.Success, 0)
	}
}

func TestNoTrafficAtAll(t *testing.T) {
	s := simulate(t, availability)
	s.Advance(time.Hour)
	b := s.Budget("availability")
	if got, ok := b.Remaining(); got != 1 || ok {
		t.Errorf("Remaining() = %v, %v, want 1, false", got, ok)
	}
	if got, ok := b.BurnRate(time.Hour); got != 0 || ok {
		t.Errorf("BurnRate() = %v, %v, want 0, false", got, ok)
	}
	if got, ok := b.SLI(); got != 0 || ok {
		t.Errorf("SLI() = %v, %v, want 0, false", got, ok)
	}
	if got, ok := b.Consumed(); got != 0 || ok {
		t.Errorf("Consumed() = %v, %v, want 0, false", got, ok)
	}
	if st := b.Status(); st.Exhausted || st.Met || st.WillExhaust || !st.NeverSeen || st.Known != NoEvents {
		t.Errorf("Status() = %+v, want neither met nor exhausted, never seen", st)
	}
}

func TestStallAllowance(t *testing.T) {
	slow := latency
	slow.SLI = slo.Latency(30 * time.Second)
	onPurpose := slow
	onPurpose.Name, onPurpose.StallAfter = "on purpose", 5*time.Minute
	quick := slow
	quick.Name, quick.StallAfter = "quick", 3*time.Second
	for _, tt := range []struct {
		objectives []slo.Objective
		want       time.Duration
	}{
		{[]slo.Objective{availability}, 10 * time.Second},
		{[]slo.Objective{availability, slow}, 30 * time.Second},
		{[]slo.Objective{onPurpose, availability, slow}, 5 * time.Minute},
		{[]slo.Objective{availability, quick, slow}, 3 * time.Second}, // a user's own wins, shorter too
	} {
		s := simulate(t, tt.objectives...)
		s.HTTP("GET /a").Start()
		s.Advance(tt.want)
		if got := s.Budget(tt.objectives[0].Name).Status(); got.Known == Stalled || got.InFlight != 1 {
			t.Errorf("after %v: %v with %d in flight, want not stalled with 1", tt.want, got.Known, got.InFlight)
		}
		s.Advance(2 * time.Second)
		if got := s.Budget(tt.objectives[0].Name).Status(); got.Known != Stalled || got.StalledFor <= tt.want {
			t.Errorf("after %v and 2s: %v for %v, want stalled for longer than that", tt.want, got.Known, got.StalledFor)
		}
		s.HTTP("GET /a").Finish(slo.Success, time.Hour)
		s.Advance(time.Second)
		if got := s.Budget(tt.objectives[0].Name).Status(); got.Known == Stalled || got.InFlight != 0 {
			t.Errorf("after it finished: %v with %d in flight, want not stalled with 0", got.Known, got.InFlight)
		}
	}
}

func TestSilentOperation(t *testing.T) {
	other := everything
	s := simulate(t, availability, other)
	record(s.HTTP("GET /a"), slo.Success, 0)
	for range 70 {
		record(s.HTTP("GET /b"), slo.Success, 0)
		s.Advance(time.Minute)
	}
	if got := s.Budget("availability").Status(); got.SilentFor < 69*time.Minute || got.NeverSeen {
		t.Errorf("SilentFor = %v, never seen %v, want about 70m and false", got.SilentFor, got.NeverSeen)
	}
	s.Advance(2 * time.Hour)
	if got := s.Budget("availability").Status(); got.SilentFor != 0 {
		t.Errorf("SilentFor = %v while the whole service is silent, want 0", got.SilentFor)
	}
}
