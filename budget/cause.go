package budget

import (
	"maps"
	"slices"
	"strings"
	"sync/atomic"
	"time"

	"github.com/seed-abb722f7/nines/internal/ring"
	"github.com/seed-abb722f7/nines/slo"
)

// maxCauses bounds the causes that one operation tells apart, and those that are listed of
// all operations together.
const maxCauses = 32

// A CauseCost says how much of an error budget was spent for one cause.
type CauseCost struct {
	// Cause is what handlers or clients said; "_OTHER" stands for those beyond the first 32,
	// and "" for bad events of which nobody said anything.
	Cause string

	// Bad is the number of bad events.
	Bad uint64

	// Cost is the share of the whole budget that they spent, Share their share of all bad
	// events of the window, in (0, 1]: 0.5 if half of it was payments.
	Cost, Share float64
}

// ByCause returns for which causes budget was spent over a window, the worst first, then
// those beyond the 32 worst, and last what nobody gave a cause. Causes are what handlers say
// with slo.Event.Bad, and what client middleware blames if asked to; on an event that
// counts as good or not at all they do not count. The window is at most the longest of the
// tracker's objectives; 0 is the objective's own, or its calendar period so far. The list is
// empty when no event was bad; it is nil for any other window, and when the objective is
// unknown or the tracker closed. Of an objective in slices of time Bad counts the events in
// them, and Cost divides what the slices spent.
func (b Budget) ByCause(window time.Duration) (list []CauseCost) {
	b.read(func(e *engine, j *judged, now time.Duration) {
		if window >= 0 && window <= e.history {
			list = e.byCause(j, now, window)
		}
	})
	return list
}

// Caused returns how many events of the budget's source were given a cause since the tracker
// was made: by handlers (see [slo.Event.Bad]), or by clients that blame a dependency. It is 0
// for a cause that nobody gave, for event streams, and when the objective is unknown or the
// tracker closed. It does not allocate.
func (b Budget) Caused(cause string) (n uint64) {
	cause = canonical(cause)
	b.read(func(e *engine, j *judged, _ time.Duration) {
		for _, o := range e.sources(j) {
			if known := o.causes.Load(); known != nil {
				for key, cell := range known.cells {
					if key.text == cause {
						n += cell.n.Load()
					}
				}
			}
		}
	})
	return n
}

func (e *engine) byCause(j *judged, now, window time.Duration) []CauseCost {
	judge := j.events()
	own := e.ownCounts(j, now)
	spent := own.Bad
	if window == 0 {
		var none reading
		window = e.ownPast(j, &none, now)
	} else {
		spent = e.count(j, now, window).Bad
	}
	cost, _ := e.share(j, spent, now)
	window = min(window, now-j.since)
	counts := e.causesSince(j, now, now-window)
	all := e.count(judge, now, window).Bad // read after the causes: what comes meanwhile hides nothing of those that nobody gave one
	return listCauses(counts, all, cost)
}

// listCauses orders causes and says what each has cost, given all bad events and what they
// cost together.
func listCauses(counts map[string]uint64, all uint64, cost float64) []CauseCost {
	list := []CauseCost{}
	other, named := counts[otherName], uint64(0)
	for _, name := range slices.Sorted(maps.Keys(counts)) {
		named += counts[name]
		if name != otherName && counts[name] > 0 {
			list = append(list, CauseCost{Cause: name, Bad: counts[name]})
		}
	}
	slices.SortStableFunc(list, func(a, b CauseCost) int {
		switch {
		case a.Bad > b.Bad:
			return -1
		case a.Bad < b.Bad:
			return 1
		}
		return strings.Compare(a.Cause, b.Cause)
	})
	for _, c := range list[min(len(list), maxCauses):] {
		other += c.Bad
	}
	list = list[:min(len(list), maxCauses)]
	if other > 0 {
		list = append(list, CauseCost{Cause: otherName, Bad: other})
	}
	if all > named {
		list = append(list, CauseCost{Bad: all - named})
	}
	all = max(all, named)
	for i := range list {
		list[i].Share = float64(list[i].Bad) / float64(all)
		list[i].Cost = cost * list[i].Share
	}
	return list
}

// causesSince counts the bad events of an objective by cause, from a moment on.
func (e *engine) causesSince(j *judged, now, from time.Duration) map[string]uint64 {
	counts := map[string]uint64{}
	units := uint32(e.unitsUp(now))
	then := ring.Align(units, uint32(e.units(from)))
	e.eachBadCause(j, func(cause string, cell *causeCell) {
		n := cell.before + cell.n.Load()
		if n -= min(n, cell.history.At(units, then)); n > 0 {
			counts[cause] += n
		}
	})
	return counts
}

// eachBadCause calls f for what has been said of events that are bad as the objective judges
// them: for each class of them, so for a cause more than once.
func (e *engine) eachBadCause(j *judged, f func(cause string, cell *causeCell)) {
	judge := j.events()
	for _, o := range e.sources(j) {
		known := o.causes.Load()
		if known == nil {
			continue
		}
		for key, cell := range known.cells {
			if judge.bad.has(key.class) {
				f(key.text, cell)
			}
		}
	}
}

// causes are those that an operation has counted. The maps never change once they are
// published; the cells do.
type causes struct {
	cells map[causeKey]*causeCell
	texts map[string]struct{}
}

// A causeKey is a cause and the class of the events that it is the cause of: objectives
// decide by class.
type causeKey struct {
	text  string
	class slo.Class
}

// A causeCell counts the events of one key.
type causeCell struct {
	n atomic.Uint64 // by this process

	// The rest belongs to the engine, under its lock.
	before  uint64      // by processes before it
	history ring.Series // of both
}

// blame counts an event of a cause.
func (o *Operation) blame(text string, class slo.Class) {
	for {
		if known := o.causes.Load(); known != nil {
			if _, ok := known.texts[text]; !ok && len(known.texts) >= maxCauses {
				text = otherName
			}
			if cell, ok := known.cells[causeKey{text, class}]; ok {
				cell.n.Add(1)
				return
			}
		}
		text = o.addCause(text, class)
	}
}

// addCause makes room for a cause of a class, and returns the text under which it is
// counted: the one for all others if there is no room.
func (o *Operation) addCause(text string, class slo.Class) string {
	o.causesMu.Lock()
	defer o.causesMu.Unlock()
	text = canonical(text)
	longer := &causes{map[causeKey]*causeCell{}, map[string]struct{}{}}
	if known := o.causes.Load(); known != nil {
		if _, ok := known.cells[causeKey{text, class}]; ok {
			return text // it was only not spelt so
		}
		maps.Copy(longer.cells, known.cells)
		maps.Copy(longer.texts, known.texts)
	}
	if _, ok := longer.texts[text]; !ok && (len(longer.texts) >= maxCauses || len(text) > maxOperationName) {
		text = otherName
	}
	key := causeKey{text, class}
	if _, ok := longer.cells[key]; !ok {
		if text != otherName {
			longer.texts[text] = struct{}{}
		}
		longer.cells[key] = new(causeCell)
		o.causes.Store(longer)
	}
	return text
}

// counts lists what this process has counted, by name.
func (c *causes) counts() []CauseCount {
	if c == nil {
		return nil
	}
	sums := map[string]uint64{}
	for key, cell := range c.cells {
		if n := cell.n.Load(); n > 0 {
			sums[key.text] += n
		}
	}
	var list []CauseCount
	for _, name := range slices.Sorted(maps.Keys(sums)) {
		list = append(list, CauseCount{name, sums[name]})
	}
	return list
}

// note appends what was counted to the histories.
func (c *causes) note(at moment) {
	if c == nil || at.wait {
		return
	}
	for _, cell := range c.cells {
		cell.history.Append(at.stamp, cell.before+cell.n.Load(), at.keep)
	}
}

// histories calls f for every series.
func (c *causes) histories(f func(*ring.Series)) {
	if c == nil {
		return
	}
	for _, cell := range c.cells {
		f(&cell.history)
	}
}

// eachCauses calls f for the causes of every operation that has any.
func (e *engine) eachCauses(f func(*causes)) {
	for _, list := range [...][]*Operation{e.requests.all(), e.calls.all(), e.streams.all()} {
		for _, o := range list {
			if c := o.causes.Load(); c != nil {
				f(c)
			}
		}
	}
}
