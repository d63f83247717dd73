package otelslo_test

import (
	"testing"
	"time"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/sdk/metric/metricdata"

	"github.com/seed-abb722f7/nines/budget"
	"github.com/seed-abb722f7/nines/slo"
)

// A counter of an objective that came while the service was running starts then; one that stays
// goes on from the start of the tracker.
func TestCountersOfObjectivesThatChange(t *testing.T) {
	s := simulate(t, budget.Config{Service: "shop", Objectives: objectives()})
	traffic(s)
	changed := objectives()[:2]
	changed[1].SLI = slo.Latency(20 * time.Millisecond)
	changed = append(changed, slo.Objective{Name: "strict", Of: checkout, SLI: slo.Availability(slo.Strict()), Target: slo.Percent(90)})
	if err := s.Update(changed); err != nil {
		t.Fatal(err)
	}
	record(s.HTTP(checkout.Name()), slo.Success, 30*time.Millisecond)
	events := collect(t, s.Tracker)["nines.events"].Data.(metricdata.Sum[int64])
	got := map[string]int64{}
	for _, p := range events.DataPoints {
		name, _ := p.Attributes.Value(attribute.Key("slo"))
		outcome, _ := p.Attributes.Value(attribute.Key("outcome"))
		got[name.AsString()+" "+outcome.AsString()] = p.Value
		began := start
		if name.AsString() == "strict" {
			began = start.Add(time.Second)
		}
		if !p.StartTime.Equal(began) {
			t.Errorf("%s began at %v, want %v", name.AsString(), p.StartTime, began)
		}
	}
	for series, want := range map[string]int64{
		"available good": 98, "available bad": 3, "fast good": 87, "fast bad": 11, "strict good": 1, "strict bad": 0,
	} {
		if n, ok := got[series]; n != want || !ok {
			t.Errorf("%s: %d, there %v; want %d of %v", series, n, ok, want, got)
		}
	}
}
