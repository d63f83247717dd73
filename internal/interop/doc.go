// Package interop runs the interoperability cases of grpc-go, and the interceptor suite of
// go-grpc-middleware, through servers and clients with the interceptors of grpcslo. It is a module of its own for what the cases depend on,
// and asks for a later grpc-go than Nines does: both ends of the supported range are tested.
package interop
