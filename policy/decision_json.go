package policy

import (
	"encoding/json"

	"github.com/seed-abb722f7/nines/budget"
	"github.com/seed-abb722f7/nines/slo"
)

type decisionJSON struct {
	Outcome  Outcome     `json:"outcome"`
	Change   Change      `json:"change"`
	Scope    Scope       `json:"scope"`
	At       string      `json:"at"`
	Expires  string      `json:"expires"`
	Policy   string      `json:"policy,omitempty"`
	Tier     string      `json:"tier,omitempty"`
	Risk     Risk        `json:"risk"`
	Requires []string    `json:"requires"`
	Deploys  deploysJSON `json:"deploys"`
	Grant    *Grant      `json:"grant,omitempty"`
	Reasons  []Reason    `json:"reasons"`
}

type deploysJSON struct {
	Day    string `json:"day"`
	PerDay *int   `json:"per_day"` // null: no limit
	Used   int    `json:"used"`
	Left   *int   `json:"left"` // null: no limit
}

// MarshalJSON writes the decision with snake-case names that stay as they are: times in
// RFC 3339 and UTC, durations in seconds, ratios as such, and null deploys a day where there
// is no limit.
func (d Decision) MarshalJSON() ([]byte, error) {
	j := decisionJSON{
		Outcome: d.Outcome, Change: d.Change, Scope: d.Scope, At: stamp(d.At), Expires: stamp(d.Expires),
		Policy: d.Policy, Tier: d.Tier, Risk: d.Risk, Requires: orEmpty(d.Requires),
		Deploys: deploysJSON{Day: d.Deploys.Day, Used: d.Deploys.Used}, Reasons: orEmpty(d.Reasons),
	}
	if perDay, left := d.Deploys.PerDay, d.Deploys.Left(); perDay != Unlimited {
		j.Deploys.PerDay, j.Deploys.Left = &perDay, &left
	}
	if d.Grant != (Grant{}) {
		j.Grant = &d.Grant
	}
	return json.Marshal(j)
}

// UnmarshalJSON reads what MarshalJSON writes, for programs that ask a gate over a network.
func (d *Decision) UnmarshalJSON(text []byte) error {
	var j decisionJSON
	if err := json.Unmarshal(text, &j); err != nil {
		return err
	}
	*d = Decision{
		Outcome: j.Outcome, Change: j.Change, Scope: j.Scope, At: unstamp(j.At), Expires: unstamp(j.Expires),
		Policy: j.Policy, Tier: j.Tier, Risk: j.Risk, Requires: j.Requires,
		Deploys: Deploys{Day: j.Deploys.Day, PerDay: Unlimited, Used: j.Deploys.Used}, Reasons: j.Reasons,
	}
	if j.Deploys.PerDay != nil {
		d.Deploys.PerDay = *j.Deploys.PerDay
	}
	if j.Grant != nil {
		d.Grant = *j.Grant
	}
	return nil
}

type reasonJSON struct {
	Objective string      `json:"objective,omitempty"`
	Code      Code        `json:"code"`
	Outcome   Outcome     `json:"outcome"`
	Text      string      `json:"text"`
	Budget    *budgetJSON `json:"budget,omitempty"`
}

type budgetJSON struct {
	Target    string  `json:"target,omitempty"`
	Window    string  `json:"window,omitempty"`
	Known     string  `json:"known"`
	Good      uint64  `json:"good"`
	Bad       uint64  `json:"bad"`
	Excluded  uint64  `json:"excluded"`
	Observed  float64 `json:"observed_seconds"`
	Coverage  float64 `json:"coverage"`
	Remaining float64 `json:"remaining"`
}

// MarshalJSON writes the reason with snake-case names that stay as they are; what was known
// of the error budget is left out where the reason is not about one.
func (r Reason) MarshalJSON() ([]byte, error) {
	j := reasonJSON{Objective: r.Objective, Code: r.Code, Outcome: r.Outcome, Text: r.Text}
	if r.Objective != "" {
		j.Budget = &budgetJSON{
			Known: r.Known.String(), Good: r.Counts.Good, Bad: r.Counts.Bad, Excluded: r.Counts.Excluded,
			Observed: r.Observed.Seconds(), Coverage: r.Coverage, Remaining: r.Remaining,
		}
		if r.Target.Err() == nil {
			j.Budget.Target, j.Budget.Window = r.Target.String(), r.Window.String()
		}
	}
	return json.Marshal(j)
}

// UnmarshalJSON reads what MarshalJSON writes. A window in a time zone that is not known here
// is left zero.
func (r *Reason) UnmarshalJSON(text []byte) error {
	var j reasonJSON
	if err := json.Unmarshal(text, &j); err != nil {
		return err
	}
	*r = Reason{Objective: j.Objective, Code: j.Code, Outcome: j.Outcome, Text: j.Text}
	b := j.Budget
	if b == nil {
		return nil
	}
	r.Known, r.Counts = knownNamed(b.Known), budget.Counts{Good: b.Good, Bad: b.Bad, Excluded: b.Excluded}
	r.Observed, r.Coverage, r.Remaining = seconds(b.Observed), b.Coverage, b.Remaining
	if b.Target == "" {
		return nil
	}
	target, err := slo.ParseTarget(b.Target)
	if err != nil {
		return err
	}
	r.Target = target
	r.Window, _ = slo.ParseWindow(b.Window)
	return nil
}
