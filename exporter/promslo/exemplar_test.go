package promslo_test

import (
	"strings"
	"testing"
	"time"

	dto "github.com/prometheus/client_model/go"

	"github.com/seed-abb722f7/nines/budget"
	"github.com/seed-abb722f7/nines/exporter/promslo"
	"github.com/seed-abb722f7/nines/slo"
)

// traced records a request that is found in a trace.
func traced(tb testing.TB, o *budget.Operation, id byte, sampled bool, class slo.Class, latency time.Duration) {
	tb.Helper()
	trace, ok := budget.ParseTrace(strings.Repeat(string(id), 32), strings.Repeat(string(id), 16))
	if !ok {
		tb.Fatalf("no trace: %q", id)
	}
	trace.Sampled = sampled
	o.Start()
	if !o.FinishEvent(nil, class, latency) {
		tb.Fatalf("%v after %v is not worth an exemplar", class, latency)
	}
	o.AddExemplar(trace, nil, class, latency)
}

// traceOf returns the trace ID of an exemplar; "" of none.
func traceOf(x *dto.Exemplar) string {
	for _, l := range x.GetLabel() {
		if l.GetName() == "trace_id" {
			return l.GetValue()[:1]
		}
	}
	return ""
}

// Counters have the newest exemplar of their class, buckets the newest that fell into them.
func TestExemplars(t *testing.T) {
	tr := simulate(t, availability, latency)
	op := tr.HTTP("POST /checkout")
	record(op, slo.Success, time.Millisecond, 10)
	for _, x := range []struct {
		id      byte
		class   slo.Class
		latency time.Duration
	}{
		{'a', slo.ServerError, 30 * time.Millisecond},
		{'b', slo.ServerError, 40 * time.Millisecond},
		{'c', slo.Failed, 500 * time.Millisecond},
		{'d', slo.Success, 3 * time.Second},
		{'e', slo.Success, time.Minute},
	} {
		traced(t, op, x.id, true, x.class, x.latency)
		tr.Advance(time.Second)
	}
	traced(t, op, 'f', false, slo.ServerError, 0) // which nobody recorded
	families := gather(t, promslo.NewCollector(tr.Tracker))
	list := points(families)
	for class, want := range map[string]string{"5xx": "b", "failed": "c", "2xx-3xx": "e", "4xx": ""} {
		p := named(list, "nines_requests_total", "operation", "POST /checkout", "class", class)
		if x := p[0].metric.GetCounter().GetExemplar(); len(p) != 1 || traceOf(x) != want || want != "" && x.GetValue() != 1 {
			t.Errorf("class %s: exemplar %v, want that of %q", class, x, want)
		}
	}
	for class, want := range map[string]map[float64]string{
		"good":  {5: "d"},
		"other": {0.05: "b", 0.5: "c"},
	} {
		p := named(list, "nines_request_duration_seconds", "operation", "POST /checkout", "class", class)
		h := p[0].metric.GetHistogram()
		got, beyond := map[float64]string{}, ""
		for i, b := range h.GetBucket() {
			if b.GetExemplar() == nil {
				continue
			}
			if b.GetUpperBound() > 10 {
				beyond = traceOf(b.GetExemplar())
				if b.GetCumulativeCount() != h.GetSampleCount() || i != len(h.GetBucket())-1 {
					t.Errorf("%s: the bucket above all bounds is number %d and has %d, want the last with all %d", class, i, b.GetCumulativeCount(), h.GetSampleCount())
				}
				continue
			}
			got[b.GetUpperBound()] = traceOf(b.GetExemplar())
		}
		for le, id := range want {
			if got[le] != id {
				t.Errorf("%s: exemplars %v, want %v", class, got, want)
			}
		}
		if len(got) != len(want) || (beyond == "e") != (class == "good") {
			t.Errorf("%s: exemplars %v and %q above, want %v", class, got, beyond, want)
		}
	}
	open := string(encode(t, openMetricsFormat, families))
	for _, want := range []string{
		`# {span_id="bbbbbbbbbbbbbbbb",trace_id="` + strings.Repeat("b", 32) + `"} 1.0 `,
		`le="+Inf"} 12 # {span_id="eeeeeeeeeeeeeeee",trace_id="` + strings.Repeat("e", 32) + `"} 60.0 `,
	} {
		if !strings.Contains(open, want) {
			t.Errorf("OpenMetrics has no %s:\n%s", want, open)
		}
	}
	if n := strings.Count(open, `operation="POST /checkout",class="good"`) + strings.Count(open, `class="good",operation="POST /checkout"`); n == 0 || strings.Count(open, `class="good",operation="POST /checkout",slo_service="shop",le="+Inf"`) != 1 {
		t.Errorf("want one bucket above all bounds:\n%s", open)
	}
	if text := string(encode(t, textFormat, families)); strings.Contains(text, "trace_id") || strings.Count(text, `class="good",operation="POST /checkout",slo_service="shop",le="+Inf"`) != 1 {
		t.Errorf("the text format has exemplars, or not one bucket above all bounds:\n%s", text)
	}
}
