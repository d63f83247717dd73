package main

import (
	"context"
	"time"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/exporters/otlp/otlpmetric/otlpmetrichttp"
	"go.opentelemetry.io/otel/sdk/metric"
	"go.opentelemetry.io/otel/sdk/resource"

	"github.com/seed-abb722f7/nines/budget"
	"github.com/seed-abb722f7/nines/exporter/otelslo"
)

// export has everything that a tracker counts leave for an OTLP endpoint, once a second. A
// service that has a MeterProvider already adds no more than the producer to its reader.
func export(ctx context.Context, tracker *budget.Tracker, endpoint string) (*metric.MeterProvider, error) {
	exporter, err := otlpmetrichttp.New(ctx, otlpmetrichttp.WithEndpointURL(endpoint))
	if err != nil {
		return nil, err
	}
	return metric.NewMeterProvider(
		metric.WithResource(resource.NewSchemaless(attribute.String("service.name", "shop"))),
		metric.WithReader(metric.NewPeriodicReader(exporter,
			metric.WithInterval(time.Second), // a minute, the default, is for services that live longer
			metric.WithProducer(otelslo.NewProducer(tracker)))),
	), nil
}
