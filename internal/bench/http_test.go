package bench

import (
	"bufio"
	"context"
	"io"
	"net"
	"net/http"
	"sync/atomic"
	"testing"

	"github.com/felixge/httpsnoop"
	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promhttp"
	slokprom "github.com/slok/go-http-metrics/metrics/prometheus"
	"github.com/slok/go-http-metrics/middleware"
	"github.com/slok/go-http-metrics/middleware/std"
	"go.opentelemetry.io/contrib/instrumentation/net/http/otelhttp"
	tracenoop "go.opentelemetry.io/otel/trace/noop"

	"github.com/seed-abb722f7/nines/middleware/httpslo"
	"github.com/seed-abb722f7/nines/slo"
)

const pattern = "GET /items/{id}"

// A sink takes a response and does nothing, with the interfaces that net/http's own writer
// has on HTTP/1, which wrappers must not hide.
type sink struct{ header http.Header }

func (s *sink) Header() http.Header                          { return s.header }
func (s *sink) Write(p []byte) (int, error)                  { return len(p), nil }
func (s *sink) WriteString(p string) (int, error)            { return len(p), nil }
func (s *sink) WriteHeader(int)                              {}
func (s *sink) Flush()                                       {}
func (s *sink) Hijack() (net.Conn, *bufio.ReadWriter, error) { return nil, nil, http.ErrNotSupported }
func (s *sink) ReadFrom(r io.Reader) (int64, error)          { return io.Copy(io.Discard, r) }
func (s *sink) CloseNotify() <-chan bool                     { return nil }

var body = []byte("ok\n")

// item is the handler that all rows wrap.
func item(w http.ResponseWriter, _ *http.Request) {
	w.WriteHeader(http.StatusOK)
	_, _ = w.Write(body) // a sink has no errors
}

// serve makes requests of a handler.
func serve(b *testing.B, h http.Handler) func() func() {
	b.Helper()
	return func() func() {
		// The context is one that ends, as a server's.
		ctx, cancel := context.WithCancel(context.WithValue(b.Context(), http.ServerContextKey, new(http.Server)))
		b.Cleanup(cancel)
		r, err := http.NewRequestWithContext(ctx, http.MethodGet, "/items/42", http.NoBody)
		if err != nil {
			b.Fatal(err)
		}
		r.Host, r.RemoteAddr, r.RequestURI = "example.com", "192.0.2.1:1234", "/items/42"
		w := &sink{http.Header{}}
		return func() { h.ServeHTTP(w, r) }
	}
}

// BenchmarkHTTP is one request through a middleware that is bound to its route.
func BenchmarkHTTP(b *testing.B) {
	h := http.HandlerFunc(item)
	rows := []row{{"bare", serve(b, h), nil}}
	for _, c := range []struct {
		name                  string
		latencies, operations int
	}{{"nines", 1, 0}, {"nines-5-objectives", 4, 0}, {"nines-1000-operations", 1, 1000}} {
		t := newTracker(b, slo.HTTP(pattern), c.latencies, c.operations)
		rows = append(rows, row{c.name, serve(b, httpslo.Route(t, pattern, h)), valid(t)})
	}
	measure(b, append(rows, snoop(b, h), promDuration(b, h), promBoth(b, h), slok(b, h), otelHTTP(b, h)))
}

// BenchmarkMux is one request through a middleware around a http.ServeMux.
func BenchmarkMux(b *testing.B) {
	mux := http.NewServeMux()
	mux.HandleFunc(pattern, item)
	t := newTracker(b, slo.HTTP(pattern), 1, 0)
	measure(b, []row{
		{"bare", serve(b, mux), nil},
		{"nines", serve(b, httpslo.Handler(t, mux)), valid(t)},
	})
}

func snoop(b *testing.B, h http.Handler) row {
	b.Helper()
	var n atomic.Uint64
	return row{"httpsnoop", serve(b, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if httpsnoop.CaptureMetrics(h, w, r).Code == http.StatusOK {
			n.Add(1)
		}
	})), func() float64 { return float64(n.Load()) }}
}

func promDuration(b *testing.B, h http.Handler) row {
	b.Helper()
	registry := prometheus.NewRegistry()
	return row{"promhttp-duration", serve(b, promhttp.InstrumentHandlerDuration(duration(registry), h)), gathered(b, registry, "duration_seconds")}
}

func promBoth(b *testing.B, h http.Handler) row {
	b.Helper()
	registry := prometheus.NewRegistry()
	total := prometheus.NewCounterVec(prometheus.CounterOpts{Name: "requests_total"}, []string{"code", "method"})
	registry.MustRegister(total)
	return row{"promhttp-duration-counter", serve(b, promhttp.InstrumentHandlerDuration(duration(registry),
		promhttp.InstrumentHandlerCounter(total, h))), gathered(b, registry, "requests_total")}
}

func duration(registry *prometheus.Registry) *prometheus.HistogramVec {
	h := prometheus.NewHistogramVec(prometheus.HistogramOpts{Name: "duration_seconds", Buckets: buckets}, []string{"code", "method"})
	registry.MustRegister(h)
	return h
}

func slok(b *testing.B, h http.Handler) row {
	b.Helper()
	registry := prometheus.NewRegistry()
	mw := middleware.New(middleware.Config{
		Recorder:           slokprom.NewRecorder(slokprom.Config{Registry: registry, DurationBuckets: buckets}),
		DisableMeasureSize: true, DisableMeasureInflight: true,
	})
	return row{"go-http-metrics-duration", serve(b, std.Handler(pattern, mw, h)), gathered(b, registry, "http_request_duration_seconds")}
}

// otelHTTP has metrics and no tracing.
func otelHTTP(b *testing.B, h http.Handler) row {
	b.Helper()
	provider, count := newMeter(b, "http.server.request.duration")
	return row{"otelhttp", serve(b, otelhttp.NewHandler(h, pattern, otelhttp.WithMeterProvider(provider),
		otelhttp.WithTracerProvider(tracenoop.NewTracerProvider()))), count}
}
