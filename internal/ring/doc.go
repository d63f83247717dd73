// Package ring keeps the history of cumulative counts: the value a counter had at
// any moment of a long window, within one percent of its age, in a bounded number of
// change points.
//
// It knows no service-level words and no clock: time is whatever its caller counts.
// It has no locks; one owner appends and reads.
package ring
