package budget

import (
	"testing"
	"time"

	"github.com/seed-abb722f7/nines/slo"
)

func TestLatencyOfAnOperation(t *testing.T) {
	s := simulate(t, availability)
	if _, ok := s.Latency("GET /nobody", SinceStart); ok {
		t.Error("Latency of an unknown operation is ok")
	}
	o := s.HTTP("GET /a")
	if l, ok := s.Latency("GET /a", SinceStart); !ok || l.Count != 0 {
		t.Errorf("before any request: %+v, %v, want empty and ok", l, ok)
	}
	if _, ok := (Latency{}).Quantile(0.5); ok {
		t.Error("a quantile of nothing is ok")
	}
	for i := range 100 {
		record(o, slo.Success, time.Duration(i+1)*10*time.Millisecond)
	}
	record(o, slo.Cancelled, time.Hour) // not timed
	l, _ := s.Latency("GET /a", SinceStart)
	if l.Count != 100 || l.Mean != 505*time.Millisecond {
		t.Errorf("Count = %d, Mean = %v, want 100, 505ms", l.Count, l.Mean)
	}
	for _, tt := range []struct {
		q    float64
		want time.Duration
	}{{0.5, 500 * time.Millisecond}, {0.95, 950 * time.Millisecond}, {1, time.Second}} {
		if got, ok := l.Quantile(tt.q); !ok || got < tt.want || float64(got) > float64(tt.want)*1.0906 {
			t.Errorf("Quantile(%v) = %v, %v, want from %v to 9.06 %% more", tt.q, got, ok, tt.want)
		}
	}
	for _, q := range []float64{0, -1, 1.1} {
		if _, ok := l.Quantile(q); ok {
			t.Errorf("Quantile(%v) is ok", q)
		}
	}
	if _, ok := s.Latency("GET /a", LastHour); ok {
		t.Error("the last hour is known the moment it is first asked for")
	}
	s.Advance(10 * time.Minute)
	record(o, slo.Success, 2*time.Minute)
	record(o, slo.Success, 3*time.Minute) // beyond the last edge
	l, ok := s.Latency("GET /a", LastFiveMinutes)
	if !ok || l.Count != 2 || l.Mean != 150*time.Second || l.Observed < 5*time.Minute || l.Observed > 5*time.Minute+15*time.Second {
		t.Errorf("last five minutes: %d requests, mean %v, over %v, %v; want 2, 2m30s, 5m to 5m15s, true", l.Count, l.Mean, l.Observed, ok)
	}
	if got, ok := l.Max(); got != 128*time.Second || !ok {
		t.Errorf("Max() = %v, %v, want the last edge, 2m8s", got, ok)
	}
	l, ok = s.Latency("GET /a", LastHour)
	if !ok || l.Count != 102 || l.Observed != 10*time.Minute {
		t.Errorf("last hour, ten minutes after the first call: %d requests over %v, %v; want 2 over 10m, true", l.Count, l.Observed, ok)
	}
	s.Advance(2 * time.Hour)
	if l, ok = s.Latency("GET /a", LastHour); !ok || l.Count != 0 || l.Observed > 65*time.Minute {
		t.Errorf("two hours later: %d requests over %v, %v; want none over at most 1h5m", l.Count, l.Observed, ok)
	}
	s.Close()
	if _, ok := s.Latency("GET /a", SinceStart); ok {
		t.Error("a closed tracker has latencies")
	}
}
