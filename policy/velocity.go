package policy

import (
	"time"

	"github.com/seed-abb722f7/nines/slo"
)

// The velocity rules (Ukis, Establishing SRE Foundations, table 9.6): more than so much of
// the budget, in hundredths, spent in so many consecutive minutes.
var velocityRules = [...]struct {
	priority string
	severity Severity
	percent  uint64
	within   time.Duration
}{
	{"P1", Page, 75, 5 * time.Minute},
	{"P2", Page, 50, 10 * time.Minute},
	{"P3", Ticket, 25, 15 * time.Minute},
	{"P4", Ticket, 25, 20 * time.Minute},
}

// VelocityRules returns the rules of an objective that tell of a budget that is gone within
// minutes, each with its priority: more than 75 % of it in 5 consecutive minutes is P1, 50 %
// in 10 is P2, 25 % in 15 is P3 and in 20 is P4. The first two page, the others make a
// ticket. They are burn rates over the one window, so that of one incident the gravest is
// told, and raises the priority of what is open.
//
// It returns those that even traffic can reach: over 28 days none at 99.8 %, P3 and P4 at
// 99.9 %, and all four at 99.99 %. They name the objective, are not among the default rules, and are to be
// passed as Config.Rules. It is nil for an objective with an invalid target or window.
func VelocityRules(o slo.Objective) (rules []Rule) {
	window := o.Window.Length()
	if o.Target.AllowedPerBillion() == 0 || window <= 0 {
		return nil
	}
	for _, v := range velocityRules {
		if v.within > window {
			continue
		}
		factor := share(v.percent, window, v.within)
		if !reachable(factor, o.Target) {
			continue
		}
		rules = append(rules, Rule{
			Name:     shareName(float64(v.percent)/100) + " in " + slo.FormatDuration(v.within),
			Severity: v.severity, Priority: v.priority, Objectives: []string{o.Name},
			When: BurnRate{Factor: float64(factor) / billion, Long: v.within},
		})
	}
	return rules
}
