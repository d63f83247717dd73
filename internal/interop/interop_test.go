package interop

import (
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"net"
	"sync"
	"testing"

	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/grpc/interop"
	testgrpc "google.golang.org/grpc/interop/grpc_testing"
	"google.golang.org/grpc/stats"
	"google.golang.org/grpc/status"

	"github.com/seed-abb722f7/nines/budget"
	"github.com/seed-abb722f7/nines/budget/budgettest"
	"github.com/seed-abb722f7/nines/middleware/grpcslo"
	"github.com/seed-abb722f7/nines/slo"
)

// A tally counts calls by operation and class, without Nines.
type tally struct {
	mu    sync.Mutex
	calls map[string]int
	over  chan struct{}
}

func newTally() *tally { return &tally{calls: map[string]int{}, over: make(chan struct{}, 1024)} }

func (c *tally) add(line string) {
	c.mu.Lock()
	c.calls[line]++
	c.mu.Unlock()
	c.over <- struct{}{}
}

// serverCalls counts the calls that reach a server, after those before it have.
type serverCalls struct{ *tally }

type call struct {
	method string
	begun  bool
}

type callKey struct{}

func (c serverCalls) TagRPC(ctx context.Context, i *stats.RPCTagInfo) context.Context {
	return context.WithValue(ctx, callKey{}, &call{method: i.FullMethodName})
}

func (c serverCalls) HandleRPC(ctx context.Context, s stats.RPCStats) {
	of := ctx.Value(callKey{}).(*call)
	switch s.(type) {
	case *stats.Begin:
		of.begun = true
	case *stats.OutTrailer:
		if !of.begun {
			c.add("_OTHER")
		}
	case *stats.End:
		c.add(of.method)
	}
}

func (c serverCalls) TagConn(ctx context.Context, _ *stats.ConnTagInfo) context.Context { return ctx }
func (c serverCalls) HandleConn(context.Context, stats.ConnStats)                       {}

func line(method string, err error) string {
	if errors.Is(err, io.EOF) {
		err = nil
	}
	return fmt.Sprintf("dependency:%s %s", grpcslo.Client(method).Name(), word(slo.RPCClass(uint32(status.Code(err)))))
}

// word names a class. Which cancelled calls were established streams does not matter here.
func word(c slo.Class) string {
	if c == slo.Cancelled {
		c = slo.RPCCancelled
	}
	return c.String()
}

// unary and stream count the calls that a client makes, by what it saw.
func (c *tally) unary(ctx context.Context, method string, req, reply any, cc *grpc.ClientConn, invoker grpc.UnaryInvoker, opts ...grpc.CallOption) error {
	err := invoker(ctx, method, req, reply, cc, opts...)
	c.add(line(method, err))
	return err
}

func (c *tally) stream(ctx context.Context, desc *grpc.StreamDesc, cc *grpc.ClientConn, method string, streamer grpc.Streamer, opts ...grpc.CallOption) (grpc.ClientStream, error) {
	var once sync.Once // gRPC says it twice of a stream whose deadline passes while it is made
	return streamer(ctx, desc, cc, method, append(opts, grpc.OnFinish(func(err error) {
		once.Do(func() { c.add(line(method, err)) })
	}))...)
}

// TestInterop: every case passes, and the counts on both sides equal the calls made.
func TestInterop(t *testing.T) {
	for name, f := range map[string]func(ctx context.Context, conn *grpc.ClientConn, tc testgrpc.TestServiceClient){
		"empty_unary": func(ctx context.Context, _ *grpc.ClientConn, tc testgrpc.TestServiceClient) {
			interop.DoEmptyUnaryCall(ctx, tc)
		},
		"large_unary": func(ctx context.Context, _ *grpc.ClientConn, tc testgrpc.TestServiceClient) {
			interop.DoLargeUnaryCall(ctx, tc)
		},
		"client_streaming": func(ctx context.Context, _ *grpc.ClientConn, tc testgrpc.TestServiceClient) {
			interop.DoClientStreaming(ctx, tc)
		},
		"server_streaming": func(ctx context.Context, _ *grpc.ClientConn, tc testgrpc.TestServiceClient) {
			interop.DoServerStreaming(ctx, tc)
		},
		"ping_pong": func(ctx context.Context, _ *grpc.ClientConn, tc testgrpc.TestServiceClient) {
			interop.DoPingPong(ctx, tc)
		},
		"empty_stream": func(ctx context.Context, _ *grpc.ClientConn, tc testgrpc.TestServiceClient) {
			interop.DoEmptyStream(ctx, tc)
		},
		"timeout_on_sleeping_server": func(ctx context.Context, _ *grpc.ClientConn, tc testgrpc.TestServiceClient) {
			interop.DoTimeoutOnSleepingServer(ctx, tc)
		},
		"cancel_after_begin": func(ctx context.Context, _ *grpc.ClientConn, tc testgrpc.TestServiceClient) {
			interop.DoCancelAfterBegin(ctx, tc)
		},
		"cancel_after_first_response": func(ctx context.Context, _ *grpc.ClientConn, tc testgrpc.TestServiceClient) {
			interop.DoCancelAfterFirstResponse(ctx, tc)
		},
		"custom_metadata": func(ctx context.Context, _ *grpc.ClientConn, tc testgrpc.TestServiceClient) {
			interop.DoCustomMetadata(ctx, tc)
		},
		"status_code_and_message": func(ctx context.Context, _ *grpc.ClientConn, tc testgrpc.TestServiceClient) {
			interop.DoStatusCodeAndMessage(ctx, tc)
		},
		"special_status_message": func(ctx context.Context, _ *grpc.ClientConn, tc testgrpc.TestServiceClient) {
			interop.DoSpecialStatusMessage(ctx, tc)
		},
		"unimplemented_method": func(ctx context.Context, conn *grpc.ClientConn, _ testgrpc.TestServiceClient) {
			interop.DoUnimplementedMethod(ctx, conn)
		},
		"unimplemented_service": func(ctx context.Context, conn *grpc.ClientConn, _ testgrpc.TestServiceClient) {
			interop.DoUnimplementedService(ctx, testgrpc.NewUnimplementedServiceClient(conn))
		},
	} {
		for _, marking := range []bool{false, true} {
			t.Run(fmt.Sprintf("%s/marking %v", name, marking), func(t *testing.T) { run(t, marking, f) })
		}
	}
}

func run(t *testing.T, marking bool, f func(context.Context, *grpc.ClientConn, testgrpc.TestServiceClient)) {
	t.Helper()
	service := slo.Objective{Name: "all", Of: slo.All, SLI: slo.Availability(), Target: slo.Percent(99)}
	served, made := budgettest.New(t, service), budgettest.New(t, service)
	reached, asked := newTally(), newTally()
	var options []grpcslo.Option
	if marking {
		options = append(options, grpcslo.WithMarking())
	}

	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	server := grpc.NewServer(
		grpc.StatsHandler(grpcslo.StatsHandler(served.Tracker, options...)),
		grpc.StatsHandler(serverCalls{reached}),
		grpc.ChainUnaryInterceptor(grpcslo.UnaryServerInterceptor(served.Tracker, options...)),
		grpc.ChainStreamInterceptor(grpcslo.StreamServerInterceptor(served.Tracker, options...)))
	testgrpc.RegisterTestServiceServer(server, interop.NewTestServer())
	grpcslo.Register(served.Tracker, server)
	go func() { _ = server.Serve(l) }() // ends with Stop
	defer server.Stop()

	conn, err := grpc.NewClient(l.Addr().String(), grpc.WithTransportCredentials(insecure.NewCredentials()),
		grpc.WithChainUnaryInterceptor(asked.unary, grpcslo.UnaryClientInterceptor(made.Tracker)),
		grpc.WithChainStreamInterceptor(asked.stream, grpcslo.StreamClientInterceptor(made.Tracker)))
	if err != nil {
		t.Fatal(err)
	}
	f(t.Context(), conn, testgrpc.NewTestServiceClient(conn)) // a case that fails ends the program
	_ = conn.Close()
	server.GracefulStop()

	if got := recorded(made.Tracker, true); !maps.Equal(got, asked.counts()) {
		t.Errorf("the client recorded %v, made %v", got, asked.counts())
	}
	if got := recorded(served.Tracker, false); !maps.Equal(got, reached.counts()) {
		t.Errorf("the server recorded %v, was reached by %v", got, reached.counts())
	}
	if len(asked.counts()) == 0 {
		t.Error("no call was made")
	}
	// Where no call was cut short, both saw the same: a client that cancels cannot know what
	// the server has answered already.
	saw, seen := classes(made.Tracker), classes(served.Tracker)
	if saw[slo.Cancelled]+saw[slo.RPCCancelled]+saw[slo.RPCDeadlineExceeded] > 0 {
		return
	}
	for _, c := range []codes.Code{codes.OK, codes.Unknown, codes.Internal, codes.NotFound} {
		class := slo.RPCClass(uint32(c))
		if saw[class] != seen[class] {
			t.Errorf("%v: the client saw %d, the server %d", c, saw[class], seen[class])
		}
	}
	if got, want := seen[slo.Unmatched]+seen[slo.RPCUnimplemented], saw[slo.RPCUnimplemented]; got != want {
		t.Errorf("Unimplemented: the client saw %d, the server %d", want, got)
	}
}

func (c *tally) counts() map[string]int {
	c.mu.Lock()
	defer c.mu.Unlock()
	return maps.Clone(c.calls)
}

// recorded returns the calls by operation, or by operation and class.
func recorded(tr *budget.Tracker, byClass bool) map[string]int {
	got := map[string]int{}
	for _, o := range tr.Report().Operations {
		for _, c := range o.Classes {
			name := o.Name
			if byClass {
				name += " " + word(c.Class)
			}
			if c.Count > 0 {
				got[name] += int(c.Count)
			}
		}
	}
	return got
}

func classes(tr *budget.Tracker) map[slo.Class]uint64 {
	got := map[slo.Class]uint64{}
	for _, o := range tr.Report().Operations {
		for _, c := range o.Classes {
			got[c.Class] += c.Count
		}
	}
	return got
}
