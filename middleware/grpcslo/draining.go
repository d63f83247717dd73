package grpcslo

import (
	"net"
	"sync/atomic"
)

// A Draining says that a server is going away. grpc-go cancels a call in the same way
// whether its client left, its connection was lost or its own server closed that, so an
// interceptor must be told. A server that is given its listener by [Draining.Listener]
// tells by itself, whoever stops it:
//
//	var draining grpcslo.Draining
//	server := grpc.NewServer(
//		grpc.ChainUnaryInterceptor(grpcslo.UnaryServerInterceptor(tracker, grpcslo.WithDraining(&draining))),
//		grpc.ChainStreamInterceptor(grpcslo.StreamServerInterceptor(tracker, grpcslo.WithDraining(&draining))))
//	...
//	server.Serve(draining.Listener(listener))
//
// Where the listener is not at hand, or stays open, call Begin before Stop or GracefulStop.
//
// From then on, a unary call whose context was cancelled before its handler returned is
// the server's failure (UNAVAILABLE, which is what its client sees), not the client's
// leaving; a stream that ends so is not counted, under the reason "shutdown". When the
// context was cancelled nobody can say later: a client that leaves while the server drains,
// or a moment before its handler returns then, is taken for cut off. Not told,
// both count as cancelled by the client. So do, always, calls on a connection that the
// server gives up alone: one above keepalive.ServerParameters.MaxConnectionAgeGrace, or
// whose client answers no pings.
//
// The zero Draining is ready to use and has not begun. It is safe for concurrent use, must
// not be copied after first use, and a nil *Draining never begins.
type Draining struct{ begun atomic.Bool }

// Begin says that the server drains, from now on. Calling it again changes nothing.
func (d *Draining) Begin() {
	if d != nil {
		d.begun.Store(true)
	}
}

// Begun reports whether Begin was called.
func (d *Draining) Begun() bool { return d != nil && d.begun.Load() }

// Listener returns l, to be served from, such that the draining begins when it is closed.
// grpc-go's Stop and GracefulStop close their listeners first, before they touch a
// connection, so no call is cut off earlier than it is known why. It costs nothing while
// the server runs. A nil *Draining returns l itself.
func (d *Draining) Listener(l net.Listener) net.Listener {
	if d == nil {
		return l
	}
	return &drainingListener{l, d}
}

type drainingListener struct {
	net.Listener
	draining *Draining
}

// Close begins the draining.
func (l *drainingListener) Close() error {
	l.draining.Begin()
	return l.Listener.Close()
}
