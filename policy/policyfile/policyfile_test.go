package policyfile_test

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/seed-abb722f7/nines/policy"
	"github.com/seed-abb722f7/nines/policy/policyfile"
	"github.com/seed-abb722f7/nines/slo"
)

// documented is the document of the package comment.
func documented(t *testing.T) []byte {
	t.Helper()
	source, err := os.ReadFile("doc.go")
	if err != nil {
		t.Fatal(err)
	}
	_, text, _ := strings.Cut(string(source), "may be left out:\n//\n")
	text, _, ok := strings.Cut(text, "//\n// The form that many guides print")
	if !ok {
		t.Fatal("doc.go has no document")
	}
	return []byte(strings.ReplaceAll(text, "//\t", ""))
}

// written is what it says.
func written() policy.Policy {
	return policy.Policy{
		Name: "payments", Version: "3", Purpose: "Checkouts work while features ship.", Services: []string{"shop"},
		Owner: "payments", Objectives: []string{"checkout-availability"}, Target: slo.Percent(99.9), Window: 30 * slo.Day,
		Tiers: []policy.Tier{
			{Name: "green", AtLeast: 0.5, DeploysPerDay: 2, Permits: []string{"experimental-features"}},
			{Name: "yellow", AtLeast: 0.1, DeploysPerDay: 1, Risk: policy.RiskMedium, Requires: []string{"staging-validation"}},
			{Name: "red", LeaveAfter: slo.Day, Actions: []string{"Focus on reliability"}},
		},
		Clauses: []policy.Clause{
			{Name: "fast burn", When: policy.SpentWithin(0.3, slo.Day), Hold: time.Hour, Then: []policy.Consequence{
				{Kind: policy.StopProduction, Automated: true},
				{Kind: policy.FinishActionItem, Text: "at the top of the backlog", Traceable: true, Due: 7 * slo.Day, Link: "https://board.example"},
			}},
			{Name: "paged", When: policy.RuleHolds("1h/5m"), Then: []policy.Consequence{{Kind: policy.Escalate}}},
			{Name: "dead letters", When: policy.Signal("dead letters"), Then: []policy.Consequence{{Kind: policy.CreateActionItem}}},
			{Name: "outage", When: policy.Manual("a priority 1 outage"), Then: []policy.Consequence{{Kind: policy.Postmortem}}},
		},
		Escalation: "the head of engineering decides", AgreedBy: []string{"dev", "ops", "product owner"},
		Enacted: time.Date(2025, time.March, 1, 0, 0, 0, 0, time.UTC),
		Review:  policy.Review{By: time.Date(2025, time.June, 1, 0, 0, 0, 0, time.UTC), After: []string{"outage"}},
		Links:   []slo.Link{{Name: "wiki", URL: "https://wiki.example/policy"}}, Notes: map[string]string{"cost centre": "4711"},
	}
}

func TestParseWhatTheCommentSays(t *testing.T) {
	got, err := policyfile.Parse(documented(t))
	if err != nil {
		t.Fatal(err)
	}
	if want := written(); !reflect.DeepEqual(got, want) {
		t.Errorf("Parse() = %+v\nwant      %+v", got, want)
	}
}

func TestFormatReadsBackEqual(t *testing.T) {
	odd := policy.Policy{
		Name: "null", Version: "1.10", Purpose: " two\nlines, a\ttab, \"quotes\" \\ and \u2028 \n", Services: []string{"yes", "3", "~", "a: b", "#c", "- d", "<<"},
		Tiers: []policy.Tier{
			{Name: "a", AtLeast: 1, DeploysPerDay: policy.Unlimited},
			{Name: "b", AtLeast: 0.000000001, DeploysPerDay: 1_000_000},
			{Name: "c", AtLeast: 0, DeploysPerDay: 1},
			{Name: "d", AtLeast: -0.333333333, LeaveAfter: 1500 * time.Millisecond},
			{Name: "e", AtLeast: -10, Risk: policy.RiskHigh},
			{Name: "f"},
		},
		Enacted: time.Date(2025, time.March, 1, 12, 30, 0, 7, time.UTC),
		Notes:   map[string]string{"true": "", "0x10": "1e3"},
	}
	for _, p := range []policy.Policy{written(), odd, {Name: "x", Tiers: policy.DefaultTiers()}} {
		text, err := policyfile.Format(p)
		if err != nil {
			t.Fatal(err)
		}
		got, err := policyfile.Parse(text)
		if err != nil || !reflect.DeepEqual(got, p) {
			t.Errorf("%s\n%v: read back %+v\nwant %+v", text, err, got, p)
		}
	}
	if _, err := policyfile.Format(policy.Policy{}); !errors.Is(err, slo.ErrInvalid) {
		t.Errorf("Format of an invalid policy: %v", err)
	}
	large := policy.Policy{Name: "x", Tiers: policy.DefaultTiers(), Notes: map[string]string{}}
	for i := range 32 {
		large.Notes[fmt.Sprint(i)] = strings.Repeat("x", 4000)
	}
	if _, err := policyfile.Format(large); err == nil || !strings.Contains(err.Error(), "want at most 32768 when it is written") {
		t.Errorf("Format of a large policy: %v", err)
	}
}

const guide = `error_budget_policy:
  service: api-service
  slo_target: 99.9
  window: 30d
  thresholds:
    red:
      max: 10
      actions: ["Feature freeze", "Incident review required"]
    green:
      min: 50
      actions: ["Normal feature development", "2 deployments per day allowed", "Experimental features permitted"]
    yellow:
      min: 10
      max: 50
      actions: ["1 deployment per day allowed", "Require staging validation", "No experimental features"]
  alerts:
    - threshold: 25
      severity: warning
      notification: slack
`

// guided is what it says.
func guided() policy.Policy {
	return policy.Policy{
		Name: "api-service", Services: []string{"api-service"}, Target: slo.Percent(99.9), Window: 30 * slo.Day,
		Tiers: []policy.Tier{
			{
				Name: "green", AtLeast: 0.5, DeploysPerDay: 2, Permits: []string{"experimental-features"},
				Actions: []string{"Normal feature development", "2 deployments per day allowed", "Experimental features permitted"},
			},
			{
				Name: "yellow", AtLeast: 0.1, DeploysPerDay: 1, Requires: []string{"staging-validation"},
				Actions: []string{"1 deployment per day allowed", "Require staging validation", "No experimental features"},
			},
			{Name: "red", Actions: []string{"Feature freeze", "Incident review required"}},
		},
		Clauses: []policy.Clause{{
			Name: "25% left", When: policy.Spent(0.75),
			Then: []policy.Consequence{{Kind: policy.Communicate, Text: "warning to slack", Automated: true}},
		}},
	}
}

func TestParseTheFormOfTheGuides(t *testing.T) {
	got, err := policyfile.Parse([]byte(guide))
	if err != nil {
		t.Fatal(err)
	}
	if want := guided(); !reflect.DeepEqual(got, want) {
		t.Errorf("Parse() = %+v\nwant      %+v", got, want)
	}
}

// TestRealGuideLoadsAsItStands reads the file of a guide where it is.
func TestRealGuideLoadsAsItStands(t *testing.T) {
	path := filepath.Join("..", "..", "..", "shared", "data", "guide-error-budget-policy.yaml")
	p, err := policyfile.Load(path)
	if errors.Is(err, os.ErrNotExist) && os.Getenv("NINES_REQUIRE_COMPONENTS") == "" {
		t.Skipf("%v: put the data beside the checkout to run this", err)
	}
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, tier := range p.Tiers {
		got = append(got, tier.String())
	}
	for _, c := range p.Clauses {
		got = append(got, fmt.Sprint(c.Name, ": ", c.When, ": ", c.Then))
	}
	want := []string{
		"green: at least 50 % left, 2 deploys a day, permits experimental-features",
		"yellow: at least 10 % left, 1 deploy a day, requires staging-validation",
		"red: feature freeze",
		"25% left: 75 % of the error budget spent: [communicate: warning to slack]",
		"10% left: 90 % of the error budget spent: [communicate: critical to pagerduty]",
	}
	if !reflect.DeepEqual(got, want) || p.Services[0] != "api-service" || p.Target != slo.Percent(99.9) || p.Window != 30*slo.Day || len(p.Tiers[2].Actions) != 5 {
		t.Errorf("Load() = %+v\n%s", p, strings.Join(got, "\n"))
	}
	text, err := policyfile.Format(p)
	if err != nil {
		t.Fatal(err)
	}
	if back, err := policyfile.Parse(text); err != nil || !reflect.DeepEqual(back, p) {
		t.Errorf("%s\n%v: read back %+v\nwant %+v", text, err, back, p)
	}
}

// TestParseRefuses holds the messages, each with its line.
func TestParseRefuses(t *testing.T) {
	head := "policy: p\ntiers:\n  - name: green\n    at_least: 50%\n    deploys_per_day: 2\n  - name: red\n    deploys_per_day: 0\n"
	swap := func(old, now string) string { return strings.Replace(head, old, now, 1) }
	clause := func(lines string) string { return "policy: p\nclauses:\n" + lines }
	swapGuide := func(old, now string) string { return strings.Replace(guide, old, now, 1) }
	for _, tt := range []struct{ text, want string }{
		{"", `policyfile: document is "": want YAML: there is nothing in it`},
		{"# only a comment\n", `want YAML: there is nothing in it`},
		{"policy: [", `want YAML: yaml: line 1: did not find expected node content`},
		{head + "---\npolicy: q\n", `want YAML: there is more than one document in it`},
		{"- a\n", `policyfile: line 1: document is "a list": want a mapping, of agreed_by, clauses, enacted`},
		{head + "colour: blue\n", `policyfile: line 8: document is "colour": want no field but agreed_by, clauses`},
		{head + "policy: q\n", `policyfile: line 8: policy is "policy": want each field only once`},
		{swap("    deploys_per_day: 2\n", "    deploys_per_day: 2\n    deploys_per_day: 3\n"), `policyfile: line 6: tiers[0].deploys_per_day is "deploys_per_day": want each field only once`},
		{swap("2", "2.5"), `policyfile: line 5: tiers[0].deploys_per_day is "2.5": want a whole number, 0 for a freeze, or unlimited`},
		{swap("2", "-1"), `tiers[0].deploys_per_day is "-1": want a whole number`},
		{swap("2", "0x10"), `tiers[0].deploys_per_day is "0x10": want a whole number`},
		{swap("2", "1e999"), `tiers[0].deploys_per_day is "1e999": want a whole number`},
		{swap("2", "9999999"), `policyfile: line 3: Tiers[0] "green".DeploysPerDay is 9999999: want 0 for a freeze, at most 1000000, or policy.Unlimited`},
		{swap("    deploys_per_day: 2\n", ""), `policyfile: line 3: tiers[0].deploys_per_day is "": want a whole number, 0 for a freeze, or unlimited`},
		{swap("50%", "50"), `policyfile: line 4: tiers[0].at_least is "50": want a percentage such as "50%"`},
		{swap("50%", "0.5"), `want a percentage such as "50%"`},
		{swap("50%", ".nan"), `line 4: tiers[0].at_least is ".nan": want a percentage`},
		{swap("50%", "NaN%"), `line 4: tiers[0].at_least is "NaN%": want a percentage`},
		{swap("50%", "1e999%"), `line 4: tiers[0].at_least is "1e999%": want a percentage`},
		{swap("50%", "50.12345678%"), `with at most 7 digits after the point`},
		{swap("50%", "500%"), `policyfile: line 4: Tiers[0] "green".AtLeast is 5: want a share of the error budget from -10 to 1`},
		{swap("50%", "[50%]"), `line 4: tiers[0].at_least is "a list": want a percentage`},
		{swap("name: red", "name: green"), `policyfile: line 6: Tiers[1] "green".Name is "green": want a name that Tiers[0] does not have already`},
		{swap("name: red", "name: [red]"), `policyfile: line 6: tiers[1].name is "a list": want text`},
		{swap("name: red", "name: ~"), `policyfile: line 6: tiers[1].name is "~": want text`},
		{swap("name: red", "name: red\n    at_least: 10%"), `policyfile: line 7: Tiers[1] "red".AtLeast is 0.1: want zero: the last tier has whatever is below`},
		{swap("name: red", "name: red\n    risk: mild"), `policyfile: line 7: tiers[1].risk is "mild": want low, medium or high`},
		{swap("name: red", "name: red\n    leave_after: -5m"), `policyfile: line 7: tiers[1].leave_after is "-5m": want a length such as "28d", "24h" or "90m"`},
		{swap("name: red", "name: red\n    permits: all"), `policyfile: line 7: tiers[1].permits is "all": want a list`},
		{swap("name: red", "name: red\n    permits: [a, b, a]"), `policyfile: line 7: Tiers[1] "red".Permits[2] is "a": want each only once`},
		{swap("policy: p\n", "") + "version: 3\n", `policyfile: Name is "": want a name`},
		{head + "target: 99.9\n", `policyfile: line 8: target is "99.9": want a ratio above 0 and below 1 (did you mean "99.9%"?)`},
		{head + "target: {a: b}\n", `policyfile: line 8: target is "a mapping": want a target such as "99.9%"`},
		{head + "window: month\n", `policyfile: line 8: window is "month": want a length such as`},
		{head + "window: 10001d\n", `policyfile: line 8: Window is 240024h0m0s: want a positive length of at most 10000d, or zero for any window`},
		{head + "enacted: soon\n", `policyfile: line 8: enacted is "soon": want a day such as 2025-03-01, or a time as in RFC 3339`},
		{head + "enacted: 0001-01-02\n", `policyfile: line 8: Enacted is 0001-01-02 00:00:00 +0000 UTC: want a time from 1970 to 9999`},
		{head + "review: tomorrow\n", `policyfile: line 8: review is "tomorrow": want a mapping, of after or by`},
		{head + "links: [{name: a}]\n", `policyfile: line 8: Links[0].URL is "": want both Name and URL`},
		{head + "notes: [a]\n", `policyfile: line 8: notes is "a list": want a mapping of texts`},
		{head + "notes: {a: b, a: c}\n", `policyfile: line 8: notes.a is "a": want each field only once`},
		{head + "notes: {a: {b: c}}\n", `policyfile: line 8: notes.a is "a mapping": want text`},
		{head + "purpose: !!binary aGk=\n", `policyfile: line 8: document is "!!binary": want no tags`},
		{head + "purpose: &a x\n", `policyfile: line 8: document is "&a": want neither anchors nor aliases: write it out`},
		{head + "purpose: *a\n", `want YAML: yaml: unknown anchor 'a' referenced`},
		{head + "<<: {version: x}\n", `policyfile: line 8: document is "<<": want no field but`},
		{head + "purpose: \"\\e[2J\"\n", `policyfile: line 8: Purpose is "\x1b[2J": want text without control characters`},
		{clause("  - then: [{do: escalate}]\n    when: {spent: 70%}\n"), `policyfile: line 3: Clauses[0].Name is "": want a name`},
		{clause("  - name: c\n    when: {spent: 70%, rule: x}\n    then: [{do: escalate}]\n"), `policyfile: line 4: clauses[0].when is "2 conditions": want one of spent, rule, signal or manual`},
		{clause("  - name: c\n    when: {within: 1d}\n    then: [{do: escalate}]\n"), `clauses[0].when is "0 conditions"`},
		{clause("  - name: c\n    when: burning\n    then: [{do: escalate}]\n"), `policyfile: line 4: clauses[0].when is "burning": want a mapping, of manual, rule, signal, spent or within`},
		{clause("  - name: c\n    when: {rule: x, within: 1d}\n    then: [{do: escalate}]\n"), `policyfile: line 4: Clauses[0] "c".When is rule: want Share and Within of conditions of kind spent only`},
		{clause("  - name: c\n    when: {spent: 0%}\n    then: [{do: escalate}]\n"), `policyfile: line 4: Clauses[0] "c".When.Share is 0: want a share`},
		{clause("  - name: c\n    when: {spent: 70%}\n"), `policyfile: line 3: Clauses[0] "c".Then is "0 consequences": want from 1 to 32`},
		{clause("  - name: c\n    when: {spent: 70%}\n    then:\n      - do: escalate\n      - do: panic\n"), `policyfile: line 7: clauses[0].then[1].do is "panic": want one of "none", "assign people"`},
		{clause("  - name: c\n    when: {spent: 70%}\n    then:\n      - do: [escalate]\n"), `policyfile: line 6: clauses[0].then[0].do is "a list": want a consequence such as postmortem`},
		{clause("  - name: c\n    when: {spent: 70%}\n    then: [{do: postmortem, automated: true}]\n"), `policyfile: line 5: Clauses[0] "c".Then[0].Automated is true: want false: a postmortem takes people`},
		{clause("  - name: c\n    when: {spent: 70%}\n    then: [{do: escalate, automated: yes}]\n"), `policyfile: line 5: clauses[0].then[0].automated is "yes": want true or false`},
		{clause("  - name: c\n    when: {spent: 70%}\n    then: [{do: postmortem, automated: True}]\n"), `policyfile: line 5: Clauses[0] "c".Then[0].Automated is true: want false: a postmortem takes people`},
		{clause("  - name: c\n    when: {spent: 70%}\n    then: [{do: postmortem, automated: TRUE}]\n"), `policyfile: line 5: Clauses[0] "c".Then[0].Automated is true: want false: a postmortem takes people`},
		{swapGuide("min: 50", "min: 50\n      target: 3"), `policyfile: line 11: error_budget_policy.thresholds.green is "target": want no field but actions, max or min`},
		{swapGuide("min: 10", "min: .inf"), `policyfile: line 13: error_budget_policy.thresholds.yellow.min is ".inf": want a percentage from 0 to 100 in plain digits`},
		{swapGuide("min: 10", "min: 1e1"), `thresholds.yellow.min is "1e1": want a percentage`},
		{swapGuide("min: 10", "min: -10"), `thresholds.yellow.min is "-10": want a percentage`},
		{swapGuide("max: 10", "max: 20"), `policyfile: line 7: error_budget_policy.thresholds.red.max is "20%": want 10%, where yellow begins`},
		{swapGuide("max: 10", "min: 1"), `policyfile: line 7: error_budget_policy.thresholds.red.min is "1%": want none: the last has whatever is left below`},
		{swapGuide("min: 50", "max: 90\n      min: 50"), `thresholds.green.max is "90%": want none, or 100: there is nothing above`},
		{swapGuide("      min: 50\n", ""), `thresholds.green.min is "": want where it begins, in per cent: only the last has none`},
		{swapGuide(`"2 deployments per day allowed", `, ""), `policyfile: line 10: error_budget_policy.thresholds.green.actions is "0 statements on deployments": want exactly one: "2 deployments per day allowed"`},
		{swapGuide(`"Feature freeze"`, `"Feature freeze", "1 deployment per day"`), `actions is "2 statements on deployments"`},
		{swapGuide("    yellow:", "    green:"), `line 12: error_budget_policy.thresholds.green is "green": want each field only once`},
		{swapGuide("threshold: 25", "threshold: 100"), `alerts[0].threshold is "100": want a percentage from 0 to less than 100 in plain digits`},
		{swapGuide("threshold: 25", "threshold: NaN"), `alerts[0].threshold is "NaN"`},
		{swapGuide("99.9", "100"), `policyfile: line 3: error_budget_policy.slo_target is "100": want a percentage above 1 and below 100`},
		{swapGuide("  service: api-service\n", ""), `policyfile: line 2: Name is "": want a name`},
		{"error_budget_policy: 7\n", `policyfile: line 1: error_budget_policy is "7": want a mapping, of alerts, service, slo_target, thresholds or window`},
		{"error_budget_policy:\n  service: x\n  thresholds: [green]\n", `policyfile: line 3: error_budget_policy.thresholds is "a list": want a mapping, such as of green, yellow and red`},
	} {
		p, err := policyfile.Parse([]byte(tt.text))
		if err == nil || !strings.Contains(err.Error(), tt.want) || strings.Contains(err.Error(), "\n") || !errors.Is(err, slo.ErrInvalid) {
			t.Errorf("%s\nParse() = %+v, %v\nwant %s, and nothing else", tt.text, p, err, tt.want)
		}
		if !reflect.DeepEqual(p, policy.Policy{}) {
			t.Errorf("%s\nParse() = %+v with an error, want nothing", tt.text, p)
		}
	}
	many := strings.Repeat("x: 1\n", 100)
	if _, err := policyfile.Parse([]byte(many)); err == nil || strings.Count(err.Error(), "\n") != 20 || !strings.HasSuffix(err.Error(), "and there is more that is wrong") {
		t.Errorf("of 100 errors: %v, want 20 and that there are more", err)
	}
}

// bombs are small documents that are large for somebody who is not careful, and large ones.
func bombs() map[string]string {
	laughs := []string{"policy: p", "a0: &a0 [x,x,x,x,x,x,x,x,x,x]"}
	for i := range 12 {
		laughs = append(laughs, fmt.Sprintf("a%d: &a%d [%s]", i+1, i+1, strings.TrimSuffix(strings.Repeat(fmt.Sprintf("*a%d,", i), 10), ",")))
	}
	return map[string]string{
		"alias bomb":      strings.Join(laughs, "\n"),
		"merge bomb":      "a: &a {x: 1}\nb: {<<: [" + strings.Repeat("*a,", 5000) + "*a]}\n",
		"self":            "a: &a [*a]\n",
		"depth":           "policy: " + strings.Repeat("[", 100_000),
		"shallower":       "policy: " + strings.Repeat("[", 15_000),
		"maps":            strings.Repeat("{a: ", 6_000),
		"indents":         deep(200),
		"dashes":          strings.Repeat("- ", 15_000),
		"size":            "policy: p\npurpose: " + strings.Repeat("x", 8<<20),
		"many keys":       strings.Repeat("a: 1\n", 6_500),
		"many objectives": "policy: p\nobjectives: [" + strings.Repeat("a,", 16_000) + "]\n",
		"many tiers":      "policy: p\ntiers: [" + strings.Repeat("{},", 10_000) + "]\n",
		"long scalar":     "policy: " + strings.Repeat("x", 30_000) + "\n",
		"long key":        strings.Repeat("x", 30_000) + ": 1\n",
		"comments":        "policy: p\n" + strings.Repeat("#\n", 16_000),
		"anchors":         strings.Repeat("- &a x\n", 4500),
		"question marks":  strings.Repeat("? ", 16_000),
		"colons":          strings.Repeat(":\n", 16_000),
		"quotes":          strings.Repeat("\"\\x41\" ", 4500),
		"tags":            strings.Repeat("!a ", 10_000),
		"nul":             "policy: a\x00b\n",
		"utf16":           "\xff\xfep\x00o\x00",
	}
}

func deep(n int) string {
	var b strings.Builder
	for i := range n {
		b.WriteString(strings.Repeat(" ", i) + "a:\n")
	}
	return b.String()
}

// TestBombsAreRefused, and with next to no memory. How long it takes is measured by
// BenchmarkParse, where nothing else disturbs it.
func TestBombsAreRefused(t *testing.T) {
	for name, text := range bombs() {
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		_, err := policyfile.Parse([]byte(text))
		runtime.ReadMemStats(&after)
		if !errors.Is(err, slo.ErrInvalid) {
			t.Errorf("%s: %v, want it refused", name, err)
		}
		allocated := after.TotalAlloc - before.TotalAlloc
		if len(text) > policyfile.MaxSize {
			allocated -= min(allocated, uint64(len(text))) // the copy that this test makes
		}
		if allocated > 64<<20 {
			t.Errorf("%s: %d MiB were allocated, want at most 64", name, allocated>>20)
		}
		if err != nil && len(err.Error()) > 16<<10 {
			t.Errorf("%s: %d bytes of error", name, len(err.Error()))
		}
	}
}

func TestLoad(t *testing.T) {
	dir := t.TempDir()
	write := func(name, text string) string {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	if p, err := policyfile.Load(write("good.yaml", guide)); err != nil || p.Name != "api-service" {
		t.Errorf("Load() = %+v, %v", p, err)
	}
	bad := write("bad.yaml", "policy: p\ncolour: blue\n")
	if _, err := policyfile.Load(bad); err == nil || !strings.HasPrefix(err.Error(), bad+": policyfile: line 2: document is \"colour\"") || !errors.Is(err, slo.ErrInvalid) {
		t.Errorf("Load() = %v, want the path in front", err)
	}
	if _, err := policyfile.Load(write("large.yaml", strings.Repeat("#", 1<<20))); err == nil || !strings.Contains(err.Error(), "32769 bytes") {
		t.Errorf("Load() = %v, want it refused once there is too much", err)
	}
	if _, err := policyfile.Load(filepath.Join(dir, "none")); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("Load() = %v, want that there is no such file", err)
	}
	if _, err := policyfile.Load(dir); err == nil {
		t.Error("a folder was loaded")
	}
}

func BenchmarkParse(b *testing.B) {
	all := bombs()
	all["guide"] = guide
	for name, text := range all {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				_, _ = policyfile.Parse([]byte(text))
			}
		})
	}
}
