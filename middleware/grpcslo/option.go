package grpcslo

import (
	"context"

	"github.com/seed-abb722f7/nines/slo"
)

// An Option changes how interceptors and the stats handler name and judge calls. An option
// that means nothing where it is given, such as [WithNamer] on a server, changes nothing
// there; a nil Option is none.
type Option interface{ apply(*config) }

type optionFunc func(*config)

func (f optionFunc) apply(c *config) { f(c) }

// config is what options set.
type config struct {
	classify func(context.Context, Outcome) slo.Class // nil is Classify
	namer    func(target, method string) string
	health   map[string]bool // by service
	draining *Draining
	trace    func(context.Context) (traceID, spanID string)
	marking  bool
	blame    bool
}

func newConfig(options []Option) config {
	c := config{health: healthSet(DefaultHealthServices())}
	for _, o := range options {
		if o != nil {
			o.apply(&c)
		}
	}
	return c
}

// WithClassifier judges finished calls by a function of your own in place of [Classify],
// which it may call for all that it does not care about. It is called once for a call,
// with the context of the call. What a handler said of its slo.Event is added to its
// answer; a class outside the set counts as slo.Failed. When it panics, Classify's answer
// holds and the panic is counted in budget.Self.HookPanics. Where one interceptor is
// inside another of the same tracker, the innermost classifier holds.
func WithClassifier(classify func(context.Context, Outcome) slo.Class) Option {
	return optionFunc(func(c *config) { c.classify = classify })
}

// WithNamer names the operations of a client by a function of your own in place of
// [Client]'s names, for the target of the connection (as it was dialed) and the method. It
// is called once for each pair, of which the first 1,024 are told apart, and must return
// one of a bounded set of names. When it returns "" or panics, the call is named as
// without it; the panic is counted in budget.Self.HookPanics.
func WithNamer(namer func(target, method string) string) Option {
	return optionFunc(func(c *config) { c.namer = namer })
}

// WithHealthServices replaces [DefaultHealthServices]: calls of exactly these services,
// such as "grpc.health.v1.Health", are of the class slo.Health, which does not count.
// Without services there is no such list. It is for servers.
func WithHealthServices(services ...string) Option {
	return optionFunc(func(c *config) { c.health = healthSet(services) })
}

// WithMarking puts the event under way into the context of a server's handler, where
// slo.FromContext finds it: there it may be marked bad, degraded or not to be counted. It
// costs two allocations a call.
func WithMarking() Option {
	return optionFunc(func(c *config) { c.marking = true })
}

// WithDraining tells calls whose server is going away from those whose client left.
func WithDraining(d *Draining) Option {
	return optionFunc(func(c *config) { c.draining = d })
}
