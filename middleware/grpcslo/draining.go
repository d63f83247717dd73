package grpcslo

import "sync/atomic"

// A Draining says that a server is going away. A handler cannot tell a connection that
// its own server closed from one that its client closed, so say it before you stop:
//
//	var draining grpcslo.Draining
//	server := grpc.NewServer(
//		grpc.ChainUnaryInterceptor(grpcslo.UnaryServerInterceptor(tracker, grpcslo.WithDraining(&draining))),
//		grpc.ChainStreamInterceptor(grpcslo.StreamServerInterceptor(tracker, grpcslo.WithDraining(&draining))))
//	...
//	draining.Begin()
//	server.Stop() // or GracefulStop
//
// From Begin on, a unary call whose context was cancelled before its handler returned is
// the server's failure (UNAVAILABLE, which is what its client sees), not the client's
// leaving; a stream that ends so is not counted, under the reason "shutdown". Not told,
// both count as cancelled by the client.
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
