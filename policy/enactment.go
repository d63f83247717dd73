package policy

import (
	"encoding/json"
	"fmt"
	"log/slog"
	"math"
	"slices"
	"strings"
	"time"

	"github.com/seed-abb722f7/nines/budget"
)

// An Enactment is one line of the audit log of a [Policy]: what it did, when and why. It is
// a plain value that belongs to whoever was given it.
type Enactment struct {
	Action Action
	At     time.Time // wall time

	Policy, Version, Service string

	// From and To are the tiers of a TierChanged, From empty for the first that is known.
	From, To string

	// Clause is that of a ClauseEnacted or ClauseLifted, or of a ReviewDue that comes of one.
	// Consequences are what it asks for.
	Clause       string
	Consequences []Consequence

	// Objective is the error budget that it comes of: of a TierChanged the one with the least
	// left; empty where it comes of none. Known, Counts, Observed, Coverage and Remaining are
	// fields of budget.Status, and the same as there.
	Objective string
	Known     budget.Known
	Counts    budget.Counts
	Observed  time.Duration
	Coverage  float64
	Remaining float64

	// By is the person who did it; empty where nobody had to. Why says why, for people.
	By, Why string

	// Change is what was let through, of a GateOverridden.
	Change Change
}

// clone returns a copy that shares nothing.
func (e *Enactment) clone() Enactment {
	c := *e
	c.Consequences = slices.Clone(e.Consequences)
	return c
}

// what says what was done, in a few words.
func (e *Enactment) what() string {
	switch e.Action {
	case TierChanged:
		if e.From == "" {
			return "tier " + e.To
		}
		return "tier " + e.From + " -> " + e.To
	case ClauseEnacted, ClauseLifted:
		return fmt.Sprintf("%v: %q", e.Action, e.Clause)
	case GateOverridden:
		return fmt.Sprintf("%v: %v", e.Action, e.Change)
	}
	return e.Action.String()
}

// String returns one line for people, such as
//
//	payments: tier green -> yellow: checkout: 42 % of the error budget remains
func (e Enactment) String() string {
	var s strings.Builder
	s.WriteString(e.Policy + ": " + e.what())
	if e.Objective != "" {
		s.WriteString(": " + e.Objective)
	}
	if e.Why != "" {
		s.WriteString(": " + e.Why)
	}
	if e.By != "" {
		s.WriteString(" (by " + e.By + ")")
	}
	for i, c := range e.Consequences {
		if e.Action != ClauseEnacted {
			break
		}
		if i == maxListed {
			fmt.Fprintf(&s, "; and %d more", len(e.Consequences)-maxListed)
			break
		}
		s.WriteString("; " + c.String())
	}
	return s.String()
}

// LogValue returns what a log needs to be the audit log; what is empty is left out.
func (e Enactment) LogValue() slog.Value {
	attrs := []slog.Attr{slog.String("action", e.Action.String()), slog.Time("at", e.At)}
	for _, a := range [...]slog.Attr{
		slog.String("policy", e.Policy), slog.String("version", e.Version), slog.String("service", e.Service),
		slog.String("from", e.From), slog.String("to", e.To), slog.String("clause", e.Clause),
		slog.String("objective", e.Objective), slog.String("by", e.By), slog.String("why", e.Why),
	} {
		if a.Value.String() != "" {
			attrs = append(attrs, a)
		}
	}
	if e.Objective != "" {
		attrs = append(attrs, slog.Float64("remaining", e.Remaining), slog.String("known", e.Known.String()))
	}
	if e.Change != (Change{}) {
		attrs = append(attrs, slog.String("change", e.Change.String()))
	}
	return slog.GroupValue(attrs...)
}

type enactmentJSON struct {
	Action       Action            `json:"action"`
	At           string            `json:"at"`
	Policy       string            `json:"policy"`
	Version      string            `json:"version,omitempty"`
	Service      string            `json:"service,omitempty"`
	From         string            `json:"from,omitempty"`
	To           string            `json:"to,omitempty"`
	Clause       string            `json:"clause,omitempty"`
	Consequences []consequenceJSON `json:"consequences,omitempty"`
	Objective    string            `json:"objective,omitempty"`
	Budget       *budgetJSON       `json:"budget,omitempty"`
	By           string            `json:"by,omitempty"`
	Why          string            `json:"why,omitempty"`
	Change       *Change           `json:"change,omitempty"`
}

type consequenceJSON struct {
	Do        ConsequenceKind `json:"do"`
	Text      string          `json:"text,omitempty"`
	Automated bool            `json:"automated"`
	Traceable bool            `json:"traceable"`
	Due       float64         `json:"due_seconds,omitempty"`
	Link      string          `json:"link,omitempty"`
}

// MarshalJSON writes the enactment with snake-case names that stay as they are: times in
// RFC 3339 and UTC, durations in seconds, ratios as such; what is empty is left out.
func (e Enactment) MarshalJSON() ([]byte, error) {
	j := enactmentJSON{
		Action: e.Action, At: stamp(e.At), Policy: e.Policy, Version: e.Version, Service: e.Service,
		From: e.From, To: e.To, Clause: e.Clause, Objective: e.Objective, By: e.By, Why: e.Why,
	}
	for _, c := range e.Consequences {
		j.Consequences = append(j.Consequences, consequenceJSON{c.Kind, c.Text, c.Automated, c.Traceable, c.Due.Seconds(), c.Link})
	}
	if e.Objective != "" {
		j.Budget = &budgetJSON{
			Known: e.Known.String(), Good: e.Counts.Good, Bad: e.Counts.Bad, Excluded: e.Counts.Excluded,
			Observed: e.Observed.Seconds(), Coverage: e.Coverage, Remaining: e.Remaining,
		}
	}
	if e.Change != (Change{}) {
		j.Change = &e.Change
	}
	return json.Marshal(j)
}

// UnmarshalJSON reads what MarshalJSON writes.
func (e *Enactment) UnmarshalJSON(text []byte) error {
	var j enactmentJSON
	if err := json.Unmarshal(text, &j); err != nil {
		return err
	}
	n := Enactment{
		Action: j.Action, At: unstamp(j.At), Policy: j.Policy, Version: j.Version, Service: j.Service,
		From: j.From, To: j.To, Clause: j.Clause, Objective: j.Objective, By: j.By, Why: j.Why,
	}
	for _, c := range j.Consequences {
		n.Consequences = append(n.Consequences, Consequence{c.Do, c.Text, c.Automated, c.Traceable, seconds(c.Due), c.Link})
	}
	if b := j.Budget; b != nil {
		n.Known, n.Counts = knownNamed(b.Known), budget.Counts{Good: b.Good, Bad: b.Bad, Excluded: b.Excluded}
		n.Observed, n.Coverage, n.Remaining = seconds(b.Observed), b.Coverage, b.Remaining
	}
	if j.Change != nil {
		n.Change = *j.Change
	}
	*e = n
	return nil
}

// unstamp reads what stamp writes; the zero time for what it does not.
func unstamp(s string) time.Time {
	t, err := time.Parse(time.RFC3339Nano, s)
	if err != nil {
		return time.Time{}
	}
	return t
}

// seconds converts what JSON has to a duration.
func seconds(s float64) time.Duration {
	return time.Duration(math.Round(min(max(s, -1<<32), 1<<32) * float64(time.Second)))
}

// knownNamed returns the word that is written so; NoSuchObjective for none.
func knownNamed(name string) budget.Known {
	for k := range budget.Known(64) { // room for more
		if k.String() == name {
			return k
		}
	}
	return budget.NoSuchObjective
}
