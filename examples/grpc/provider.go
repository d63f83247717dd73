package main

import (
	"context"
	"net"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/types/known/wrapperspb"

	"github.com/seed-abb722f7/nines/budget"
	"github.com/seed-abb722f7/nines/examples/internal/live"
	"github.com/seed-abb722f7/nines/middleware/grpcslo"
	"github.com/seed-abb722f7/nines/slo"
)

const chargeMethod = "/pay.Payments/Charge"

// A provider is the payment provider: a server somewhere else, which counts for itself what
// it answers, and the connection to it.
type provider struct {
	live.Tally
	scenario
	clock func() time.Duration
	grpc  *grpc.Server
	conn  *grpc.ClientConn
}

// newProvider starts the provider, and connects to it with our calls counted as those of a
// dependency.
func newProvider(tracker *budget.Tracker, s scenario, clock func() time.Duration) (*provider, error) {
	p := &provider{scenario: s, clock: clock, grpc: grpc.NewServer()}
	p.grpc.RegisterService(&grpc.ServiceDesc{
		ServiceName: "pay.Payments", HandlerType: (*any)(nil),
		Methods: []grpc.MethodDesc{unary(chargeMethod, p.charge)},
	}, p)
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	go func() { _ = p.grpc.Serve(listener) }() // until stop

	options := []grpcslo.Option{
		// One name for all that is asked of it; without it, that of each method.
		grpcslo.WithNamer(func(_, _ string) string { return payments }),
		// And that is the cause of what fails because of it.
		grpcslo.WithBlame(),
	}
	p.conn, err = grpc.NewClient(listener.Addr().String(),
		grpc.WithTransportCredentials(insecure.NewCredentials()),
		grpc.WithChainUnaryInterceptor(grpcslo.UnaryClientInterceptor(tracker, options...)),
		grpc.WithChainStreamInterceptor(grpcslo.StreamClientInterceptor(tracker, options...)))
	if err != nil {
		p.grpc.Stop()
		return nil, err
	}
	return p, nil
}

// charge is the provider's side.
func (p *provider) charge(ctx context.Context, _ *text) (*text, error) {
	class, err := slo.RPCOK, error(nil)
	if p.outage.Holds(p.clock()) {
		class, err = slo.RPCUnavailable, status.Error(codes.Unavailable, "down")
	} else {
		live.Work(ctx, 2*time.Millisecond)
	}
	p.Add(live.Outcome{Operation: "dependency:" + payments, Class: class})
	return wrapperspb.String("charged"), err
}

// ask is ours.
func (p *provider) ask(ctx context.Context, order *text) error {
	return p.conn.Invoke(ctx, chargeMethod, order, new(text))
}

// close ends both.
func (p *provider) close() error {
	_ = p.conn.Close() // nobody uses it any more
	return stop(p.grpc)
}
