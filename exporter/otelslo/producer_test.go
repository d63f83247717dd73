package otelslo_test

import (
	"context"
	"errors"
	"math"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"go.opentelemetry.io/otel/sdk/metric"
	"go.opentelemetry.io/otel/sdk/metric/metricdata"

	"github.com/seed-abb722f7/nines/budget"
	"github.com/seed-abb722f7/nines/exporter/otelslo"
	"github.com/seed-abb722f7/nines/slo"
)

var (
	start    = time.Date(2026, time.March, 2, 9, 0, 0, 0, time.UTC)
	checkout = slo.HTTP("POST example.com/checkout/{id}")
	add      = slo.RPC("/shop.v1.Cart/Add")
)

func objectives() []slo.Objective {
	return []slo.Objective{
		{Name: "available", Of: checkout, SLI: slo.Availability(), Target: slo.Percent(99)},
		{Name: "fast", Of: checkout, SLI: slo.Latency(300 * time.Millisecond), Target: slo.Percent(90)},
		{Name: "cart", Of: add, SLI: slo.Availability(), Target: slo.Percent(99.9)},
		{Name: "all", Of: slo.All, SLI: slo.Availability(), Target: slo.Percent(99.9)},
		{Name: "orders", Of: slo.Events("orders"), SLI: slo.Correctness(), Target: slo.Percent(95)},
	}
}

func simulate(tb testing.TB, cfg budget.Config) *budget.Simulation {
	tb.Helper()
	s, err := budget.NewSimulation(cfg, start)
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(s.Close)
	return s
}

func record(o *budget.Operation, class slo.Class, latency time.Duration) {
	o.Start()
	o.Finish(class, latency)
}

// traffic has 100 requests of which 3 fail and 10 are slow, 1 call and 7 orders.
func traffic(s *budget.Simulation) {
	o := s.HTTP(checkout.Name())
	for i := range 100 {
		class, latency := slo.Success, 10*time.Millisecond
		if i < 3 {
			class = slo.ServerError
		} else if i < 13 {
			latency = 400 * time.Millisecond
		}
		record(o, class, latency)
	}
	record(s.RPC(add.Name()), slo.RPCOK, time.Microsecond)
	record(s.RPC(add.Name()), slo.Cancelled, 1000*time.Second)
	s.Events("orders").Add(6, 7)
	s.Advance(time.Second)
}

// collect is what a reader gets that takes the producer along.
func collect(tb testing.TB, t *budget.Tracker) map[string]metricdata.Metrics {
	tb.Helper()
	reader := metric.NewManualReader(metric.WithProducer(otelslo.NewProducer(t)))
	provider := metric.NewMeterProvider(metric.WithReader(reader))
	defer func() { _ = provider.Shutdown(context.Background()) }()
	var all metricdata.ResourceMetrics
	if err := reader.Collect(context.Background(), &all); err != nil {
		tb.Fatal(err)
	}
	byName := map[string]metricdata.Metrics{}
	for _, scope := range all.ScopeMetrics {
		for _, m := range scope.Metrics {
			if _, twice := byName[m.Name]; twice {
				tb.Errorf("metric %s is there twice", m.Name)
			}
			byName[m.Name] = m
		}
	}
	return byName
}

// sums returns the values of a counter by its attributes.
func sums(tb testing.TB, m metricdata.Metrics) map[string]int64 {
	tb.Helper()
	sum, ok := m.Data.(metricdata.Sum[int64])
	if !ok || sum.Temporality != metricdata.CumulativeTemporality {
		tb.Fatalf("%s is %T, want a cumulative sum", m.Name, m.Data)
	}
	values := map[string]int64{}
	for _, p := range sum.DataPoints {
		if !p.StartTime.Equal(start) {
			tb.Errorf("%s began at %v, want %v", m.Name, p.StartTime, start)
		}
		values[p.Attributes.Encoded(encoder)] = p.Value
	}
	return values
}

func TestCountersEqualTheTally(t *testing.T) {
	s := simulate(t, budget.Config{Service: "shop", Objectives: objectives()})
	traffic(s)
	got := collect(t, s.Tracker)
	const route = "http.request.method=POST,http.route=/checkout/{id},operation=POST example.com/checkout/{id},"
	for name, want := range map[string]map[string]int64{
		"nines.events": {
			route + "outcome=good,sli=availability,slo=available,slo_service=shop":                                            97,
			route + "outcome=bad,sli=availability,slo=available,slo_service=shop":                                             3,
			route + "outcome=good,sli=latency,slo=fast,slo_service=shop":                                                      87,
			route + "outcome=bad,sli=latency,slo=fast,slo_service=shop":                                                       10,
			"outcome=good,sli=availability,slo=all,slo_service=shop":                                                          98,
			"outcome=bad,sli=availability,slo=all,slo_service=shop":                                                           3,
			"operation=orders,outcome=good,sli=correctness,slo=orders,slo_service=shop":                                       1 + 5,
			"operation=orders,outcome=bad,sli=correctness,slo=orders,slo_service=shop":                                        1,
			"operation=/shop.v1.Cart/Add,outcome=good,rpc.method=shop.v1.Cart/Add,sli=availability,slo=cart,slo_service=shop": 1,
			"operation=/shop.v1.Cart/Add,outcome=bad,rpc.method=shop.v1.Cart/Add,sli=availability,slo=cart,slo_service=shop":  0,
		},
		"nines.requests": {
			"class=2xx-3xx," + route + "slo_service=shop":                                              97,
			"class=5xx," + route + "slo_service=shop":                                                  3,
			"class=4xx," + route + "slo_service=shop":                                                  0,
			"class=cancelled,operation=/shop.v1.Cart/Add,rpc.method=shop.v1.Cart/Add,slo_service=shop": 1,
		},
		"nines.excluded_events": {
			"operation=/shop.v1.Cart/Add,reason=cancelled,rpc.method=shop.v1.Cart/Add,slo_service=shop": 1,
		},
		"nines.requests.in_flight": {route + "slo_service=shop": 0},
		"nines.self.ticks":         {"slo_service=shop": 1},
	} {
		have := sums(t, got[name])
		for attributes, n := range want {
			if v, ok := have[attributes]; !ok || v != n {
				t.Errorf("%s{%s} = %d, %v, want %d; there are\n%s", name, attributes, v, ok, n, keys(have))
			}
		}
		if sum := got[name].Data.(metricdata.Sum[int64]); sum.IsMonotonic != (name != "nines.requests.in_flight") {
			t.Errorf("%s is monotonic: %v", name, sum.IsMonotonic)
		}
	}
	if total := sums(t, got["nines.requests"]); sum(total) != 102 {
		t.Errorf("%d requests in all, want the 102 that there were", sum(total))
	}
}

// Histograms have every latency once, in the bucket whose bounds hold it.
func TestHistogramsAreExact(t *testing.T) {
	s := simulate(t, budget.Config{Service: "shop", Objectives: objectives()})
	traffic(s)
	data, ok := collect(t, s.Tracker)["nines.request.duration"].Data.(metricdata.ExponentialHistogram[float64])
	if !ok || data.Temporality != metricdata.CumulativeTemporality {
		t.Fatalf("nines.request.duration is %+v, want a cumulative exponential histogram", data)
	}
	bounds := func(i int32) (low, high float64) {
		return math.Exp2(float64(i) / 8), math.Exp2(float64(i+1) / 8)
	}
	found := 0
	for _, p := range data.DataPoints {
		n := p.ZeroCount
		for i, c := range p.PositiveBucket.Counts {
			n += c
			low, high := bounds(p.PositiveBucket.Offset + int32(i))
			switch c {
			case 0:
			case 3, 87: // 10 ms
				if low >= 0.010 || high < 0.010 {
					t.Errorf("%d requests of 10 ms above %v s, at most %v s", c, low, high)
				}
				found += int(c)
			case 10: // 400 ms
				if low >= 0.4 || high < 0.4 {
					t.Errorf("%d requests of 400 ms above %v s, at most %v s", c, low, high)
				}
				found += int(c)
			case 1: // 1,000 s, beyond the layout
				if low < 127 {
					t.Errorf("a request of 1,000 s above %v s only", low)
				}
				found++
			default:
				t.Errorf("%d requests above %v s, at most %v s, want none", c, low, high)
			}
		}
		if n != p.Count || p.Scale != 3 || p.ZeroThreshold != math.Exp2(-13) {
			t.Errorf("%d in buckets of %d, scale %d, zero up to %v; want all, 3, 2^-13", n, p.Count, p.Scale, p.ZeroThreshold)
		}
	}
	if found != 101 || len(data.DataPoints) != 4 {
		t.Errorf("%d latencies above zero in %d points, want 101 in 4", found, len(data.DataPoints))
	}
}

// Restored history is in the windows, never in a sum.
func TestRestoredHistoryIsNotCounted(t *testing.T) {
	s := simulate(t, budget.Config{Service: "shop", Objectives: objectives()})
	traffic(s)
	next := simulate(t, budget.Config{Service: "shop", Objectives: objectives(), Restore: s.Snapshot()})
	got := collect(t, next.Tracker)
	for attributes, n := range sums(t, got["nines.events"]) {
		if n != 0 {
			t.Errorf("nines.events{%s} = %d after a restart, want 0", attributes, n)
		}
	}
	window := got["nines.window.events"].Data.(metricdata.Gauge[int64])
	var in int64
	for _, p := range window.DataPoints {
		in += p.Value
	}
	if want := int64(100 + 97 + 1 + 101 + 7); in != want {
		t.Errorf("%d events in all windows, want the %d of the process before", in, want)
	}
}

// Closed trackers have sums only, nil and zero ones nothing, and an ended context its error.
func TestNothingToProduce(t *testing.T) {
	s := simulate(t, budget.Config{Objectives: objectives()})
	traffic(s)
	s.Close()
	got := collect(t, s.Tracker)
	if sum(sums(t, got["nines.requests"])) != 102 {
		t.Errorf("nines.requests of a closed tracker: %v, want all 102", got["nines.requests"].Data)
	}
	for _, name := range []string{"nines.window.events", "nines.window.coverage", "nines.requests.in_flight", "nines.self.tick.lag"} {
		if m, there := got[name]; there {
			t.Errorf("%s of a closed tracker: %+v, want none", name, m.Data)
		}
	}
	var none *otelslo.Producer
	for what, p := range map[string]*otelslo.Producer{"nil": none, "zero": {}, "of nil": otelslo.NewProducer(nil)} {
		if scopes, err := p.Produce(context.Background()); len(scopes) != 0 || err != nil {
			t.Errorf("%s: %v, %v, want nothing", what, scopes, err)
		}
	}
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if _, err := otelslo.NewProducer(s.Tracker).Produce(ctx); !errors.Is(err, context.Canceled) {
		t.Errorf("with an ended context: %v, want it to say so", err)
	}
}

// Any byte in a name leaves as UTF-8, and different names stay apart.
func TestHostileNames(t *testing.T) {
	hostile := []string{"\x00", "\xff\xfe", "a\nb", `"} 1`, "POST ", " /", "GET /\x80", strings.Repeat("x", 256), "é", "{{ . }}"}
	var list []slo.Objective
	for _, name := range hostile {
		list = append(list, slo.Objective{Name: name, Of: slo.Events(name), SLI: slo.Correctness(), Target: slo.Percent(99)})
	}
	s := simulate(t, budget.Config{Service: "\xc3", Objectives: list})
	for i, name := range hostile {
		for range i + 1 {
			record(s.HTTP(name), slo.Success, 0)
			s.Events(name).Good()
		}
	}
	s.Advance(time.Second)
	metrics := collect(t, s.Tracker)
	for _, metric := range []string{"nines.events", "nines.requests"} {
		got := sums(t, metrics[metric])
		values := map[int64]int{}
		for attributes, n := range got {
			if !utf8.ValidString(attributes) {
				t.Errorf("attributes %q are not UTF-8", attributes)
			}
			values[n]++
		}
		for i := range hostile {
			if values[int64(i+1)] != 1 {
				t.Errorf("%s of %q has %d points with %d events, want 1; there are\n%s", metric, hostile[i], values[int64(i+1)], i+1, keys(got))
			}
		}
	}
}

// A bad event that was found in a trace is an exemplar of the histogram it is in, once.
func TestExemplars(t *testing.T) {
	s := simulate(t, budget.Config{Service: "shop", Objectives: objectives()})
	traffic(s)
	trace, ok := budget.ParseTraceparent("00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01")
	if !ok {
		t.Fatal("the header is not accepted")
	}
	o := s.HTTP(checkout.Name())
	for _, class := range []slo.Class{slo.ServerError, slo.Success} {
		o.Start()
		if o.FinishEvent(nil, class, 2*time.Second) {
			o.AddExemplar(trace, nil, class, 2*time.Second)
		}
		trace.SpanID[0]++
	}
	s.Advance(time.Second)
	data := collect(t, s.Tracker)["nines.request.duration"].Data.(metricdata.ExponentialHistogram[float64])
	found := map[string]int{}
	for _, p := range data.DataPoints {
		class, _ := p.Attributes.Value("class")
		for _, x := range p.Exemplars {
			found[class.AsString()]++
			if x.Value != 2 || len(x.TraceID) != 16 || len(x.SpanID) != 8 || x.TraceID[0] != 0x0a {
				t.Errorf("exemplar %+v, want one of 2 s in the trace 0a...", x)
			}
		}
	}
	if found["good"] != 1 || found["other"] != 1 {
		t.Errorf("exemplars by class: %v, want one slow and one failed", found)
	}
}
