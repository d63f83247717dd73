package budget

import "time"

// Caused returns how many events of the budget's source were given a cause since the tracker
// was made: by handlers (see [slo.Event.Bad]), or by clients that blame a dependency. It is 0
// for a cause that nobody gave, for event streams, and when the objective is unknown or the
// tracker closed. It does not allocate.
func (b Budget) Caused(cause string) (n uint64) {
	cause = canonical(cause)
	b.read(func(e *engine, j *judged, _ time.Duration) {
		for _, o := range e.sources(j) {
			if known := o.causes.Load(); known != nil {
				if c, ok := (*known)[cause]; ok {
					n += c.Load()
				}
			}
		}
	})
	return n
}
