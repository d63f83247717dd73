// Package thirdparty tests how httpslo gets on with what others make: the routers whose
// recipes docs/routers.md gives, and a websocket library. It is a module of its own for what
// the tests depend on.
package thirdparty
