package slo

import (
	"fmt"
	"time"
)

// A MethodKind tells the kinds of [Method] apart, in the words of OpenSLO.
type MethodKind uint8

// The kinds of budgeting method.
const (
	OccurrencesMethod     MethodKind = iota // the share of events that were good
	TimeslicesMethod                        // the share of slices that were good, see [Timeslices]
	RatioTimeslicesMethod                   // the mean of the slices' own shares, see [RatioTimeslices]
)

// String returns the OpenSLO name of the method, such as "Timeslices"; "unknown method"
// outside the set.
func (k MethodKind) String() string {
	switch k {
	case OccurrencesMethod:
		return "Occurrences"
	case TimeslicesMethod:
		return "Timeslices"
	case RatioTimeslicesMethod:
		return "RatioTimeslices"
	}
	return "unknown method"
}

// A Method is what an error budget is counted in (OpenSLO's budgetingMethod). The zero
// Method counts occurrences: every valid event weighs the same, so an hour of heavy traffic
// weighs more than a quiet one. Methods are comparable values. One that cannot be meant is
// kept, and refused by constructors.
type Method struct {
	kind   MethodKind
	length time.Duration
	target Target
}

// minSlice is the shortest time slice; slices are whole multiples of it.
const minSlice = time.Second

// slicesPerWindow is how many time slices a window has at least. With fewer, one slice is
// more than a tenth of everything that is judged.
const slicesPerWindow = 10

// Timeslices counts time instead of events: the window is cut into slices, a slice is good
// if its share of good events meets the slice's own target, and the objective's Target is
// the share of slices that must be good. A slice without valid events is neither. So
// Timeslices(time.Minute, Percent(95)) under a Target of 99.9 % allows one minute in a
// thousand in which more than 5 % of the events are bad.
//
// Constructors refuse a length that is not whole seconds or is longer than a tenth of the
// window, and a target that they would refuse of an objective.
func Timeslices(length time.Duration, target Target) Method {
	return Method{kind: TimeslicesMethod, length: length, target: target}
}

// RatioTimeslices weighs every slice of time the same: what is judged is the mean, over the
// slices that had valid events, of each slice's share of good ones. A quiet minute weighs as
// much as a busy one. Lengths are as for [Timeslices]. Counts of such an objective are in
// billionths of a slice: 10^9 for each that had valid events.
func RatioTimeslices(length time.Duration) Method {
	return Method{kind: RatioTimeslicesMethod, length: length}
}

// Kind returns which method it is: OccurrencesMethod for the zero Method.
func (m Method) Kind() MethodKind { return m.kind }

// SliceLength returns how long a time slice is; 0 for occurrences.
func (m Method) SliceLength() time.Duration { return m.length }

// SliceTarget returns the share of a slice's valid events that must be good for the slice
// to be; the zero Target unless the method is timeslices.
func (m Method) SliceTarget() Target { return m.target }

// String returns the method as reports show it, such as "Occurrences",
// "Timeslices 1m 95%" or "RatioTimeslices 5m".
func (m Method) String() string {
	switch m.kind {
	case TimeslicesMethod:
		return fmt.Sprintf("%v %s %v", m.kind, FormatDuration(m.length), m.target)
	case RatioTimeslicesMethod:
		return fmt.Sprintf("%v %s", m.kind, FormatDuration(m.length))
	}
	return m.kind.String()
}

// goText returns a method of time slices as it was declared.
func (m Method) goText() string {
	if m.kind == TimeslicesMethod {
		return fmt.Sprintf("slo.Timeslices(%v, %v)", m.length, m.target)
	}
	return fmt.Sprintf("slo.RatioTimeslices(%v)", m.length)
}
