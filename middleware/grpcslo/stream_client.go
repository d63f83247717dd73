package grpcslo

import (
	"context"
	"slices"
	"sync"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/metadata"

	"github.com/seed-abb722f7/nines/budget"
)

// StreamClientInterceptor is [UnaryClientInterceptor] for streams: each is one event,
// recorded when it is over, by its final status and with the time to the first message
// received. As grpc-go has it, a stream is over when RecvMsg returned an error (or, where
// the server sends one message, that message), its context is done, or its connection is
// closed: one that is just forgotten stays in flight, and leaks in grpc-go too.
func StreamClientInterceptor(t *budget.Tracker, options ...Option) grpc.StreamClientInterceptor {
	if t == nil {
		return func(ctx context.Context, desc *grpc.StreamDesc, cc *grpc.ClientConn, method string, streamer grpc.Streamer, opts ...grpc.CallOption) (grpc.ClientStream, error) {
			return streamer(ctx, desc, cc, method, opts...)
		}
	}
	return newLayer(t, true, "StreamClientInterceptor", options).callStream
}

func (l *layer) callStream(ctx context.Context, desc *grpc.StreamDesc, cc *grpc.ClientConn, name string, streamer grpc.Streamer, opts ...grpc.CallOption) (grpc.ClientStream, error) {
	if outer := l.outer(ctx, name); outer != nil {
		outer.contains(l)
		return streamer(ctx, desc, cc, name, opts...)
	}
	m := l.method(l.clientKey(name, cc))
	s := &clientStream{conn: cc}
	s.call.Context, s.call.layer, s.call.method, s.call.start = ctx, l, m, l.tracker.Now()
	m.op.Start()
	returned := false
	defer func() {
		if !returned {
			s.finish(nil, false)
		}
	}()
	// Only grpc-go knows when a stream is over whose context ended, or whose connection
	// was closed. What it is not told of, RecvMsg tells.
	opts = append(slices.Clip(opts), grpc.OnFinish(func(err error) { s.finish(err, true) }))
	under, err := streamer(&s.call, desc, cc, name, opts...)
	returned = true
	if err != nil {
		s.finish(err, true)
		return under, err
	}
	s.ClientStream = under
	return s, nil
}

// A clientStream is a stream that a client opened.
type clientStream struct {
	grpc.ClientStream
	conn     *grpc.ClientConn
	call     call
	progress progress
	finished sync.Once
}

// Header establishes the stream: the server has answered.
func (s *clientStream) Header() (metadata.MD, error) {
	md, err := s.ClientStream.Header()
	if err == nil && md != nil {
		s.progress.establish(s.call.method.op, s.now, s.call.start)
	}
	return md, err
}

// RecvMsg notes the first message.
func (s *clientStream) RecvMsg(m any) error {
	err := s.ClientStream.RecvMsg(m)
	if err == nil {
		s.progress.message(s.call.method.op, s.now, s.call.start)
	}
	return err
}

func (s *clientStream) now() time.Duration { return s.call.layer.tracker.Now() }

// finish records the stream, once.
func (s *clientStream) finish(err error, returned bool) {
	s.finished.Do(func() {
		l, m, ctx := s.call.layer, s.call.method, s.call.Context
		o := l.called(ctx, s.conn, m, s.now()-s.call.start, returned, err)
		s.progress.end(m.op, &o)
		l.record(ctx, &s.call, m, &o)
	})
}
