// Package interop runs the interoperability cases of grpc-go through a server and a client
// with the interceptors of grpcslo. It is a module of its own for what the cases depend on,
// and asks for a later grpc-go than Nines does: both ends of the supported range are tested.
package interop
