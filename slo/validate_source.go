package slo

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// source checks where the events come from and reports whether nothing was wrong.
// It says one thing at most, the most telling.
func (c *checker) source(of Source) bool {
	reason := ""
	switch of.kind {
	case NoSource:
		c.reject("Of", literal("unset"), "want a source: slo.HTTP, slo.RPC, slo.Events, slo.Dependency, slo.All or slo.Each")
		return false
	case AllSource, EachSource:
		return true
	}
	switch {
	case slices.Contains(Reserved(), of.name):
		reason = "want another name: this one is reserved"
	case len(of.name) > maxName:
		reason = fmt.Sprintf("want a name of at most %d bytes, got %d", maxName, len(of.name))
	case of.kind == HTTPSource:
		reason = checkPattern(of.name)
	case of.kind == RPCSource:
		reason = checkMethod(of.name)
	case of.name == "":
		reason = "want a name"
	}
	if reason != "" {
		c.reject("Of", Source{of.kind, shorten(of.name)}, reason)
	}
	return reason == ""
}

// checkPattern refuses what no router would hand back as the pattern of a route.
// It knows no router's syntax beyond that: names may come from any.
func checkPattern(pattern string) string {
	const want = `want a route pattern such as "POST /checkout"`
	trimmed := strings.TrimSpace(pattern)
	method, path, hasMethod := strings.Cut(trimmed, " ")
	upper := strings.ToUpper(method)
	switch {
	case strings.Contains(pattern, "://"):
		return want + ", not a URL"
	case strings.HasPrefix(pattern, "dependency:"):
		return want + ", or slo.Dependency for what the service calls"
	case !strings.Contains(trimmed, "/"), hasMethod && !strings.Contains(path, "/"):
		return want
	case trimmed != pattern:
		return want + hint(strconv.Quote(trimmed))
	case hasMethod && method != upper && slices.Contains(methods[:], upper):
		return want + hint(strconv.Quote(upper+" "+path)) // methods are case-sensitive
	}
	return ""
}

var methods = [...]string{"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "CONNECT", "OPTIONS", "TRACE"}

// checkMethod refuses what gRPC would not hand back as a full method name.
func checkMethod(name string) string {
	const want = `want a full method name such as "/shop.v1.Cart/Add"`
	trimmed := strings.TrimSpace(name)
	service, method, ok := strings.Cut(strings.TrimPrefix(trimmed, "/"), "/")
	switch {
	case !ok || service == "" || method == "" || strings.Contains(method, "/"):
		return want
	case name != "/"+service+"/"+method:
		return want + hint(strconv.Quote("/"+service+"/"+method))
	}
	return ""
}
