package policy_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/seed-abb722f7/nines/budget"
	"github.com/seed-abb722f7/nines/policy"
	"github.com/seed-abb722f7/nines/slo"
)

// tenMinutes is an objective of 90 % over ten minutes.
func tenMinutes() slo.Objective {
	o, _ := quick()
	return o
}

// only is a configuration of these rules and no other.
func only(rules ...policy.Rule) policy.Config {
	return policy.Config{NoDefaults: true, NoHealth: true, Rules: rules}
}

// TestRuleKindsAtTheirThresholds has every kind of rule one event (or tick) below its threshold,
// just at it, and one above.
func TestRuleKindsAtTheirThresholds(t *testing.T) {
	// share plays so many seconds with a share of bad events, of which the last second has d
	// more.
	share := func(seconds, good, bad int) func(*rig, int) {
		return func(r *rig, d int) {
			r.run(600-seconds, 1, 0)
			r.run(seconds-1, good, bad)
			r.run(1, good-d, bad+d)
		}
	}
	flaps := func(n int) func(*rig, int) {
		return func(r *rig, d int) {
			r.run(600, 100, 0)
			for range n + d {
				r.run(2, 0, 100)
				r.run(2, 100, 0)
			}
			r.run(1, 100, 0)
		}
	}
	for _, tt := range []struct {
		when             policy.Criterion
		minBad           uint64
		play             func(r *rig, d int)
		below, at, above bool
		reason           string // at the threshold
	}{
		{
			when: policy.BurnRate{Factor: 2, Long: time.Minute, Short: 10 * time.Second}, play: share(600, 80, 20), above: true,
			reason: "burn rate x coverage is 2 over 1m and 2 over 10s, not both above 2",
		},
		{
			when: policy.BurnRate{Factor: 2, Long: time.Minute}, play: share(600, 80, 20), above: true,
			reason: "burn rate x coverage is 2 over 1m, not above 2",
		},
		{
			when: policy.BurnRate{Factor: 2, Long: time.Minute}, minBad: 1200, play: share(60, 40, 20), above: true, at: true,
			reason: "burn rate x coverage is 3.33333 over 1m, above 2",
		},
		{
			when: policy.Depletion{Share: 0.05, Within: time.Minute}, play: share(600, 19, 1), at: true, above: true,
			reason: "5 % of the error budget was spent in 1m, at least 5 %",
		},
		{
			when: policy.Depletion{Share: 0.3, Within: 90 * time.Second}, play: share(600, 40, 10), at: true, above: true,
			reason: "30 % of the error budget was spent in 90s, at least 30 %",
		},
		{
			when: policy.Depletion{Share: 1, Within: 10 * time.Minute}, play: share(600, 9, 1), at: true, above: true,
			reason: "100 % of the error budget was spent in 10m, at least 100 %",
		},
		{
			when: policy.Level(0.5), play: share(600, 19, 1), at: true, above: true,
			reason: "50 % of the error budget is left",
		},
		{
			when: policy.Level(0.25), play: share(600, 37, 3), at: true, above: true,
			reason: "25 % of the error budget is left",
		},
		{
			when: policy.Level(0.1), play: share(600, 91, 9), at: true, above: true,
			reason: "10 % of the error budget is left",
		},
		{
			when: policy.Level(0), play: share(600, 9, 1), at: true, above: true,
			reason: "0 % of the error budget is left",
		},
		{
			when: policy.Level(-1), play: share(600, 8, 2), at: true, above: true,
			reason: "-100 % of the error budget is left",
		},
		{
			when: policy.NoData(time.Minute), play: func(r *rig, d int) {
				r.run(600, 100, 0)
				r.quiet(time.Duration(60+d) * time.Second)
			}, at: true, above: true,
			reason: "no valid event in 1m",
		},
		{
			when: policy.Repeats{MoreThan: 3, Within: time.Hour}, play: flaps(3), above: true,
			reason: "1s became true 3 times in 1h, not more than 3",
		},
		{
			when: policy.Repeats{Within: time.Hour}, play: func(r *rig, d int) { flaps(0)(r, max(d, 0)) }, above: true,
			reason: "not broken in 1h",
		},
		{
			// An episode from the first second on: 60 bad events of 600 expected at even traffic.
			when: policy.EpisodeCost(0.5), play: func(r *rig, d int) {
				r.run(550, 10, 0)
				r.run(49, 4, 6)
				r.run(1, 4-d, 6+d)
			}, at: true, above: true,
			reason: "50 % of the error budget was spent in the episode since 2025-03-03 12:09:10, at least 50 %",
		},
		{
			when: policy.CauseShare{Cause: "payments", Share: 0.25}, play: func(r *rig, d int) {
				for i := range 600 {
					for n := range 40 {
						cause := map[bool]string{true: "payments", false: "own"}[n == 0 || i == 599 && n == 1 && d > 0]
						if i == 599 && n == 0 && d < 0 {
							cause = "own"
						}
						r.blame(n < 2, cause)
					}
					r.run(1, 0, 0)
				}
			}, at: true, above: true,
			reason: "25 % of the error budget was spent by cause payments, at least 25 %",
		},
		{
			when: policy.AfterDeployment{ErrorRate: 0.05, Over: 5 * time.Minute}, play: func(r *rig, d int) {
				r.run(100, 0, 100)
				r.MarkDeployment("v2")
				r.run(299, 95, 5)
				r.run(1, 95-d, 5+d)
			}, above: true,
			reason: "1500 of 30000 events in 5m after the deployment of v2 were bad, not above 5 %",
		},
		{
			when: policy.Func(func(s budget.Status) (bool, string) { return s.Counts.Bad >= 3, "so many are bad" }), play: func(r *rig, d int) {
				r.run(1, 1, 3+d)
			}, at: true, above: true,
			reason: "so many are bad",
		},
	} {
		for d, want := range map[int]bool{-1: tt.below, 0: tt.at, 1: tt.above} {
			name := tt.when.String()
			if name == "" {
				name = "mine"
			}
			rules := []policy.Rule{{Name: name, Severity: policy.Page, When: tt.when, MinBad: tt.minBad}}
			if _, ok := tt.when.(policy.Repeats); ok {
				rules = append(rules, policy.Rule{Severity: policy.Page, When: policy.BurnRate{Factor: 5, Long: time.Second}})
			}
			r := newRig(t, only(rules...), tenMinutes())
			tt.play(r, d)
			got := r.state(name)
			if got.Holds != want || want && got.Breach == "" {
				t.Errorf("%s, %+d: holds %v in breach %q (%s), want %v", name, d, got.Holds, got.Breach, got.Reason, want)
			}
			if d == 0 && got.Reason != tt.reason {
				t.Errorf("%s at its threshold: %q, want %q", name, got.Reason, tt.reason)
			}
		}
	}
}

// TestMinimumHoldsBackEveryKind: what counts bad events waits for enough of them.
func TestMinimumHoldsBackEveryKind(t *testing.T) {
	for _, when := range []policy.Criterion{
		policy.BurnRate{Factor: 2, Long: time.Minute, Short: 10 * time.Second},
		policy.Depletion{Share: 0.01, Within: time.Minute},
		policy.Level(0.9),
	} {
		r := newRig(t, only(policy.Rule{Severity: policy.Ticket, When: when, MinBad: 40}), tenMinutes())
		r.run(540, 1, 0)
		r.run(39, 0, 1)
		if s := r.state(when.String()); s.Holds || !s.HeldBack || s.Reason != "39 of 40 bad events" {
			t.Errorf("%s after 39 bad events: %+v, want it held back", when, s)
		}
		r.run(1, 0, 1)
		if s := r.state(when.String()); !s.Holds || s.HeldBack {
			t.Errorf("%s after 40 bad events: %+v, want it to hold", when, s)
		}
	}
}

// TestTimeNotObservedIsNotSpent: of a young process every rate and every level is weighed.
func TestTimeNotObservedIsNotSpent(t *testing.T) {
	for _, when := range []policy.Criterion{
		policy.BurnRate{Factor: 2, Long: 5 * time.Minute},
		policy.Depletion{Share: 0.2, Within: 5 * time.Minute},
		policy.Level(0.9),
	} {
		r := newRig(t, only(policy.Rule{Severity: policy.Page, When: when}), tenMinutes())
		r.run(5, 0, 100)
		if s := r.state(when.String()); s.Holds {
			t.Errorf("%s of a process five seconds old holds: %s", when, s.Reason)
		}
		r.run(595, 0, 100)
		if s := r.state(when.String()); !s.Holds {
			t.Errorf("%s after ten minutes of errors does not hold: %s", when, s.Reason)
		}
	}
}

// TestNothingKnownResolvesNothing: every kind stays as it is while nothing is measured.
func TestNothingKnownResolvesNothing(t *testing.T) {
	for _, when := range []policy.Criterion{
		policy.BurnRate{Factor: 2, Long: time.Minute, Short: 10 * time.Second},
		policy.BurnRate{Factor: 2, Long: time.Minute},
		policy.Depletion{Share: 0.01, Within: time.Minute},
		policy.Level(0.5),
	} {
		r := newRig(t, only(policy.Rule{Severity: policy.Page, When: when}), tenMinutes())
		r.run(600, 0, 1)
		r.quiet(time.Hour)
		s := r.state(when.String())
		if open := r.watcher.Active(); !s.Blind || len(open) != 1 || open[0].State != policy.Stale {
			t.Errorf("%s an hour after the last event: %+v, Active() = %v, want one stale breach", when, s, open)
		}
		r.run(1200, 1, 0)
		if open := r.watcher.Active(); len(open) != 0 {
			t.Errorf("%s after 20 good minutes: Active() = %v, want none", when, open)
		}
	}
}

// TestNoDataDoesNotCountTheUnobserved: after a suspend nobody knows whether there was traffic.
func TestNoDataDoesNotCountTheUnobserved(t *testing.T) {
	r := newRig(t, only(policy.Rule{Severity: policy.Ticket, When: policy.NoData(10 * time.Minute)}), tenMinutes())
	r.quiet(9 * time.Minute)
	r.want() // the process is not ten minutes old
	if s := r.state("no data for 10m"); !s.Blind || s.Reason != "no valid event in the 9m that were watched of 10m" {
		t.Errorf("after 9 minutes: %+v", s)
	}
	r.run(1, 1, 0)
	r.StepWall(time.Hour)
	r.quiet(10 * time.Minute)
	r.want()
	r.quiet(2 * time.Minute) // the gap is believed after a minute
	if len(r.log) != 1 || !strings.HasSuffix(r.log[0], "started ticket no data for 10m") {
		t.Errorf("12 silent minutes after a suspend: heard %q, want a ticket", r.log)
	}
	r.run(1, 1, 0)
	if len(r.log) != 2 {
		t.Errorf("heard %q, want it resolved by the first event", r.log)
	}
}

// TestRulesOfTheirOwnAreHeard: what may hold for days keeps nothing else from being heard.
func TestRulesOfTheirOwnAreHeard(t *testing.T) {
	burn := policy.Rule{Name: "burn", Severity: policy.Page, When: policy.BurnRate{Factor: 5, Long: time.Minute, Short: 10 * time.Second}}
	r := newRig(t, only(policy.Rule{Severity: policy.Page, When: policy.Level(0.5)}, burn,
		policy.Rule{Severity: policy.Ticket, When: policy.Depletion{Share: 0.05, Within: time.Minute}}), tenMinutes())
	r.run(600, 9, 1)
	r.run(30, 0, 10)
	var heard []string
	for _, b := range r.heard {
		heard = append(heard, fmt.Sprintf("%v %s", b.State, strings.TrimPrefix(b.Key, "test/checkout/")))
	}
	want := "[started ticket:5%25%20in%201m started page:50%25%20left started page]"
	if fmt.Sprint(heard) != want {
		t.Errorf("heard %s, want %s", heard, want)
	}
	if open := r.watcher.Active(); len(open) != 3 {
		t.Errorf("Active() = %v, want three", open)
	}
	for _, s := range r.watcher.States() {
		if !s.Active || !s.Holds || s.Breach == "" {
			t.Errorf("States() has %+v, want it active in a breach", s)
		}
	}
}
