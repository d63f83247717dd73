package main

import (
	"context"
	"fmt"

	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/credentials/insecure"
	healthpb "google.golang.org/grpc/health/grpc_health_v1"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/types/known/wrapperspb"

	"github.com/seed-abb722f7/nines/examples/internal/live"
	"github.com/seed-abb722f7/nines/slo"
)

// pace leaves room for quotes to be slow without holding up the others.
var pace = live.Pace{Rate: 250, InFlight: 256}

// mix is the traffic, over and over. Weights show in the number of lines.
var mix = [...]func(n int) call{
	quote, checkout, quote, track, quote, nothing, checkout, quote, track, quote,
	checkout, quote, probe, quote, checkout, track, quote, nothing, quote, checkout,
	quote, checkout, quote, noSuchMethod,
}

// A call is one that the load generator can make, and what becomes of it.
type call struct {
	operation string
	make      func(ctx context.Context, conn *grpc.ClientConn) error
	class     map[codes.Code]slo.Class // of what the client sees; it says nothing of other codes
}

// invoke makes a unary call.
func invoke(method, what string) func(context.Context, *grpc.ClientConn) error {
	return func(ctx context.Context, conn *grpc.ClientConn) error {
		return conn.Invoke(ctx, method, wrapperspb.String(what), new(text))
	}
}

func checkout(n int) call {
	return call{checkoutMethod, invoke(checkoutMethod, fmt.Sprint("order ", n)), map[codes.Code]slo.Class{
		codes.OK: slo.RPCOK, codes.Unavailable: slo.RPCUnavailable,
	}}
}

func quote(n int) call { return ask(fmt.Sprint("item ", n)) }

// nothing asks in vain.
func nothing(n int) call { return ask(fmt.Sprint("no such item ", n)) }

func ask(what string) call {
	return call{quoteMethod, func(ctx context.Context, conn *grpc.ClientConn) error {
		ctx, cancel := context.WithTimeout(ctx, patience)
		defer cancel()
		return invoke(quoteMethod, what)(ctx, conn)
	}, map[codes.Code]slo.Class{
		codes.OK: slo.RPCOK, codes.NotFound: slo.RPCNotFound, codes.DeadlineExceeded: slo.RPCDeadlineExceeded,
	}}
}

// track hears three times of its order, and leaves.
func track(n int) call {
	return call{trackMethod, func(ctx context.Context, conn *grpc.ClientConn) error {
		ctx, cancel := context.WithCancel(ctx)
		defer cancel()
		stream, err := conn.NewStream(ctx, &grpc.StreamDesc{ServerStreams: true}, trackMethod)
		if err != nil {
			return err
		}
		if err := stream.SendMsg(wrapperspb.String(fmt.Sprint("order ", n))); err != nil {
			return err
		}
		if err := stream.CloseSend(); err != nil {
			return err
		}
		for range 3 {
			if err := stream.RecvMsg(new(text)); err != nil {
				return err
			}
		}
		return nil
	}, map[codes.Code]slo.Class{codes.OK: slo.RPCCancelled}}
}

// probe is what an orchestrator asks. Of whom does not matter: it does not count.
func probe(int) call {
	return call{"unmatched", func(ctx context.Context, conn *grpc.ClientConn) error {
		_, err := healthpb.NewHealthClient(conn).Check(ctx, &healthpb.HealthCheckRequest{})
		return err
	}, map[codes.Code]slo.Class{codes.OK: slo.Health}}
}

// noSuchMethod is what robots call. Its name never becomes that of an operation.
func noSuchMethod(n int) call {
	return call{"_OTHER", invoke(fmt.Sprintf("/wp.Admin/Login%d", n), ""), map[codes.Code]slo.Class{
		codes.Unimplemented: slo.Unmatched,
	}}
}

// A generator makes calls over a real connection, and counts what comes back.
type generator struct {
	live.Tally
	conn *grpc.ClientConn
}

func newGenerator(target string) (*generator, error) {
	conn, err := grpc.NewClient(target, grpc.WithTransportCredentials(insecure.NewCredentials()))
	return &generator{conn: conn}, err
}

// run makes calls until ctx ends, and returns when each was answered: what ctx ends is the
// sending, not the calls.
func (g *generator) run(ctx context.Context) {
	defer func() { _ = g.conn.Close() }() // nobody uses it any more
	pace.Run(ctx, func(ctx context.Context, n int) { g.send(ctx, mix[n%len(mix)](n)) })
}

// send makes one call and counts the answer.
func (g *generator) send(ctx context.Context, c call) {
	err := c.make(ctx, g.conn)
	class, ok := c.class[status.Code(err)]
	if !ok {
		g.Lose(fmt.Errorf("%s: %w", c.operation, err))
		return
	}
	g.Add(live.Outcome{Operation: c.operation, Class: class})
}
