package grpcslo

import (
	"context"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/metadata"

	"github.com/seed-abb722f7/nines/budget"
)

// StreamServerInterceptor is [UnaryServerInterceptor] for streams: each is one event,
// recorded when its handler returns, by its final status and with the time to its first
// message. It costs one allocation a stream. Messages, headers and trailers pass through
// as they are.
//
// A stream is in flight from its beginning, and established, which may take for ever, from
// the first message or header that its handler sends, or the second that it receives.
//
// Streams of a grpc.UnknownServiceHandler belong to the operation _OTHER, unless an
// objective names their method.
func StreamServerInterceptor(t *budget.Tracker, options ...Option) grpc.StreamServerInterceptor {
	if t == nil {
		return func(srv any, ss grpc.ServerStream, _ *grpc.StreamServerInfo, handler grpc.StreamHandler) error {
			return handler(srv, ss)
		}
	}
	return newLayer(t, false, "StreamServerInterceptor", options).serveStream
}

func (l *layer) serveStream(srv any, ss grpc.ServerStream, info *grpc.StreamServerInfo, handler grpc.StreamHandler) (err error) {
	var m *method
	if srv == nil && info.IsClientStream && info.IsServerStream {
		m = l.unregistered(info.FullMethod) // as grpc-go calls a grpc.UnknownServiceHandler
	} else {
		m = l.method(methodKey{name: info.FullMethod})
	}
	ctx := ss.Context()
	start := l.tracker.Now()
	returned := false
	if outer := l.outer(ctx, info.FullMethod); outer != nil {
		if outer.stats != nil {
			defer func() {
				o := l.outcome(ctx, m, start, returned, err)
				o.Stream = true
				outer.stats.told(o)
			}()
		}
		if inner := outer.enter(l, ctx); inner != ctx {
			ss = &contextStream{ServerStream: ss, ctx: inner}
		}
		err = handler(srv, ss)
		returned = true
		return err
	}

	s := &serverStream{ServerStream: ss}
	s.call.Context, s.call.layer, s.call.method, s.call.start = ctx, l, m, start
	s.ctx = s.call.context()
	m.op.Start()
	defer func() {
		o := l.outcome(ctx, m, start, returned, err)
		s.progress.end(m.op, &o)
		l.record(ctx, &s.call, m, &o)
	}()
	err = handler(srv, s)
	returned = true
	return err
}

// A serverStream is a stream that the outermost layer records.
type serverStream struct {
	grpc.ServerStream
	ctx      context.Context
	call     call
	progress progress
}

// Context returns the context of the stream, with the call in it.
func (s *serverStream) Context() context.Context { return s.ctx }

// SendHeader establishes the stream.
func (s *serverStream) SendHeader(md metadata.MD) error {
	err := s.ServerStream.SendHeader(md)
	if err == nil {
		s.progress.establish(s.call.method.op, s.now, s.call.start)
	}
	return err
}

// SendMsg notes the first message.
func (s *serverStream) SendMsg(m any) error {
	err := s.ServerStream.SendMsg(m)
	if err == nil {
		s.progress.message(s.call.method.op, s.now, s.call.start)
	}
	return err
}

// RecvMsg notes messages that come in.
func (s *serverStream) RecvMsg(m any) error {
	err := s.ServerStream.RecvMsg(m)
	if err == nil {
		s.progress.arrived(s.call.method.op, s.now, s.call.start)
	}
	return err
}

func (s *serverStream) now() time.Duration { return s.call.layer.tracker.Now() }

// A contextStream is a stream with another context, for a layer that adds marking inside
// of one that does not.
type contextStream struct {
	grpc.ServerStream
	ctx context.Context
}

// Context returns the context.
func (s *contextStream) Context() context.Context { return s.ctx }
