package httpslo

import "sync/atomic"

// A Draining says that a server is going away. From Begin on, a request whose context was
// cancelled before it was answered in full is the server's failure, not the client's
// leaving; an established stream that ends so is not counted, under the reason
// "shutdown". Share one among all handlers of a server:
//
//	var draining httpslo.Draining
//	handler := httpslo.Handler(tracker, mux, httpslo.WithDraining(&draining))
//	...
//	draining.Begin()
//	server.Shutdown(ctx)
//
// The zero Draining is ready to use and has not begun. It is safe for concurrent use, must
// not be copied after first use, and a nil *Draining never begins.
type Draining struct{ begun atomic.Bool }

// Begin says that the server drains, from now on. Calling it again changes nothing. Call
// it before http.Server.Shutdown and Close, and before cancelling a base context.
func (d *Draining) Begin() {
	if d != nil {
		d.begun.Store(true)
	}
}

// Begun reports whether Begin was called.
func (d *Draining) Begun() bool { return d != nil && d.begun.Load() }
