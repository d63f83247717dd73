package otelslo_test

import (
	"testing"

	"go.opentelemetry.io/otel/sdk/metric/metricdata"

	"github.com/seed-abb722f7/nines/budget"
)

func TestSaturation(t *testing.T) {
	s := simulate(t, budget.Config{Service: "shop", Objectives: objectives(), Saturation: func() float64 { return 0.75 }})
	m, ok := collect(t, s.Tracker)["nines.saturation"]
	if !ok {
		t.Fatal("there is no nines.saturation")
	}
	gauge, ok := m.Data.(metricdata.Gauge[float64])
	if !ok || len(gauge.DataPoints) != 1 || gauge.DataPoints[0].Value != 0.75 || m.Unit != "1" {
		t.Errorf("nines.saturation = %+v, want a gauge of 0.75", m)
	}
	s.Close()
	if m, ok := collect(t, s.Tracker)["nines.saturation"]; ok {
		t.Errorf("of a closed tracker: %+v, want none", m)
	}
	s = simulate(t, budget.Config{Service: "shop", Objectives: objectives()})
	if m, ok := collect(t, s.Tracker)["nines.saturation"]; ok {
		t.Errorf("where nobody knows: %+v, want none", m)
	}
}
