package main

import (
	"context"
	"strings"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/types/known/wrapperspb"

	"github.com/seed-abb722f7/nines/examples/internal/live"
)

// text is every message here, so that the example needs no generated code.
type text = wrapperspb.StringValue

// A shop is the service.
type shop struct {
	scenario
	clock  func() time.Duration
	charge func(ctx context.Context, order *text) error
}

// checkout fails while the payment provider is down. Whose fault that is, the connection to
// the provider says.
func (s *shop) checkout(ctx context.Context, order *text) (*text, error) {
	if err := s.charge(ctx, order); err != nil {
		return nil, status.Error(codes.Unavailable, "the payment provider does not answer")
	}
	return wrapperspb.String("thank you"), nil
}

// quote asks something that takes no context, as there is in every service: while that is
// slow, the answer is OK and nobody waits for it any more.
func (s *shop) quote(_ context.Context, item *text) (*text, error) {
	if strings.HasPrefix(item.GetValue(), "no such") {
		return nil, status.Error(codes.NotFound, "there is no such item")
	}
	took := 3 * time.Millisecond
	if s.slowness.Holds(s.clock()) {
		took = slowQuote
	}
	live.Work(context.Background(), took)
	return wrapperspb.String("12.90"), nil
}

// track tells where an order is until its client has heard enough.
func (s *shop) track(_ *text, ss grpc.ServerStream) error {
	for {
		if err := ss.SendMsg(wrapperspb.String("on its way")); err != nil {
			return err
		}
		live.Work(ss.Context(), 5*time.Millisecond)
		if err := ss.Context().Err(); err != nil {
			return err
		}
	}
}

// desc is what protoc-gen-go-grpc would have written.
func (s *shop) desc() *grpc.ServiceDesc {
	return &grpc.ServiceDesc{
		ServiceName: "shop.Shop",
		HandlerType: (*any)(nil),
		Methods: []grpc.MethodDesc{
			unary(checkoutMethod, s.checkout),
			unary(quoteMethod, s.quote),
		},
		Streams: []grpc.StreamDesc{{
			StreamName: "Track", ServerStreams: true,
			Handler: func(_ any, ss grpc.ServerStream) error {
				order := new(text)
				if err := ss.RecvMsg(order); err != nil {
					return err
				}
				return s.track(order, ss)
			},
		}},
	}
}

// unary describes a method.
func unary(method string, handle func(context.Context, *text) (*text, error)) grpc.MethodDesc {
	return grpc.MethodDesc{
		MethodName: method[strings.LastIndexByte(method, '/')+1:],
		Handler: func(srv any, ctx context.Context, dec func(any) error, intercept grpc.UnaryServerInterceptor) (any, error) {
			in := new(text)
			if err := dec(in); err != nil {
				return nil, err
			}
			h := func(ctx context.Context, req any) (any, error) { return handle(ctx, req.(*text)) }
			if intercept == nil {
				return h(ctx, in)
			}
			return intercept(ctx, in, &grpc.UnaryServerInfo{Server: srv, FullMethod: method}, h)
		},
	}
}
