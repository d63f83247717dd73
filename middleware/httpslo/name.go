package httpslo

import (
	"net/http"
	"net/url"
	"path"
	"strings"
	"sync"

	"github.com/seed-abb722f7/nines/budget"
	"github.com/seed-abb722f7/nines/internal/contain"
)

// An arrival is what a mux needs of a request, as it came in: handlers may change theirs.
type arrival struct {
	method, host string
	url          url.URL
}

// noteArrival takes down the request, for a mux that may be asked; nil without one.
func noteArrival(mux *http.ServeMux, r *http.Request) *arrival {
	if mux == nil || r.URL == nil {
		return nil
	}
	return &arrival{r.Method, r.Host, *r.URL}
}

// name finds the operation of a request after its handler, and completes the outcome with
// its name; nil if nothing can name it. The guess costs less than a look-up, where it was
// right.
func (l *layer) name(r *http.Request, guess *budget.Operation, a *arrival, o *Outcome) *budget.Operation {
	if l.namer != nil {
		var name string
		if !contain.Call(l.tracker, func() { name = l.namer(r) }) {
			op := l.tracker.Unnamed()
			o.Operation = op.Name()
			return op
		}
		if !strings.HasSuffix(name, " ") { // a method, and a router that found no pattern
			o.Operation = name
		}
	}
	if o.Operation == "" && !isRaw(r, r.Pattern) {
		o.Operation = r.Pattern
	}
	if o.Operation == "" && a != nil {
		o.Operation = a.ask(l.mux)
	}
	switch o.Operation {
	case "":
		return nil
	case guess.Name():
		return guess
	}
	op := l.tracker.HTTP(o.Operation)
	l.guesses.learn(o.Operation, op)
	return op
}

// ask returns the pattern with which the mux would serve the request.
func (a *arrival) ask(mux *http.ServeMux) string {
	r := &http.Request{Method: a.method, Host: a.host, URL: &a.url}
	_, pattern := mux.Handler(r)
	if isRaw(r, pattern) {
		return ""
	}
	return pattern
}

// muxSetsPattern reports whether http.ServeMux sets the pattern of the request that it is
// given, so that having none means that no route matched. It does unless the process runs
// with GODEBUG=httpmuxgo121=1.
var muxSetsPattern = sync.OnceValue(func() bool {
	mux := http.NewServeMux()
	mux.HandleFunc("/", func(http.ResponseWriter, *http.Request) {})
	r := &http.Request{Method: http.MethodGet, URL: &url.URL{Path: "/"}}
	mux.ServeHTTP(nil, r)
	return r.Pattern != ""
})

// isRaw reports whether the pattern is none, but the path of the request: http.ServeMux says
// so of a CONNECT that it redirects to the path with a slash at its end.
func isRaw(r *http.Request, pattern string) bool {
	return r.Method == http.MethodConnect && r.URL != nil &&
		!strings.HasSuffix(r.URL.Path, "/") && pattern == path.Clean("/"+r.URL.Path)+"/"
}
