package budget

import (
	"log/slog"
	"math"
	"testing"
	"time"

	"github.com/seed-abb722f7/nines/slo"
)

// A minute of ten requests a second, of which every fifth fails and every tenth is left by
// its client.
func TestSignals(t *testing.T) {
	share := 0.7
	s, err := NewSimulation(Config{Objectives: []slo.Objective{availability}, Saturation: func() float64 { return share }}, noon)
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	if _, ok := s.Signals("GET /a", LastFiveMinutes); ok {
		t.Error("Signals of the last five minutes are ok before they have begun")
	}
	o := s.HTTP("GET /a")
	for range 60 {
		for i := range 10 {
			switch {
			case i%5 == 1:
				record(o, slo.ServerError, 10*time.Millisecond)
			case i == 9:
				record(o, slo.Cancelled, time.Hour)
			default:
				record(o, slo.Success, 100*time.Millisecond)
			}
		}
		s.Advance(time.Second)
	}
	o.Start()
	got, ok := s.Signals("GET /a", LastFiveMinutes)
	if !ok || got.Operation != "GET /a" || got.Traffic != 9 || got.Errors != 2.0/9 || got.InFlight != 1 {
		t.Errorf("Signals = %+v, %v, want 9 a second of which 2 in 9 fail, and 1 in flight", got, ok)
	}
	if p50, _ := got.Latency.Quantile(0.5); p50 != 100*time.Millisecond {
		t.Errorf("p50 = %v, want 100ms", p50)
	}
	if got.Saturation != 0.7 || !got.SaturationKnown {
		t.Errorf("Saturation = %v, %v, want 0.7", got.Saturation, got.SaturationKnown)
	}
	if got, ok := s.Signals("GET /a", SinceStart); !ok || got.Traffic != 9 {
		t.Errorf("since the start: %+v, %v, want 9 a second", got, ok)
	}

	s.Advance(time.Hour)
	if got, ok := s.Signals("GET /a", LastFiveMinutes); !ok || got.Traffic != 0 || got.Errors != 0 || got.InFlight != 1 {
		t.Errorf("an hour later: %+v, %v, want silence", got, ok)
	}
	for _, tt := range []struct {
		says, want float64
		known      bool
	}{{1.5, 1.5, true}, {0, 0, true}, {-0.1, 0, false}, {math.NaN(), 0, false}, {math.Inf(1), 0, false}, {math.Inf(-1), 0, false}} {
		share = tt.says
		if got, _ := s.Signals("GET /a", SinceStart); got.Saturation != tt.want || got.SaturationKnown != tt.known {
			t.Errorf("Saturation of %v = %v, %v, want %v, %v", tt.says, got.Saturation, got.SaturationKnown, tt.want, tt.known)
		}
	}
	s.Close()
	if got, ok := s.Signals("GET /a", SinceStart); ok {
		t.Errorf("a closed tracker has the signals %+v", got)
	}
	var none *Tracker
	if got, ok := none.Signals("GET /a", SinceStart); ok {
		t.Errorf("a nil tracker has the signals %+v", got)
	}
}

func TestSignalsOfNothing(t *testing.T) {
	s := simulate(t, availability)
	if _, ok := s.Signals("GET /nobody", SinceStart); ok {
		t.Error("Signals of an unknown operation are ok")
	}
	got, ok := s.Signals("GET /a", SinceStart)
	if !ok || got.Traffic != 0 || got.Errors != 0 || got.InFlight != 0 || got.SaturationKnown {
		t.Errorf("before any request: %+v, %v, want zeros", got, ok)
	}
}

func TestSaturationThatPanics(t *testing.T) {
	cfg := Config{Objectives: []slo.Objective{availability}, Logger: slog.New(slog.DiscardHandler), Saturation: func() float64 { panic("x") }}
	s, err := NewSimulation(cfg, noon)
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	if got, ok := s.Signals("GET /a", SinceStart); !ok || got.SaturationKnown || got.Saturation != 0 {
		t.Errorf("Signals = %+v, %v, want them without saturation", got, ok)
	}
	if got := s.Report().Self.HookPanics; got != 1 {
		t.Errorf("HookPanics = %d, want 1", got)
	}
}

// A rate since the start is over the time of this process, whatever history was restored.
func TestSignalsAfterARestart(t *testing.T) {
	cfg := Config{Objectives: []slo.Objective{availability}}
	s, err := NewSimulation(cfg, noon)
	if err != nil {
		t.Fatal(err)
	}
	record(s.HTTP("GET /a"), slo.Success, 0)
	s.Advance(10 * time.Hour)
	s = restart(t, s, time.Hour, cfg)
	for range 10 {
		record(s.HTTP("GET /a"), slo.Success, 0)
	}
	s.Advance(10 * time.Second)
	if got, ok := s.Signals("GET /a", SinceStart); !ok || got.Traffic != 1 || got.Latency.Observed != 10*time.Second {
		t.Errorf("Signals = %v a second over %v, %v, want 1 over 10s", got.Traffic, got.Latency.Observed, ok)
	}
}
