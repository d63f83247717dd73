package policy

import (
	"encoding/json"
	"fmt"
	"log/slog"

	"github.com/seed-abb722f7/nines/budget"
	"github.com/seed-abb722f7/nines/slo"
)

// A RuleState is one rule of one error budget as it was evaluated last. It is a plain
// value.
type RuleState struct {
	Objective string   // the error budget: the objective's name, of slo.Each followed by "/" and the operation
	Rule      string   // the name of the rule
	Severity  Severity // of the rule

	// Holds says that the rule is true, HeldBack that only the minimum of events keeps it from
	// being true, Pending that it has not been true for long enough (Rule.For). Blind says that it
	// is not true for want of anything to judge: the short window is empty, or the source is
	// stalled. No breach ends while its rules are blind.
	Holds, HeldBack, Pending, Blind bool

	// Active says that the rule has its part in a breach that is open: it opened it, or joined
	// it and holds, or has not ceased to for long enough to end it.
	Active bool

	// Reason says why, for people: such as "3 of 5 bad events" for a rule held back.
	Reason string

	// Breach is the Key of the open breach that the rule belongs to, because it opened or
	// joined it, whether it still holds or not; "" if there is none.
	Breach string

	// Factor is what burn rate x coverage must be above; 0 of a rule that is not on a
	// [BurnRate].
	Factor float64

	// Long and Short are the windows that the rule looks back over, read together. They are
	// one and the same where there is only one, and zero where there is none.
	Long, Short budget.Window
}

// String returns the rule and its reason, such as `page 1h/5m: 3 of 5 bad events`.
func (s RuleState) String() string { return fmt.Sprintf("%v %s: %s", s.Severity, s.Rule, s.Reason) }

// LogValue returns the rule, whether it holds and why.
func (s RuleState) LogValue() slog.Value {
	return slog.GroupValue(
		slog.String("objective", s.Objective),
		slog.String("rule", s.Rule),
		slog.String("severity", s.Severity.String()),
		slog.Bool("holds", s.Holds),
		slog.String("reason", s.Reason),
	)
}

// MarshalJSON writes the rule with snake-case names that stay as they are; lengths are in
// seconds, ratios as such, and a burn rate without a valid event is null.
func (s RuleState) MarshalJSON() ([]byte, error) {
	return json.Marshal(ruleStateJSON{
		s.Objective, s.Rule, s.Severity, s.Holds, s.HeldBack, s.Pending, s.Blind, s.Active, s.Reason, s.Breach, s.Factor,
		newWindowJSON(s.Long), newWindowJSON(s.Short),
	})
}

type ruleStateJSON struct {
	Objective string     `json:"objective"`
	Rule      string     `json:"rule"`
	Severity  Severity   `json:"severity"`
	Holds     bool       `json:"holds"`
	HeldBack  bool       `json:"held_back"`
	Pending   bool       `json:"pending"`
	Blind     bool       `json:"blind"`
	Active    bool       `json:"active"`
	Reason    string     `json:"reason"`
	Breach    string     `json:"breach,omitempty"`
	Factor    float64    `json:"factor,omitempty"`
	Long      windowJSON `json:"long"`
	Short     windowJSON `json:"short"`
}

type windowJSON struct {
	Length    string   `json:"length"`
	Seconds   float64  `json:"length_seconds"`
	Coverage  float64  `json:"coverage"`
	BurnRate  *float64 `json:"burn_rate"`
	Good      uint64   `json:"good"`
	Bad       uint64   `json:"bad"`
	Excluded  uint64   `json:"excluded"`
	Cancelled uint64   `json:"cancelled"`
}

func newWindowJSON(w budget.Window) windowJSON {
	j := windowJSON{
		Length: slo.FormatDuration(w.Length), Seconds: w.Length.Seconds(), Coverage: w.Coverage(),
		Good: w.Counts.Good, Bad: w.Counts.Bad, Excluded: w.Counts.Excluded, Cancelled: w.Cancelled,
	}
	if w.OK {
		j.BurnRate = &w.BurnRate
	}
	return j
}
