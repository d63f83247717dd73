package policy_test

import (
	"fmt"
	"maps"
	"testing"
	"time"

	"github.com/seed-abb722f7/nines/budget/budgettest"
	"github.com/seed-abb722f7/nines/policy"
	"github.com/seed-abb722f7/nines/slo"
)

func TestGoldenIncidentFromTheFirstSecond(t *testing.T) {
	for _, tt := range []struct {
		good, bad int
		want      int // the first second after 48.4, 302.4 and 2,419.2
	}{{0, 100, 49}, {84, 16, 303}, {98, 2, 2420}} {
		r := newRig(t, policy.Config{})
		r.run(tt.want-1, tt.good, tt.bad)
		r.want()
		r.run(1, tt.good, tt.bad)
		r.want(fmt.Sprintf("%d started page 1h/5m", tt.want))
	}
}

// TestGoldenWindows has the second of a total outage, from the first of a process on, in which
// each default rule becomes true: the first after factor x long window x (1 - target).
func TestGoldenWindows(t *testing.T) {
	for _, tt := range []struct {
		days time.Duration
		want map[string]int
	}{
		{7, map[string]int{"1h/5m": 13, "6h/30m": 31, "1d/2h": 87}},
		{14, map[string]int{"1h/5m": 25, "6h/30m": 61, "1d/2h": 121, "3d/6h": 260}},
		{28, map[string]int{"1h/5m": 49, "6h/30m": 121, "1d/2h": 242, "3d/6h": 260}},
		{30, map[string]int{"1h/5m": 52, "6h/30m": 130, "1d/2h": 260, "3d/6h": 260}},
		{84, map[string]int{"1h/5m": 146, "6h/30m": 363, "1d/2h": 726, "3d/6h": 726}},
		{90, map[string]int{"1h/5m": 156, "6h/30m": 389, "1d/2h": 778, "3d/6h": 778}},
	} {
		o := checkout()
		o.Window = slo.Rolling(tt.days * slo.Day)
		r := newRig(t, policy.Config{NoHealth: true}, o)
		got := map[string]int{}
		for len(got) < len(tt.want) && r.second < 1000 {
			r.run(1, 0, 100)
			for _, s := range r.watcher.States() {
				if _, seen := got[s.Rule]; s.Holds && !seen {
					got[s.Rule] = r.second
				}
			}
		}
		if !maps.Equal(got, tt.want) {
			t.Errorf("%d days: held first at %v, want %v", tt.days, got, tt.want)
		}
		r.want(fmt.Sprintf("%d started page 1h/5m", tt.want["1h/5m"])) // and all others joined
	}
}

func TestGoldenYoungProcessIsSilent(t *testing.T) {
	r := newRig(t, policy.Config{})
	r.run(300, 99, 1)
	r.want()
	slow := r.state("6h/30m")
	if slow.Holds || slow.HeldBack {
		t.Errorf("5 minutes of 1 %% errors: %v, want it not to hold", slow)
	}
	// Burn and coverage apart: the burn rate alone would be above the factor.
	if slow.Long.BurnRate != 10 || slow.Factor != 5.6 || slow.Long.Coverage() != 300.0/21600 {
		t.Errorf("burn rate %v, factor %v, coverage %v, want 10, 5.6, %v", slow.Long.BurnRate, slow.Factor, slow.Long.Coverage(), 300.0/21600)
	}
}

func TestGoldenOneIncidentOneBreach(t *testing.T) {
	r := newRig(t, policy.Config{})
	r.run(1800, 50, 50)
	r.want("97 started page 1h/5m")
	open := r.watcher.Active()
	if len(open) != 1 || open[0].State != policy.Ongoing || len(open[0].Rules) != 4 || open[0].Joined != 3 {
		t.Fatalf("after 30 minutes: Active() = %v, want one page that all four rules belong to", open)
	}
	r.run(7200-1800, 100, 0)
	if got, want := r.log[len(r.log)-1], "resolved page 1h/5m"; len(r.log) != 2 || got[5:] != want {
		t.Fatalf("heard %q, want a page that started and was resolved", r.log)
	}
	resolved := r.heard[1].Resolved.Sub(budgettest.Start)
	t.Logf("resolved after %v", resolved)
	if want := 5390 * time.Second; (resolved - want).Abs() > 20*time.Second {
		t.Errorf("resolved after %v, want about %v", resolved, want)
	}
	// The ticket rules are active still, and start nothing.
	if s := r.state("1d/2h"); !s.Holds || s.Breach != "" {
		t.Errorf("two hours on: %v, in breach %q, want it to hold and to belong to none", s, s.Breach)
	}
	r.run(28_000, 1, 0)
	if len(r.log) != 2 {
		t.Errorf("ten hours in: heard %q, want nothing more", r.log)
	}
	if s := r.state("1d/2h"); s.Holds {
		t.Errorf("ten hours in: %v holds still", s)
	}
}

func TestGoldenTwoIncidents(t *testing.T) {
	r := newRig(t, policy.Config{})
	r.run(1800, 50, 50)
	r.run(5400, 100, 0)
	r.run(1800, 50, 50)
	r.run(24_000, 100, 0)
	var first, second int
	if len(r.log) == 4 {
		_, err := fmt.Sscanf(r.log[1]+" "+r.log[3], "%d resolved page 1h/5m %d resolved page 6h/30m", &first, &second)
		if err != nil {
			t.Errorf("heard %q: %v", r.log, err)
		}
	}
	t.Logf("resolved at %d and %d", first, second)
	want := []string{
		"97 started page 1h/5m", fmt.Sprintf("%d resolved page 1h/5m", first),
		"7221 started page 6h/30m", fmt.Sprintf("%d resolved page 6h/30m", second),
	}
	r.want(want...)
	if first < 5370 || first > 5410 || second < 12570 || second > 12610 {
		t.Errorf("resolved at %d and %d, want about 5390 and 12590", first, second)
	}
}

func TestGoldenQuietNight(t *testing.T) {
	r := newRig(t, policy.Config{})
	for range 8 * 6 { // one request in ten minutes, of which one fails
		r.run(1, 1, 0)
		r.quiet(599 * time.Second)
	}
	r.run(1, 0, 1)
	for range 600 {
		if got := r.state("6h/30m"); got.Holds {
			t.Fatalf("one failed request: %v holds", got)
		}
		r.quiet(time.Second)
	}
	r.want()
	for rule, want := range map[string]string{"6h/30m": "1 of 5 bad events", "1d/2h": "1 of 2 bad events"} {
		if s := r.state(rule); !s.HeldBack || s.Reason != want {
			t.Errorf("one failed request: %s held back %v: %q, want %q", rule, s.HeldBack, s.Reason, want)
		}
	}
}
