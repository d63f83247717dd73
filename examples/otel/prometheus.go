package main

import (
	"context"
	"fmt"
	"time"

	"github.com/prometheus/client_golang/api"
	v1 "github.com/prometheus/client_golang/api/prometheus/v1"
	"github.com/prometheus/common/model"

	"github.com/seed-abb722f7/nines/examples/internal/program"
)

// startPrometheus starts one that takes OTLP, and stores it under the names that package
// promslo has.
func (p component) startPrometheus(ctx context.Context, address string) (*collector, error) {
	args := []string{
		"--config.file=prometheus.yml", "--storage.tsdb.path=data", "--web.listen-address=" + address, "--log.level=error",
		p.receiver, "--enable-feature=native-histograms",
	}
	url := "http://" + address
	client, err := api.NewClient(api.Config{Address: url})
	if err != nil {
		return nil, err
	}
	endpoint := url + "/api/v1/otlp/v1/metrics"
	process, err := program.Start(ctx, program.Config{
		Path: p.path, Args: args,
		Files: map[string]string{"prometheus.yml": "{}\n"},
		Ready: func(ctx context.Context) bool { return takes(ctx, endpoint) },
	})
	if err != nil {
		return nil, err
	}
	return &collector{
		endpoint: endpoint,
		arrived:  func(ctx context.Context) (*arrived, error) { return query(ctx, v1.NewAPI(client)) },
		stop:     process.Stop,
	}, nil
}

// queries are how what arrived is read back, by the names of package otelslo.
var queries = map[string]string{
	"nines.requests":         "nines_requests_total",
	"nines.events":           "nines_events_total",
	"nines.request.duration": "histogram_count(nines_request_duration_seconds)",
	"nines.window.events":    "nines_window_events",
	"nines.objective":        "nines_objective_ratio",
}

func query(ctx context.Context, prometheus v1.API) (*arrived, error) {
	a := newArrived()
	for metric, text := range queries {
		value, _, err := prometheus.Query(ctx, text, time.Now())
		if err != nil {
			return nil, err
		}
		vector, ok := value.(model.Vector)
		if !ok {
			return nil, fmt.Errorf("%s is a %v, want a vector", text, value.Type())
		}
		for _, s := range vector {
			a.add(metric, func(key string) string { return string(s.Metric[model.LabelName(key)]) }, float64(s.Value))
		}
	}
	return a, nil
}
