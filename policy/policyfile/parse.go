package policyfile

import (
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"

	"github.com/seed-abb722f7/nines/policy"
	"github.com/seed-abb722f7/nines/slo"
)

// MaxSize is the largest document in bytes that is read: many times what people agree to.
const MaxSize = 32 << 10

// packageName stands in front of errors.
const packageName = "policyfile"

// Load reads the policy in a file. The error is that of Parse, with the path in front, or of
// reading the file.
func Load(path string) (policy.Policy, error) {
	f, err := os.Open(path)
	if err != nil {
		return policy.Policy{}, err
	}
	defer func() { _ = f.Close() }() // it was read
	text, err := io.ReadAll(io.LimitReader(f, MaxSize+1))
	if err != nil {
		return policy.Policy{}, err
	}
	p, err := Parse(text)
	if err != nil {
		return policy.Policy{}, fmt.Errorf("%s: %w", path, err)
	}
	return p, nil
}

// Parse reads a policy. The error joins everything wrong with the document and with the
// policy in it, from the top to the bottom, each with its line, and matches slo.ErrInvalid. Two
// things come first, alone: what is not one document of YAML, and the first anchor, alias or tag. And
// what cannot be judged without something that could not be read is told once it can be, such as
// whether at_least is less than that of the tier before. After 20 errors it says that there
// are more.
//
// Times come in UTC. It takes a few milliseconds at most and a few megabytes, whatever it is
// given.
func Parse(text []byte) (policy.Policy, error) {
	if len(text) > MaxSize {
		return policy.Policy{}, &slo.FieldError{
			Package: packageName, Field: "document", Value: fmt.Sprintf("%d bytes", len(text)),
			Reason: fmt.Sprintf("want at most %d", MaxSize),
		}
	}
	root, err := tree(text)
	if err != nil {
		return policy.Policy{}, &slo.FieldError{Package: packageName, Field: "document", Value: excerpt(text), Reason: "want YAML: " + err.Error()}
	}
	r := newReader()
	if r.plain(root); len(r.faults) > 0 {
		return policy.Policy{}, r.err()
	}
	var p policy.Policy
	if guides(root) {
		p = r.guide(root.Content[1])
	} else {
		p = r.policy(root)
	}
	r.locate(p.Validate())
	if err := r.err(); err != nil {
		return policy.Policy{}, err
	}
	return p, nil
}

// tree parses a document. The parser is somebody else's: its panic is an error.
func tree(text []byte) (root *yaml.Node, err error) {
	defer func() {
		if v := recover(); v != nil {
			err = fmt.Errorf("the parser failed: %v", v)
		}
	}()
	var document yaml.Node
	d := yaml.NewDecoder(&once{text})
	switch err := d.Decode(&document); {
	case errors.Is(err, io.EOF):
		return nil, errors.New("there is nothing in it")
	case err != nil:
		return nil, err
	}
	if err := d.Decode(new(yaml.Node)); !errors.Is(err, io.EOF) {
		return nil, errors.New("there is more than one document in it")
	}
	return document.Content[0], nil
}

// once hands out a text.
type once struct{ rest []byte }

func (o *once) Read(b []byte) (int, error) {
	if len(o.rest) == 0 {
		return 0, io.EOF
	}
	n := copy(b, o.rest)
	o.rest = o.rest[n:]
	return n, nil
}

// excerpt returns the beginning of a text, for an error.
func excerpt(text []byte) string {
	if len(text) > 40 {
		return string(text[:40]) + "..."
	}
	return string(text)
}

const noAliases = "want neither anchors nor aliases: write it out"

// plain refuses what plain documents do not have, anywhere in them: it could make a small document
// a large one, or mean something else to another reader.
func (r *reader) plain(n *yaml.Node) {
	switch {
	case n.Kind == yaml.AliasNode:
		r.refuse(n, "document", "*"+n.Value, noAliases)
	case n.Anchor != "":
		r.refuse(n, "document", "&"+n.Anchor, noAliases)
	case n.Style&yaml.TaggedStyle != 0:
		r.refuse(n, "document", n.Tag, "want no tags")
	}
	if n.Kind == yaml.AliasNode {
		return // what it stands for is looked at where it is
	}
	for _, child := range n.Content {
		if len(r.faults) > 0 {
			return
		}
		r.plain(child)
	}
}

// locate adds the errors of a policy, with the lines of its fields, but for those that follow from
// what was told already.
func (r *reader) locate(err error) {
	var all interface{ Unwrap() []error }
	if err == nil {
		return
	}
	errs := []error{err}
	if errors.As(err, &all) {
		errs = all.Unwrap()
	}
	for _, err := range errs {
		var field *slo.FieldError
		if !errors.As(err, &field) {
			r.report(fault{err: err})
			continue
		}
		if at := bare(field.Field); !r.follows(at) {
			r.add(r.line(at), field.Field, field.Value, field.Reason)
		}
	}
}

// list writes names as `a, b or c`.
func list(names []string) string {
	names = slices.Sorted(slices.Values(names))
	if last := len(names) - 1; last > 0 {
		return strings.Join(names[:last], ", ") + " or " + names[last]
	}
	return strings.Join(names, "")
}
