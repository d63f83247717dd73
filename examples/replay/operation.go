package main

import (
	"net/http"
	"slices"
	"strings"

	"github.com/seed-abb722f7/nines/slo"
)

// otherOperation is the name of the operation for all others, and of methods outside
// the registered ones.
const otherOperation = "_OTHER"

// methods are those that a name may begin with.
var methods = []string{
	http.MethodGet, http.MethodHead, http.MethodPost, http.MethodPut, http.MethodPatch,
	http.MethodDelete, http.MethodConnect, http.MethodOptions, http.MethodTrace,
}

// healthPaths are those that package httpslo takes for health checks.
var healthPaths = []string{"/healthz", "/livez", "/readyz", "/health", "/ping", "/metrics"}

// statusGone is what nginx logs when the client went away before it was served.
const statusGone = 499

// class returns what happened to a request.
func (e *entry) class() slo.Class {
	switch {
	case slices.Contains(healthPaths, targetPath(e.target)):
		return slo.Health
	case e.status == http.StatusNotFound || e.status == http.StatusMethodNotAllowed:
		return slo.Unmatched
	case e.status == statusGone:
		return slo.Cancelled
	}
	return slo.StatusClass(e.status)
}

// operationName makes the name of an operation from a request, such as
//
//	GET /users/{id}        segments that look like identifiers are one
//	GET /images/...        files below a folder are one
//	GET /api/v1/...        so is all that lies deeper than depth segments
//
// or "" if there is no path to name it by. Query, trailing slash and unknown methods
// make no difference. What is left is bounded by the tracker, see Config.MaxOperations
// of package budget. Names are printable ASCII.
func operationName(method, target string, depth int) string {
	path := targetPath(target)
	if path == "" {
		return ""
	}
	if !slices.Contains(methods, method) {
		method = otherOperation
	}
	if path == "*" {
		return method + " *"
	}
	var kept []string
	segments := 0
	file := false
	for s := range strings.SplitSeq(path, "/") {
		file = s != "" && isFile(s)
		if s == "" {
			continue
		}
		segments++
		if isID(s) {
			s = "{id}"
		}
		if segments <= depth {
			kept = append(kept, s)
		}
	}
	if file && segments > 1 {
		kept = kept[:1]
	}
	name := method + " /" + strings.Join(kept, "/")
	if segments > len(kept) {
		name += "/..."
	}
	return name
}

// targetPath returns the path of a request's target: without the query, and without
// the scheme and host that requests to a proxy have. It is "*" for the server as a
// whole, and "" for a target that has no path.
func targetPath(target string) string {
	if i := strings.IndexAny(target, "?#"); i >= 0 {
		target = target[:i]
	}
	if target == "*" || strings.HasPrefix(target, "/") {
		return target
	}
	if _, after, ok := strings.Cut(target, "://"); ok {
		_, path, _ := strings.Cut(after, "/")
		return "/" + path
	}
	return ""
}

// isID reports whether a path segment looks like one of many: a number, a date, a
// version, a UUID, a hash, something long, or with characters that paths of routes do not
// have.
func isID(s string) bool {
	const long, hash = 32, 8
	hex, decimals := true, 0
	number := true
	for i := range len(s) {
		c := s[i]
		switch {
		case '0' <= c && c <= '9':
			decimals++
		case 'a' <= c && c <= 'f' || 'A' <= c && c <= 'F':
			number = false
		case c == '-' || c == '.' || c == '_':
			hex = hex && c == '-'
		case 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' || c == '~' || c == ':':
			hex, number = false, false
		default:
			return true
		}
	}
	return len(s) > long || decimals > 0 && (number || hex && len(s) >= hash)
}

// isFile reports whether a path segment ends like the name of a file.
func isFile(s string) bool {
	const longest = 5 // .woff2, .xhtml
	i := strings.LastIndexByte(s, '.')
	ext := s[i+1:]
	return i > 0 && ext != "" && len(ext) <= longest && !digits(ext)
}
