package budget

import (
	"io"
	"slices"
	"sync"
	"time"
)

// A Hook is what packages that build on a tracker attach to it: policy evaluates its
// rules at each tick. Nil fields are left out.
type Hook struct {
	// Tick is called after every tick, from the tick's goroutine: it must be quick. A panic is recovered and counted.
	Tick func(Tick)

	// Explain adds to [Tracker.Explain].
	Explain func(io.Writer)

	// Close is called once when the tracker closes.
	Close func()

	// Name, Save and Restore carry what is attached over a restart. [Tracker.Snapshot] calls Save,
	// which may read the tracker, and takes what it returns along. Attach calls Restore with
	// that, before it returns and before the first Tick, in a process whose tracker was restored
	// from the snapshot; of several hooks of one name each gets its own, in the order in which
	// they were attached. The bytes come back as they were, or not at all.
	Name    string
	Save    func() []byte
	Restore func([]byte)
}

// A keepsake is what a hook saved.
type keepsake struct {
	name string
	blob []byte
}

// A Tick is one moment at which the windows moved.
type Tick struct {
	At        time.Time     // wall time
	Elapsed   time.Duration // engine time: since the tracker was made, unobserved gaps included
	Watched   time.Duration // the part of the time since the tick before in which somebody watched: no gap, and no stretch in which ticks failed to come
	Simulated bool          // the tracker has no goroutines: deliver at once
}

type hookList struct {
	mu   sync.Mutex
	list []*Hook
	kept []keepsake // restored, and not claimed yet
}

// claim takes the oldest keepsake of a name.
func (l *hookList) claim(name string) (blob []byte, ok bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	i := slices.IndexFunc(l.kept, func(k keepsake) bool { return k.name == name })
	if i < 0 {
		return nil, false
	}
	blob = l.kept[i].blob
	l.kept = slices.Delete(slices.Clone(l.kept), i, i+1)
	return blob, true
}

// save asks the hooks what is to be kept. What nobody claimed is kept for those who may come.
func (t *Tracker) save() (kept []keepsake) {
	t.hooks.each(func(h *Hook) {
		if h.Save != nil {
			t.guard(func() { kept = append(kept, keepsake{h.Name, h.Save()}) })
		}
	})
	t.hooks.mu.Lock()
	defer t.hooks.mu.Unlock()
	return append(kept, t.hooks.kept...)
}

func encodeKeepsakes(h *history, w *writer) {
	w.uint(uint64(len(h.kept)))
	for _, k := range h.kept {
		w.string(k.name)
		w.string(string(k.blob))
	}
}

func decodeKeepsakes(h *history, r *reader) {
	for range r.count(2) {
		h.kept = append(h.kept, keepsake{r.string(), []byte(r.string())})
	}
}

// Attach adds a hook and returns the function that takes it off again, which may be
// called more than once. On nil it does nothing.
func (t *Tracker) Attach(h Hook) (detach func()) {
	if t == nil {
		return func() {}
	}
	own := &h
	if t.closed.Load() {
		if h.Close != nil {
			go t.guard(h.Close) // the caller may hold a lock that Close wants
		}
		return func() {}
	}
	if h.Restore != nil {
		if blob, ok := t.hooks.claim(h.Name); ok {
			t.guard(func() { h.Restore(blob) })
		}
	}
	t.hooks.mu.Lock()
	defer t.hooks.mu.Unlock()
	t.hooks.list = append(slices.Clip(t.hooks.list), own)
	return func() {
		t.hooks.mu.Lock()
		defer t.hooks.mu.Unlock()
		t.hooks.list = slices.DeleteFunc(slices.Clone(t.hooks.list), func(h *Hook) bool { return h == own })
	}
}

// each calls f for the hooks attached when it was called, without the lock.
func (l *hookList) each(f func(*Hook)) {
	l.mu.Lock()
	list := l.list
	l.mu.Unlock()
	for _, h := range list {
		f(h)
	}
}

// logSafely survives a logger that panics: it is the host's, and none of its lines are
// worth an outage.
func logSafely(log func()) {
	defer func() { _ = recover() }()
	log()
}

// guard runs f and counts its panic: what is attached must not take the tick down.
func (t *Tracker) guard(f func()) {
	defer func() {
		if v := recover(); v != nil {
			t.panics.Add(1)
			logSafely(func() { t.engine.Logger.Error("nines: a hook panicked", "service", t.engine.Service, "panic", v) })
		}
	}()
	f()
}
