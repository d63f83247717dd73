package slo

import "strconv"

// A SourceKind tells the kinds of [Source] apart.
type SourceKind uint8

// The kinds of source. The zero kind belongs to the zero Source, which
// constructors refuse.
const (
	NoSource         SourceKind = iota
	HTTPSource                  // one HTTP operation, see [HTTP]
	RPCSource                   // one RPC method, see [RPC]
	EventsSource                // one named event stream, see [Events]
	AllSource                   // every request of the service, see [All]
	EachSource                  // every operation on its own, see [Each]
	DependencySource            // what this service calls, see [Dependency]
)

// A Source is where the events of an objective come from. Sources are comparable
// values. The zero Source is refused by constructors.
type Source struct {
	kind SourceKind
	name string
}

var (
	// All is every request of the service, whatever its operation: HTTP and RPC
	// operations, declared or not. Event streams are not requests and are left out, and so
	// is what the service asks of others, its dependencies.
	All = Source{kind: AllSource}

	// Each is every operation on its own: one objective per operation, named
	// "objective/operation", made when the operation is first seen. An explicit
	// objective for the same operation and the same SLI takes its place. Reserved
	// operations (_OTHER, unnamed, unmatched) are left out.
	Each = Source{kind: EachSource}
)

// HTTP is one HTTP operation, named by its route pattern as it was given to
// http.ServeMux: HTTP("POST /checkout"). Never a path: a pattern "/checkout" and a
// declaration "POST /checkout" are different operations (httpslo.Check tells).
func HTTP(pattern string) Source { return Source{HTTPSource, pattern} }

// RPC is one RPC method, named as gRPC does: RPC("/shop.v1.Cart/Add").
func RPC(method string) Source { return Source{RPCSource, method} }

// Events is a named stream of events that are no requests: batch jobs, queues,
// pipelines, probes. They are recorded with Tracker.Events(name).
func Events(name string) Source { return Source{EventsSource, name} }

// Dependency is something that this service calls: another service, a database, a queue,
// under a name of the caller's choice such as Dependency("payments"). Its events are the
// calls that this process makes (see httpslo.Transport and grpcslo.Client), not requests
// that it serves: [All] and [Each] leave them out. It may have the name of an operation that
// is served; where names are printed and exported, it is "dependency:payments".
func Dependency(name string) Source { return Source{DependencySource, name} }

// Kind returns the kind of the source.
func (s Source) Kind() SourceKind { return s.kind }

// Name returns the operation or stream; "" for [All] and [Each].
func (s Source) Name() string { return s.name }

// String returns the source as Go code would write it, such as
// `slo.HTTP("POST /checkout")`.
func (s Source) String() string {
	switch s.kind {
	case HTTPSource:
		return "slo.HTTP(" + strconv.Quote(s.name) + ")"
	case RPCSource:
		return "slo.RPC(" + strconv.Quote(s.name) + ")"
	case EventsSource:
		return "slo.Events(" + strconv.Quote(s.name) + ")"
	case DependencySource:
		return "slo.Dependency(" + strconv.Quote(s.name) + ")"
	case AllSource:
		return "slo.All"
	case EachSource:
		return "slo.Each"
	}
	return "slo.Source{}"
}
