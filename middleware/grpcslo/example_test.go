package grpcslo_test

import (
	"context"
	"fmt"
	"net"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/grpc/health"
	healthpb "google.golang.org/grpc/health/grpc_health_v1"
	"google.golang.org/grpc/status"
	"google.golang.org/grpc/test/bufconn"

	"github.com/seed-abb722f7/nines/budget"
	"github.com/seed-abb722f7/nines/middleware/grpcslo"
	"github.com/seed-abb722f7/nines/slo"
)

// Health checks stand for a service of yours: they count here, as WithHealthServices has
// no service in it.
const check = "/grpc.health.v1.Health/Check"

func newTracker(of slo.Source) *budget.Tracker {
	tracker, err := budget.New(budget.Config{Service: "shop", Objectives: []slo.Objective{
		{Name: "availability", Of: of, SLI: slo.Availability(), Target: slo.Percent(99)},
		{Name: "latency", Of: of, SLI: slo.Latency(time.Minute), Target: slo.Percent(95)},
	}})
	if err != nil {
		fmt.Println(err)
	}
	return tracker
}

// serveHealth serves the health service in memory.
func serveHealth(options ...grpc.ServerOption) (*grpc.Server, *bufconn.Listener) {
	return serveDraining(nil, options...)
}

func serveDraining(draining *grpcslo.Draining, options ...grpc.ServerOption) (*grpc.Server, *bufconn.Listener) {
	server, listener := grpc.NewServer(options...), bufconn.Listen(1<<16)
	healthpb.RegisterHealthServer(server, health.NewServer())
	go func() { _ = server.Serve(draining.Listener(listener)) }() // until Stop
	return server, listener
}

func dialHealth(l *bufconn.Listener, options ...grpc.DialOption) (*grpc.ClientConn, error) {
	return grpc.NewClient("passthrough:shop", append(options,
		grpc.WithTransportCredentials(insecure.NewCredentials()),
		grpc.WithContextDialer(func(ctx context.Context, _ string) (net.Conn, error) { return l.DialContext(ctx) }))...)
}

func ExampleUnaryServerInterceptor() {
	tracker := newTracker(slo.RPC(check))
	defer tracker.Close()
	server, listener := serveHealth(grpc.ChainUnaryInterceptor(
		grpcslo.UnaryServerInterceptor(tracker, grpcslo.WithHealthServices())))
	grpcslo.Register(tracker, server)
	if err := grpcslo.Check(tracker, server); err != nil {
		fmt.Println(err)
	}

	conn, _ := dialHealth(listener)
	client := healthpb.NewHealthClient(conn)
	for range 3 {
		_, _ = client.Check(context.Background(), &healthpb.HealthCheckRequest{})
	}
	_, err := client.Check(context.Background(), &healthpb.HealthCheckRequest{Service: "unknown"})
	fmt.Println(status.Code(err))
	_ = conn.Close()
	server.GracefulStop() // all calls are recorded

	counts := tracker.Budget("availability").Counts()
	fmt.Println("good", counts.Good, "bad", counts.Bad)
	// Output:
	// NotFound
	// good 4 bad 0
}

func ExampleStreamServerInterceptor() {
	tracker := newTracker(slo.RPC("/grpc.health.v1.Health/Watch"))
	defer tracker.Close()
	server, listener := serveHealth(grpc.ChainStreamInterceptor(
		grpcslo.StreamServerInterceptor(tracker, grpcslo.WithHealthServices())))

	conn, _ := dialHealth(listener)
	ctx, leave := context.WithCancel(context.Background())
	watch, _ := healthpb.NewHealthClient(conn).Watch(ctx, &healthpb.HealthCheckRequest{})
	first, err := watch.Recv()
	fmt.Println(first.GetStatus(), err)
	leave() // which is how watches end
	_, err = watch.Recv()
	fmt.Println(status.Code(err))
	_ = conn.Close()
	server.GracefulStop()

	counts := tracker.Budget("latency").Counts()
	fmt.Println("good", counts.Good, "bad", counts.Bad)
	// Output:
	// SERVING <nil>
	// Canceled
	// good 1 bad 0
}

// prices is a server's stream whose messages are events too.
func prices(sent *budget.Stream, send func(price int) error) error {
	for _, price := range []int{7, 11, 0} {
		if price == 0 {
			sent.Bad() // what it is worth, only the handler knows
			continue
		}
		if err := send(price); err != nil {
			return err // the stream's own event says how it ended
		}
		sent.Good()
	}
	return nil
}

// Messages of streams, each as one event of a stream of its own.
func ExampleStreamServerInterceptor_messages() {
	tracker, err := budget.New(budget.Config{Objectives: []slo.Objective{
		{Name: "prices", Of: slo.Events("prices"), SLI: slo.Correctness(), Target: slo.Percent(99)},
	}})
	if err != nil {
		fmt.Println(err)
	}
	defer tracker.Close()
	intercept := grpcslo.StreamServerInterceptor(tracker)
	sent := tracker.Events("prices")
	_ = intercept(nil, idle{ctx: context.Background()}, &grpc.StreamServerInfo{FullMethod: "/shop.v1.Prices/Watch", IsServerStream: true},
		func(any, grpc.ServerStream) error {
			return prices(sent, func(int) error { return nil })
		})
	counts := tracker.Budget("prices").Counts()
	fmt.Println("good", counts.Good, "bad", counts.Bad)
	// Output: good 2 bad 1
}

func ExampleDraining_Listener() {
	tracker := newTracker(slo.RPC("/grpc.health.v1.Health/Watch"))
	defer tracker.Close()
	var draining grpcslo.Draining
	server, listener := serveDraining(&draining, // server.Serve(draining.Listener(listener))
		grpc.WaitForHandlers(true),
		grpc.ChainStreamInterceptor(grpcslo.StreamServerInterceptor(tracker, grpcslo.WithHealthServices(), grpcslo.WithDraining(&draining))))

	conn, _ := dialHealth(listener)
	watch, _ := healthpb.NewHealthClient(conn).Watch(context.Background(), &healthpb.HealthCheckRequest{})
	first, err := watch.Recv()
	fmt.Println(first.GetStatus(), err)

	server.Stop() // what ends now is not the client's doing
	_, err = watch.Recv()
	fmt.Println(status.Code(err))
	_ = conn.Close()
	s := tracker.Budget("availability").Status()
	fmt.Println(s.Counts.Valid(), s.Excluded)
	// Output:
	// SERVING <nil>
	// Unavailable
	// 0 [{shutdown 1}]
}

func ExampleStatsHandler() {
	tracker := newTracker(slo.RPC(check))
	defer tracker.Close()
	server, listener := serveHealth(grpc.StatsHandler(grpcslo.StatsHandler(tracker)))
	conn, _ := dialHealth(listener)
	err := conn.Invoke(context.Background(), "/no.such.Service/X", &healthpb.HealthCheckRequest{}, &healthpb.HealthCheckResponse{})
	fmt.Println(status.Code(err))
	_ = conn.Close()
	server.GracefulStop()

	for _, o := range tracker.Report().Operations {
		for _, c := range o.Classes {
			if c.Count > 0 {
				fmt.Println(o.Name, c.Class, c.Count)
			}
		}
	}
	// Output:
	// Unimplemented
	// _OTHER unmatched 1
}

func ExampleUnaryClientInterceptor() {
	tracker := newTracker(grpcslo.Client(check))
	defer tracker.Close()
	server, listener := serveHealth()
	conn, _ := dialHealth(listener,
		grpc.WithChainUnaryInterceptor(grpcslo.UnaryClientInterceptor(tracker)),
		grpc.WithChainStreamInterceptor(grpcslo.StreamClientInterceptor(tracker)))
	client := healthpb.NewHealthClient(conn)
	_, _ = client.Check(context.Background(), &healthpb.HealthCheckRequest{})
	server.Stop()
	_, err := client.Check(context.Background(), &healthpb.HealthCheckRequest{})
	fmt.Println(status.Code(err))

	counts := tracker.Budget("availability").Counts()
	fmt.Println("good", counts.Good, "bad", counts.Bad, "excluded", counts.Excluded)
	// Output:
	// Unavailable
	// good 1 bad 1 excluded 0
}

func ExampleWithMarking() {
	tracker := newTracker(slo.RPC(check))
	defer tracker.Close()
	intercept := grpcslo.UnaryServerInterceptor(tracker, grpcslo.WithMarking(), grpcslo.WithHealthServices())
	_, _ = intercept(context.Background(), nil, &grpc.UnaryServerInfo{FullMethod: check},
		func(ctx context.Context, _ any) (any, error) {
			slo.FromContext(ctx).Bad("payments") // OK, and yet it is not
			return nil, nil
		})
	counts := tracker.Budget("availability").Counts()
	fmt.Println("good", counts.Good, "bad", counts.Bad)
	// Output: good 0 bad 1
}

func ExampleClassify() {
	ctx := context.Background()
	fmt.Println(grpcslo.Classify(ctx, grpcslo.Outcome{Code: codes.NotFound}))
	fmt.Println(grpcslo.Classify(ctx, grpcslo.Outcome{Cancelled: true}))
	fmt.Println(grpcslo.Classify(ctx, grpcslo.Outcome{Cancelled: true, Stream: true, Established: true}))
	fmt.Println(grpcslo.Classify(ctx, grpcslo.Outcome{TimedOut: true}))
	fmt.Println(grpcslo.Classify(ctx, grpcslo.Outcome{Code: codes.Internal, Cancelled: true}))
	// Output:
	// NOT_FOUND
	// cancelled
	// CANCELLED
	// DEADLINE_EXCEEDED
	// INTERNAL
}

func ExampleClient() {
	fmt.Println(grpcslo.Client("/pay.v1.Payments/Charge"))
	// Output: slo.Dependency("/pay.v1.Payments/Charge")
}

func ExampleWithTrace() {
	tracker := newTracker(slo.RPC(check))
	defer tracker.Close()
	server, listener := serveHealth(grpc.ChainUnaryInterceptor(
		grpcslo.UnaryServerInterceptor(tracker, grpcslo.WithHealthServices(), grpcslo.WithTrace(
			func(context.Context) (traceID, spanID string) { // stands for OpenTelemetry's SpanContextFromContext
				return "0af7651916cd43dd8448eb211c80319c", "b7ad6b7169203331"
			})),
		func(context.Context, any, *grpc.UnaryServerInfo, grpc.UnaryHandler) (any, error) {
			return nil, status.Error(codes.Internal, "broken")
		}))
	conn, _ := dialHealth(listener)
	_, _ = healthpb.NewHealthClient(conn).Check(context.Background(), &healthpb.HealthCheckRequest{})
	_ = conn.Close()
	server.GracefulStop()
	for _, x := range tracker.Budget("availability").Exemplars() {
		fmt.Println(x.Class, x.TraceID)
	}
	// Output: INTERNAL 0af7651916cd43dd8448eb211c80319c
}

func ExampleWithBlame() {
	tracker := newTracker(slo.RPC("/shop.v1.Shop/Checkout"))
	defer tracker.Close()
	charge := grpcslo.UnaryClientInterceptor(tracker, grpcslo.WithBlame(),
		grpcslo.WithNamer(func(_, _ string) string { return "payments" }))
	down := func(context.Context, string, any, any, *grpc.ClientConn, ...grpc.CallOption) error {
		return status.Error(codes.Unavailable, "down")
	}

	intercept := grpcslo.UnaryServerInterceptor(tracker, grpcslo.WithMarking())
	_, _ = intercept(context.Background(), nil, &grpc.UnaryServerInfo{FullMethod: "/shop.v1.Shop/Checkout"},
		func(ctx context.Context, _ any) (any, error) {
			return nil, charge(ctx, "/pay.v1.Payments/Charge", nil, nil, nil, down)
		})
	for _, o := range tracker.Report().Operations {
		for _, c := range o.Causes {
			fmt.Println(o.Name, c.Cause, c.Count)
		}
	}
	// Output: /shop.v1.Shop/Checkout payments 1
}
