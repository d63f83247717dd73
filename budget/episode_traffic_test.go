//go:build !race

package budget

import (
	"fmt"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/seed-abb722f7/nines/slo"
)

// Many weeks in ticks of ten seconds, one goroutine: under the race detector this takes long
// and finds nothing, so this file is left out there.

// The same share of the budget is one episode at whatever traffic, and background failures at
// a tenth of the rate neither make episodes nor stretch one.
func TestEpisodesAtAnyTraffic(t *testing.T) {
	for _, tt := range []struct {
		every       time.Duration // between requests
		share       float64
		lasted      time.Duration
		early, late time.Duration // how far chance may move the ends
	}{
		{10 * time.Millisecond, 0.5, 2 * time.Hour, 2 * time.Minute, 2 * time.Minute},
		{100 * time.Millisecond, 0.5, 2 * time.Hour, 5 * time.Minute, 5 * time.Minute},
		{time.Second, 0.5, 2 * time.Hour, 20 * time.Minute, 20 * time.Minute},
		{time.Second, 0.2, 72 * time.Hour, 2 * time.Hour, 2 * time.Hour},         // mild: burn rate 1.9
		{10 * time.Second, 0.3, 72 * time.Hour, 6 * time.Hour, 6 * time.Hour},    // mild and thin: a failure each hour
		{10 * time.Second, 0.8, 336 * time.Hour, 20 * time.Hour, 20 * time.Hour}, // G9 at six requests a minute
	} {
		t.Run(fmt.Sprintf("each %v, %v in %v", tt.every, tt.share, tt.lasted), func(t *testing.T) {
			rng := rand.New(rand.NewPCG(7, 8))
			s, err := NewSimulation(Config{Objectives: []slo.Objective{jobs}, Resolution: 10 * time.Second}, noon)
			if err != nil {
				t.Fatal(err)
			}
			defer s.Close()
			tick := max(10*time.Second, tt.every)
			n := uint64(tick / tt.every)
			run := func(d time.Duration, p float64) {
				for end := s.Time().Add(d); s.Time().Before(end); {
					bad := poisson(rng, p*float64(n))
					s.Events("jobs").Add(n-min(bad, n), n)
					s.Advance(tick)
				}
			}
			const background = 0.001 / 10
			run(28*slo.Day, background)
			quiet := len(s.Budget("jobs").Episodes())
			began := s.Time()
			run(tt.lasted, background+tt.share*28*24/tt.lasted.Hours()/1000)
			ended := s.Time()
			run(2*slo.Day, background)
			var found []Episode
			for _, e := range s.Budget("jobs").Episodes() {
				if e.Cost > tt.share/4 {
					found = append(found, e)
				}
			}
			t.Logf("%d episodes in four quiet weeks; then %v", quiet, s.Budget("jobs").Episodes()[quiet:])
			if quiet > 12 {
				t.Errorf("%d episodes in four weeks at a tenth of the budget, want hardly any", quiet)
			}
			if len(found) != 1 {
				t.Fatalf("episodes %v, want one of %v", found, tt.share)
			}
			e := found[0]
			if e.Start.Before(began.Add(-tt.early)) || e.Start.After(began.Add(tt.early)) || e.End.Before(ended.Add(-tt.late)) || e.End.After(ended.Add(tt.late)) {
				t.Errorf("%v, want it from %v to %v", e, began, ended)
			}
			if e.Cost < 0.7*tt.share || e.Cost > 1.3*tt.share {
				t.Errorf("%v, want a cost of %v", e, tt.share)
			}
		})
	}
}

func poisson(rng *rand.Rand, mean float64) (n uint64) {
	for p := rng.ExpFloat64(); p < mean; p += rng.ExpFloat64() {
		n++
	}
	return n
}
