//go:build !race

// Otelcol is a small OpenTelemetry Collector: the collector's own command with nothing but its
// OTLP receiver, HTTP and gRPC, and its OTLP exporter over HTTP.
//
//	go build -C internal/otlp -o /tmp/otelcol ./otelcol
//	/tmp/otelcol --config otelcol.yaml
//
// It is for examples/otel where no other collector is installed. There is none with the race
// detector: the tests of this module would take all of it along.
package main

import (
	"os"
	"runtime/debug"

	"go.opentelemetry.io/collector/component"
	"go.opentelemetry.io/collector/confmap"
	"go.opentelemetry.io/collector/confmap/provider/fileprovider"
	"go.opentelemetry.io/collector/exporter/otlphttpexporter"
	"go.opentelemetry.io/collector/otelcol"
	"go.opentelemetry.io/collector/receiver/otlpreceiver"
	"go.opentelemetry.io/collector/service/telemetry"
)

func main() {
	command := otelcol.NewCommand(otelcol.CollectorSettings{
		BuildInfo: component.BuildInfo{Command: "otelcol", Description: "OTLP in, OTLP out", Version: version()},
		Factories: factories,
		ConfigProviderSettings: otelcol.ConfigProviderSettings{ResolverSettings: confmap.ResolverSettings{
			DefaultScheme:     "file",
			ProviderFactories: []confmap.ProviderFactory{fileprovider.NewFactory()},
		}},
	})
	if command.Execute() != nil {
		os.Exit(1) // and it has said why
	}
}

// ownTelemetry is what a configuration may say of the collector's own metrics and logs, of
// which there are none: the packages behind them are most of a collector.
type ownTelemetry struct {
	Metrics map[string]any `mapstructure:"metrics"`
	Logs    map[string]any `mapstructure:"logs"`
}

func factories() (f otelcol.Factories, err error) {
	f.Telemetry = telemetry.NewFactory(func() component.Config { return new(ownTelemetry) })
	f.Receivers, err = otelcol.MakeFactoryMap(otlpreceiver.NewFactory())
	if err != nil {
		return f, err
	}
	f.Exporters, err = otelcol.MakeFactoryMap(otlphttpexporter.NewFactory())
	return f, err
}

// version is that of the collector's module.
func version() string {
	if info, ok := debug.ReadBuildInfo(); ok {
		for _, m := range info.Deps {
			if m.Path == "go.opentelemetry.io/collector/otelcol" {
				return m.Version
			}
		}
	}
	return "unknown"
}
