package fleet_test

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/prometheus/client_golang/api"

	"github.com/seed-abb722f7/nines/budget/fleet"
)

func newClient(tb testing.TB, url string) api.Client {
	tb.Helper()
	client, err := api.NewClient(api.Config{Address: url})
	if err != nil {
		tb.Fatal(err)
	}
	return client
}

func newReader(tb testing.TB, cfg fleet.Config) *fleet.Reader {
	tb.Helper()
	r, err := fleet.NewReader(cfg)
	if err != nil {
		tb.Fatal(err)
	}
	return r
}

// noon is when the answers of servers are from.
var noon = time.Date(2025, 3, 3, 12, 0, 0, 0, time.UTC)

// A server answers as Prometheus would, over no network, of a service with one objective,
// checkout, and two replicas: one had counted before the window began, and one began in it.
// Together 994 good and 6 bad events are of the window, unless a test changes an answer.
type server struct {
	queries atomic.Int64 // how often it was asked for the time, so how many readings there were
	do      func(ctx context.Context, query url.Values) (status int, body string, err error)

	now                            time.Time
	newest, promises, down         string
	base, tiles, samples, warnings string
}

func newServer() *server {
	s := &server{now: noon}
	s.newest = series(`{"slo":"checkout"}`, seconds(noon.Add(-10*time.Second)))
	for _, pod := range []string{"a", "b"} {
		s.promises = list(s.promises,
			series(`{"__name__":"nines_objective_ratio","slo":"checkout","pod":"`+pod+`"}`, "0.99"),
			series(`{"__name__":"nines_objective_info","slo":"checkout","sli":"availability","window":"1h","pod":"`+pod+`"}`, "1"))
	}
	s.base = list(count("last", "a", "good", "1000"), count("last", "a", "bad", "3"))
	s.tiles = list(
		ranged(stat("first", "a", "good"), "1000"), ranged(stat("last", "a", "good"), "1500"),
		ranged(stat("first", "a", "bad"), "3"), ranged(stat("last", "a", "bad"), "5"),
		ranged(stat("first", "b", "good"), "90"), ranged(stat("last", "b", "good"), "494"),
		ranged(stat("first", "b", "bad"), "1"), ranged(stat("last", "b", "bad"), "4"),
		ranged(`{"nines_stat":"start","pod":"b"}`, seconds(noon.Add(-time.Minute))),
		ranged(`{"nines_stat":"start_last","pod":"b"}`, seconds(noon.Add(-time.Minute))),
	)
	return s
}

func seconds(t time.Time) string { return strconv.FormatInt(t.Unix(), 10) }

func text(n uint64) string { return strconv.FormatUint(n, 10) }

func list(parts ...string) string {
	var full []string
	for _, p := range parts {
		if p != "" {
			full = append(full, p)
		}
	}
	return strings.Join(full, ",")
}

func stat(name, pod, outcome string) string {
	return fmt.Sprintf(`{"nines_stat":%q,"slo":"checkout","operation":"POST /checkout","outcome":%q,"pod":%q}`, name, outcome, pod)
}

func count(name, pod, outcome, value string) string { return series(stat(name, pod, outcome), value) }

// series is one of an instant vector; ranged is one value at the end of a range, or all along.
func series(labels, value string) string {
	return fmt.Sprintf(`{"metric":%s,"value":[%d,%q]}`, labels, noon.Unix(), value)
}

func ranged(labels, value string) string {
	return fmt.Sprintf(`{"metric":%s,"values":[[%d,%q]]}`, labels, noon.Unix(), value)
}

func (s *server) URL(ep string, _ map[string]string) *url.URL {
	return &url.URL{Scheme: "http", Host: "prometheus.example", Path: ep}
}

func (s *server) Do(ctx context.Context, req *http.Request) (*http.Response, []byte, error) {
	form, err := io.ReadAll(req.Body)
	if err != nil {
		return nil, nil, err
	}
	query, err := url.ParseQuery(string(form))
	if err != nil {
		return nil, nil, err
	}
	status, body := http.StatusOK, ""
	if query.Get("query") == "time()" {
		s.queries.Add(1)
	}
	if s.do != nil {
		status, body, err = s.do(ctx, query)
	}
	if err == nil && body == "" {
		body = s.answer(req.URL.Path, query)
	}
	return &http.Response{StatusCode: status, Header: http.Header{}}, []byte(body), err
}

func (s *server) answer(path string, query url.Values) string {
	kind, result := "vector", ""
	switch q := query.Get("query"); {
	case q == "time()":
		return fmt.Sprintf(`{"status":"success","data":{"resultType":"scalar","result":[%d,"%[1]d"]}}`, s.now.Unix())
	case strings.HasSuffix(path, "/query_range"):
		kind, result = "matrix", list(s.tiles, s.alive(query))
	case strings.HasPrefix(q, "max by (slo)"):
		result = s.newest
	case strings.HasPrefix(q, "up == 0"):
		result = s.down
	case strings.HasPrefix(q, `{__name__=~"nines_objective_ratio`):
		result = s.promises
	case strings.HasPrefix(q, `{__name__=~"nines_events_total`):
		kind, result = "matrix", s.samples
	default:
		result = s.base
	}
	warnings := ""
	if s.warnings != "" {
		warnings = `,"warnings":[` + strconv.Quote(s.warnings) + `]`
	}
	return fmt.Sprintf(`{"status":"success","data":{"resultType":%q,"result":[%s]}%s}`, kind, result, warnings)
}

// alive says that there were samples all the time.
func (s *server) alive(query url.Values) string {
	at := func(name string) float64 { v, _ := strconv.ParseFloat(query.Get(name), 64); return v }
	type alive struct {
		Metric map[string]string `json:"metric"`
		Values [][2]any          `json:"values"`
	}
	a := alive{Metric: map[string]string{"nines_stat": "alive", "slo": "checkout"}}
	for t := at("start"); t <= at("end")+1e-4; t += at("step") {
		a.Values = append(a.Values, [2]any{t, "4"})
	}
	text, err := json.Marshal(a)
	if err != nil {
		return ""
	}
	return string(text)
}
