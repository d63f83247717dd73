package policy

import (
	"fmt"
	"time"

	"github.com/seed-abb722f7/nines/budget"
)

// A Dependency is the error budget on something that the service calls, as it was when a
// [Breach] was told. It is a plain value.
type Dependency struct {
	Name      string // the error budget: the name of an objective on slo.Dependency
	Operation string // what is called

	// Known, Counts, SLI and Remaining are over the objective's own window: fields of
	// budget.Status, and the same as there. BurnRate is that of the last hour, or of the whole
	// window if that is shorter; 0 without a valid event.
	Known          budget.Known
	Counts         budget.Counts
	SLI, Remaining float64
	BurnRate       float64
}

func newDependency(s budget.Status) Dependency {
	d := Dependency{Name: s.Name, Operation: s.Operation, Known: s.Known, Counts: s.Counts, SLI: s.SLI, Remaining: s.Remaining, BurnRate: s.Consumed}
	for _, w := range s.BurnRates {
		if w.Length <= time.Hour { // they ascend
			d.BurnRate = w.BurnRate
		}
	}
	return d
}

// String returns such as "payments: SLI 99.95 %, burn rate 4 in the last hour, 12 % of the
// error budget remains".
func (d Dependency) String() string {
	switch d.Known {
	case budget.NoSuchObjective, budget.Stale, budget.NoEvents:
		return d.Name + ": " + d.Known.String()
	}
	return fmt.Sprintf("%s: SLI %s, burn rate %s in the last hour, %s of the error budget remains",
		d.Name, percent(d.SLI), number(d.BurnRate), percent(d.Remaining))
}
