package policyfile

import (
	"cmp"
	"errors"
	"fmt"
	"math"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"go.yaml.in/yaml/v3"

	"github.com/seed-abb722f7/nines/slo"
)

// maxErrors bounds what is said about one document.
const maxErrors = 20

// A reader turns nodes into values, and collects what is wrong with them.
type reader struct {
	faults []fault
	fields map[string]*place       // of the policy, by their names in Go
	named  map[*yaml.Node][]*place // by what they are read from
}

// A fault is one thing that is wrong.
type fault struct {
	line int // 0: nowhere in particular
	err  error
}

func newReader() *reader {
	return &reader{fields: map[string]*place{}, named: map[*yaml.Node][]*place{}}
}

func (r *reader) add(line int, field string, value any, reason string) {
	if line > 0 {
		field = fmt.Sprintf("line %d: %s", line, field)
	}
	r.report(fault{line, &slo.FieldError{Package: packageName, Field: field, Value: value, Reason: reason}})
}

func (r *reader) report(f fault) {
	if len(r.faults) <= maxErrors { // one more is to know that there is more
		r.faults = append(r.faults, f)
	}
}

// full reports whether so much is wrong that nobody wants to know the rest.
func (r *reader) full() bool { return len(r.faults) > maxErrors }

// err joins what is wrong, from the top of the document to the bottom.
func (r *reader) err() error {
	if r.full() {
		r.faults[maxErrors] = fault{math.MaxInt, &slo.FieldError{
			Package: packageName, Field: "document", Value: fmt.Sprintf("%d errors", maxErrors), Reason: "and there is more that is wrong",
		}}
	}
	slices.SortStableFunc(r.faults, func(a, b fault) int { return cmp.Compare(a.line, b.line) })
	errs := make([]error, len(r.faults))
	for i, f := range r.faults {
		errs[i] = f.err
	}
	return errors.Join(errs...)
}

// refuse says what is wrong with a node. Nothing is known then of the fields that are read from it.
func (r *reader) refuse(n *yaml.Node, field, value, reason string) {
	r.add(n.Line, field, value, reason)
	for _, p := range r.named[n] {
		p.unread = true
	}
}

// what says what a node is, for an error.
func what(n *yaml.Node) string {
	switch n.Kind {
	case yaml.MappingNode:
		return "a mapping"
	case yaml.SequenceNode:
		return "a list"
	}
	return n.Value
}

// A setter takes the value of a field; at is where it stands.
type setter func(n *yaml.Node, at string)

// mapping reads a mapping: each field at most once, and none that has no setter. It reports whether
// every field has one: otherwise what seems to be missing may be there under another name.
func (r *reader) mapping(n *yaml.Node, at string, set map[string]setter) (known bool) {
	if n.Kind != yaml.MappingNode {
		r.refuse(n, orDocument(at), what(n), "want a mapping, of "+list(keys(set)))
		return false
	}
	seen := map[string]bool{}
	known = true
	for i := 0; i+1 < len(n.Content) && !r.full(); i += 2 {
		key, value := n.Content[i], n.Content[i+1]
		f, ok := set[key.Value]
		switch {
		case key.Kind != yaml.ScalarNode || !ok:
			r.refuse(key, orDocument(at), what(key), "want no field but "+list(keys(set)))
			known = false
			for _, p := range r.named[n] {
				p.unsure = true
			}
		case seen[key.Value]:
			r.refuse(key, join(at, key.Value), key.Value, "want each field only once")
		default:
			seen[key.Value] = true
			f(value, join(at, key.Value))
		}
	}
	return known
}

func keys(set map[string]setter) (all []string) {
	for k := range set {
		all = append(all, k)
	}
	return all
}

func join(at, field string) string { return strings.TrimPrefix(at+"."+field, ".") }

func orDocument(at string) string {
	if at == "" {
		return "document"
	}
	return at
}

// items reads a list.
func (r *reader) items(n *yaml.Node, at string, item func(i int, n *yaml.Node, at string)) {
	if n.Kind != yaml.SequenceNode {
		r.refuse(n, at, what(n), "want a list")
		return
	}
	for i, child := range n.Content {
		if r.full() {
			return
		}
		item(i, child, fmt.Sprintf("%s[%d]", at, i))
	}
}

// text reads a scalar as it is written: version: 3 is "3".
func (r *reader) text(n *yaml.Node, at string) string {
	if n.Kind != yaml.ScalarNode || n.ShortTag() == "!!null" {
		r.refuse(n, at, what(n), "want text")
		return ""
	}
	return n.Value
}

// into returns a setter of a text, whose field in Go is noted.
func (r *reader) into(dst *string, field string) setter {
	return func(n *yaml.Node, at string) {
		r.at(field, n)
		*dst = r.text(n, at)
	}
}

// intoList returns a setter of a list of texts.
func (r *reader) intoList(dst *[]string, field string) setter {
	return func(n *yaml.Node, at string) {
		r.at(field, n)
		r.items(n, at, func(i int, n *yaml.Node, at string) {
			r.at(fmt.Sprintf("%s[%d]", field, i), n)
			*dst = append(*dst, r.text(n, at))
		})
	}
}

// intoLength returns a setter of a length of time.
func (r *reader) intoLength(dst *time.Duration, field string) setter {
	return func(n *yaml.Node, at string) {
		r.at(field, n)
		d, err := slo.ParseDuration(n.Value)
		if n.Kind != yaml.ScalarNode || err != nil {
			r.refuse(n, at, what(n), `want a length such as "28d", "24h" or "90m"`)
		}
		*dst = d
	}
}

// intoBool returns a setter of true or false.
func (r *reader) intoBool(dst *bool, field string) setter {
	return func(n *yaml.Node, at string) {
		r.at(field, n)
		if n.ShortTag() != "!!bool" {
			r.refuse(n, at, what(n), "want true or false")
		}
		*dst = strings.EqualFold(n.Value, "true") // True and TRUE are YAML too
	}
}

// intoDay returns a setter of a day, or a time.
func (r *reader) intoDay(dst *time.Time, field string) setter {
	return func(n *yaml.Node, at string) {
		r.at(field, n)
		t, err := time.Parse(time.DateOnly, n.Value)
		if err != nil {
			t, err = time.Parse(time.RFC3339Nano, n.Value)
		}
		if n.Kind != yaml.ScalarNode || err != nil {
			r.refuse(n, at, what(n), "want a day such as 2025-03-01, or a time as in RFC 3339")
			return
		}
		*dst = t.UTC()
	}
}

// digits are numbers that look like what they are to everybody.
var digits = regexp.MustCompile(`^-?[0-9]{1,9}(\.[0-9]{1,9})?$`)

// billion is the unit in which policies keep shares.
const billion = 1_000_000_000

// share reads a percentage in plain digits as a ratio in billionths, exact.
func share(text string) (billionths int64, ok bool) {
	if !digits.MatchString(text) {
		return 0, false
	}
	whole, part, _ := strings.Cut(strings.TrimPrefix(text, "-"), ".")
	part = strings.TrimRight(part, "0")
	if len(part) > 7 {
		return 0, false // finer than a billionth
	}
	n, err := strconv.ParseInt(whole+part+strings.Repeat("0", 7-len(part)), 10, 64)
	if strings.HasPrefix(text, "-") {
		n = -n
	}
	return n, err == nil
}

func ratio(billionths int64) float64 { return float64(billionths) / billion }

// percentage writes a ratio as share reads it, with its sign.
func percentage(x float64) string {
	n := int64(math.Round(x * billion))
	sign := ""
	if n < 0 {
		sign, n = "-", -n
	}
	text := fmt.Sprintf("%d.%07d", n/(billion/100), n%(billion/100))
	return sign + strings.TrimRight(strings.TrimRight(text, "0"), ".") + "%"
}

// unsigned cuts the sign from a percentage.
func unsigned(text string) (number string, signed bool) {
	text, signed = strings.CutSuffix(strings.TrimSpace(text), "%")
	return strings.TrimSpace(text), signed
}

// intoShare returns a setter of a percentage with its sign, "50%": a bare number could be a
// ratio too.
func (r *reader) intoShare(dst *float64, field string) setter {
	return func(n *yaml.Node, at string) {
		r.at(field, n)
		text, signed := unsigned(n.Value)
		x, ok := share(text)
		if n.Kind != yaml.ScalarNode || !signed || !ok {
			r.refuse(n, at, what(n), `want a percentage such as "50%", with at most 7 digits after the point`)
		}
		*dst = ratio(x)
	}
}
