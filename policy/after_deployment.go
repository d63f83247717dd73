package policy

import (
	"fmt"
	"time"

	"github.com/seed-abb722f7/nines/budget"
	"github.com/seed-abb722f7/nines/slo"
)

// An AfterDeployment holds while, after a deployment (see budget.Tracker.MarkDeployment), more
// than a share of the valid events is bad: AfterDeployment{ErrorRate: 0.05, Over: 5 *
// time.Minute} when the error rate is above 5 % for 5 minutes, of which all lie after the
// deployment. A callback may roll it back.
//
// It begins to hold only within a while after the deployment, and then holds for as long as
// the error rate is above. Until Over has passed since a deployment nothing is known of it: no
// breach opens, and one that is open stays so until what was deployed now has proved better.
// Time that nobody observed counts as without errors.
type AfterDeployment struct {
	// ErrorRate is a share of the valid events, as a ratio above 0 and below 1.
	ErrorRate float64

	// Over is what the error rate is taken over. It is positive, and at most the longest window
	// of the tracker's objectives.
	Over time.Duration

	// Until is how long after the deployment the criterion may begin to hold, and longer than
	// Over. Zero is an hour, or twelve times Over if that is more.
	Until time.Duration
}

// deploymentWatch is how long after a deployment it is held to account, unless the rule says.
const deploymentWatch = time.Hour

func (a AfterDeployment) until() time.Duration {
	if a.Until == 0 {
		return max(deploymentWatch, keepShare*a.Over)
	}
	return a.Until
}

// String returns such as "above 5% after a deployment".
func (a AfterDeployment) String() string {
	return "above " + shareName(a.ErrorRate) + " after a deployment"
}

func (a AfterDeployment) words() string {
	return fmt.Sprintf("an error rate above %s for %s, beginning within %s after a deployment",
		percent(a.ErrorRate), slo.FormatDuration(a.Over), slo.FormatDuration(a.until()))
}

func (AfterDeployment) traits(*slo.Objective) traits { return traits{counts: true} }

func (a AfterDeployment) check(p *plan, refuse reject) {
	switch {
	case !(a.ErrorRate < 1) && a.ErrorRate > 1 && a.ErrorRate < 100:
		refuse("ErrorRate", a.ErrorRate, fmt.Sprintf("want a ratio below 1: did you mean %v?", a.ErrorRate/100))
	case !(a.ErrorRate > 0 && a.ErrorRate < 1) || billionths(a.ErrorRate) == 0:
		refuse("ErrorRate", a.ErrorRate, "want a ratio above 0 and below 1, such as 0.05 for 5 %")
	}
	p.checkLength("Over", a.Over, refuse)
	if a.Until != 0 && a.Until <= a.Over {
		refuse("Until", a.Until, fmt.Sprintf("want a length above Over, which is %s, or zero", slo.FormatDuration(a.Over)))
	}
}

func (AfterDeployment) reach(*slo.Objective, reject) {}

func (a AfterDeployment) on(_ *subject, m minimum) evaluator {
	return &deployed{AfterDeployment: a, minimum: m, exact: billionths(a.ErrorRate), windows: []time.Duration{a.Over}}
}

// deployed is an AfterDeployment at work.
type deployed struct {
	AfterDeployment
	minimum minimum
	exact   uint64 // the error rate, in billionths
	windows []time.Duration
	since   budget.Since
	known   bool          // something was deployed
	counted budget.Window // what was judged
	held    bool
}

func (d *deployed) lengths() []time.Duration { return d.windows }

func (d *deployed) inherit(from evaluator) {
	if old, ok := from.(*deployed); ok {
		d.held = old.held
	}
}

func (d *deployed) judge(v view) truth {
	before := d.held
	d.held = false
	d.since, d.known = v.budget.SinceDeployment()
	age := d.since.After.Length
	if !d.known || age > d.until() && !before {
		return truth{}
	}
	if age < d.Over {
		return truth{blind: true}
	}
	// A window may be a little longer than it should be: nothing before the deployment counts.
	d.counted = *v.window(0)
	if d.counted.Counts.Valid() > d.since.After.Counts.Valid() {
		d.counted.Counts = d.since.After.Counts
	}
	var t truth
	if above(&d.counted, billion, d.exact) {
		t = d.minimum.weigh(d.counted.Counts)
	}
	t.blind = !t.holds && (v.stalled > 0 || d.counted.Counts.Valid() == 0)
	d.held = t.holds
	return t
}

func (d *deployed) reason(v view, t truth) string {
	version := d.since.Deployment.Text
	switch age := d.since.After.Length; {
	case !d.known:
		return "nothing was deployed"
	case age < d.Over:
		return fmt.Sprintf("%s was deployed %v ago, and %s are needed", version, age.Truncate(time.Second), slo.FormatDuration(d.Over))
	case age > d.until() && !t.holds && !t.pending && !t.heldBack:
		return fmt.Sprintf("%s was deployed more than %s ago", version, slo.FormatDuration(d.until()))
	case t.heldBack:
		return d.minimum.missing(d.counted.Counts)
	case v.stalled > 0 && !t.holds:
		return stalledText
	case t.blind:
		return "no valid events in " + slo.FormatDuration(d.Over)
	}
	c := d.counted.Counts
	text := fmt.Sprintf("%d of %d events in %s after the deployment of %s were bad, ", c.Bad, c.Valid(), slo.FormatDuration(d.Over), version)
	if t.holds || t.pending {
		return text + "above " + percent(d.ErrorRate)
	}
	return text + "not above " + percent(d.ErrorRate)
}
