package budget

import (
	"time"

	"github.com/seed-abb722f7/nines/internal/clockwork"
	"github.com/seed-abb722f7/nines/internal/stripe"
	"github.com/seed-abb722f7/nines/slo"
)

// The engine is events in, advance(now), one consistent read out. The cells of the
// operations are read by whoever asks; everything else here is written by advance
// alone, under the tracker's lock. It starts no goroutine and reads no clock, so
// that live use, simulation and replay run the same code.
type engine struct {
	plan
	requests *registry
	calls    *registry // of dependencies
	streams  *registry
	tallier  tallier

	clock    *clockwork.Clock
	now      clockwork.Reading // of the last advance
	mono     time.Duration     // the monotonic reading of the last advance
	began    time.Time         // wall time
	gaps     []gap             // stretches of engine time that nobody observed, oldest first
	asleep   time.Duration     // the length of all gaps ever
	ticks    uint64
	swept    time.Duration // engine time at which every history was last looked after
	changed  bool          // the last advance saw events
	timing   bool          // some operation was asked for latencies
	waited   bool          // the last advance noted nothing, because the clock was suspect
	owed     bool          // this one notes what those before it did not
	doubted  time.Duration // while the clock is suspect: engine time since when
	sweeping bool          // this one looks after every history

	noted       time.Duration // engine time of the last tick that was noted
	notedBefore time.Duration // and of the one before
	markers     markerLog

	restored  bool                   // history was carried over
	resumed   time.Duration          // engine time at which this process took over
	reach     time.Duration          // engine time from which on history was kept: earlier windows were shorter
	inherited map[string]inheritance // the objectives that were carried over

	inheritedAccounts map[string]accountHistory // the periods that were carried over
	inheritedSlices   map[string]sliceHistory   // the slices that were carried over
	inheritedEpisodes map[string]episodeHistory // the episodes that were carried over

	scopes   map[*Operation]*scope
	all      *scope
	allSeen  tally
	progress uint64 // requests answered, of all operations
	known    int    // how many of the requests' operations have been looked at

	objectives []*judged // in order of declaration; those of Each as operations come
	byName     map[string]*judged
	sliced     []*judged                // those of them that judge slices of time
	each       []*judged                // declarations of slo.Each
	available  map[slo.Source][]slo.SLI // the availability SLIs that count on each source
	succession *succession              // while they are updated
}

func newEngine(p plan, h *history, requests, calls, streams *registry, layout *stripe.Layout, mono time.Duration, wall time.Time) *engine {
	e := &engine{
		plan: p, requests: requests, calls: calls, streams: streams,
		clock: clockwork.New(mono, wall), mono: mono,
		scopes: map[*Operation]*scope{}, all: &scope{}, byName: map[string]*judged{},
	}
	e.tallier.fit(layout)
	e.resume(h, mono, wall)
	e.now = e.clock.Observe(mono, wall)
	e.noted, e.notedBefore = e.now.Engine, e.now.Engine
	declared := e.judgeAll()
	e.adopt(h)
	e.declare(declared)
	e.meetNew()
	e.began = e.now.Wall
	return e
}
