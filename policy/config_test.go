package policy_test

import (
	"errors"
	"math"
	"strings"
	"testing"
	"time"

	"github.com/seed-abb722f7/nines/budget"
	"github.com/seed-abb722f7/nines/budget/budgettest"
	"github.com/seed-abb722f7/nines/policy"
	"github.com/seed-abb722f7/nines/slo"
)

// shop has objectives of several kinds: strict, loose, on each operation, in shadow.
func shop() []slo.Objective {
	return []slo.Objective{
		checkout(),
		{Name: "search", Of: slo.HTTP("GET /search"), SLI: slo.Latency(time.Second), Target: slo.Percent(93), Window: slo.Rolling(7 * slo.Day)},
		{Name: "each", Of: slo.Each, SLI: slo.Fidelity(), Target: slo.Percent(99)},
		{Name: "trial", Of: slo.All, SLI: slo.Availability(), Target: slo.Percent(99.99), Shadow: true},
	}
}

func TestWatchRefuses(t *testing.T) {
	good := policy.Rule{Name: "r", Severity: policy.Page, When: policy.BurnRate{Factor: 2, Long: time.Hour, Short: time.Minute}}
	with := func(change func(*policy.Rule)) policy.Config {
		r := good
		change(&r)
		return policy.Config{Rules: []policy.Rule{r}}
	}
	burn := func(change func(*policy.BurnRate), objectives ...string) policy.Config {
		b := good.When.(policy.BurnRate)
		change(&b)
		return with(func(r *policy.Rule) { r.When, r.Objectives = b, objectives })
	}
	nan := math.NaN()
	for _, tt := range []struct {
		cfg  policy.Config
		want string
	}{
		{with(func(r *policy.Rule) { r.When = nil }), `policy: Rules[0] "r".When is <nil>: want a criterion, such as policy.BurnRate{Factor: 14.4, Long: time.Hour, Short: 5 * time.Minute}`},
		{with(func(r *policy.Rule) { r.Name = strings.Repeat("x", 257) }), `want at most 256 bytes, got 257`},
		{with(func(r *policy.Rule) { r.Name = "a\xff" }), `policy: Rules[0] "a\xff".Name is "a\xff": want valid UTF-8`},
		{with(func(r *policy.Rule) { r.Name = "stalled" }), `policy: Rules[0] "stalled".Name is "stalled": want another name: this one is a health rule's, which NoHealth leaves out`},
		{with(func(r *policy.Rule) { r.Name = "clients are giving up" }), `want another name: this one is a health rule's`},
		{with(func(r *policy.Rule) { r.Severity = 0 }), `policy: Rules[0] "r".Severity is none: want policy.Page or policy.Ticket`},
		{with(func(r *policy.Rule) { r.Severity = 9 }), `policy: Rules[0] "r".Severity is unknown severity: want policy.Page or policy.Ticket`},
		{burn(func(b *policy.BurnRate) { b.Long = 0 }), `policy: Rules[0] "r".When.Long is 0s: want a positive length of at most 28d, the longest window of the tracker's objectives`},
		{burn(func(b *policy.BurnRate) { b.Long = -time.Hour }), `policy: Rules[0] "r".When.Long is -1h0m0s: want a positive length of at most 28d`},
		{burn(func(b *policy.BurnRate) { b.Long = 28*slo.Day + 1 }), `policy: Rules[0] "r".When.Long is 672h0m0.000000001s: want a positive length of at most 28d`},
		{burn(func(b *policy.BurnRate) { b.Short = -1 }), `policy: Rules[0] "r".When.Short is -1ns: want a positive length below Long`},
		{burn(func(b *policy.BurnRate) { b.Short = time.Hour }), `policy: Rules[0] "r".When.Short is 1h0m0s: want a positive length below Long, which is 1h`},
		{burn(func(b *policy.BurnRate) { b.Short = 2 * time.Hour }), `policy: Rules[0] "r".When.Short is 2h0m0s: want a positive length below Long, which is 1h`},
		{with(func(r *policy.Rule) { r.Objectives = []string{"checkout", "chekout"} }), `policy: Rules[0] "r".Objectives[1] is "chekout": want the name of an objective: "checkout", "search", "each" or "trial"`},
		{with(func(r *policy.Rule) { r.Objectives = []string{"checkout/" + route} }), `want the name of an objective`},
		{burn(func(b *policy.BurnRate) { b.Factor = 0 }, "none"), `policy: Rules[0] "r".When.Factor is 0: want a burn rate above 0`},
		{burn(func(b *policy.BurnRate) { b.Factor = 0 }), `policy: Rules[0] "r".When.Factor is 0: want a burn rate above 0`},
		{burn(func(b *policy.BurnRate) { b.Factor = -1 }), `policy: Rules[0] "r".When.Factor is -1: want a burn rate above 0`},
		{burn(func(b *policy.BurnRate) { b.Factor = 1e-10 }), `policy: Rules[0] "r".When.Factor is 1e-10: want a burn rate above 0`},
		{burn(func(b *policy.BurnRate) { b.Factor = nan }), `policy: Rules[0] "r".When.Factor is NaN: want a burn rate above 0`},
		{burn(func(b *policy.BurnRate) { b.Factor = math.Inf(1) }), `policy: Rules[0] "r".When.Factor is +Inf: want a factor below 14.2857143, the greatest burn rate that objective "search" can have: 1 / (1 - 93%)`},
		{burn(func(b *policy.BurnRate) { b.Factor = math.Inf(-1) }), `policy: Rules[0] "r".When.Factor is -Inf: want a burn rate above 0`},
		{burn(func(b *policy.BurnRate) { b.Factor = 1e300 }), `policy: Rules[0] "r".When.Factor is 1e+300: want a factor below 14.2857143`},
		{burn(func(b *policy.BurnRate) { b.Factor = 14.4 }), `policy: Rules[0] "r".When.Factor is 14.4: want a factor below 14.2857143, the greatest burn rate that objective "search" can have: 1 / (1 - 93%)`},
		{burn(func(b *policy.BurnRate) { b.Factor = 1000 }, "checkout"), `policy: Rules[0] "r".When.Factor is 1000: want a factor below 1000, the greatest burn rate that objective "checkout" can have: 1 / (1 - 99.9%)`},
		{burn(func(b *policy.BurnRate) { b.Factor = 100 }, "each/GET /a"), `want a factor below 100, the greatest burn rate that objective "each" can have: 1 / (1 - 99%)`},
		{policy.Config{Rules: []policy.Rule{good, good}}, `policy: Rules[1] "r".Name is "r": want a name that Rules[0], for objective "checkout" too, does not have already`},
		{policy.Config{NoDefaults: true, NoHealth: true}, `policy: Rules is []: want at least one rule where NoDefaults and NoHealth leave out all others`},
	} {
		w, err := policy.Watch(budgettest.New(t, shop()...).Tracker, tt.cfg)
		switch {
		case w != nil || err == nil:
			t.Errorf("Watch(%+v) = %v, %v, want an error with %q", tt.cfg, w, err, tt.want)
		case !strings.Contains(err.Error(), tt.want):
			t.Errorf("Watch(%+v): error %q, want %q", tt.cfg, err, tt.want)
		case !errors.Is(err, slo.ErrInvalid):
			t.Errorf("Watch(%+v): error %q does not match slo.ErrInvalid", tt.cfg, err)
		}
	}
}

// TestCriteriaRefuse has what every criterion but BurnRate refuses.
func TestCriteriaRefuse(t *testing.T) {
	const at = `policy: Rules[0] "r".When`
	for _, tt := range []struct {
		when policy.Criterion
		want string
	}{
		{policy.Level(25), at + ` is 25: want a ratio below 1: did you mean policy.Level(0.25)?`},
		{policy.Level(1), at + ` is 1: want a ratio below 1, such as 0.25 for 25 % left`},
		{policy.Level(math.NaN()), at + ` is NaN: want a ratio below 1`},
		{policy.Level(math.Inf(-1)), at + ` is -Inf: want a ratio below 1`},
		{policy.Level(-13.2857143), at + ` is -13.2857143: want a level of at least -13.2857143, what is left to objective "search" when every event is bad: 1 - 1 / (1 - 93%)`},
		{policy.Depletion{Share: 0.3}, at + `.Within is 0s: want a positive length of at most 28d`},
		{policy.Depletion{Share: 0.3, Within: 29 * slo.Day}, at + `.Within is 696h0m0s: want a positive length of at most 28d`},
		{policy.Depletion{Share: 0.3, Within: 8 * slo.Day}, at + `.Within is 192h0m0s: want at most 7d, the window of objective "search"`},
		{policy.Depletion{Within: slo.Day}, at + `.Share is 0: want a ratio above 0, such as 0.3 for 30 %`},
		{policy.Depletion{Share: math.NaN(), Within: slo.Day}, at + `.Share is NaN: want a ratio above 0`},
		{policy.Depletion{Share: 1e-10, Within: slo.Day}, at + `.Share is 1e-10: want a ratio above 0`},
		{policy.Depletion{Share: 30, Within: slo.Day}, at + `.Share is 30: want a ratio of at most 1: did you mean 0.3?`},
		{policy.Depletion{Share: 300, Within: slo.Day}, at + `.Share is 300: want a ratio of at most 1`},
		{policy.Depletion{Share: 0.75, Within: 5 * time.Minute}, at + `.Share is 0.75: want a share of at most 0.0070861678, the most that even traffic of objective "search" can spend in 5m: 5m / 7d / (1 - 93%)`},
		{policy.EpisodeCost(0), at + ` is 0: want a ratio above 0, such as 0.3 for 30 %`},
		{policy.EpisodeCost(30), at + ` is 30: want a ratio of at most 1: did you mean 0.3?`},
		{policy.CauseShare{Share: 0.5}, at + `.Cause is "": want a cause, such as "payments"`},
		{policy.CauseShare{Cause: "payments", Share: 50}, at + `.Share is 50: want a ratio of at most 1: did you mean 0.5?`},
		{policy.Repeats{MoreThan: -1, Within: time.Hour}, at + `.MoreThan is -1: want at least 0, and at most 1000`},
		{policy.Repeats{MoreThan: 1001, Within: time.Hour}, at + `.MoreThan is 1001: want at least 0, and at most 1000`},
		{policy.Repeats{MoreThan: 3}, at + `.Within is 0s: want a positive length, such as time.Hour`},
		{policy.NoData(0), at + ` is 0s: want a positive length of at most 28d`},
		{policy.AfterDeployment{Over: time.Minute}, at + `.ErrorRate is 0: want a ratio above 0 and below 1, such as 0.05 for 5 %`},
		{policy.AfterDeployment{ErrorRate: 5, Over: time.Minute}, at + `.ErrorRate is 5: want a ratio below 1: did you mean 0.05?`},
		{policy.AfterDeployment{ErrorRate: 0.05}, at + `.Over is 0s: want a positive length of at most 28d`},
		{policy.AfterDeployment{ErrorRate: 0.05, Over: time.Hour, Until: time.Hour}, at + `.Until is 1h0m0s: want a length above Over, which is 1h, or zero`},
		{policy.Func(nil), at + ` is <nil>: want a function`},
	} {
		_, err := policy.Watch(budgettest.New(t, shop()...).Tracker, policy.Config{Rules: []policy.Rule{{Name: "r", Severity: policy.Page, When: tt.when}}})
		if err == nil || !strings.Contains(err.Error(), tt.want) || !errors.Is(err, slo.ErrInvalid) || strings.Contains(err.Error(), "\n") {
			t.Errorf("Watch with %#v: error %v, want %q alone", tt.when, err, tt.want)
		}
	}
	jobs := slo.Objective{Name: "jobs", Of: slo.Events("jobs"), SLI: slo.Correctness(), Target: slo.Percent(99)}
	for _, tt := range []struct {
		rule policy.Rule
		want string
	}{
		{policy.Rule{Severity: policy.Page, When: policy.CauseShare{Cause: "x", Share: 0.5}}, `policy: Rules[0] "50% by x".When.Cause is "x": want objectives on requests: the events of slo.Events("jobs") have no causes`},
		{policy.Rule{Severity: policy.Page, When: policy.Func(func(budget.Status) (bool, string) { return false, "" })}, `policy: Rules[0].Name is "": want a name: a policy.Func has none of its own`},
		{policy.Rule{Severity: policy.Page, When: policy.NoData(time.Hour), MinBad: 1}, `policy: Rules[0] "no data for 1h".MinBad is 1: want 0: policy.NoData counts no bad events`},
		{policy.Rule{Severity: policy.Page, When: policy.Repeats{Within: time.Hour}, MinBad: 1}, `policy: Rules[0] "more than 0 times in 1h".MinBad is 1: want 0: policy.Repeats counts no bad events`},
	} {
		_, err := policy.Watch(budgettest.New(t, jobs).Tracker, policy.Config{Rules: []policy.Rule{tt.rule}})
		if err == nil || err.Error() != tt.want {
			t.Errorf("Watch with %+v: error %v, want %s", tt.rule, err, tt.want)
		}
	}
}

func TestWatchReportsEverythingAtOnce(t *testing.T) {
	_, err := policy.Watch(budgettest.New(t, shop()...).Tracker, policy.Config{Rules: []policy.Rule{{}, {
		Name: "r", Severity: 7, When: policy.BurnRate{Short: -1}, For: -1, KeepFor: -1, Every: -1, Snooze: -1, Priority: strings.Repeat("P", 257),
	}}, Resend: -1, Environment: strings.Repeat("e", 257)})
	for _, want := range []string{
		"Rules[0].Severity", "Rules[0].When", `Rules[1] "r".Severity`, `Rules[1] "r".When.Long`, `Rules[1] "r".When.Short`, `Rules[1] "r".When.Factor`,
		`Rules[1] "r".For`, `Rules[1] "r".KeepFor`, `Rules[1] "r".Every`, `Rules[1] "r".Snooze`, `Rules[1] "r".Priority`, "Resend", "Environment",
	} {
		if err == nil || !strings.Contains(err.Error(), want+" is ") {
			t.Errorf("error %q, want it to name %s", err, want)
		}
	}
}

// rulesOf returns the rules of an error budget as "page 1h/5m 13.44".
func rulesOf(w *policy.Watcher, objective string) string {
	var list []policy.Rule
	for _, s := range w.States() {
		if s.Objective == objective {
			list = append(list, policy.Rule{Name: s.Rule, Severity: s.Severity, When: policy.BurnRate{Factor: s.Factor}})
		}
	}
	return write(list)
}

func TestConfigRulesAddAndReplace(t *testing.T) {
	own := func(name string, factor float64, objectives ...string) policy.Rule {
		return policy.Rule{Name: name, Severity: policy.Page, Objectives: objectives, When: policy.BurnRate{Factor: factor, Long: 2 * time.Hour, Short: time.Minute}}
	}
	objectives := shop()
	for _, tt := range []struct {
		cfg      policy.Config
		checkout string
		search   string
		each     string
	}{
		{
			policy.Config{NoHealth: true},
			"page 1h/5m 13.44, page 6h/30m 5.6, ticket 1d/2h 2.8, ticket 3d/6h 1",
			"page 1h/5m 3.36, page 6h/30m 1.4, ticket 1d/2h 1",
			"page 1h/5m 13.44, page 6h/30m 5.6, ticket 1d/2h 2.8, ticket 3d/6h 1",
		},
		{
			policy.Config{NoHealth: true, Rules: []policy.Rule{own("1h/5m", 9, "checkout"), own("mine", 0.123456789, "search")}},
			"page 6h/30m 5.6, ticket 1d/2h 2.8, ticket 3d/6h 1, page 1h/5m 9",
			"page 1h/5m 3.36, page 6h/30m 1.4, ticket 1d/2h 1, page mine 0.123456789",
			"page 1h/5m 13.44, page 6h/30m 5.6, ticket 1d/2h 2.8, ticket 3d/6h 1",
		},
		{
			policy.Config{NoDefaults: true, Rules: []policy.Rule{own("mine", 2), own("theirs", 3, "each"), own("his", 4, "each/GET /search")}},
			"page mine 2, page stalled 0, ticket clients are giving up 0",
			"page mine 2, page stalled 0, ticket clients are giving up 0",
			"page mine 2, page theirs 3, page his 4",
		},
		{ // one name for two objectives
			policy.Config{NoDefaults: true, NoHealth: true, Rules: []policy.Rule{own("mine", 2, "checkout"), own("mine", 3, "search", "each/none")}},
			"page mine 2", "page mine 3", "",
		},
		{ // the default rules of an objective, for it alone
			policy.Config{NoDefaults: true, NoHealth: true, Rules: policy.DefaultRules(objectives[1])},
			"", "page 1h/5m 3.36, page 6h/30m 1.4, ticket 1d/2h 1", "",
		},
		{policy.Config{NoDefaults: true}, "page stalled 0, ticket clients are giving up 0", "page stalled 0, ticket clients are giving up 0", ""},
	} {
		tracker := budgettest.New(t, objectives...)
		w, err := policy.Watch(tracker.Tracker, tt.cfg)
		if err != nil {
			t.Fatal(err)
		}
		for name, want := range map[string]string{"checkout": tt.checkout, "search": tt.search, "each/GET /search": tt.each, "trial": ""} {
			if got := rulesOf(w, name); got != want {
				t.Errorf("%+v: %s has %q, want %q", tt.cfg, name, got, want)
			}
		}
	}
}

func TestWatchCopiesItsConfig(t *testing.T) {
	rules := []policy.Rule{{Name: "r", Severity: policy.Page, Objectives: []string{"checkout"}, When: policy.BurnRate{Factor: 2, Long: time.Hour, Short: time.Minute}}}
	tracker := budgettest.New(t, shop()...)
	w, err := policy.Watch(tracker.Tracker, policy.Config{NoDefaults: true, NoHealth: true, Rules: rules})
	if err != nil {
		t.Fatal(err)
	}
	rules[0].Objectives[0] = "each"
	rules[0].When = policy.Level(0)
	tracker.HTTP("GET /new") // makes a new error budget, whose rules are found now
	tracker.Advance(time.Second)
	if got := rulesOf(w, "checkout") + rulesOf(w, "each/GET /new"); got != "page r 2" {
		t.Errorf("after the caller changed its slice: rules %q, want the one given", got)
	}
}

func TestWatchMeetsNewOperations(t *testing.T) {
	r := newRig(t, policy.Config{}, slo.Objective{Name: "each", Of: slo.Each, SLI: slo.Availability(), Target: slo.Percent(99.9)})
	r.run(48, 0, 100)
	r.want()
	r.run(2, 0, 100)
	r.want("49 started page 1h/5m")
	if b := r.heard[0]; b.Name != "each/"+route || b.Objective.Name != "each" || b.Operation != route || b.Key != "test/each/"+route+"/page" {
		t.Errorf("breach of %q, objective %q, operation %q, key %q", b.Name, b.Objective.Name, b.Operation, b.Key)
	}
}

func TestShadowObjectivesNeverBreach(t *testing.T) {
	o := checkout()
	o.Shadow = true
	r := newRig(t, policy.Config{Rules: []policy.Rule{{Name: "mine", Severity: policy.Page, When: policy.BurnRate{Factor: 1, Long: time.Minute, Short: time.Second}}}}, o)
	r.run(200, 0, 100)
	r.want()
	if got := r.watcher.States(); got != nil {
		t.Errorf("States() = %v, want none", got)
	}
}
