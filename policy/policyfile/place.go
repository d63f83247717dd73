package policyfile

import (
	"fmt"
	"regexp"
	"strings"

	"go.yaml.in/yaml/v3"
)

// A place is where a field of the policy stands in a document, and what is known of it.
type place struct {
	line   int
	given  bool // it is there, not only what it belongs to
	unread bool // it is there, and what it says is not known
	unsure bool // it has a field that nobody knows, which may be one that seems to be missing
}

// place returns that of a field.
func (r *reader) place(field string) *place {
	p, ok := r.fields[field]
	if !ok {
		p = &place{}
		r.fields[field] = p
	}
	return p
}

// at notes that a field of the policy is read from a node.
func (r *reader) at(field string, n *yaml.Node) {
	p := r.place(field)
	p.line, p.given = n.Line, true
	r.named[n] = append(r.named[n], p)
}

// near notes the line for a field that is not there, or is made of more than one node.
func (r *reader) near(field string, n *yaml.Node) { r.place(field).line = n.Line }

// unread notes that nothing is known of a field.
func (r *reader) unread(field string) { r.place(field).unread = true }

// quoted are the names that errors of a policy have within a field.
var quoted = regexp.MustCompile(` "(\\.|[^"\\])*"`)

// bare returns a field without them.
func bare(field string) string { return quoted.ReplaceAllString(field, "") }

// outer returns what a field belongs to; "" is the policy.
func outer(field string) string { return field[:max(strings.LastIndexAny(field, ".["), 0)] }

// line returns the line of the innermost field that was noted.
func (r *reader) line(field string) int {
	for ; field != ""; field = outer(field) {
		if p, ok := r.fields[field]; ok && p.line > 0 {
			return p.line
		}
	}
	return 0
}

// follows reports whether what is wrong with a field follows from something that could not be
// read, and was told then.
func (r *reader) follows(field string) bool {
	if r.unknown(field) || field == "Tiers" && r.unknown("Clauses") { // one of them is enough
		return true
	}
	var i int
	if n, _ := fmt.Sscanf(field, "Tiers[%d].AtLeast", &i); n == 1 && strings.HasSuffix(field, ".AtLeast") {
		return r.unknown(fmt.Sprintf("Tiers[%d].AtLeast", i-1)) // it has to be less than that
	}
	return false
}

// unknown reports whether nothing is known of a field: it, or what it belongs to, could not be
// read, or it is missing where there is one that nobody knows.
func (r *reader) unknown(field string) bool {
	if !r.given(field) {
		if p, ok := r.fields[field[:max(strings.LastIndexByte(field, '.'), 0)]]; ok && p.unsure {
			return true
		}
	}
	for ; ; field = outer(field) {
		if p, ok := r.fields[field]; ok && p.unread {
			return true
		}
		if field == "" {
			return false
		}
	}
}

func (r *reader) given(field string) bool {
	p, ok := r.fields[field]
	return ok && p.given
}
