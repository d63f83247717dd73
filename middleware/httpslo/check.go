package httpslo

import (
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"

	"github.com/seed-abb722f7/nines/budget"
	"github.com/seed-abb722f7/nines/slo"
)

// Check reports every declared HTTP operation that no route of the mux serves: objectives
// on it would never see an event. Call it at start, or in a test of your own:
//
//	if err := httpslo.Check(tracker, mux); err != nil { ... }
//
// A route serves an operation if its pattern, or the one given to [Route] around its
// handler, is the declared name to the letter: the pattern "/checkout" is not the operation
// "POST /checkout". Muxes within the mux, bare or below Handler, are followed; what other
// middleware hides is not seen, nor are other routers.
//
// The error joins one slo.FieldError for each such operation, which says what serves it
// instead and what to do; it matches slo.ErrInvalid. It is nil if there is nothing to
// report or t is nil. A nil mux is http.DefaultServeMux. No handler is called.
func Check(t *budget.Tracker, mux *http.ServeMux) error {
	if mux == nil {
		mux = http.DefaultServeMux
	}
	var errs []error
	seen := map[string]bool{}
	for i, o := range t.Declared() {
		name := o.Of.Name()
		if o.Of.Kind() != slo.HTTPSource || seen[name] {
			continue
		}
		seen[name] = true
		if reason := unserved(t, mux, name); reason != "" {
			errs = append(errs, &slo.FieldError{
				Field: fmt.Sprintf("Objectives[%d] %q.Of", i, o.Name), Value: o.Of, Reason: reason,
			})
		}
	}
	return errors.Join(errs...)
}

// unserved says why no route serves the operation; "" if one does.
func unserved(t *budget.Tracker, mux *http.ServeMux, name string) string {
	var instead []string
	for _, r := range samples(name) {
		got := serves(t, mux, r)
		if got == name {
			return ""
		}
		if got != "" && (len(instead) == 0 || instead[len(instead)-1] != got) {
			instead = append(instead, got)
		}
	}
	if len(instead) == 0 {
		return fmt.Sprintf("want a route that serves it, such as mux.Handle(httpslo.Routed(tracker, %q, handler)); no pattern of the mux does", name)
	}
	return fmt.Sprintf("want a route of this very pattern: the mux serves it under %q, which is another operation; register %q, or declare slo.HTTP(%q), or wrap the handler with httpslo.Route(tracker, %q, handler)",
		instead[0], name, instead[0], name)
}

// serves returns the operation under which the mux would have the request recorded; "" if
// it would answer 404 or 405.
func serves(t *budget.Tracker, mux *http.ServeMux, r *http.Request) string {
	var name string
	for h := http.Handler(mux); ; {
		switch v := h.(type) {
		case *http.ServeMux:
			inner, pattern := v.Handler(r)
			if pattern == "" {
				return "" // a mux without a match takes the pattern away that one around it gave
			}
			name, h = pattern, inner
		case *layer:
			if v.tracker == t && v.bound != nil {
				return v.bound.Name()
			}
			h = v.next
		default:
			return name
		}
	}
}

// samples returns requests that a route of the pattern can be expected to serve. More
// than one, because routes more particular than the pattern may take some of them.
func samples(pattern string) (list []*http.Request) {
	method, host, path, ok := parsePattern(pattern)
	if !ok {
		return nil
	}
	methods := []string{method}
	if method == "" {
		// The first is a method that only a pattern without one serves.
		methods = []string{"NINES", http.MethodGet, http.MethodPost}
	}
	// Wildcards stand for something that no route will have as a literal.
	const some = "nines-check"
	segments := strings.Split(path[1:], "/")
	last := len(segments) - 1
	tails := []string{segments[last]}
	for i, s := range segments {
		switch {
		case i == last && (s == "" || strings.HasSuffix(s, "...}") || strings.HasPrefix(s, "*")):
			tails = []string{"", some, some + "/" + some, some + "/" + some + "/" + some}
		case s == "{$}":
			tails = []string{""}
		case strings.ContainsAny(s, "{*") || strings.HasPrefix(s, ":"):
			segments[i] = some
			if i == last {
				tails = []string{some}
			}
		}
	}
	for _, m := range methods {
		for _, tail := range tails {
			segments[last] = tail
			u, err := url.ParseRequestURI("/" + strings.Join(segments, "/"))
			if err != nil {
				u = &url.URL{Path: "/" + strings.Join(segments, "/")}
			}
			list = append(list, &http.Request{Method: m, Host: host, URL: u})
		}
	}
	return list
}
