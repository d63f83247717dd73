package policy_test

import (
	"encoding"
	"fmt"
	"strings"
	"testing"

	"github.com/seed-abb722f7/nines/policy"
)

// reading returns what a word makes of a value that had another.
func reading[K fmt.Stringer, P interface {
	*K
	encoding.TextUnmarshaler
}](v K) func(word string) (string, error) {
	return func(word string) (string, error) {
		to := v
		err := P(&to).UnmarshalText([]byte(word))
		return to.String(), err
	}
}

// wantReadBack wants every one of a closed set to be read back as what it was written, and none
// of what is beyond its last, of n in all.
func wantReadBack[K interface {
	~uint8
	encoding.TextMarshaler
}, P interface {
	*K
	encoding.TextUnmarshaler
}](t *testing.T, n, last K) {
	t.Helper()
	for k := range n {
		text, _ := k.MarshalText()
		var back K
		if err := P(&back).UnmarshalText(text); k <= last != (err == nil && back == k) {
			t.Errorf("%T %d: %s, read back as %d, %v", k, k, text, back, err)
		}
	}
}

func TestTextForms(t *testing.T) {
	type text interface {
		MarshalText() ([]byte, error)
		String() string
	}
	for _, tt := range []struct {
		value        text
		str, marshal string
	}{
		{policy.Severity(0), "none", "none"},
		{policy.Page, "page", "page"},
		{policy.Ticket, "ticket", "ticket"},
		{policy.Severity(99), "unknown severity", "unknown severity"},
		{policy.State(0), "none", "none"},
		{policy.Started, "started", "started"},
		{policy.Ongoing, "ongoing", "ongoing"},
		{policy.Resolved, "resolved", "resolved"},
		{policy.Stale, "stale", "stale"},
		{policy.State(99), "unknown state", "unknown state"},
		{policy.NoPriority, "none", "none"},
		{policy.ExplicitPriority, "explicit", "explicit"},
		{policy.DerivedPriority, "derived", "derived"},
		{policy.PriorityOrigin(99), "unknown priority origin", "unknown priority origin"},
		{policy.Kind(0), "none", "none"},
		{policy.Feature, "feature", "feature"},
		{policy.Fix, "fix", "fix"},
		{policy.Security, "security", "security"},
		{policy.Rollback, "rollback", "rollback"},
		{policy.Emergency, "emergency", "emergency"},
		{policy.Kind(99), "unknown kind", "unknown kind"},
		{policy.Outcome(0), "needs a person", "needs_person"},
		{policy.Allow, "allow", "allow"},
		{policy.Deny, "deny", "deny"},
		{policy.Outcome(99), "unknown outcome", "unknown outcome"},
	} {
		got, err := tt.value.MarshalText()
		if string(got) != tt.marshal || err != nil || tt.value.String() != tt.str {
			t.Errorf("%#v: String() = %q, MarshalText() = %q, %v, want %q, %q", tt.value, tt.value, got, err, tt.str, tt.marshal)
		}
	}
	if policy.Page <= policy.Ticket {
		t.Error("Page is not graver than Ticket")
	}
	for name, read := range map[string]func(string) (string, error){
		"Severity":       reading(policy.Page),
		"State":          reading(policy.Stale),
		"PriorityOrigin": reading(policy.ExplicitPriority),
		"Kind":           reading(policy.Fix),
		"Outcome":        reading(policy.Deny),
	} {
		before := map[string]string{"Severity": "page", "State": "stale", "PriorityOrigin": "explicit", "Kind": "fix", "Outcome": "deny"}[name]
		after := map[string]string{"Severity": "ticket", "State": "started", "PriorityOrigin": "derived", "Kind": "rollback", "Outcome": "allow"}[name]
		if got, err := read(after); got != after || err != nil {
			t.Errorf("%s from %q = %q, %v", name, after, got, err)
		}
		got, err := read("pgae")
		if got != before || err == nil || !strings.HasPrefix(err.Error(), "policy: "+name+` is "pgae": want one of "`) {
			t.Errorf("%s from a word it does not know = %q, %v, want it unchanged and an error", name, got, err)
		}
	}
}

// TestKindsAsText: every kind of the closed sets is written and read back.
func TestKindsAsText(t *testing.T) {
	wantReadBack(t, 20, policy.OtherConsequence)
	wantReadBack(t, 10, policy.GateOverridden)
	wantReadBack(t, 5, policy.RiskHigh)
	for k, want := range map[policy.ConditionKind]string{0: "none", policy.SpentCondition: "spent", policy.ManualCondition: "manual", 9: "unknown condition"} {
		if text, _ := k.MarshalText(); string(text) != want || k.String() != want {
			t.Errorf("ConditionKind %d: %s, want %s", k, text, want)
		}
	}
}
