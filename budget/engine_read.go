package budget

import (
	"time"

	"github.com/seed-abb722f7/nines/internal/ring"
)

// own fills in an empty reading with what this process has counted up to this moment.
func (e *engine) own(j *judged, r *reading) {
	if j.slices != nil {
		j.slices.read(r)
		return
	}
	if j.scope.op != nil {
		j.add(r, j.scope.op.table)
		return
	}
	for _, o := range e.requests.all() {
		j.add(r, o.table)
	}
}

// live fills in an empty reading with what has been counted up to this moment, restored
// history included.
func (e *engine) live(j *judged, r *reading) {
	e.own(j, r)
	j.onTop(r)
}

// past fills in an empty reading with what the source had counted a window before
// now, never later; of a window that reaches back beyond the objective's own history, what
// it had counted when that began.
func (e *engine) past(j *judged, r *reading, now, window time.Duration) {
	if now-window < j.since {
		*r = j.opening
		return
	}
	units := uint32(e.unitsUp(now))
	j.past(r, units, ring.Align(units, uint32(e.units(now-window))))
}
