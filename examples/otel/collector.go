package main

import (
	"bytes"
	"context"
	"fmt"
	"net/http"
	"os/exec"

	"github.com/seed-abb722f7/nines/examples/internal/program"
)

// A collector is the real program, and what came out at its other end.
type collector struct {
	endpoint string // of OTLP over HTTP
	arrived  func(context.Context) (*arrived, error)
	stop     func()
}

// start starts the program on free ports of loopback.
func (p component) start(ctx context.Context) (*collector, error) {
	address, err := program.FreeAddress(ctx)
	if err != nil {
		return nil, err
	}
	if p.receiver != "" {
		return p.startPrometheus(ctx, address)
	}
	return p.startCollector(ctx, address)
}

// What the collector is told: to take metrics and hand them on at once, so that an export is
// answered when it has arrived. It leaves out its own metrics, whose port may be taken.
const pipeline = `receivers:
  otlp: {protocols: {http: {endpoint: '%s'}}}
exporters:
  %[2]s: {endpoint: '%s', compression: none, sending_queue: {enabled: false}, retry_on_failure: {enabled: false}}
service:
  telemetry: {metrics: {level: none}, logs: {level: error}}
  pipelines: {metrics: {receivers: [otlp], exporters: [%[2]s]}}
`

func (p component) startCollector(ctx context.Context, address string) (*collector, error) {
	d, err := newDestination(ctx)
	if err != nil {
		return nil, err
	}
	endpoint := "http://" + address + "/v1/metrics"
	process, err := program.Start(ctx, program.Config{
		Path:  p.path,
		Args:  []string{"--config", "otelcol.yaml"},
		Files: map[string]string{"otelcol.yaml": fmt.Sprintf(pipeline, address, p.exporter(ctx), d.url)},
		Ready: func(ctx context.Context) bool { return takes(ctx, endpoint) },
	})
	if err != nil {
		_ = d.http.Close()
		return nil, err
	}
	return &collector{
		endpoint: endpoint,
		arrived:  func(context.Context) (*arrived, error) { return d.get(), nil },
		stop: func() {
			process.Stop()
			_ = d.http.Close()
		},
	}, nil
}

// exporter is what the collector calls its exporter for OTLP over HTTP, since 2026 with an
// underscore.
func (p component) exporter(ctx context.Context) string {
	out, err := exec.CommandContext(ctx, p.path, "components").Output()
	if err == nil && bytes.Contains(out, []byte("otlp_http")) {
		return "otlp_http"
	}
	return "otlphttp"
}

// takes reports whether an export of nothing is taken.
func takes(ctx context.Context, endpoint string) bool {
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, endpoint, http.NoBody)
	if err != nil {
		return false
	}
	req.Header.Set("Content-Type", "application/x-protobuf")
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return false
	}
	_ = resp.Body.Close()
	return resp.StatusCode < http.StatusMultipleChoices
}
