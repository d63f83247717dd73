package grpcslo_test

import (
	"context"
	"strings"
	"testing"

	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/metadata"
	"google.golang.org/grpc/status"

	"github.com/seed-abb722f7/nines/budget"
	"github.com/seed-abb722f7/nines/middleware/grpcslo"
	"github.com/seed-abb722f7/nines/slo"
)

const (
	traceID     = "0af7651916cd43dd8448eb211c80319c"
	spanID      = "b7ad6b7169203331"
	traceparent = "00-" + traceID + "-" + spanID + "-01"
)

// exemplars returns those of all operations, as "operation class trace".
func exemplars(tr *budget.Tracker) (list []string) {
	for _, o := range tr.Report().Operations {
		for _, x := range o.Exemplars {
			list = append(list, x.Operation+" "+x.Class.String()+" "+x.TraceID)
		}
	}
	return list
}

// Calls that were bad or slow are kept with the trace in their metadata.
func TestExemplars(t *testing.T) {
	across(t, allModes, func(t *testing.T, start func(options ...grpcslo.Option) *rig) {
		t.Helper()
		for _, c := range []struct {
			name     string
			metadata []string
			err      error
			slow     bool
			options  []grpcslo.Option
			want     string // "" for none
		}{
			{name: "good", metadata: []string{traceparent}},
			{name: "bad", metadata: []string{traceparent}, err: status.Error(codes.Internal, "x"), want: "INTERNAL " + traceID},
			{name: "slow", metadata: []string{traceparent}, slow: true, want: "OK " + traceID},
			{name: "bad, no trace", err: status.Error(codes.Internal, "x")},
			{name: "bad, two traces", metadata: []string{traceparent, traceparent}, err: status.Error(codes.Internal, "x")},
			{name: "WithTrace", err: status.Error(codes.Internal, "x"), want: "INTERNAL " + strings.Repeat("a", 32), options: []grpcslo.Option{
				grpcslo.WithTrace(func(context.Context) (string, string) { return strings.Repeat("a", 32), spanID }),
			}},
			{name: "WithTrace panics", metadata: []string{traceparent}, err: status.Error(codes.Internal, "x"), options: []grpcslo.Option{
				grpcslo.WithTrace(func(context.Context) (string, string) { panic("x") }),
			}},
		} {
			e := start(c.options...)
			serve := func() error {
				if c.slow {
					e.Advance(2 * threshold)
				}
				return c.err
			}
			e.service.unary = func(context.Context) (*message, error) { return new(message), serve() }
			e.service.stream = func(ss grpc.ServerStream) error {
				_ = ss.RecvMsg(new(message)) // the request, which does not matter here
				return serve()
			}
			ctx := t.Context()
			for _, v := range c.metadata {
				ctx = metadata.AppendToOutgoingContext(ctx, "traceparent", v)
			}
			e.call(ctx)
			e.stream(ctx, serverMethod)
			var want []string
			if c.want != "" {
				want = []string{unaryMethod + " " + c.want, serverMethod + " " + c.want}
			}
			if got := exemplars(e.Tracker.Tracker); strings.Join(got, ", ") != strings.Join(want, ", ") {
				t.Errorf("%s: exemplars %q, want %q", c.name, got, want)
			}
		}
	})
}

// A client's call is found in the trace that it goes out with, or else in that of the call
// that this process is serving.
func TestExemplarsOfAClient(t *testing.T) {
	outgoing := func(ctx context.Context) context.Context {
		return metadata.AppendToOutgoingContext(ctx, "traceparent", traceparent)
	}
	incoming := func(ctx context.Context) context.Context {
		return metadata.NewIncomingContext(ctx, metadata.Pairs("traceparent", traceparent))
	}
	for name, with := range map[string]func(context.Context) context.Context{"outgoing": outgoing, "incoming": incoming} {
		e := newRig(t)
		e.serve(overBufconn)
		failed := status.Error(codes.Unavailable, "x")
		e.service.unary = func(context.Context) (*message, error) { return nil, failed }
		e.service.stream = func(grpc.ServerStream) error { return failed }
		tr, err := budget.New(budget.Config{Objectives: []slo.Objective{
			{Name: "unary", Of: slo.Dependency("row"), SLI: slo.Availability(), Target: slo.Percent(99)},
		}})
		if err != nil {
			t.Fatal(err)
		}
		defer tr.Close()
		namer := grpcslo.WithNamer(func(string, string) string { return "row" })
		e.conn = connect(t, e.dial,
			grpc.WithUnaryInterceptor(grpcslo.UnaryClientInterceptor(tr, namer)),
			grpc.WithStreamInterceptor(grpcslo.StreamClientInterceptor(tr, namer)))
		e.call(with(t.Context()))
		e.stream(with(t.Context()), serverMethod)
		want := "dependency:row UNAVAILABLE " + traceID
		if got := exemplars(tr); len(got) != 2 || got[0] != want || got[1] != want {
			t.Errorf("%s: exemplars %q, want two of %q", name, got, want)
		}
	}
}
