package policyfile_test

import (
	"errors"
	"fmt"
	"reflect"
	"strings"
	"testing"

	"github.com/seed-abb722f7/nines/policy/policyfile"
	"github.com/seed-abb722f7/nines/slo"
)

// TestGuideTakesThePercentSign, as the rest of the format does: every number of a guide is in per
// cent, whether it says so or not.
func TestGuideTakesThePercentSign(t *testing.T) {
	for _, percent := range [...]string{"%", " %"} {
		signed := guide
		for _, number := range [...]string{"slo_target: 99.9", "max: 10", "min: 50", "min: 10", "max: 50", "threshold: 25"} {
			if !strings.Contains(signed, number+"\n") {
				t.Fatalf("the guide has no %q", number)
			}
			signed = strings.Replace(signed, number+"\n", number+percent+"\n", 1)
		}
		got, err := policyfile.Parse([]byte(signed))
		if want := guided(); err != nil || !reflect.DeepEqual(got, want) {
			t.Errorf("%s\nParse() = %+v, %v\nwant      %+v", signed, got, err, want)
		}
	}
}

// TestOneErrorOfOneCause: what follows from something that could not be read is not told too.
func TestOneErrorOfOneCause(t *testing.T) {
	own := `policy: p
tiers:
  - name: green
    at_least: 50%
    deploys_per_day: 2
  - name: yellow
    at_least: 10%
    deploys_per_day: 1
  - name: red
    deploys_per_day: 0
clauses:
  - name: burn
    objectives: [checkout]
    when: {spent: 70%}
    then: [{do: escalate}]
links: [{name: a, url: b}]
`
	for _, tt := range []struct{ form, old, now, want string }{
		{own, "policy: p", "police: p", `line 1: document is "police": want no field but agreed_by`},
		{own, "policy: p", "policy: [p]", `line 1: policy is "a list": want text`},
		{own, "at_least: 50%", "at_least: -5", `line 4: tiers[0].at_least is "-5": want a percentage such as "50%"`},
		{own, "at_least: 50%", "least: 50%", `line 4: tiers[0] is "least": want no field but actions`},
		{own, "at_least: 10%", "at_least: ten", `line 7: tiers[1].at_least is "ten": want a percentage`},
		{own, "name: green", "nom: green", `line 3: tiers[0] is "nom": want no field but actions`},
		{own, "deploys_per_day: 2", "deploys: 2", `line 5: tiers[0] is "deploys": want no field but actions`},
		{own, "clauses:", "rules:", `line 11: document is "rules": want no field but`},
		{own, "when: {spent: 70%}", "wenn: {spent: 70%}", `line 14: clauses[0] is "wenn": want no field but`},
		{own, "when: {spent: 70%}", "when: {spend: 70%}", `line 14: clauses[0].when is "spend": want no field but manual`},
		{own, "when: {spent: 70%}", "when: {spent: 0.7}", `line 14: clauses[0].when.spent is "0.7": want a percentage such as "50%"`},
		{own, "when: {spent: 70%}", "when: 70%", `line 14: clauses[0].when is "70%": want a mapping`},
		{own, "    when: {spent: 70%}\n", "", `line 12: Clauses[0] "burn".When is none: want policy.Spent`},
		{own, "then: [{do: escalate}]", "than: [{do: escalate}]", `line 15: clauses[0] is "than": want no field but`},
		{own, "then: [{do: escalate}]", "then: escalate", `line 15: clauses[0].then is "escalate": want a list`},
		{own, "{do: escalate}", "{due: soon, do: escalate}", `line 15: clauses[0].then[0].due is "soon": want a length`},
		{own, "{do: escalate}", "{doo: escalate}", `line 15: clauses[0].then[0] is "doo": want no field but`},
		{own, "url: b", "url: [b]", `line 16: links[0].url is "a list": want text`},
		{own, "url: b", "uri: b", `line 16: links[0] is "uri": want no field but name or url`},
		{own, ", url: b", "", `line 16: Links[0].URL is "": want both Name and URL`},
		{"policy: p\ntiers: X\n", "X", "none", `line 2: tiers is "none": want a list`},
		{"policy: p\nclauses: X\n", "X", "none", `line 2: clauses is "none": want a list`},
		{"policy: p\ntiers: [X]\n", "X", "green", `line 2: tiers[0] is "green": want a mapping`},

		{guide, "service: api-service", "service: [a]", `line 2: error_budget_policy.service is "a list": want text`},
		{guide, "service: api-service", "service: " + strings.Repeat("x", 257), `line 2: Name is "xxxxxxxxxx`},
		{guide, "service: api-service", "servce: x", `line 2: error_budget_policy is "servce": want no field but alerts`},
		{guide, "min: 50", "min: fifty", `line 10: error_budget_policy.thresholds.green.min is "fifty": want a percentage from 0 to 100 in plain digits`},
		{guide, "min: 50", "min: 150%", `line 10: error_budget_policy.thresholds.green.min is "150%": want a percentage from 0 to 100`},
		{guide, "min: 50", "minimum: 50", `line 10: error_budget_policy.thresholds.green is "minimum": want no field but actions, max or min`},
		{guide, "min: 10", "min: [10]", `line 13: error_budget_policy.thresholds.yellow.min is "a list": want a percentage`},
		{guide, "max: 50", "max: fifty", `line 14: error_budget_policy.thresholds.yellow.max is "fifty": want a percentage`},
		{guide, "      min: 50\n", "", `thresholds.green.min is "": want where it begins`},
		{guide, `actions: ["Feature freeze", "Incident review required"]`, "actions: Feature freeze", `line 8: error_budget_policy.thresholds.red.actions is "Feature freeze": want a list`},
		{guide, `actions: ["Feature freeze"`, `action: ["Feature freeze"`, `line 8: error_budget_policy.thresholds.red is "action": want no field but`},
		{guide, "    red:\n      max: 10\n      actions:", "    red:\n      - ", `line 7: error_budget_policy.thresholds.red is "a list": want a mapping`},
		{guide, "threshold: 25", "threshold: 0.25.1", `line 17: error_budget_policy.alerts[0].threshold is "0.25.1": want a percentage from 0 to less than 100`},
		{guide, "threshold: 25", "thresh: 25", `line 17: error_budget_policy.alerts[0] is "thresh": want no field but`},
		{guide, "    - threshold: 25\n      severity", "    - severity", `line 17: error_budget_policy.alerts[0].threshold is "": want a percentage from 0 to less than 100`},
		{guide, "slo_target: 99.9", "slo_target: 99.9%%", `line 3: error_budget_policy.slo_target is "99.9%%": want`},
	} {
		if !strings.Contains(tt.form, tt.old) {
			t.Fatalf("there is no %q to replace", tt.old)
		}
		text := strings.Replace(tt.form, tt.old, tt.now, 1)
		_, err := policyfile.Parse([]byte(text))
		if err == nil || !strings.Contains(err.Error(), tt.want) || strings.Contains(err.Error(), "\n") {
			t.Errorf("%q for %q: Parse() = %v\nwant %s, and nothing else", tt.now, tt.old, err, tt.want)
		}
	}
}

// TestEveryFaultAtOnce: those of the document and those of the policy in it are told together,
// from the top to the bottom.
func TestEveryFaultAtOnce(t *testing.T) {
	_, err := policyfile.Parse([]byte(`version: "3"
target: 99.9
window: -1d
tiers:
  - name: green
    at_least: 500%
    deploys_per_day: 2.5
    permits: [a, a]
  - name: red
    at_least: 10%
    deploys_per_day: 9999999
clauses:
  - name: burn
    hold: long
    when: {spent: 2000%}
    then: [{do: panic}, {do: postmortem, automated: true}]
colour: blue
`))
	want := []string{
		`policyfile: line 2: target is "99.9": want a ratio above 0 and below 1 (did you mean "99.9%"?)`,
		`policyfile: line 3: window is "-1d": want a length such as`,
		`policyfile: line 6: Tiers[0] "green".AtLeast is 5: want a share of the error budget`,
		`policyfile: line 7: tiers[0].deploys_per_day is "2.5": want a whole number`,
		`policyfile: line 8: Tiers[0] "green".Permits[1] is "a": want each only once`,
		`policyfile: line 9: Tiers[1] "red".DeploysPerDay is 9999999: want 0 for a freeze`,
		`policyfile: line 10: Tiers[1] "red".AtLeast is 0.1: want zero`,
		`policyfile: line 14: clauses[0].hold is "long": want a length`,
		`policyfile: line 15: Clauses[0] "burn".When.Share is 20: want a share`,
		`policyfile: line 16: clauses[0].then[0].do is "panic": want one of`,
		`policyfile: line 16: Clauses[0] "burn".Then[1].Automated is true: want false`,
		`policyfile: line 17: document is "colour": want no field but`,
	}
	if !errors.Is(err, slo.ErrInvalid) {
		t.Fatalf("Parse() = %v, want it to match slo.ErrInvalid", err)
	}
	got := strings.Split(fmt.Sprint(err), "\n")
	for i := range max(len(got), len(want)) {
		switch {
		case i >= len(got):
			t.Errorf("not told: %s", want[i])
		case i >= len(want) || !strings.HasPrefix(got[i], want[i]):
			t.Errorf("error %d: %s\nwant     %s", i, got[i], append(want, "nothing more")[min(i, len(want))])
		}
	}
}
