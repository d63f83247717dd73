package policy_test

import (
	"fmt"
	"math"
	"strings"
	"testing"
	"time"

	"github.com/seed-abb722f7/nines/policy"
	"github.com/seed-abb722f7/nines/slo"
)

// write writes rules as "page 1h/5m 13.44".
func write(rules []policy.Rule) string {
	var list []string
	for _, r := range rules {
		list = append(list, fmt.Sprintf("%v %s %v", r.Severity, r.Name, r.When.(policy.BurnRate).Factor))
	}
	return strings.Join(list, ", ")
}

func TestDefaultRules(t *testing.T) {
	const h, d = time.Hour, slo.Day
	for _, tt := range []struct {
		window time.Duration
		target float64
		want   string
	}{
		{7 * d, 99.9, "page 1h/5m 3.36, page 6h/30m 1.4, ticket 1d/2h 1"},
		{14 * d, 99.9, "page 1h/5m 6.72, page 6h/30m 2.8, ticket 1d/2h 1.4, ticket 3d/6h 1"},
		{28 * d, 99.9, "page 1h/5m 13.44, page 6h/30m 5.6, ticket 1d/2h 2.8, ticket 3d/6h 1"},
		{30 * d, 99.9, "page 1h/5m 14.4, page 6h/30m 6, ticket 1d/2h 3, ticket 3d/6h 1"},
		{84 * d, 99.9, "page 1h/5m 40.32, page 6h/30m 16.8, ticket 1d/2h 8.4, ticket 3d/6h 2.8"},
		{90 * d, 99.9, "page 1h/5m 43.2, page 6h/30m 18, ticket 1d/2h 9, ticket 3d/6h 3"},

		// Loose targets: at most 0.8 / (1 - target), and equal factors once.
		{28 * d, 95, "page 1h/5m 13.44, page 6h/30m 5.6, ticket 1d/2h 2.8, ticket 3d/6h 1"},
		{28 * d, 93, "page 1h/5m 11.428571428, page 6h/30m 5.6, ticket 1d/2h 2.8, ticket 3d/6h 1"},
		{28 * d, 90, "page 1h/5m 8, page 6h/30m 5.6, ticket 1d/2h 2.8, ticket 3d/6h 1"},
		{28 * d, 80, "page 1h/5m 4, ticket 1d/2h 2.8, ticket 3d/6h 1"},
		{28 * d, 50, "page 1h/5m 1.6, ticket 1d/2h 1.6, ticket 3d/6h 1"},
		{28 * d, 20, "page 1h/5m 1, ticket 1d/2h 1"},
		{28 * d, 10, "page 1h/5m 0.888888888, ticket 1d/2h 0.888888888"},
		{90 * d, 90, "page 1h/5m 8, ticket 1d/2h 8, ticket 3d/6h 3"},
		{28 * d, 99.9999, "page 1h/5m 13.44, page 6h/30m 5.6, ticket 1d/2h 2.8, ticket 3d/6h 1"},

		// Short windows: nothing looks back over more than a quarter.
		{12 * d, 99.9, "page 1h/5m 5.76, page 6h/30m 2.4, ticket 1d/2h 1.2, ticket 3d/6h 1"},
		{12*d - 1, 99.9, "page 1h/5m 5.76, page 6h/30m 2.4, ticket 1d/2h 1.2"},
		{4 * d, 99.9, "page 1h/5m 1.92, page 6h/30m 1, ticket 1d/2h 1"},
		{d, 99.9, "page 1h/5m 1"}, // both pages at 1: the shorter
		{4 * h, 99.9, "page 1h/5m 1"},
		{4*h - 1, 99.9, ""},
		{time.Minute, 99.9, ""},
		{math.MaxInt64, 99.9999999, "page 1h/5m 51240.955760304, page 6h/30m 21350.39823346, ticket 1d/2h 10675.19911673, ticket 3d/6h 3558.399705577"},
	} {
		o := slo.Objective{Name: "o", Of: slo.All, SLI: slo.Availability(), Target: slo.Percent(tt.target), Window: slo.Rolling(tt.window)}
		if got := write(policy.DefaultRules(o)); got != tt.want {
			t.Errorf("DefaultRules(%v%% over %v) = %s, want %s", tt.target, tt.window, got, tt.want)
		}
	}
}

func TestDefaultRulesAreRules(t *testing.T) {
	o := slo.Objective{Name: "o", Of: slo.All, SLI: slo.Availability(), Target: slo.Percent(99.9)}
	rules := policy.DefaultRules(o)
	want := policy.Rule{
		Name: "6h/30m", Severity: policy.Page, Objectives: []string{"o"},
		When: policy.BurnRate{Factor: 5.6, Long: 6 * time.Hour, Short: 30 * time.Minute},
	}
	if got := rules[1]; fmt.Sprint(got) != fmt.Sprint(want) {
		t.Errorf("DefaultRules(28d)[1] = %+v, want %+v", got, want)
	}
	for _, o := range []slo.Objective{{}, {Target: slo.Percent(100)}, {Target: slo.Percent(99), Window: slo.Rolling(-1)}, {Target: slo.Percent(99), Window: slo.Rolling(0)}} {
		if got := policy.DefaultRules(o); got != nil {
			t.Errorf("DefaultRules(%+v) = %v, want nil", o, got)
		}
	}
}

// TestDefaultRulesCanHold checks the promise of fitting over many targets and windows: no
// default rule can be refused, none is out of reach.
func TestDefaultRulesCanHold(t *testing.T) {
	for days := 1; days <= 90; days += 7 {
		for _, ratio := range []float64{0.000000001, 0.01, 0.2, 0.5, 0.8, 0.93, 0.99, 0.999, 0.999999999} {
			o := slo.Objective{
				Name: "o", Of: slo.All, SLI: slo.Availability(), Target: slo.Ratio(ratio),
				Window: slo.Rolling(time.Duration(days) * slo.Day),
			}
			seen := map[string]bool{}
			for _, r := range policy.DefaultRules(o) {
				limit, b := o.Target.MaxBurnRate(), r.When.(policy.BurnRate)
				if b.Factor <= 0 || b.Factor > 0.8*limit || b.Factor < 1 && b.Factor < 0.8*limit-1e-9 {
					t.Errorf("%v over %v: %s has factor %v, want at least 1 and at most %v", o.Target, o.Window, r.Name, b.Factor, 0.8*limit)
				}
				if b.Long > o.Window.Length()/4 {
					t.Errorf("%v over %v: %s looks back %v", o.Target, o.Window, r.Name, b.Long)
				}
				if twin := fmt.Sprint(r.Severity, b.Factor); seen[twin] {
					t.Errorf("%v over %v: two rules are %s", o.Target, o.Window, twin)
				} else {
					seen[twin] = true
				}
			}
		}
	}
}
