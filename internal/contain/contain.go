// Package contain runs the functions that users give to middleware, such as namers and
// classifiers: what they break is theirs, never the request's.
package contain

// A Counter counts panics that were contained; a budget.Tracker is one.
type Counter interface{ Recovered() }

// Call calls f and reports whether it returned. Its panic goes no further and is counted. A
// runtime.Goexit is counted too, and cannot be held up. It allocates nothing.
func Call(c Counter, f func()) (ok bool) {
	defer func() {
		if !ok {
			_ = recover()
			c.Recovered()
		}
	}()
	f()
	return true
}
