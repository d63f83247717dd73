package promslo_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/seed-abb722f7/nines/exporter/promslo"
	"github.com/seed-abb722f7/nines/internal/realprom"
	"github.com/seed-abb722f7/nines/slo"
)

// A server that takes native histograms, over protobuf, and one that does not have the same
// requests.
func TestRealPrometheusScrapesNativeHistograms(t *testing.T) {
	tr := tracker(t, "shop", availability, latency)
	server := serve(t, tr, promslo.NewCollector(tr))
	config := realprom.ScrapeConfig(address(server))
	changed, flags := realprom.Native(t, config)
	native := realprom.Start(t, changed, flags...)
	classic := realprom.Start(t, config)

	// Before any traffic, too: a rate needs a series that begins at zero.
	const series = `nines_request_duration_seconds{operation="POST /checkout",class="good"}`
	native.WaitForValue(`histogram_count(`+series+`)`, 0)

	op := tr.HTTP("POST /checkout")
	var sum time.Duration
	for _, d := range []time.Duration{
		0, 50 * time.Microsecond, time.Millisecond, 240 * time.Millisecond, 250 * time.Millisecond, 250*time.Millisecond + 1, 400 * time.Millisecond,
		500 * time.Millisecond, 500*time.Millisecond + 1, time.Second, time.Second + 1, 3 * time.Second, 200 * time.Second,
	} {
		record(op, slo.Success, d, 7)
		sum += 7 * d
	}
	const total = 13 * 7
	native.WaitForValue(`histogram_count(`+series+`)`, total)
	classic.WaitForValue(`nines_request_duration_seconds_count{operation="POST /checkout",class="good"}`, total)
	native.WaitForValue(`abs(histogram_sum(`+series+fmt.Sprintf(`) / %v - 1) < bool 1e-12`, sum.Seconds()), 1)
	// Where both have a bound, all that is below it.
	for _, le := range []string{"0.25", "0.5", "1"} {
		bucket := fmt.Sprintf(`nines_request_duration_seconds_bucket{operation="POST /checkout",class="good",le=~"%s(.0)?"}`, le) // formats differ
		want := classic.WaitFor(bucket, func(s []realprom.Sample) bool { return len(s) == 1 && s[0].Value > 0 })[0].Value
		native.WaitForValue(fmt.Sprintf(`round(histogram_fraction(0, %s, %s) * %d, 0.001)`, le, series, total), want)
	}
}
