package main

import (
	"context"
	"io"
	"net"
	"net/http"

	collected "go.opentelemetry.io/proto/otlp/collector/metrics/v1"
	common "go.opentelemetry.io/proto/otlp/common/v1"
	metrics "go.opentelemetry.io/proto/otlp/metrics/v1"
	"google.golang.org/protobuf/proto"
)

// A destination is where the collector hands everything on to, over OTLP: the place of a
// vendor or a store in production.
type destination struct {
	holder
	url  string
	http http.Server
}

// newDestination serves on loopback.
func newDestination(ctx context.Context) (*destination, error) {
	listener, err := (&net.ListenConfig{}).Listen(ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	d := &destination{url: "http://" + listener.Addr().String()}
	routes := http.NewServeMux()
	routes.HandleFunc("POST /v1/metrics", d.receive)
	d.http = http.Server{Handler: routes, ReadHeaderTimeout: patience}
	go func() { _ = d.http.Serve(listener) }() // it ends when the server is closed
	return d, nil
}

// receive takes an export. Sums are cumulative, so the last one has it all.
func (d *destination) receive(w http.ResponseWriter, r *http.Request) {
	var export collected.ExportMetricsServiceRequest
	body, err := io.ReadAll(r.Body)
	if err == nil {
		err = proto.Unmarshal(body, &export)
	}
	if err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	w.Header().Set("Content-Type", "application/x-protobuf") // of an answer without fields
	a := newArrived()
	for _, resource := range export.GetResourceMetrics() {
		for _, scope := range resource.GetScopeMetrics() {
			for _, m := range scope.GetMetrics() {
				a.addMetric(m)
			}
		}
	}
	d.put(a)
}

func (a *arrived) addMetric(m *metrics.Metric) {
	for _, p := range append(m.GetSum().GetDataPoints(), m.GetGauge().GetDataPoints()...) {
		value := p.GetAsDouble()
		if n, ok := p.GetValue().(*metrics.NumberDataPoint_AsInt); ok {
			value = float64(n.AsInt) // exact to 9 quadrillion
		}
		a.add(m.GetName(), attributes(p.GetAttributes()), value)
	}
	for _, p := range m.GetExponentialHistogram().GetDataPoints() {
		n := p.GetZeroCount() // bucket by bucket, though the point says it all in its count
		for _, c := range p.GetPositive().GetBucketCounts() {
			n += c
		}
		a.add(m.GetName(), attributes(p.GetAttributes()), float64(n))
	}
}

func attributes(list []*common.KeyValue) func(string) string {
	return func(key string) string {
		for _, a := range list {
			if a.GetKey() == key {
				return a.GetValue().GetStringValue()
			}
		}
		return ""
	}
}
