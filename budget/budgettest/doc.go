// Package budgettest helps services test that they are wired to their error budgets:
// a tracker without goroutines whose time is moved by hand, and a check of counts that
// says what was counted instead.
//
//	tracker := budgettest.New(t, objectives...)
//	handler := httpslo.Handler(tracker.Tracker, mux)
//	... serve requests ...
//	tracker.Want("checkout-availability", 97, 3, 0)
//
// A handler that should take long calls Advance; one that sleeps takes no time here. Calls
// of Advance must not overlap, so requests that use it are served one after the other.
//
// It works inside a synctest bubble and outside: its time is its own.
package budgettest
