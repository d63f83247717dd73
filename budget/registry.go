package budget

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"
	"unicode/utf8"

	"github.com/seed-abb722f7/nines/internal/stripe"
	"github.com/seed-abb722f7/nines/slo"
)

// The reserved operations: requests beyond the limit, requests that nothing could
// name, and requests that no route matched.
const (
	otherName     = "_OTHER"
	unnamedName   = "unnamed"
	unmatchedName = "unmatched"
)

// dependencyPrefix sets what the service calls apart, wherever names are printed: it may
// serve an operation of the same name, as a proxy does.
const dependencyPrefix = "dependency:"

// maxOperationName bounds the name of an undeclared operation in bytes; longer ones
// belong to _OTHER.
const maxOperationName = 1024

// A registry finds operations by name. Look-ups of known names take no lock; a new
// name takes one and copies the map, at most limit times.
type registry struct {
	byName atomic.Pointer[map[string]*Operation]
	full   atomic.Bool // a name found no place, and none has become free
	layout *stripe.Layout
	closed *atomic.Bool
	kind   slo.SourceKind // EventsSource, DependencySource, or NoSource: requests of any kind
	other  *Operation
	now    func() time.Duration // the tracker's

	warned  bool          // that there are more names than places; the tick's
	misused atomic.Uint64 // calls of Stream.Add that made no sense

	mu         sync.Mutex
	ordered    []*Operation // in order of arrival, declared first
	undeclared int
	limit      int
	notable    *notability // of operations to come
}

func newRegistry(layout *stripe.Layout, limit int, t *Tracker, kind slo.SourceKind) *registry {
	r := &registry{layout: layout, limit: limit, closed: &t.closed, now: t.Now, kind: kind, notable: unjudged}
	r.byName.Store(&map[string]*Operation{})
	r.other = r.insert(otherName, kind, false)
	return r
}

// reserve adds an operation that does not count against the limit.
func (r *registry) reserve(name string) { r.insert(canonical(name), slo.NoSource, false) }

// declare adds an operation that an objective names. An operation that exists
// already, undeclared, becomes declared and frees its place.
func (r *registry) declare(name string, kind slo.SourceKind) *Operation {
	return r.insert(canonical(name), kind, true)
}

func (r *registry) insert(name string, kind slo.SourceKind, declared bool) *Operation {
	r.mu.Lock()
	defer r.mu.Unlock()
	if o, ok := (*r.byName.Load())[name]; ok {
		if declared && !o.declared { // carried over from another process, before the objectives
			o.declared, o.kind = true, kind
			r.undeclared--
			r.full.Store(false)
		}
		return o
	}
	return r.add(name, kind, declared)
}

func (r *registry) add(name string, kind slo.SourceKind, declared bool) *Operation {
	o := &Operation{
		name: name, kind: kind, declared: declared, closed: r.closed, now: r.now,
		table: stripe.NewTable(r.layout, int(slo.NumClasses)),
	}
	o.notable.Store(r.notable)
	switch r.kind {
	case slo.DependencySource:
		o.name = dependencyPrefix + name
	case slo.EventsSource:
		o.stream = &Stream{o: o, misused: &r.misused}
	}
	old := *r.byName.Load()
	longer := make(map[string]*Operation, len(old)+1)
	maps.Copy(longer, old)
	longer[name] = o
	o.turn = uint64(len(r.ordered))
	r.ordered = append(r.ordered, o)
	r.byName.Store(&longer)
	return o
}

// undeclare makes operations undeclared that are not in named. They keep their places.
func (r *registry) undeclare(named map[*Operation]bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, o := range r.ordered {
		if o.declared && !named[o] {
			o.declared = false
			r.undeclared++
		}
	}
}

// refit makes all operations, and those to come, count by another layout.
func (r *registry) refit(layout *stripe.Layout) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.layout = layout
	for _, o := range r.ordered {
		o.table.Refit(layout)
	}
}

// find returns the operation of that name, making it if there is room, else the
// one for all others.
func (r *registry) find(name string, kind slo.SourceKind) *Operation {
	if o, ok := (*r.byName.Load())[name]; ok {
		return o
	}
	if !utf8.ValidString(name) {
		name = canonical(name)
		if o, ok := (*r.byName.Load())[name]; ok {
			return o
		}
	}
	if r.full.Load() || len(name) > maxOperationName ||
		r.kind == slo.NoSource && strings.HasPrefix(name, dependencyPrefix) {
		return r.other
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if o, ok := (*r.byName.Load())[name]; ok {
		return o
	}
	if r.undeclared >= r.limit {
		r.full.Store(true)
		return r.other
	}
	r.undeclared++
	return r.add(strings.Clone(name), kind, false)
}

// all returns the operations in order of arrival. The slice is never changed.
func (r *registry) all() []*Operation {
	r.mu.Lock()
	defer r.mu.Unlock()
	return slices.Clip(r.ordered)
}

// canonical returns the name with every byte that is not UTF-8 escaped as \xNN, so
// that exporters of text can carry it. Two names that print alike are one operation.
func canonical(name string) string {
	if utf8.ValidString(name) {
		return name
	}
	var b strings.Builder
	for i := 0; i < len(name); {
		r, size := utf8.DecodeRuneInString(name[i:])
		if r == utf8.RuneError && size == 1 {
			fmt.Fprintf(&b, `\x%02x`, name[i])
		} else {
			b.WriteString(name[i : i+size])
		}
		i += size
	}
	return b.String()
}
