package promslo_test

import (
	"context"
	"net/url"
	"slices"
	"strconv"
	"testing"
	"time"

	"github.com/seed-abb722f7/nines/exporter/promslo"
	"github.com/seed-abb722f7/nines/internal/realprom"
	"github.com/seed-abb722f7/nines/slo"
)

// A server keeps the exemplars of counters and histograms, scraped as text and as protobuf.
func TestRealPrometheusKeepsExemplars(t *testing.T) {
	tr := tracker(t, "shop", availability, latency)
	server := serve(t, tr, promslo.NewCollector(tr))
	op := tr.HTTP("POST /checkout")
	traced(t, op, 'a', true, slo.ServerError, 30*time.Millisecond)
	traced(t, op, 'b', true, slo.Success, time.Minute)
	for _, name := range []string{"text", "protobuf"} {
		t.Run(name, func(t *testing.T) {
			config, flags := realprom.ScrapeConfig(address(server)), []string(nil)
			if name == "protobuf" {
				config, flags = realprom.Native(t, config)
			}
			prom := realprom.Start(t, config, append(flags, "--enable-feature=exemplar-storage")...)
			for query, want := range map[string]string{
				`nines_requests_total{class="5xx"}`:                    "a",
				`nines_requests_total{class="2xx-3xx"}`:                "b",
				`{__name__=~"nines_request_duration.*",class="other"}`: "a",
				`{__name__=~"nines_request_duration.*",class="good"}`:  "b",
			} {
				var got []string
				ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
				defer cancel()
				for len(got) == 0 && ctx.Err() == nil {
					got = exemplarsOf(ctx, t, prom, query)
				}
				if slices.Sort(got); len(slices.Compact(got)) != 1 || got[0] != want {
					t.Errorf("%s: exemplars of traces %q, want %q", query, got, want)
				}
			}
		})
	}
}

// exemplarsOf asks a server for its exemplars, and returns the first letters of their traces.
func exemplarsOf(ctx context.Context, t *testing.T, prom *realprom.Server, query string) (ids []string) {
	t.Helper()
	var answer []struct {
		Exemplars []struct {
			Labels map[string]string `json:"labels"`
		} `json:"exemplars"`
	}
	at := func(d time.Duration) string { return strconv.FormatInt(time.Now().Add(d).Unix(), 10) }
	err := prom.Get(ctx, "/api/v1/query_exemplars", url.Values{"query": {query}, "start": {at(-time.Hour)}, "end": {at(time.Hour)}}, &answer)
	if err != nil {
		t.Fatal(err)
	}
	for _, series := range answer {
		for _, x := range series.Exemplars {
			ids = append(ids, x.Labels["trace_id"][:1])
		}
	}
	return ids
}
