package slo

import (
	"errors"
	"fmt"
)

// maxName bounds names in bytes, so that a label value cannot grow a series
// without bound.
const maxName = 256

// Validate reports everything that is wrong with a set of objectives, joined into
// one error that matches [ErrInvalid]; nil if nothing is. Each part is a
// [*FieldError] that names the field, the value and what would be accepted. It
// costs one pass over the objectives.
//
// Names may hold any bytes. Refused besides what the fields say of themselves:
// a name given twice, one source name for two kinds of source, names that a
// tracker keeps for itself ([Reserved]), an SLI that its source cannot feed, and
// options that would change nothing.
func Validate(objectives ...Objective) error {
	var errs []error
	names := make(map[string]int, len(objectives))
	sources := make(map[sourceName]Source, len(objectives))
	for i, o := range objectives {
		c := checker{at: fmt.Sprintf("Objectives[%d]", i)}
		if o.Name != "" {
			c.at += " " + quote(o.Name)
		}
		if first, taken := names[o.Name]; taken {
			c.reject("Name", o.Name, fmt.Sprintf("want a name that Objectives[%d] does not have already", first))
		} else if c.name(o.Name) {
			names[o.Name] = i
		}
		if c.source(o.Of) && o.Of.name != "" {
			key := sourceName{o.Of.name, o.Of.kind == DependencySource}
			if other, ok := sources[key]; !ok {
				sources[key] = o.Of
			} else if other != o.Of {
				c.reject("Of", o.Of, fmt.Sprintf("want one kind of source for a name, and %v is declared too", other))
			}
		}
		c.sli(o)
		c.rest(o)
		errs = append(errs, c.errs...)
	}
	errs = append(errs, checkEach(objectives, names)...)
	return errors.Join(errs...)
}

// A sourceName is what must tell sources apart: a proxy serves what it calls.
type sourceName struct {
	name       string
	dependency bool
}

// Reserved names the operations that a tracker keeps for itself: requests beyond
// the limit of undeclared operations, requests that nothing could name, and
// requests that no route matched. They cannot be declared.
func Reserved() []string { return []string{"_OTHER", "unnamed", "unmatched"} }

// A checker collects what is wrong with one objective.
type checker struct {
	at   string
	errs []error
}

func (c *checker) reject(field string, value any, reason string) {
	c.errs = append(c.errs, &FieldError{Field: c.at + "." + field, Value: value, Reason: reason})
}

func (c *checker) name(name string) bool {
	switch {
	case name == "":
		c.reject("Name", name, "want a name, unique within the tracker")
	case len(name) > maxName:
		c.reject("Name", name, fmt.Sprintf("want at most %d bytes, got %d", maxName, len(name)))
	default:
		return true
	}
	return false
}

// rest checks the fields that stand for themselves.
func (c *checker) rest(o Objective) {
	var target *FieldError
	if errors.As(o.Target.Err(), &target) {
		c.reject("Target", target.Value, target.Reason)
	}
	c.window(o)
	switch {
	case o.StallAfter == 0:
	case o.StallAfter < minWindow:
		c.reject("StallAfter", o.StallAfter, fmt.Sprintf("want at least %v, such as time.Minute, or zero for the default", minWindow))
	case o.Of.kind == EventsSource:
		c.reject("StallAfter", o.StallAfter, "want zero: an event stream has no requests in flight")
	}
	for _, label := range [...]struct{ field, value string }{
		{"Owner", o.Owner}, {"Region", o.Region}, {"Priority", o.Priority},
	} {
		if len(label.value) > maxName {
			c.reject(label.field, label.value, fmt.Sprintf("want at most %d bytes, got %d", maxName, len(label.value)))
		}
	}
	for i, l := range o.Links {
		if l.Name == "" || l.URL == "" {
			c.reject(fmt.Sprintf("Links[%d]", i), literal(fmt.Sprintf("slo.Link{%s, %s}", quote(l.Name), quote(l.URL))), "want both Name and URL")
		}
	}
}

// checkEach refuses names that an objective on Each may give to one of its own. The
// override of one operation may have its name: it takes its place.
func checkEach(objectives []Objective, names map[string]int) []error {
	var errs []error
	for i, o := range objectives {
		if first, ok := names[o.Name]; !ok || first != i {
			continue // its name is refused already, and may be of any length
		}
		for at, r := range o.Name {
			if r != '/' {
				continue
			}
			first, ok := names[o.Name[:at]]
			if !ok || objectives[first].Of.kind != EachSource {
				continue
			}
			each, operation := objectives[first], o.Name[at+1:]
			if o.Of.name == operation && o.Of.kind != DependencySource && o.SLI.name == each.SLI.name {
				continue
			}
			c := checker{at: fmt.Sprintf("Objectives[%d] %s", i, quote(o.Name))}
			c.reject("Name", o.Name, fmt.Sprintf("want a name that does not begin with %s: Objectives[%d] on slo.Each names its objectives so",
				quote(each.Name+"/"), first))
			errs = append(errs, c.errs...)
		}
	}
	return errs
}
