package httpslo

import (
	"maps"
	"net/http"
	"slices"
	"strings"
	"sync"
	"sync/atomic"

	"github.com/seed-abb722f7/nines/budget"
	"github.com/seed-abb722f7/nines/slo"
)

// Guesses say, before a request is served, which operation it will probably belong to, so
// that it is in flight there while it runs: a request that never ends must make its own
// operation stalled. They start from the declared patterns and learn every pattern that
// requests turn out to have, a later one of the same form taking the place of an earlier.
// A wrong guess is put right when the request ends, so guesses need not be perfect: they
// follow the precedence of http.ServeMux, for a single mux at the root, without its fine
// points.
//
// Reading takes no lock. Learning copies what it changes; it happens at most once for an
// operation, of which there is a bounded number.
type guesses struct {
	tree atomic.Pointer[tree]
	mu   sync.Mutex // of learning
}

func newGuesses(t *budget.Tracker) *guesses {
	g := &guesses{}
	g.tree.Store(&tree{any: &node{}})
	for _, o := range t.Declared() {
		if o.Of.Kind() == slo.HTTPSource {
			g.learn(o.Of.Name(), t.HTTP(o.Of.Name()))
		}
	}
	return g
}

// guess returns the operation that the request will probably belong to.
func (l *layer) guess(r *http.Request) *budget.Operation {
	if r.URL != nil {
		if op := l.guesses.tree.Load().find(r.Method, r.Host, r.URL.Path); op != nil {
			return op
		}
	}
	return l.unknown
}

// learn makes requests that fit the pattern be guessed as the operation. A name that is no
// pattern, and an operation that stands for many, teach nothing.
func (g *guesses) learn(name string, op *budget.Operation) {
	if g == nil || op.Name() != name {
		return
	}
	if _, known := g.tree.Load().known[name]; known {
		return
	}
	method, host, path, ok := parsePattern(name)
	if !ok {
		return
	}
	g.mu.Lock()
	defer g.mu.Unlock()
	g.tree.Store(g.tree.Load().with(name, method, host, path, op))
}

// parsePattern takes a pattern apart: a method and a space, a host, and a path that begins
// with a slash. Method and host may be empty.
func parsePattern(pattern string) (method, host, path string, ok bool) {
	rest := pattern
	if i := strings.IndexAny(pattern, " \t"); i >= 0 {
		method, rest = pattern[:i], strings.TrimLeft(pattern[i:], " \t")
	}
	slash := strings.IndexByte(rest, '/')
	if slash < 0 {
		return "", "", "", false
	}
	return method, rest[:slash], rest[slash:], true
}

// A tree holds patterns by host and by the segments of their paths. It never changes.
type tree struct {
	any   *node            // patterns without a host
	hosts map[string]*node // those with one
	known map[string]struct{}
}

// A node is a place in a path, before its next segment.
type node struct {
	literal  children
	wildcard *node // one segment, whatever it is
	here     leaf  // patterns that end here
	below    leaf  // patterns of all that is below
}

// children are the nodes behind literal segments. Few are compared one by one, which is
// cheaper than a hash.
type children struct {
	few  []child
	many map[string]*node // instead, of more than fewChildren
}

type child struct {
	segment string
	node    *node
}

const fewChildren = 8

func (c *children) get(segment string) *node {
	for i := range c.few {
		if c.few[i].segment == segment {
			return c.few[i].node
		}
	}
	if c.many == nil {
		return nil
	}
	return c.many[segment]
}

// with returns the children with one set.
func (c children) with(segment string, n *node) children {
	all := maps.Clone(c.many)
	if all == nil {
		all = make(map[string]*node, len(c.few)+1)
	}
	for _, f := range c.few {
		all[f.segment] = f.node
	}
	all[segment] = n
	if len(all) > fewChildren {
		return children{many: all}
	}
	var few []child
	for segment, n := range all {
		few = append(few, child{segment, n})
	}
	return children{few: few}
}

// A leaf tells the operations of one path apart by method. It never changes.
type leaf struct {
	any      *budget.Operation
	byMethod []methodOperation
}

type methodOperation struct {
	method string
	op     *budget.Operation
}

func (t *tree) find(method, host, path string) *budget.Operation {
	if path == "" || path[0] != '/' {
		return nil
	}
	if len(t.hosts) > 0 {
		if n := t.hosts[withoutPort(host)]; n != nil {
			if op := n.find(method, path[1:]); op != nil {
				return op
			}
		}
	}
	return t.any.find(method, path[1:])
}

// withoutPort cuts the port off a host. net.SplitHostPort allocates where there is none.
func withoutPort(host string) string {
	i := strings.LastIndexByte(host, ':')
	if i < 0 || strings.IndexByte(host[i:], ']') >= 0 {
		return host
	}
	return host[:i]
}

// find looks a path up, the more particular first: a literal segment before a wildcard,
// and both before a pattern for all that is below. No node is visited twice.
func (n *node) find(method, path string) *budget.Operation {
	segment, rest, more := strings.Cut(path, "/")
	if child := n.literal.get(segment); child != nil {
		if op := child.end(method, rest, more); op != nil {
			return op
		}
	}
	if n.wildcard != nil && segment != "" {
		if op := n.wildcard.end(method, rest, more); op != nil {
			return op
		}
	}
	return n.below.of(method)
}

func (n *node) end(method, rest string, more bool) *budget.Operation {
	if more {
		return n.find(method, rest)
	}
	return n.here.of(method)
}

// of returns the operation for a method. GET serves HEAD too, as in http.ServeMux.
func (l *leaf) of(method string) *budget.Operation {
	for i := range l.byMethod {
		if l.byMethod[i].method == method {
			return l.byMethod[i].op
		}
	}
	if method == http.MethodHead {
		if op := l.of(http.MethodGet); op != nil {
			return op
		}
	}
	return l.any
}

// with returns the tree with one pattern more.
func (t *tree) with(name, method, host, path string, op *budget.Operation) *tree {
	longer := &tree{any: t.any, hosts: clone(t.hosts), known: clone(t.known)}
	longer.known[name] = struct{}{}
	if host == "" {
		longer.any = t.any.with(method, path[1:], op)
		return longer
	}
	n := t.hosts[host]
	if n == nil {
		n = &node{}
	}
	longer.hosts[host] = n.with(method, path[1:], op)
	return longer
}

// with returns the node with one pattern more. Segments are read as http.ServeMux, chi, gin
// and echo write them: {x} and :x are any segment; a last {x...}, *x or nothing stands for
// all that is below, a last {$} for nothing.
func (n *node) with(method, path string, op *budget.Operation) *node {
	c := *n
	segment, rest, more := strings.Cut(path, "/")
	all := segment == "" || strings.HasSuffix(segment, "...}") || strings.HasPrefix(segment, "*")
	if all && !more {
		c.below = n.below.with(method, op)
		return &c
	}
	var child *node
	isWildcard := strings.ContainsAny(segment, "{*") || strings.HasPrefix(segment, ":")
	if segment == "{$}" {
		segment, isWildcard = "", false
	}
	if isWildcard {
		child = n.wildcard
	} else {
		child = n.literal.get(segment)
	}
	if child == nil {
		child = &node{}
	}
	if more {
		child = child.with(method, rest, op)
	} else {
		ended := *child
		ended.here = child.here.with(method, op)
		child = &ended
	}
	if isWildcard {
		c.wildcard = child
	} else {
		c.literal = n.literal.with(segment, child)
	}
	return &c
}

func (l leaf) with(method string, op *budget.Operation) leaf {
	if method == "" {
		l.any = op
		return l
	}
	l.byMethod = slices.Clone(l.byMethod)
	for i := range l.byMethod {
		if l.byMethod[i].method == method {
			l.byMethod[i].op = op
			return l
		}
	}
	l.byMethod = append(l.byMethod, methodOperation{method, op})
	return l
}

// clone returns a copy of m that can be written to.
func clone[V any](m map[string]V) map[string]V {
	c := make(map[string]V, len(m)+1)
	maps.Copy(c, m)
	return c
}
