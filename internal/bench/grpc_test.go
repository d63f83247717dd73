package bench

import (
	"context"
	"net"
	"testing"
	"time"

	grpcprom "github.com/grpc-ecosystem/go-grpc-middleware/providers/prometheus"
	"github.com/prometheus/client_golang/prometheus"
	"go.opentelemetry.io/contrib/instrumentation/google.golang.org/grpc/otelgrpc"
	tracenoop "go.opentelemetry.io/otel/trace/noop"
	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/grpc/health"
	healthpb "google.golang.org/grpc/health/grpc_health_v1"
	"google.golang.org/grpc/metadata"
	"google.golang.org/grpc/peer"
	"google.golang.org/grpc/stats"
	"google.golang.org/grpc/test/bufconn"

	"github.com/seed-abb722f7/nines/middleware/grpcslo"
	"github.com/seed-abb722f7/nines/slo"
)

// The health service stands for any: WithHealthServices, without one, makes it count.
const method = "/grpc.health.v1.Health/Check"

// newCall returns the context of a call under way.
func newCall(b *testing.B) context.Context {
	b.Helper()
	ctx, cancel := context.WithCancel(peer.NewContext(b.Context(), &peer.Peer{Addr: &net.TCPAddr{IP: net.IPv4(192, 0, 2, 1), Port: 1234}}))
	b.Cleanup(cancel)
	return metadata.NewIncomingContext(ctx, metadata.Pairs(":authority", "example.com", "user-agent", "bench"))
}

// through makes calls of an interceptor.
func through(b *testing.B, intercept grpc.UnaryServerInterceptor) func() func() {
	b.Helper()
	handler := func(_ context.Context, req any) (any, error) { return req, nil }
	return func() func() {
		ctx, info, req := newCall(b), &grpc.UnaryServerInfo{FullMethod: method}, any(&healthpb.HealthCheckRequest{})
		return func() { _, _ = intercept(ctx, req, info, handler) } // the handler has none
	}
}

// BenchmarkUnary is one unary call through an interceptor.
func BenchmarkUnary(b *testing.B) {
	rows := []row{{"bare", through(b, func(ctx context.Context, req any, _ *grpc.UnaryServerInfo, handler grpc.UnaryHandler) (any, error) {
		return handler(ctx, req)
	}), nil}}
	for _, c := range []struct {
		name                  string
		latencies, operations int
		options               []grpcslo.Option
	}{
		{"nines", 1, 0, nil},
		{"nines-1000-operations", 1, 1000, nil},
		{"nines-marking", 1, 0, []grpcslo.Option{grpcslo.WithMarking()}},
	} {
		t := newTracker(b, slo.RPC(method), c.latencies, c.operations)
		rows = append(rows, row{c.name, through(b, grpcslo.UnaryServerInterceptor(t, append(c.options, grpcslo.WithHealthServices())...)), valid(t)})
	}
	counters := grpcprom.NewServerMetrics()
	histogram := grpcprom.NewServerMetrics(grpcprom.WithServerHandlingTimeHistogram(grpcprom.WithHistogramBuckets(buckets)))
	measure(b, append(rows,
		row{"grpcprom-counters", through(b, counters.UnaryServerInterceptor()), handled(b, counters)},
		row{"grpcprom-histogram", through(b, histogram.UnaryServerInterceptor()), handled(b, histogram)}))
}

func handled(b *testing.B, m *grpcprom.ServerMetrics) func() float64 {
	b.Helper()
	registry := prometheus.NewRegistry()
	registry.MustRegister(m)
	return gathered(b, registry, "grpc_server_handled_total")
}

// told makes calls of a stats handler, which hears what grpc-go tells of a unary one.
func told(b *testing.B, h stats.Handler) func() func() {
	b.Helper()
	return func() func() {
		given, info := newCall(b), &stats.RPCTagInfo{FullMethodName: method}
		req := &healthpb.HealthCheckRequest{}
		began := time.Now()
		events := []stats.RPCStats{
			&stats.InHeader{FullMethod: method},
			&stats.Begin{BeginTime: began},
			&stats.InPayload{Payload: req, Length: 10, RecvTime: began},
			&stats.OutHeader{FullMethod: method},
			&stats.OutPayload{Payload: req, Length: 10, SentTime: began},
			&stats.OutTrailer{},
			&stats.End{BeginTime: began, EndTime: began.Add(time.Millisecond)},
		}
		return func() {
			ctx := h.TagRPC(given, info)
			for _, e := range events {
				h.HandleRPC(ctx, e)
			}
		}
	}
}

// nobody is a stats handler that does nothing.
type nobody struct{}

func (nobody) TagRPC(ctx context.Context, _ *stats.RPCTagInfo) context.Context   { return ctx }
func (nobody) HandleRPC(context.Context, stats.RPCStats)                         {}
func (nobody) TagConn(ctx context.Context, _ *stats.ConnTagInfo) context.Context { return ctx }
func (nobody) HandleConn(context.Context, stats.ConnStats)                       {}

// newOTel returns OpenTelemetry's stats handler, with metrics and no tracing.
func newOTel(b *testing.B) (stats.Handler, func() float64) {
	b.Helper()
	provider, count := newMeter(b, "rpc.server.call.duration")
	return otelgrpc.NewServerHandler(otelgrpc.WithMeterProvider(provider), otelgrpc.WithTracerProvider(tracenoop.NewTracerProvider())), count
}

// BenchmarkStats is one unary call through a stats handler, without what grpc-go itself does
// for having one.
func BenchmarkStats(b *testing.B) {
	t := newTracker(b, slo.RPC(method), 1, 0)
	otel, count := newOTel(b)
	measure(b, []row{
		{"bare", told(b, nobody{}), nil},
		{"nines", told(b, grpcslo.StatsHandler(t, grpcslo.WithHealthServices())), valid(t)},
		{"otelgrpc", told(b, otel), count},
	})
}

// BenchmarkBufconn is a call of a real client to a real server, in memory.
func BenchmarkBufconn(b *testing.B) {
	t, both := newTracker(b, slo.RPC(method), 1, 0), newTracker(b, slo.RPC(method), 1, 0)
	m := grpcprom.NewServerMetrics(grpcprom.WithServerHandlingTimeHistogram())
	otel, count := newOTel(b)
	every := grpcslo.WithHealthServices()
	measure(b, []row{
		{"bare", connected(b), nil},
		{"nines", connected(b, grpc.ChainUnaryInterceptor(grpcslo.UnaryServerInterceptor(t, every))), valid(t)},
		{"nines-stats", connected(b, grpc.ChainUnaryInterceptor(grpcslo.UnaryServerInterceptor(both, every)),
			grpc.StatsHandler(grpcslo.StatsHandler(both, every))), nil}, // recorded after the client has its answer
		{"grpcprom-histogram", connected(b, grpc.ChainUnaryInterceptor(m.UnaryServerInterceptor())), handled(b, m)},
		{"otelgrpc", connected(b, grpc.StatsHandler(otel)), nil},
	})
	if count() == 0 && both.Budget("availability").Counts().Valid() == 0 {
		b.Error("the stats handlers recorded nothing")
	}
}

// connected makes calls over a connection.
func connected(b *testing.B, options ...grpc.ServerOption) func() func() {
	b.Helper()
	l, server := bufconn.Listen(1<<16), grpc.NewServer(options...)
	healthpb.RegisterHealthServer(server, health.NewServer())
	go func() { _ = server.Serve(l) }() // ends with Stop
	conn, err := grpc.NewClient("passthrough:bench", grpc.WithTransportCredentials(insecure.NewCredentials()),
		grpc.WithContextDialer(func(ctx context.Context, _ string) (net.Conn, error) { return l.DialContext(ctx) }))
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() {
		_ = conn.Close()
		server.Stop()
	})
	client, req := healthpb.NewHealthClient(conn), &healthpb.HealthCheckRequest{}
	return same(func() {
		if _, err := client.Check(b.Context(), req); err != nil {
			b.Error(err)
		}
	})
}
