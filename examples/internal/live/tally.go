package live

import (
	"cmp"
	"maps"
	"sync"

	"github.com/seed-abb722f7/nines/budget"
	"github.com/seed-abb722f7/nines/slo"
)

// An Outcome is what a client saw of a request: whom it asked, and the class of what it
// was answered.
type Outcome struct {
	Operation string
	Class     slo.Class
}

func (o Outcome) compare(other Outcome) int {
	return cmp.Or(cmp.Compare(o.Operation, other.Operation), cmp.Compare(o.Class, other.Class))
}

// A Tally counts responses as they came back to the client. It shares nothing with what
// the server counts, but for the names. It is safe for concurrent use.
type Tally struct {
	mu     sync.Mutex
	counts map[Outcome]uint64
	lost   uint64 // requests without a response
	reason error  // of the last one lost
}

// Add counts a response.
func (t *Tally) Add(o Outcome) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.counts == nil {
		t.counts = map[Outcome]uint64{}
	}
	t.counts[o]++
}

// Lose counts a request that had no response.
func (t *Tally) Lose(reason error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.lost++
	t.reason = reason
}

// Sent returns how many responses there were.
func (t *Tally) Sent() uint64 {
	t.mu.Lock()
	defer t.mu.Unlock()
	return total(t.counts)
}

// Compare returns what was counted here beside what a tracker counted.
func (t *Tally) Compare(with budget.Report) Comparison {
	t.mu.Lock()
	defer t.mu.Unlock()
	return Comparison{maps.Clone(t.counts), counted(with), t.lost, t.reason}
}
