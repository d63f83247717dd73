package policy

import (
	"slices"
	"time"

	"github.com/seed-abb722f7/nines/budget"
)

// episodes returns the episodes of the budget that a breach which started then overlaps.
func (s *subject) episodes(started time.Time) []budget.Episode {
	return slices.DeleteFunc(s.budget.Episodes(), func(e budget.Episode) bool { return !e.Open && e.End.Before(started) })
}

// maxBreachMarkers bounds the markers of a breach.
const maxBreachMarkers = 16

// markers returns the last deployment before an incident, and what was marked since.
func markers(t *budget.Tracker, b *Breach) []budget.Marker {
	began := b.Started
	if len(b.Episodes) > 0 && b.Episodes[0].Start.Before(began) {
		began = b.Episodes[0].Start
	}
	var list []budget.Marker
	for _, m := range t.Markers() { // oldest first
		switch {
		case !m.At.Before(began):
			list = append(list, m)
		case m.Kind == budget.DeploymentMarker:
			list = []budget.Marker{m}
		}
	}
	return list[max(len(list)-maxBreachMarkers, 0):]
}
