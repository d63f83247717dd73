package rulesslo_test

import (
	"fmt"
	"math"
	"strings"
	"testing"
	"time"

	"github.com/seed-abb722f7/nines/exporter/rulesslo"
	"github.com/seed-abb722f7/nines/slo"
)

// slothRatio is what Sloth generates for its getting-started example, to the letter.
const slothRatio = `(sum(rate(http_request_duration_seconds_count{job="myservice",code=~"(5..|429)"}[WINDOW])))
/
(sum(rate(http_request_duration_seconds_count{job="myservice"}[WINDOW])))`

// Sloth's expression over a service's own counters, and ours over the judged ones, are the
// same number: on series with resets and gaps, that come late and end early.
func TestRealRatiosAreThoseOfSloth(t *testing.T) {
	const (
		every = 30 * time.Second
		days  = 4
	)
	start := time.Date(2025, time.March, 3, 0, 0, 0, 0, time.UTC)
	r := seeded(3)
	var h history
	for _, code := range []string{"200", "503", "429"} {
		for _, instance := range []string{"a", "b", "c"} {
			outcome := "bad"
			if code == "200" {
				outcome = "good"
			}
			// Counters of a process begin anew together; each is a series of its own.
			ours := fmt.Sprintf(`nines_events_total{instance=%q,operation="%s",outcome=%q,slo="requests-availability",slo_service="myservice"}`, instance, code, outcome)
			theirs := fmt.Sprintf(`http_request_duration_seconds_count{code=%q,instance=%q,job="myservice"}`, code, instance)
			value := 0.0
			for at := time.Duration(0); at < days*slo.Day; at += every {
				switch {
				case instance == "b" && at < 7*time.Hour, instance == "c" && at > 60*time.Hour:
					continue // not there yet, or no more
				case instance == "a" && at > 30*time.Hour && at < 33*time.Hour, r.IntN(50) == 0:
					value += 3 // a gap: it is counted, not scraped
					continue
				case r.IntN(700) == 0:
					value = 0 // a restart
				}
				if code == "200" {
					value += float64(r.IntN(40))
				} else if r.IntN(20) == 0 {
					value += float64(r.IntN(3))
				}
				h.sample(ours, value, start.Add(at))
				h.sample(theirs, value, start.Add(at))
			}
		}
	}
	rules := generate(t, rulesslo.Config{Service: "myservice", Objectives: []slo.Objective{{
		Name: "requests-availability", Of: slo.All, SLI: slo.Availability(slo.Strict()), Target: slo.Percent(99.9), Window: slo.Rolling(30 * slo.Day),
	}}})
	prom := h.backfilled(t, rulesConfig(t, rules))
	compared := 0
	for _, window := range []string{"5m", "30m", "1h", "2h", "6h", "1d", "3d", "30d"} {
		ours := recorded(t, prom, "slo:sli_error:ratio_rate"+window, "requests-availability")
		theirs := strings.ReplaceAll(slothRatio, "WINDOW", window)
		for at := -time.Hour; at < (days+1)*slo.Day; at += 97 * time.Minute {
			got, want := prom.QueryAt(ours, start.Add(at)), prom.QueryAt(theirs, start.Add(at))
			switch {
			case len(want) == 1 && !math.IsNaN(want[0].Value):
				if len(got) != 1 || !near(got[0].Value, want[0].Value, 1e-9) {
					t.Errorf("%s at %v: %v, want as Sloth has it %v", window, at, got, want)
				}
				compared++
			case len(got) != 0: // theirs is NaN, or absent
				t.Errorf("%s at %v: %v, want nothing where Sloth has %v", window, at, got, want)
			}
		}
	}
	if compared < 400 {
		t.Errorf("compared %d ratios, want several hundred", compared)
	}
}
