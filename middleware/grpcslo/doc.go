// Package grpcslo turns every call of a gRPC server, and every call that a gRPC client
// makes, into exactly one counted event of a [budget.Tracker].
//
//	server := grpc.NewServer(
//		grpc.ChainUnaryInterceptor(grpcslo.UnaryServerInterceptor(tracker)),
//		grpc.ChainStreamInterceptor(grpcslo.StreamServerInterceptor(tracker)))
//	shop.RegisterCartServer(server, cart)
//	grpcslo.Register(tracker, server)
//
// Operations are full methods: slo.RPC("/shop.v1.Cart/Add"). [Register] makes them known
// before their first call, and [Check] reports, at start or in a test, every declared one
// that no service registers.
//
// # What counts
//
// A call is recorded when its handler returns, with the time since it began and the class
// that [Classify] gives its [Outcome]: that of its status code, with these exceptions. A
// call whose client went away is cancelled, and does not count (after the threshold of a
// latency objective it is bad for that); but if it went because its deadline passed the
// call is DEADLINE_EXCEEDED, and bad, whatever the handler made of it.
// What the handler calls its own fault, such as Internal, stays that. A panic is failed,
// once, whether something outside recovers from it or not. What a server cuts off that
// stops is UNAVAILABLE, if it is told (see [Draining]). Health checks and reflection do not
// count.
//
// What a class means for an objective is package slo's business. By default Unknown,
// DeadlineExceeded, Unimplemented, Internal, Unavailable and DataLoss are bad, as in
// OpenTelemetry's conventions for servers; slo.Strict adds ResourceExhausted and Aborted.
//
// A stream is one event: its availability is judged by its final status, its latency by
// the time to its first message, never by how long it lives. One that was established, such
// as a watch, and that its client then closes was served: it is of the class CANCELLED,
// which is good. What its messages were worth only its handler knows: it may count each as
// an event of a stream of its own, see the example of [StreamServerInterceptor].
//
// Interceptors do not see everything. Calls of unknown methods, and requests above
// grpc.MaxRecvMsgSize, need a [StatsHandler], beside the interceptors. Nobody sees, on a
// server, that a client went away and came back too late to tell, in its handler: one that
// is cancelled early and returns only after the deadline counts as timed out.
//
// # What handlers may say
//
// With [WithMarking], slo.FromContext finds the event under way: to be marked bad,
// degraded or not to be counted, or to have time taken off. Where the server has that, a
// client interceptor with [WithBlame] names the dependency that a call of it failed at as the
// cause of a bad event.
//
// # What it leaves alone
//
// Requests, responses, errors, headers and trailers pass through as they are, and so do
// panics. A nil tracker passes everything on. Two interceptors of one tracker on one call
// count it once; this is found out by the first calls of a method, which carry a mark in
// their context, until one has succeeded. So both count if an interceptor between them
// answers that one by itself, as a cache does: put it outside or inside of both. And both do
// where one interceptor serves two servers, and only the second has another layer: make each
// server its own.
package grpcslo
