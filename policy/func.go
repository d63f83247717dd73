package policy

import (
	"fmt"
	"log/slog"
	"sync"
	"time"

	"github.com/seed-abb722f7/nines/budget"
	"github.com/seed-abb722f7/nines/slo"
)

// A Func is a criterion of your own: what to make of an error budget, or of anything else
// that the program knows, such as the length of a queue. It returns whether the criterion
// holds, and why, for people. A rule on it needs a name.
//
// It is called at every tick, or each Rule.Every, on a goroutine of its own, for one error
// budget after the other or for several at once, and may call everything; its answer counts
// from the next tick on. In a simulation it is called within Advance, before the rules are
// evaluated. While it does not answer for ten seconds, and after it panicked, nothing is known
// of its criterion: no breach opens, and none ends. A panic is recovered, counted in
// [Watcher.Panics], and logged if the call before did not panic.
type Func func(s budget.Status) (holds bool, why string)

// patience is how long a Func may take before it is not believed any longer.
const patience = 10 * time.Second

// String returns "", which is no name.
func (Func) String() string { return "" }

func (Func) words() string { return "a function of your own" }

func (Func) traits(*slo.Objective) traits { return traits{} }

func (f Func) check(_ *plan, refuse reject) {
	if f == nil {
		refuse("", nil, "want a function")
	}
}

func (Func) reach(*slo.Objective, reject) {}

func (f Func) on(s *subject, _ minimum) evaluator { return &asking{f: f, budget: s.budget} }

// asking is a Func at work: a function that is asked, and what it answered last.
type asking struct {
	f      Func
	budget budget.Budget
	rule   string
	every  time.Duration
	next   time.Duration // engine time, of the tick alone

	mu       sync.Mutex // never held while f runs
	running  bool
	began    time.Duration // engine time
	known    bool          // it has answered, and not panicked
	holds    bool
	why      string
	panicked bool // the last call did

	// What counts at this tick: an answer that comes while it is evaluated counts from the next on.
	nowKnown, nowHolds bool
}

func (*asking) lengths() []time.Duration { return nil }

func (a *asking) inherit(from evaluator) {
	old, ok := from.(*asking)
	if !ok {
		return
	}
	old.mu.Lock()
	defer old.mu.Unlock()
	a.known, a.holds, a.why, a.panicked, a.next = old.known, old.holds, old.why, old.panicked, old.next
	a.nowKnown, a.nowHolds = old.nowKnown, old.nowHolds
}

func (a *asking) judge(view) truth {
	a.mu.Lock()
	defer a.mu.Unlock()
	return truth{holds: a.nowKnown && a.nowHolds, blind: !a.nowKnown}
}

func (a *asking) reason(v view, t truth) string {
	a.mu.Lock()
	defer a.mu.Unlock()
	switch {
	case a.running && v.now-a.began >= patience:
		return fmt.Sprintf("the function has not returned for %v", (v.now - a.began).Truncate(time.Second))
	case a.panicked:
		return "the function panicked"
	case !a.known:
		return "the function has not answered yet"
	case a.why != "":
		return a.why
	case t.holds || t.pending:
		return "the function says so"
	}
	return "the function says no"
}

// ask calls the function if that is due and it is not being called already.
func (a *asking) ask(t budget.Tick, w *Watcher) {
	a.count(t.Elapsed)
	if t.Elapsed < a.next {
		return
	}
	a.mu.Lock()
	if a.running {
		a.mu.Unlock()
		return
	}
	a.running, a.began = true, t.Elapsed
	a.mu.Unlock()
	if a.next += a.every; a.next <= t.Elapsed {
		a.next = t.Elapsed + a.every
	}
	if t.Simulated {
		a.call(w)
		a.count(t.Elapsed)
	} else {
		go a.call(w)
	}
}

// count takes what is known for this tick.
func (a *asking) count(now time.Duration) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.nowKnown, a.nowHolds = a.known && (!a.running || now-a.began < patience), a.holds
}

// call calls the function. Its panic is its own; a runtime.Goexit is no answer either.
func (a *asking) call(w *Watcher) {
	var holds, returned bool
	var why string
	defer func() {
		var v any
		if !returned {
			v = recover()
		}
		a.mu.Lock()
		again := a.panicked
		a.running, a.known, a.holds, a.why, a.panicked = false, returned, holds, why, !returned
		a.mu.Unlock()
		if !returned {
			w.courier.panics.Add(1)
			if !again {
				w.courier.scribe.tell(func(l *slog.Logger) {
					l.Error("nines: the function of a rule panicked", "panic", v, "rule", a.rule, "objective", a.budget.Name())
				})
			}
		}
	}()
	holds, why = a.f(a.budget.Status())
	returned = true
}
