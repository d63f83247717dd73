package httpslo

import (
	"net/http"

	"github.com/seed-abb722f7/nines/slo"
)

// An Option changes how [Handler], [Route] and [Routed] name and judge requests. Where one
// layer is inside another of the same tracker, the health paths are the outer one's; of
// namers and classifiers the inner one holds, and the outer one if that has none.
type Option interface{ apply(*config) }

type optionFunc func(*config)

func (f optionFunc) apply(c *config) { f(c) }

// config is what options set.
type config struct {
	mux      *http.ServeMux
	namer    func(*http.Request) string
	classify func(*http.Request, Outcome) slo.Class // nil is Classify
	health   healthPaths
	draining *Draining
	trace    func(*http.Request) (traceID, spanID string)
	marking  bool
}

func newConfig(options []Option) config {
	c := config{health: defaultHealth}
	for _, o := range options {
		if o != nil {
			o.apply(&c)
		}
	}
	return c
}

// WithMux names requests whose pattern is not known when the handler has returned, by
// asking the mux once more, with method, host and URL as they came in. It is needed where
// something between [Handler] and the mux replaces the request, and costs those requests
// one look-up after the response. [Route] does not need it.
func WithMux(mux *http.ServeMux) Option {
	return optionFunc(func(c *config) { c.mux = mux })
}

// WithNamer names requests by a function of your own, for routers that do not set
// http.Request.Pattern. It is called once for a request, after the handler returned, with
// the request that the handler was given, and must return one of a bounded set of names:
// the route's pattern, never the path. See [Method] for the method. When it returns "", or
// a method and a space with no pattern after it, the request is named as without it. When it panics, the request is counted under the
// operation "unnamed", and the panic in budget.Self.HookPanics. [Route] does not need it.
func WithNamer(namer func(*http.Request) string) Option {
	return optionFunc(func(c *config) { c.namer = namer })
}

// WithClassifier judges finished requests by a function of your own in place of
// [Classify], which it may call for all that it does not care about. It is called once for
// a request, after the handler returned. What a handler said with [Event] is added to
// its answer; a class outside the set counts as slo.Failed. When it panics, Classify's
// answer holds and the panic is counted in budget.Self.HookPanics.
func WithClassifier(classify func(*http.Request, Outcome) slo.Class) Option {
	return optionFunc(func(c *config) { c.classify = classify })
}

// WithHealthPaths replaces [DefaultHealthPaths]: requests for exactly these URL paths, of
// any method, are of the class slo.Health, which does not count. Without paths there is no
// such list.
func WithHealthPaths(paths ...string) Option {
	return optionFunc(func(c *config) { c.health = newHealthPaths(paths) })
}

// WithMarking puts the event under way into the request's context, where slo.FromContext
// finds it, for code that has no ResponseWriter at hand. It costs two allocations a
// request, which is why [Event] is the default.
func WithMarking() Option {
	return optionFunc(func(c *config) { c.marking = true })
}

// WithDraining tells requests whose server is going away from those whose client left.
func WithDraining(d *Draining) Option {
	return optionFunc(func(c *config) { c.draining = d })
}
