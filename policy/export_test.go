package policy

import "github.com/seed-abb722f7/nines/budget"

// Evaluate is one tick of the watcher alone.
func Evaluate(w *Watcher, t budget.Tick) { w.tick(t) }

// EvaluatePolicy is one tick of the enforcer alone.
func EvaluatePolicy(e *Enforcer, t budget.Tick) { e.tick(t) }
