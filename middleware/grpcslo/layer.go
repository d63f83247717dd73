package grpcslo

import (
	"context"
	"maps"
	"sync"
	"sync/atomic"
	"time"

	"github.com/seed-abb722f7/nines/budget"
	"github.com/seed-abb722f7/nines/internal/contain"
	"github.com/seed-abb722f7/nines/slo"
)

// maxMethods bounds the methods that one layer keeps at hand. A server has as many as its
// services register, far fewer; it is here for what is no server, and for clients that
// are asked for methods of any name.
const maxMethods = 1024

// A layer is one interceptor, or one stats handler.
type layer struct {
	config
	tracker *budget.Tracker
	client  bool
	named   string // of the function that made it, for people

	declared map[string]bool // the RPC operations that objectives name

	methods atomic.Pointer[map[methodKey]*method]
	mu      sync.Mutex // held while methods is replaced
}

// A methodKey finds a method. The target is that of a client whose namer asks for it.
type methodKey struct{ target, name string }

// A method is one that calls were made of.
type method struct {
	name         string
	op           *budget.Operation
	health       bool
	unregistered bool

	// nesting says whether another layer of the tracker is outside or inside of this one
	// on calls of the method. It is found out by the first calls, which carry a mark in
	// their context: a mark costs an allocation, which most servers need not pay.
	nesting atomic.Uint32
}

const (
	nestingUnknown uint32 = iota // marks calls, and looks for marks
	nestingNone                  // the layer is alone: neither
	nestingSome                  // both, always
)

func newLayer(t *budget.Tracker, client bool, named string, options []Option) *layer {
	l := &layer{config: newConfig(options), tracker: t, client: client, named: named, declared: declared(t)}
	l.methods.Store(&map[methodKey]*method{})
	t.Attach(budget.Hook{Explain: l.explain})
	return l
}

// method returns what is known of a method, which costs one map look-up.
func (l *layer) method(key methodKey) *method {
	if m, ok := (*l.methods.Load())[key]; ok {
		return m
	}
	m := l.newMethod(key)
	l.mu.Lock()
	defer l.mu.Unlock()
	known := *l.methods.Load()
	if first, ok := known[key]; ok {
		return first
	}
	if len(known) >= maxMethods {
		return m
	}
	longer := make(map[methodKey]*method, len(known)+1)
	maps.Copy(longer, known)
	longer[key] = m
	l.methods.Store(&longer)
	return m
}

// knows reports whether calls of the method were made, or an objective names it.
func (l *layer) knows(name string) bool {
	_, ok := (*l.methods.Load())[methodKey{name: name}]
	return ok || l.declared[name]
}

func (l *layer) newMethod(key methodKey) *method {
	m := &method{name: key.name}
	if l.client {
		m.op = l.tracker.Dependency(l.clientName(key))
		return m
	}
	m.health = l.health[service(key.name)]
	if m.health && !l.declared[key.name] {
		m.op = l.tracker.Unmatched() // probes and tools need no operation of their own
	} else {
		m.op = l.tracker.RPC(key.name)
	}
	return m
}

// unregistered returns the method of calls that no service registers. Their names are the
// client's, so they share the operation of all others unless an objective names theirs.
func (l *layer) unregistered(name string) *method {
	op := otherName
	if l.declared[name] {
		op = name
	}
	return &method{name: name, op: l.tracker.RPC(op), unregistered: true}
}

// otherName is the reserved operation of all that has none of its own.
const otherName = "_OTHER"

// declared returns the RPC operations that objectives name.
func declared(t *budget.Tracker) map[string]bool {
	names := map[string]bool{}
	for _, o := range t.Declared() {
		if o.Of.Kind() == slo.RPCSource {
			names[o.Of.Name()] = true
		}
	}
	return names
}

// class asks the classifier of the innermost layer that has one.
func (l *layer) class(ctx context.Context, c *call, o *Outcome) slo.Class {
	if c != nil {
		if inner := c.inner.Load(); inner != nil && inner.classify != nil {
			return l.ask(ctx, inner.classify, *o)
		}
	}
	if l.classify != nil {
		return l.ask(ctx, l.classify, *o)
	}
	return o.class()
}

func (l *layer) ask(ctx context.Context, classify func(context.Context, Outcome) slo.Class, o Outcome) (class slo.Class) {
	if !contain.Call(l.tracker, func() { class = classify(ctx, o) }) {
		class = o.class()
	}
	return class
}

// A call is one call under way, in its context: for layers further in, and for the event
// that a handler may mark.
type call struct {
	context.Context // of the call, as it came
	layer           *layer
	method          *method
	event           slo.Event
	start           time.Duration
	stats           *statsCall // of a call that a stats handler records; else nil

	// inner is the innermost layer inside that has a classifier, else the first; nil if there is
	// none. An interceptor between the layers may make the call several times at once.
	inner atomic.Pointer[layer]
}

type (
	serverCall struct{}
	clientCall struct{}
)

// Value returns the call itself to layers that look for it.
func (c *call) Value(key any) any {
	switch key.(type) {
	case serverCall:
		if !c.layer.client {
			return c
		}
	case clientCall:
		if c.layer.client {
			return c
		}
	}
	return c.Context.Value(key)
}

// said returns what the handler said; nil of no call, which said nothing.
func (c *call) said() *slo.Event {
	if c == nil {
		return nil
	}
	return &c.event
}

// outer returns the call as a layer outside this one, of the same tracker and kind, began
// it; nil if this one is the outermost. A call of another method is another call, made
// while the outer one was under way.
func (l *layer) outer(ctx context.Context, method string) *call {
	key := any(serverCall{})
	if l.client {
		key = clientCall{}
	}
	for {
		c, ok := ctx.Value(key).(*call)
		if !ok {
			return nil
		}
		if c.layer.tracker == l.tracker && c.method.name == method {
			return c
		}
		ctx = c.Context
	}
}

// contains notes that a layer is inside of this call.
func (c *call) contains(l *layer) {
	if l.classify != nil {
		c.inner.Store(l)
	} else {
		c.inner.CompareAndSwap(nil, l)
	}
}

// enter notes that a layer is inside of this call, and returns the context that it gives
// on.
func (c *call) enter(l *layer, ctx context.Context) context.Context { //nolint:revive // the call is what matters
	c.contains(l)
	if l.marking && slo.FromContext(ctx) != &c.event {
		ctx = slo.NewContext(ctx, &c.event)
	}
	return ctx
}

// context returns the context that the outermost layer gives on.
func (c *call) context() context.Context {
	if c.layer.marking {
		return slo.NewContext(c, &c.event)
	}
	return c
}

// settle notes whether the layer is alone on calls of the method, after one that seems to
// have come through to its handler.
func (m *method) settle(c *call, through bool) {
	if m.nesting.Load() != nestingUnknown || !through {
		return
	}
	if c.inner.Load() != nil {
		m.nested()
	} else {
		m.nesting.CompareAndSwap(nestingUnknown, nestingNone)
	}
}

// nested notes that the layer is not alone.
func (m *method) nested() {
	if m.nesting.Load() != nestingSome {
		m.nesting.Store(nestingSome)
	}
}
