package promslo_test

import (
	"slices"
	"strconv"
	"testing"
	"time"

	"github.com/seed-abb722f7/nines/exporter/promslo"
	"github.com/seed-abb722f7/nines/slo"
)

// within returns a latency objective on checkout.
func within(d time.Duration) slo.Objective {
	return slo.Objective{Name: "within " + d.String(), Of: checkout, SLI: slo.Latency(d), Target: slo.Percent(95)}
}

// bounds returns the le set of all histograms, which must be one.
func bounds(t *testing.T, list []point) []float64 {
	t.Helper()
	var one []float64
	for _, p := range named(list, "nines_request_duration_seconds") {
		var le []float64
		for _, b := range p.metric.GetHistogram().GetBucket() {
			le = append(le, b.GetUpperBound())
		}
		if one != nil && !slices.Equal(le, one) {
			t.Errorf("two le sets: %v and %v", one, le)
		}
		one = le
	}
	return one
}

var fixed = []float64{0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 7.5, 10}

func TestBounds(t *testing.T) {
	tests := []struct {
		name       string
		thresholds int // of 3, 6, 9, ... ms
		extra      []time.Duration
		want       int
	}{
		{"no thresholds", 0, nil, 12},
		{"one that is a fixed bound", 0, []time.Duration{250 * time.Millisecond}, 12},
		{"one between", 0, []time.Duration{400 * time.Millisecond}, 13},
		{"below and above all", 0, []time.Duration{time.Microsecond, 300 * time.Hour}, 14},
		{"as many as fit", 12, nil, 24},
		{"thresholds go first", 20, nil, 24},
		{"as many as allowed", 24, nil, 24},
		{"more than allowed", 60, nil, 24},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			objectives := []slo.Objective{availability, {Name: "root", Of: slo.HTTP("GET /"), SLI: slo.Availability(), Target: slo.Percent(99)}}
			var thresholds []float64
			for i := range tt.thresholds {
				d := time.Duration(i+1) * 3 * time.Millisecond
				objectives = append(objectives, within(d))
				thresholds = append(thresholds, d.Seconds())
			}
			for _, d := range tt.extra {
				objectives = append(objectives, within(d))
				thresholds = append(thresholds, d.Seconds())
			}
			le := bounds(t, points(gather(t, promslo.NewCollector(simulate(t, objectives...).Tracker))))
			if len(le) != tt.want || !slices.IsSorted(le) || len(slices.Compact(slices.Clone(le))) != len(le) {
				t.Errorf("le = %v, want %d different bounds that ascend", le, tt.want)
			}
			for _, b := range le {
				if !slices.Contains(fixed, b) && !slices.Contains(thresholds, b) {
					t.Errorf("le has %v, which is neither fixed nor a threshold", b)
				}
			}
			for _, b := range thresholds {
				if len(thresholds) <= 24 && !slices.Contains(le, b) {
					t.Errorf("le = %v lacks the threshold %v", le, b)
				}
			}
			if n := len(thresholds); n > 24 && (!slices.Contains(le, thresholds[0]) || !slices.Contains(le, thresholds[n-1])) {
				t.Errorf("le = %v lacks the smallest or the largest threshold", le)
			}
		})
	}
}

// Every bucket holds exactly the requests at most that long, at the bound itself and
// a nanosecond beyond, and the whole is what nines_requests_total says.
func TestHistogramIsExact(t *testing.T) {
	thresholds := []time.Duration{333 * time.Millisecond, 50*time.Millisecond + 1, 123456789}
	objectives := []slo.Objective{availability}
	for _, d := range thresholds {
		objectives = append(objectives, within(d))
	}
	tr := simulate(t, objectives...)
	op := tr.HTTP("POST /checkout")
	latencies := []time.Duration{-1, 0, 1, time.Hour, 1 << 62}
	for _, d := range tr.Bounds() {
		latencies = append(latencies, d-1, d, d+1)
	}
	classes := map[string][]slo.Class{
		"good":  {slo.Success, slo.ClientError, slo.TooManyRequests, slo.Degraded},
		"other": {slo.ServerError, slo.Failed, slo.Cancelled, slo.Exempt, slo.Shutdown},
	}
	for _, list := range classes {
		for i, c := range list {
			for _, d := range latencies {
				record(op, c, d, i+1)
			}
		}
	}
	got := points(gather(t, promslo.NewCollector(tr.Tracker)))
	for group, list := range classes {
		each := len(list) * (len(list) + 1) / 2 // how many requests took each latency
		h := named(got, "nines_request_duration_seconds", "class", group)[0].metric.GetHistogram()
		var total float64
		for _, c := range list {
			total += sum(named(got, "nines_requests_total", "operation", "POST /checkout", "class", c.String()))
		}
		if n := h.GetSampleCount(); float64(n) != total || int(n) != each*len(latencies) {
			t.Errorf("%s: count = %d, nines_requests_total = %v, want %d", group, n, total, each*len(latencies))
		}
		if len(h.GetBucket()) != 12+len(thresholds) {
			t.Errorf("%s: %d buckets, want 12 and the thresholds", group, len(h.GetBucket()))
		}
		for _, b := range h.GetBucket() {
			le := bound(t, b.GetUpperBound(), tr.Bounds())
			want := 0
			for _, d := range latencies {
				if d <= le {
					want += each
				}
			}
			if got := int(b.GetCumulativeCount()); got != want {
				t.Errorf("%s: le=%v: %d, want %d", group, le, got, want)
			}
		}
	}
}

// bound returns the duration that an le stands for.
func bound(t *testing.T, le float64, bounds []time.Duration) time.Duration {
	t.Helper()
	for _, d := range bounds {
		if d.Seconds() == le {
			return d
		}
	}
	t.Fatalf("le=%s is no bound of the tracker", strconv.FormatFloat(le, 'g', -1, 64))
	return 0
}
