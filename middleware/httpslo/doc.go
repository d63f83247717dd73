// Package httpslo turns every request of a net/http server, and every call that a net/http
// client makes, into exactly one counted event of a [budget.Tracker].
//
// One line does it for a whole server, whose operations are then the patterns of its
// [http.ServeMux]:
//
//	http.ListenAndServe(addr, httpslo.Handler(tracker, mux))
//
// Or route by route, in any router, the operation named where the handler is wrapped:
//
//	mux.Handle("POST /checkout", httpslo.Route(tracker, "POST /checkout", checkout))
//	mux.Handle(httpslo.Routed(tracker, "POST /checkout", checkout)) // the same, the pattern written once
//
// Both may be used together, and twice: a request is counted once. [Check] reports, at
// start or in a test, every declared operation that no route serves.
//
// # What counts
//
// A request is recorded when its handler returns, with the time since it began and the
// class that [Classify] gives its [Outcome]: the first final status that was sent (1xx
// is not final), failed for a panic or runtime.Goexit, cancelled if the client had gone
// before a complete response was written, failed if the server's own deadline had
// passed, unmatched for a 404 or 405 that no route gave, health for [DefaultHealthPaths].
// What a class means for an objective is package slo's business.
//
// The latency of a stream is the time to its establishment: a connection that was
// hijacked, a response of the type text/event-stream, or one for which [Established] was
// called. How a stream ends does not matter, but for a panic, and for a server that
// drains (see [Draining]).
//
// A handler says what status codes cannot with [Event], or, where it has no
// ResponseWriter at hand, with slo.FromContext (see [WithMarking]).
//
// # Names
//
// The operation of a request is, the first that is there: the pattern of the innermost
// [Route]; what the [WithNamer] function returns; http.Request.Pattern after the handler
// has returned; what the mux of [WithMux] says of the request as it came in. A request that
// has none of these goes to one of the reserved operations: "unmatched" if it was answered
// 404 or 405 (or asked for a health path), else "unnamed", which is valid for objectives on
// slo.All. Path, host, headers and methods that anyone can make up never become part of a
// name, unless a namer puts them there.
//
// http.Request.Pattern reaches Handler only if nothing between it and the mux replaces the
// request, as http.Request.WithContext and http.StripPrefix do: WithMux is the remedy for
// the one, Route for the other. A router of another make needs a few lines (docs/routers.md
// has them for chi, gin, echo, gorilla/mux and connect-go), such as for chi, where Handler is
// used as a middleware of the router:
//
//	httpslo.WithNamer(func(r *http.Request) string {
//		if pattern := chi.RouteContext(r.Context()).RoutePattern(); pattern != "" {
//			return httpslo.Method(r) + " " + pattern
//		}
//		return "" // no route: unmatched
//	})
//
// # Clients
//
// [Transport] records the calls that this service makes, as those of a dependency: a source
// of its own, slo.Dependency, that objectives on what the service serves leave out.
//
//	client := &http.Client{Transport: httpslo.Transport(tracker, nil, httpslo.WithDependency("payments"))}
//
// No answer, half an answer, none in time and 5xx are bad; what the service itself cancels
// does not count. With [WithBlame], and [WithMarking] on the server, a dependency that fails
// becomes the cause of the requests that fail because of it.
//
// # What it leaves alone
//
// The handler sees a ResponseWriter with exactly the optional interfaces of the one
// underneath, and Unwrap for [http.ResponseController]; sendfile still happens. Panics
// pass through as they are. A nil tracker costs nothing: the handler is returned as it is.
//
// Two layers with the same tracker know each other through the ResponseWriter, so a writer
// between them that has no Unwrap, such as that of http.TimeoutHandler, makes both count:
// put it outside of both or inside of both. And one thing no wrapper can pass on:
// http.MaxBytesReader tells only net/http's own writer to close the connection of a body
// that is too large. Give it what Unwrap returns where that matters.
package httpslo
