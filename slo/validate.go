package slo

import (
	"errors"
	"fmt"
	"strings"
)

// maxName bounds names in bytes, so that a label value cannot grow a series
// without bound.
const maxName = 256

// Validate reports everything that is wrong with a set of objectives, joined into
// one error that matches [ErrInvalid]; nil if nothing is. Each part is a
// [FieldError] that names the field, the value and what would be accepted.
func Validate(objectives ...Objective) error {
	var errs []error
	names := make(map[string]int, len(objectives))
	kinds := make(map[string]Source, len(objectives))
	for i, o := range objectives {
		at := fmt.Sprintf("Objectives[%d]", i)
		if o.Name != "" {
			at += fmt.Sprintf(" %q", o.Name)
		}
		reject := func(field string, value any, reason string) {
			errs = append(errs, &FieldError{Field: at + "." + field, Value: value, Reason: reason})
		}
		first, taken := names[o.Name]
		switch {
		case o.Name == "":
			reject("Name", o.Name, "want a name, unique within the tracker")
		case len(o.Name) > maxName:
			reject("Name", o.Name[:16]+"...", fmt.Sprintf("want at most %d bytes, got %d", maxName, len(o.Name)))
		case taken:
			reject("Name", o.Name, fmt.Sprintf("want a name that Objectives[%d] does not have already", first))
		default:
			names[o.Name] = i
		}
		o.checkSource(reject)
		if o.Of.name != "" {
			if other, ok := kinds[o.Of.name]; ok && other.kind != o.Of.kind {
				reject("Of", literal(o.Of.String()), "want one kind of source for a name, and "+other.String()+" is declared too")
			} else {
				kinds[o.Of.name] = o.Of
			}
		}
		o.checkSLI(reject)
		var target *FieldError
		if errors.As(o.Target.Err(), &target) {
			reject("Target", target.Value, target.Reason)
		}
		if o.Window.Length() <= 0 {
			reject("Window", literal("slo.Rolling("+o.Window.Length().String()+")"), "want a positive length, such as slo.Rolling(28*slo.Day), or the zero Window for that")
		}
		if o.StallAfter < 0 {
			reject("StallAfter", o.StallAfter, "want zero for the default, or a positive duration")
		}
		for j, l := range o.Links {
			if l.Name == "" || l.URL == "" {
				reject(fmt.Sprintf("Links[%d]", j), l, "want both Name and URL")
			}
		}
	}
	return errors.Join(errs...)
}

// Reserved names the operations that a tracker keeps for itself: requests beyond
// the limit of undeclared operations, requests that nothing could name, and
// requests that no route matched. They cannot be declared.
func Reserved() []string { return []string{"_OTHER", "unnamed", "unmatched"} }

func (o Objective) checkSource(reject func(string, any, string)) {
	name := o.Of.name
	switch o.Of.kind {
	case NoSource:
		reject("Of", literal("unset"), "want a source: slo.HTTP, slo.RPC, slo.Events, slo.All or slo.Each")
		return
	case AllSource, EachSource:
		return
	case HTTPSource:
		if path := name[strings.IndexByte(name, ' ')+1:]; name != "" && !strings.Contains(path, "/") {
			reject("Of", literal(o.Of.String()), `want a route pattern such as "POST /checkout"`)
		}
	case RPCSource:
		if service, method, ok := strings.Cut(strings.TrimPrefix(name, "/"), "/"); name != "" &&
			(!strings.HasPrefix(name, "/") || !ok || service == "" || method == "" || strings.Contains(method, "/")) {
			reject("Of", literal(o.Of.String()), `want a full method name such as "/shop.v1.Cart/Add"`)
		}
	}
	switch {
	case name == "":
		reject("Of", literal(o.Of.String()), "want a name")
	case len(name) > maxName:
		reject("Of", name[:16]+"...", fmt.Sprintf("want a name of at most %d bytes, got %d", maxName, len(name)))
	}
	for _, r := range Reserved() {
		if name == r {
			reject("Of", literal(o.Of.String()), "want another name: this one is reserved")
		}
	}
}

func (o Objective) checkSLI(reject func(string, any, string)) {
	s := o.SLI
	events := o.Of.kind == EventsSource
	requests := o.Of.kind != EventsSource && o.Of.kind != NoSource
	switch {
	case s.name == "":
		reject("SLI", literal("unset"), "want an SLI: slo.Availability(), slo.Latency(400*time.Millisecond), or one of the event SLIs")
		return
	case len(s.name) > maxName:
		reject("SLI", s.name[:16]+"...", fmt.Sprintf("want a name of at most %d bytes, got %d", maxName, len(s.name)))
	case s.name == nameLatency && s.threshold <= 0:
		reject("SLI", literal("slo.Latency("+s.threshold.String()+")"), "want a positive threshold, such as slo.Latency(400*time.Millisecond)")
	case s.name == nameLatency && events:
		reject("SLI", literal(s.String()), "want a source with requests: an event stream has no latency (judge it where it is recorded, as good or bad)")
	case requests && s.name != nameAvailability && s.name != nameLatency && s.name != nameFidelity:
		reject("SLI", literal(s.String()), "want slo.Events: of a request only availability, latency and fidelity are known")
	}
	if s.cancelAfter < 0 {
		reject("SLI", literal("slo.BadAfter"), "want a positive delay in slo.WithCancelled(slo.BadAfter(d))")
	}
	if s.countFailures && s.name != nameLatency {
		reject("SLI", literal("slo.CountFailures"), "want slo.Latency: elsewhere failures count already")
	}
	for c, v := range s.verdicts {
		if v > Excluded {
			reject("SLI", literal(fmt.Sprintf("slo.Verdict(%d) for %v", v, Class(c))), "want slo.Good, slo.Bad or slo.Excluded")
		}
	}
}
