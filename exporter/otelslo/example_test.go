package otelslo_test

import (
	"context"
	"fmt"
	"log"
	"time"

	"go.opentelemetry.io/otel/sdk/metric"
	"go.opentelemetry.io/otel/sdk/metric/metricdata"

	"github.com/seed-abb722f7/nines/budget"
	"github.com/seed-abb722f7/nines/exporter/otelslo"
	"github.com/seed-abb722f7/nines/slo"
)

func ExampleNewProducer() {
	tracker, err := budget.NewSimulation(budget.Config{Service: "shop", Objectives: []slo.Objective{
		{Name: "checkout", Of: slo.HTTP("POST /checkout"), SLI: slo.Availability(), Target: slo.Percent(99.9)},
	}}, time.Date(2026, time.March, 2, 9, 0, 0, 0, time.UTC))
	if err != nil {
		log.Fatal(err)
	}
	defer tracker.Close()

	// A service has metric.NewPeriodicReader with its exporter here.
	reader := metric.NewManualReader(metric.WithProducer(otelslo.NewProducer(tracker.Tracker)))
	provider := metric.NewMeterProvider(metric.WithReader(reader))
	defer func() { _ = provider.Shutdown(context.Background()) }()

	operation := tracker.HTTP("POST /checkout")
	operation.Start()
	operation.Finish(slo.ServerError, 20*time.Millisecond)

	var all metricdata.ResourceMetrics
	if err := reader.Collect(context.Background(), &all); err != nil {
		log.Fatal(err)
	}
	for _, m := range all.ScopeMetrics[0].Metrics {
		if events, ok := m.Data.(metricdata.Sum[int64]); ok && m.Name == "nines.events" {
			for _, p := range events.DataPoints {
				outcome, _ := p.Attributes.Value("outcome")
				fmt.Println(m.Name, outcome.AsString(), p.Value)
			}
		}
	}
	// Output:
	// nines.events good 0
	// nines.events bad 1
}
