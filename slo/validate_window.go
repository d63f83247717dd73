package slo

import (
	"errors"
	"fmt"
)

// window checks how an objective is judged over time.
func (c *checker) window(o Objective) {
	var refused *FieldError
	if errors.As(o.Window.Err(), &refused) {
		c.reject("Window", refused.Value, refused.Reason)
	}
	if o.Method.kind != OccurrencesMethod {
		c.slices(o)
	}
	if o.ExpectedEvents == 0 {
		return
	}
	switch {
	case o.Method.kind != OccurrencesMethod:
		c.reject("ExpectedEvents", o.ExpectedEvents, "want zero: how many time slices a period has is known")
	case !o.Window.Calendar():
		c.reject("ExpectedEvents", o.ExpectedEvents,
			"want zero, or a calendar window such as slo.Month(nil): a rolling window is over, so what it saw is all there was to expect")
	}
}

func (c *checker) slices(o Objective) {
	m := o.Method
	most := o.Window.Length() / slicesPerWindow
	switch {
	case m.length < minSlice || m.length%minSlice != 0:
		c.reject("Method", literal(m.goText()), fmt.Sprintf("want slices of whole seconds, at least %v, such as time.Minute", minSlice))
	case o.Window.Err() == nil && m.length > most:
		c.reject("Method", literal(m.goText()), fmt.Sprintf("want slices of at most %s, a tenth of the window", FormatDuration(most)))
	}
	var target *FieldError
	if m.kind == TimeslicesMethod && errors.As(m.target.Err(), &target) {
		c.reject("Method", target.Value, target.Reason+" as the target of a slice")
	}
}
