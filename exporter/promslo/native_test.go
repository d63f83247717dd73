package promslo_test

import (
	"math"
	"math/rand/v2"
	"testing"
	"time"

	dto "github.com/prometheus/client_model/go"

	"github.com/seed-abb722f7/nines/budget/budgettest"
	"github.com/seed-abb722f7/nines/exporter/promslo"
	"github.com/seed-abb722f7/nines/slo"
)

// nativeBuckets decodes spans and deltas: counts by bucket index.
func nativeBuckets(t *testing.T, h *dto.Histogram) map[int32]uint64 {
	t.Helper()
	buckets := map[int32]uint64{}
	index, count, delta := int32(0), int64(0), 0
	for _, span := range h.GetPositiveSpan() {
		index += span.GetOffset()
		for range span.GetLength() {
			count += h.GetPositiveDelta()[delta]
			delta++
			buckets[index] = uint64(count)
			index++
		}
	}
	if delta != len(h.GetPositiveDelta()) {
		t.Errorf("%d deltas, want %d for the spans", len(h.GetPositiveDelta()), delta)
	}
	return buckets
}

// checkNative compares a histogram with the latencies that are in it.
func checkNative(t *testing.T, h *dto.Histogram, latencies []time.Duration) {
	t.Helper()
	if h.GetSchema() != 3 || h.GetZeroThreshold() != math.Exp2(-13) {
		t.Errorf("schema %d, zero threshold %v, want 3 and 2^-13", h.GetSchema(), h.GetZeroThreshold())
	}
	zero, want := uint64(0), map[int32]uint64{}
	for _, d := range latencies {
		if d.Seconds() <= math.Exp2(-13) {
			zero++
			continue
		}
		index := int32(-13*8 + 1)
		for index < 7*8+1 && math.Exp2(float64(index)/8) < d.Seconds() {
			index++
		}
		want[index]++
	}
	got, total := nativeBuckets(t, h), h.GetZeroCount()
	for index, n := range got {
		total += n
		if n != want[index] {
			t.Errorf("bucket %d = %d, want %d", index, n, want[index])
		}
		delete(want, index)
	}
	if len(want) > 0 || h.GetZeroCount() != zero {
		t.Errorf("zero bucket %d, and none of %v, want %d and all", h.GetZeroCount(), want, zero)
	}
	if total != h.GetSampleCount() || total != uint64(len(latencies)) {
		t.Errorf("native buckets hold %d, the classic histogram %d, want %d", total, h.GetSampleCount(), len(latencies))
	}
}

func TestNativeHistograms(t *testing.T) {
	r := rand.New(rand.NewPCG(5, 6)) //nolint:gosec // the same latencies every time
	tests := map[string][]time.Duration{
		"nothing":       nil,
		"one":           {time.Second},
		"only zero":     {0, time.Microsecond},
		"only overflow": {time.Hour, 1000 * time.Hour},
		"neighbours":    {time.Second, time.Second + 1, 1100 * time.Millisecond},
		"short gaps":    {time.Second, 1200 * time.Millisecond, 1500 * time.Millisecond},
		"long gaps":     {time.Millisecond, time.Second, 100 * time.Second},
		"split buckets": {399 * time.Millisecond, 400 * time.Millisecond, 400*time.Millisecond + 1, 5 * time.Millisecond, 5*time.Millisecond + 1},
		"first and last": {
			time.Second / 8192, time.Second/8192 + 100, 128 * time.Second, 128*time.Second + 1, 200 * time.Second, 200*time.Second + 1,
		},
	}
	for n := range 20 {
		var some []time.Duration
		for range r.IntN(200) {
			some = append(some, time.Duration(math.Exp(r.Float64()*28)))
		}
		tests["random "+string(rune('a'+n))] = some
	}
	for name, latencies := range tests {
		t.Run(name, func(t *testing.T) {
			tr := simulate(t, availability, within(400*time.Millisecond), within(200*time.Second))
			for _, d := range latencies {
				record(tr.HTTP("POST /checkout"), slo.Success, d, 1)
			}
			got := points(gather(t, promslo.NewCollector(tr.Tracker)))
			checkNative(t, named(got, "nines_request_duration_seconds", "class", "good")[0].metric.GetHistogram(), latencies)
			checkNative(t, named(got, "nines_request_duration_seconds", "class", "other")[0].metric.GetHistogram(), nil)
		})
	}
}

// Two trackers of one service: native histograms add up like the classic ones.
func TestNativeHistogramsOfTwoTrackers(t *testing.T) {
	var latencies []time.Duration
	fill := func(tr *budgettest.Tracker, list ...time.Duration) {
		for _, d := range list {
			record(tr.HTTP("POST /checkout"), slo.Success, d, 1)
		}
		latencies = append(latencies, list...)
	}
	first, second, third := simulate(t, availability), simulate(t, latency), simulate(t, within(time.Second))
	fill(second, 0, time.Millisecond, time.Second, time.Hour)
	fill(third, time.Millisecond, 2*time.Second)
	for range 2 { // a scrape leaves nothing behind
		got := points(gather(t, promslo.NewCollector(first.Tracker, second.Tracker, third.Tracker)))
		checkNative(t, named(got, "nines_request_duration_seconds", "class", "good")[0].metric.GetHistogram(), latencies)
	}
}

// Thresholds that come and go split other buckets: joined, they are the same.
func TestNativeHistogramsOfChangingObjectives(t *testing.T) {
	tr := simulate(t, availability, within(400*time.Millisecond))
	var latencies []time.Duration
	fill := func() {
		for _, d := range []time.Duration{
			time.Millisecond, 299 * time.Millisecond, 300 * time.Millisecond, 300*time.Millisecond + 1, 310 * time.Millisecond,
			399 * time.Millisecond, 400*time.Millisecond + 1, 200 * time.Second, 200*time.Second + 1,
		} {
			record(tr.HTTP("POST /checkout"), slo.Success, d, 1)
			latencies = append(latencies, d)
		}
	}
	fill()
	for _, thresholds := range [][]time.Duration{
		{300 * time.Millisecond}, {200 * time.Second, 400 * time.Millisecond}, {}, {400 * time.Millisecond, 300 * time.Millisecond},
	} {
		objectives := []slo.Objective{availability}
		for _, d := range thresholds {
			objectives = append(objectives, within(d))
		}
		if err := tr.Update(objectives); err != nil {
			t.Fatal(err)
		}
		fill()
		got := points(gather(t, promslo.NewCollector(tr.Tracker)))
		checkNative(t, named(got, "nines_request_duration_seconds", "class", "good")[0].metric.GetHistogram(), latencies)
	}
}
