package otelslo

import (
	"strings"

	"go.opentelemetry.io/otel/attribute"

	"github.com/seed-abb722f7/nines/internal/escape"
	"github.com/seed-abb722f7/nines/slo"
)

// The keys of attributes: the labels of package promslo, and three of the semantic
// conventions of OpenTelemetry for HTTP and RPC.
const (
	serviceKey   = attribute.Key("slo_service")
	sloKey       = attribute.Key("slo")
	sliKey       = attribute.Key("sli")
	operationKey = attribute.Key("operation")
	outcomeKey   = attribute.Key("outcome")
	classKey     = attribute.Key("class")
	reasonKey    = attribute.Key("reason")
	methodKey    = attribute.Key("http.request.method")
	routeKey     = attribute.Key("http.route")
	rpcKey       = attribute.Key("rpc.method")
)

// operationAttributes returns what names an operation: by its own name, and as conventions
// do. A pattern may begin with a method and a host, which are no part of a route.
func operationAttributes(kind slo.SourceKind, name string) []attribute.KeyValue {
	if name == "" { // of all requests
		return nil
	}
	list := []attribute.KeyValue{operationKey.String(escape.UTF8(name))}
	switch kind {
	case slo.HTTPSource:
		route := name
		if method, rest, ok := strings.Cut(name, " "); ok {
			list = append(list, methodKey.String(escape.UTF8(method)))
			route = strings.TrimLeft(rest, " \t")
		}
		if slash := strings.IndexByte(route, '/'); slash >= 0 {
			list = append(list, routeKey.String(escape.UTF8(route[slash:])))
		}
	case slo.RPCSource:
		list = append(list, rpcKey.String(escape.UTF8(strings.TrimPrefix(name, "/"))))
	}
	return list
}
