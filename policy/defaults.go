package policy

import (
	"math/bits"
	"time"

	"github.com/seed-abb722f7/nines/slo"
)

// The default rules (Google, The Site Reliability Workbook, chapter 5, table 5-8, with
// the one-day rule that generators such as Sloth add): so much of the budget, in
// hundredths, spent within the long window.
var defaultRules = [...]struct {
	name        string
	severity    Severity
	percent     uint64
	long, short time.Duration
}{
	{"1h/5m", Page, 2, time.Hour, 5 * time.Minute},
	{"6h/30m", Page, 5, 6 * time.Hour, 30 * time.Minute},
	{"1d/2h", Ticket, 10, slo.Day, 2 * time.Hour},
	{"3d/6h", Ticket, 10, 3 * slo.Day, 6 * time.Hour},
}

// capTenths keeps a default factor at or below 0.8 / (1 - target): a rule whose factor is
// near 1 / (1 - target), the greatest burn rate there is, would miss all but a total
// outage.
const capTenths = 8

// longest is the greatest part of an objective's window that a default rule looks back
// over, as a divisor.
const longest = 4

// DefaultRules returns the default burn-rate rules of an objective, fastest first, pages
// before tickets: 2 % of the error budget spent in 1 h (checked over 5 min too) and 5 %
// in 6 h (30 min) page; 10 % in 1 d (2 h) and 10 % in 3 d (6 h) make a ticket.
//
// The factors are derived from the objective: share x window / long window, raised to at
// least 1, then lowered to at most 0.8 / (1 - target). Over 28 days at 99.9 % they are
// 13.44, 5.6, 2.8 and 1. Of rules of one severity with equal factors only the one with the
// shorter windows is kept, and a long window above a quarter of the objective's is left
// out, so that an objective over less than 4 hours has none.
//
// The rules name the objective and have MinBad zero. They are what [Watch] uses for it, to
// be changed and passed as Config.Rules where they do not fit. It is nil for an objective
// with an invalid target or window.
func DefaultRules(o slo.Objective) []Rule {
	var rules []Rule
	for _, f := range fit(o) {
		if f.leftOut == "" {
			rules = append(rules, f.rule)
		}
	}
	return rules
}

// A fitted is a default rule with where its factor comes from, and why it was left out if
// it was.
type fitted struct {
	rule    Rule
	percent uint64
	long    time.Duration
	exact   uint64 // the factor, in billionths
	derived uint64 // the factor before it was raised or lowered
	leftOut string
}

// fit derives the default rules of an objective, those left out included.
func fit(o slo.Objective) []fitted {
	allowed, window := o.Target.AllowedPerBillion(), o.Window.Length()
	if allowed == 0 || window <= 0 {
		return nil
	}
	rules := make([]fitted, 0, len(defaultRules))
	for _, d := range defaultRules {
		f := fitted{percent: d.percent, long: d.long, derived: share(d.percent, window, d.long)}
		f.exact = min(max(f.derived, billion), capTenths*(billion*billion/10)/allowed)
		f.rule = Rule{
			Name: d.name, Severity: d.severity, Objectives: []string{o.Name},
			When: BurnRate{Factor: float64(f.exact) / billion, Long: d.long, Short: d.short},
		}
		if d.long > window/longest {
			f.leftOut = "its long window is above a quarter of the objective's, which is " + slo.FormatDuration(window)
		}
		for _, before := range rules {
			if f.leftOut == "" && before.leftOut == "" && before.rule.Severity == d.severity && before.exact == f.exact {
				f.leftOut = "its factor is that of " + before.rule.Name + ", whose windows are shorter"
			}
		}
		rules = append(rules, f)
	}
	return rules
}

// share returns percent/100 x window / long in billionths, rounded to the nearest.
func share(percent uint64, window, long time.Duration) uint64 {
	// The quotient fits: the window is below 2^63 ns, and long at least an hour.
	hi, lo := bits.Mul64(uint64(window), percent*(billion/100))
	q, rest := bits.Div64(hi, lo, uint64(long))
	if rest >= uint64(long)-rest {
		q++
	}
	return q
}
