package policyfile_test

import (
	"errors"
	"reflect"
	"testing"

	"github.com/seed-abb722f7/nines/policy"
	"github.com/seed-abb722f7/nines/policy/policyfile"
	"github.com/seed-abb722f7/nines/slo"
)

// FuzzParse: whatever is accepted is valid and reads back equal once it is written; everything
// else is refused with an error that matches slo.ErrInvalid.
func FuzzParse(f *testing.F) {
	text, err := policyfile.Format(written())
	if err != nil {
		f.Fatal(err)
	}
	f.Add(text)
	f.Add([]byte(guide))
	for _, bomb := range bombs() {
		if len(bomb) < 4096 {
			f.Add([]byte(bomb))
		}
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		p, err := policyfile.Parse(text)
		if err != nil {
			if !errors.Is(err, slo.ErrInvalid) {
				t.Fatalf("refused with %v, which is not slo.ErrInvalid", err)
			}
			return
		}
		check(t, p)
	})
}

// FuzzFormat: text of any kind is written so that it reads back equal.
func FuzzFormat(f *testing.F) {
	f.Add("payments", "two\nlines ", int64(500_000_000), "a: b")
	f.Add("null", "\u2028", int64(-10_000_000_000), "~")
	f.Add("- x", " # ", int64(1), "'")
	f.Fuzz(func(t *testing.T, name, text string, share int64, item string) {
		p := policy.Policy{
			Name: name, Purpose: text, Services: []string{item}, Owner: item, AgreedBy: []string{text},
			Tiers: []policy.Tier{{Name: "a", AtLeast: float64(share) / 1e9, Actions: []string{item, text}}, {Name: name, Permits: []string{item}}},
			Clauses: []policy.Clause{{
				Name: item, When: policy.Manual(text), Then: []policy.Consequence{{Kind: policy.OtherConsequence, Text: text, Link: item}},
			}},
			Notes: map[string]string{item: text, name: item},
		}
		if p.Validate() == nil {
			check(t, p)
		}
	})
}

// check writes a policy and reads it back.
func check(t *testing.T, p policy.Policy) {
	t.Helper()
	text, err := policyfile.Format(p)
	if err != nil {
		var field *slo.FieldError
		if errors.As(err, &field) && field.Reason == "want at most 32768 when it is written" {
			return
		}
		t.Fatalf("Format() = %v of %+v", err, p)
	}
	back, err := policyfile.Parse(text)
	if err != nil || !reflect.DeepEqual(back, p) {
		t.Fatalf("%s\n%v: read back %+v\nwant %+v", text, err, back, p)
	}
}
