package policy

import (
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"time"
)

// A Decision is the answer of a [Gate] to one question. It is a plain value that belongs to
// the caller. The zero Decision needs a person.
type Decision struct {
	Outcome Outcome
	Change  Change // what was asked about
	Scope   Scope  // whose traffic it goes by

	// At is when the error budgets were read, Expires when the answer is worth nothing any
	// more, because things may have got worse.
	At, Expires time.Time

	// Policy is the name and version of the policy that it goes by, Tier the tier; both empty
	// without one, and Tier before anything is known. Requires are what the tier asks to be done
	// before a deployment. Risk goes by the tier too; without a policy by the usual ones, see
	// DefaultTiers; and it is unknown if not all error budgets are known.
	Policy, Tier string
	Requires     []string
	Risk         Risk

	// Deploys are those of the day: before this change, of Begin with it.
	Deploys Deploys

	// Grant is what Begin granted; zero if it did not, and of Decide.
	Grant Grant

	// Reasons are at least one. The first has led to the outcome: what the change itself asks
	// for, if it does not have to wait for budget. Then come the error budgets, those that
	// deny before those that need a person before those that allow.
	Reasons []Reason
}

// Expired reports whether the decision is no longer good at a time. The zero Decision
// has expired.
func (d Decision) Expired(now time.Time) bool { return !now.Before(d.Expires) }

// lead puts a reason in front, which decides.
func (d *Decision) lead(r Reason) {
	d.Reasons = slices.Insert(d.Reasons, 0, r)
	d.Outcome = r.Outcome
}

// because returns the reasons that led to the outcome, the first few.
func (d *Decision) because() (led []Reason, more int) {
	led = d.led()
	more = max(len(led)-maxListed, 0)
	return led[:len(led)-more], more
}

// led returns the reasons that led to the outcome: one alone, if it decides whatever the error
// budgets say.
func (d *Decision) led() []Reason {
	if len(d.Reasons) > 0 && d.Reasons[0].Code.alone() {
		return d.Reasons[:1]
	}
	return slices.DeleteFunc(slices.Clone(d.Reasons), func(r Reason) bool { return r.Outcome != d.Outcome })
}

// String returns the outcome, the change and the reasons that led to it, such as
//
//	deny feature v2.5.0: checkout: error budget exhausted: -20 % remains after 12 bad of
//	10000 events
//
// Of several error budgets that let a change through it names the one with the least left.
func (d Decision) String() string {
	var s strings.Builder
	if d.Outcome == NeedsPerson {
		fmt.Fprintf(&s, "%v %v", d.Change, d.Outcome) // "feature v2.5.0 needs a person"
	} else {
		fmt.Fprintf(&s, "%v %v", d.Outcome, d.Change) // "deny feature v2.5.0"
	}
	parts, more := d.parts()
	before := ": "
	for _, text := range parts {
		s.WriteString(before + text)
		before = "; "
	}
	if more > 0 {
		fmt.Fprintf(&s, "; and %d more", more)
	}
	return s.String()
}

// parts returns the reasons that led to the outcome as String has them, the first few.
func (d *Decision) parts() (texts []string, more int) {
	led, others := oneBudget(d.led())
	for i, r := range led {
		if i == maxListed {
			return texts, len(led) - maxListed
		}
		text := r.String()
		if r.Objective != "" && r.Code.budgetLeft() {
			text += others
		}
		texts = append(texts, text)
	}
	return texts, 0
}

// oneBudget leaves, of the error budgets that have something left, the one with the least,
// and says in others that there were more.
func oneBudget(led []Reason) (kept []Reason, others string) {
	least, n, partial := -1, 0, 0
	for i, r := range led {
		if !r.Code.budgetLeft() {
			continue
		}
		if n++; r.Code == CodePartialCoverage {
			partial++
		}
		if least < 0 || r.Remaining < led[least].Remaining {
			least = i
		}
	}
	if n < 2 {
		return led, ""
	}
	others = fmt.Sprintf(", the least of %d error budgets", n)
	if partial > 0 && led[least].Code != CodePartialCoverage {
		others += fmt.Sprintf(", %d of them by part of a window", partial)
	}
	for i, r := range led {
		if i == least || !r.Code.budgetLeft() {
			kept = append(kept, r)
		}
	}
	return kept, others
}

// LogValue returns the outcome and the reasons that led to it.
func (d Decision) LogValue() slog.Value {
	led, _ := d.because()
	reasons := make([]slog.Attr, len(led))
	for i, r := range led {
		reasons[i] = slog.String(strings.TrimPrefix(r.Objective+"/"+string(r.Code), "/"), r.Text)
	}
	return slog.GroupValue(
		slog.String("outcome", d.Outcome.String()),
		slog.String("kind", d.Change.Kind.String()),
		slog.String("change", d.Change.ID),
		slog.String("scope", string(d.Scope)),
		slog.Time("at", d.At),
		slog.Time("expires", d.Expires),
		slog.Attr{Key: "reasons", Value: slog.GroupValue(reasons...)},
	)
}
