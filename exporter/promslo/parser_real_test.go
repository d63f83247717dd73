package promslo_test

import (
	"maps"
	"slices"
	"testing"
	"time"

	"github.com/prometheus/common/expfmt"

	"github.com/seed-abb722f7/nines/budget"
	"github.com/seed-abb722f7/nines/budget/budgettest"
	"github.com/seed-abb722f7/nines/exporter/promslo"
	"github.com/seed-abb722f7/nines/internal/hostile"
	"github.com/seed-abb722f7/nines/internal/realprom"
	"github.com/seed-abb722f7/nines/slo"
)

// The parsers of others read every name as it was printed: the Python client's in both
// text formats, created timestamps included, and promtool.
func TestRealParsersReadHostileNames(t *testing.T) {
	r := newRand()
	names := slices.Clone(hostileNames)
	for range 300 {
		names = append(names, hostile.Name(r, pieces, 256))
	}
	names = unprintedAlike(names)
	tr := budgettest.NewConfig(t, budget.Config{Service: "shop\"\\\n\xff", Objectives: hostileObjectives(names), MaxOperations: len(names)})
	for _, name := range names {
		record(tr.HTTP("/"+name), slo.Success, time.Millisecond, 1)
	}
	families := gather(t, promslo.NewCollector(tr.Tracker).WithLocalRatios())
	text := encode(t, textFormat, families)
	realprom.CheckMetrics(t, text)
	want := slices.Sorted(slices.Values(printedAll(names)))
	for format, page := range map[realprom.Format][]byte{
		realprom.Text:        text,
		realprom.OpenMetrics: encode(t, openMetricsFormat, families, expfmt.WithCreatedLines()),
	} {
		samples := realprom.Parse(t, format, page)
		values := map[string]map[string]bool{}
		created := 0
		for _, s := range samples {
			name := s.Labels["__name__"]
			if s.Labels["slo_service"] != hostile.Printed("shop\"\\\n\xff") {
				t.Errorf("%s: slo_service = %q", format, s.Labels["slo_service"])
			}
			for _, label := range []string{"slo", "owner"} {
				if values[name+label] == nil {
					values[name+label] = map[string]bool{}
				}
				values[name+label][s.Labels[label]] = true
			}
			if name == "nines_events_created" {
				created++
				if s.Value != float64(tr.Report().Began.UnixNano())/1e9 {
					t.Errorf("%s: %v = %v, want when the tracker was made", format, s.Labels, s.Value)
				}
			}
		}
		for _, key := range []string{"nines_events_totalslo", "nines_objective_infoslo", "nines_objective_infoowner"} {
			if got := slices.Sorted(maps.Keys(values[key])); !slices.Equal(got, want) {
				t.Errorf("%s: %s: %d values %.200q, want %d %.200q", format, key, len(got), got, len(want), want)
			}
		}
		if format == realprom.OpenMetrics && created != 2*len(names) {
			t.Errorf("%d created timestamps of judged counters, want one for each of %d", created, 2*len(names))
		}
	}
}
