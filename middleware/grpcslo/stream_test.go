package grpcslo_test

import (
	"context"
	"testing"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/metadata"
	"google.golang.org/grpc/status"

	"github.com/seed-abb722f7/nines/middleware/grpcslo"
)

// TestStreamLatency: a stream is as slow as its first message, however long it lives.
func TestStreamLatency(t *testing.T) {
	for _, c := range []struct {
		name      string
		stream    func(e *rig, ss grpc.ServerStream) error
		good, bad uint64
	}{
		{"quick first message, long life", func(e *rig, ss grpc.ServerStream) error {
			_ = ss.SendMsg(new(message))
			e.Advance(time.Hour)
			return ss.SendMsg(new(message))
		}, 1, 0},
		{"slow first message", func(e *rig, ss grpc.ServerStream) error {
			e.Advance(2 * threshold)
			return ss.SendMsg(new(message))
		}, 0, 1},
		{"no message, long life", func(e *rig, _ grpc.ServerStream) error {
			e.Advance(2 * threshold)
			return nil
		}, 0, 1},
		{"no message, short life", func(*rig, grpc.ServerStream) error { return nil }, 1, 0},
		{"a header is no message", func(e *rig, ss grpc.ServerStream) error {
			_ = ss.SendHeader(metadata.MD{})
			e.Advance(2 * threshold)
			return ss.SendMsg(new(message))
		}, 0, 1},
	} {
		t.Run(c.name, func(t *testing.T) {
			across(t, allModes, func(t *testing.T, start func(...grpcslo.Option) *rig) {
				t.Helper()
				e := start()
				e.service.stream = func(ss grpc.ServerStream) error { return c.stream(e, ss) }
				if got := e.stream(t.Context(), serverMethod); got != codes.OK {
					t.Errorf("the client saw %v, want OK", got)
				}
				e.Want("first", c.good, c.bad, 0)
			})
		})
	}
}

// TestStreamStalled: one that has not begun to answer is, one that is established is not.
func TestStreamStalled(t *testing.T) {
	recv := func(ss grpc.ServerStream, n int) {
		for range n {
			_ = ss.RecvMsg(new(message))
		}
	}
	for _, c := range []struct {
		name    string
		stream  func(ss grpc.ServerStream)
		stalled bool
		want    string // of a watch that its client closes, which burns nothing
	}{
		{"nothing", func(grpc.ServerStream) {}, true, "cancelled"},
		{"received one", func(ss grpc.ServerStream) { recv(ss, 1) }, true, "cancelled"},
		{"received two", func(ss grpc.ServerStream) { recv(ss, 2) }, false, "CANCELLED"},
		{"sent one", func(ss grpc.ServerStream) { _ = ss.SendMsg(new(message)) }, false, "CANCELLED"},
		{"sent a header", func(ss grpc.ServerStream) { _ = ss.SendHeader(metadata.MD{}) }, false, "CANCELLED"},
	} {
		t.Run(c.name, func(t *testing.T) {
			across(t, allModes, func(t *testing.T, start func(...grpcslo.Option) *rig) {
				t.Helper()
				e := start()
				e.service.stream = func(ss grpc.ServerStream) error {
					c.stream(ss)
					e.began <- struct{}{}
					<-ss.Context().Done()
					return ss.Context().Err()
				}
				ctx, cancel := context.WithCancel(t.Context())
				s, err := e.conn.NewStream(ctx, &grpc.StreamDesc{ServerStreams: true, ClientStreams: true}, bidiMethod)
				if err != nil {
					t.Fatal(err)
				}
				for range 2 {
					_ = s.SendMsg(new(message))
				}
				<-e.began
				e.Advance(time.Minute)
				e.Advance(time.Minute)
				if got := e.Budget("bidi").StalledFor() > 0; got != c.stalled {
					t.Errorf("stalled = %v, want %v", got, c.stalled)
				}
				cancel()
				<-e.over
				e.recorded(bidiMethod + " " + c.want + " 1")
				if c.stalled {
					e.Want("bidi", 0, 0, 1)
					e.Want("bidi-first", 0, 1, 0) // it waited for a minute
				} else {
					e.Want("bidi", 1, 0, 0)
					e.Want("bidi-first", 1, 0, 0)
				}
			})
		})
	}
}

// TestStreamUntouched: messages, headers and trailers come through as they are.
func TestStreamUntouched(t *testing.T) {
	across(t, allModes, func(t *testing.T, start func(...grpcslo.Option) *rig) {
		t.Helper()
		e := start()
		e.service.stream = func(ss grpc.ServerStream) error {
			if err := ss.SetHeader(metadata.Pairs("a", "1")); err != nil {
				t.Error(err)
			}
			ss.SetTrailer(metadata.Pairs("b", "2"))
			var in message
			if err := ss.RecvMsg(&in); err != nil {
				t.Error(err)
			}
			if err := ss.SendMsg(&message{Value: in.Value + "!"}); err != nil {
				t.Error(err)
			}
			return status.Error(codes.NotFound, "gone")
		}
		s, err := e.conn.NewStream(t.Context(), &grpc.StreamDesc{ServerStreams: true, ClientStreams: true}, bidiMethod)
		if err != nil {
			t.Fatal(err)
		}
		_ = s.SendMsg(&message{Value: "hello"})
		var out message
		if err := s.RecvMsg(&out); err != nil || out.Value != "hello!" {
			t.Errorf("received %q, %v, want hello!", out.Value, err)
		}
		if err := s.RecvMsg(&out); status.Code(err) != codes.NotFound || status.Convert(err).Message() != "gone" {
			t.Errorf("the stream ended with %v, want NotFound gone", err)
		}
		header, _ := s.Header()
		if got := header.Get("a"); len(got) != 1 || got[0] != "1" {
			t.Errorf("header = %v, want a: 1", header)
		}
		if got := s.Trailer().Get("b"); len(got) != 1 || got[0] != "2" {
			t.Errorf("trailer = %v, want b: 2", s.Trailer())
		}
		<-e.over
		e.recorded(bidiMethod + " NOT_FOUND 1")
	})
}
