package grpcslo_test

import (
	"context"
	"net"
	"testing"

	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/test/bufconn"

	"github.com/seed-abb722f7/nines/middleware/grpcslo"
)

// TestServerStops: told of it before, by word or by its listener, the server's fault for
// unary calls and nothing for streams; not told, as a cancel.
func TestServerStops(t *testing.T) {
	for _, c := range []struct {
		name          string
		told, listens bool
		unary, stream string
	}{
		{"told", true, false, "UNAVAILABLE", "shutdown"},
		{"listener", false, true, "UNAVAILABLE", "shutdown"},
		{"not told", false, false, "cancelled", "cancelled"},
	} {
		for network, n := range networks {
			for mode, options := range allModes {
				t.Run(c.name+"/"+network+"/"+mode, func(t *testing.T) {
					var draining grpcslo.Draining
					e := newRig(t)
					if c.listens {
						e.draining = &draining
					}
					e.serve(n, options(e.Tracker.Tracker, grpcslo.WithDraining(&draining))...)
					e.hold()
					saw := make(chan codes.Code, 2)
					go func() { saw <- e.call(t.Context()) }()
					go func() { saw <- e.stream(t.Context(), bidiMethod) }()
					<-e.began
					<-e.began
					if c.told {
						draining.Begin()
					}
					e.server.Stop()
					for range 2 {
						if got := <-saw; got != codes.Unavailable {
							t.Errorf("the client saw %v, want Unavailable", got)
						}
					}
					e.recorded(unaryMethod+" "+c.unary+" 1", bidiMethod+" "+c.stream+" 1")
				})
			}
		}
	}
}

// TestServerStopsGracefully: what is under way ends as it would, and a client that leaves
// before the server is stopped has left.
func TestServerStopsGracefully(t *testing.T) {
	for network, n := range networks {
		for mode, options := range allModes {
			t.Run(network+"/"+mode, func(t *testing.T) {
				var draining grpcslo.Draining
				e := newRig(t)
				e.draining = &draining
				e.serve(n, options(e.Tracker.Tracker, grpcslo.WithDraining(&draining))...)
				e.hold()
				ctx, cancel := context.WithCancel(t.Context())
				go func() {
					<-e.began
					cancel()
				}()
				if got := e.call(ctx); got != codes.Canceled {
					t.Errorf("the client saw %v, want Canceled", got)
				}

				release := make(chan struct{})
				e.service.unary = func(context.Context) (*message, error) {
					e.began <- struct{}{}
					<-release
					return new(message), nil
				}
				saw := make(chan codes.Code, 1)
				go func() { saw <- e.call(t.Context()) }()
				<-e.began
				stopped := make(chan struct{})
				go func() {
					defer close(stopped)
					e.server.GracefulStop()
				}()
				close(release)
				if got := <-saw; got != codes.OK {
					t.Errorf("the client saw %v, want OK", got)
				}
				<-stopped
				if !draining.Begun() {
					t.Error("the server has stopped, and the draining has not begun")
				}
				e.recorded(unaryMethod+" cancelled 1", unaryMethod+" OK 1")
			})
		}
	}
}

// hold makes handlers wait until their call is over.
func (e *rig) hold() {
	e.service.unary = func(ctx context.Context) (*message, error) {
		e.began <- struct{}{}
		<-ctx.Done()
		return nil, ctx.Err()
	}
	e.service.stream = func(ss grpc.ServerStream) error {
		e.began <- struct{}{}
		<-ss.Context().Done()
		return ss.Context().Err()
	}
}

// TestDrainingListener: what is closed is the listener, and of no draining it is the same.
func TestDrainingListener(t *testing.T) {
	l := bufconn.Listen(1)
	if got := (*grpcslo.Draining)(nil).Listener(l); got != net.Listener(l) {
		t.Errorf("Listener of a nil Draining = %v, want the listener itself", got)
	}
	var draining grpcslo.Draining
	served := draining.Listener(l)
	if served.Addr() != l.Addr() || draining.Begun() {
		t.Errorf("Addr = %v, begun %v, want %v and not begun", served.Addr(), draining.Begun(), l.Addr())
	}
	if err := served.Close(); err != nil || !draining.Begun() {
		t.Errorf("Close = %v, begun %v, want nil and begun", err, draining.Begun())
	}
	if _, err := l.Accept(); err == nil {
		t.Error("the listener is open, want it closed")
	}
}
