package clockwork

import "time"

// Tolerance is the difference between the wall clock and engine time that is
// followed without remark: the slewing of a time daemon, or a late reading. A
// larger one is a step.
const Tolerance = time.Second

// Patience is how long a forward step must persist before it is believed to be time
// that passed unobserved (a suspend, a paused machine) and not an error of the wall
// clock about to be mended.
const Patience = time.Minute

// farthest is as far as engine time is ever taken by gaps, and the largest difference
// of clocks that is told from larger ones: 146 years. Engine time has as much again
// before it would overflow.
const farthest = time.Duration(1 << 62)

// A Clock turns readings of the monotonic and the wall clock into engine time. Its
// owner calls it from one goroutine at a time.
type Clock struct {
	engine  time.Duration // engine time at the last reading
	mono    time.Duration // the monotonic reading that belongs to it
	shown   time.Time     // the wall time of engine time 0, as the wall clock has it now
	origin  time.Time     // the same as it is believed; behind shown while suspect
	behind  time.Duration // how far wall clock steps went back and were not made up for
	suspect bool
	since   time.Duration // while suspect: the engine time at which it began
	least   time.Duration // while suspect: the least that the wall clock was ahead
}

// A Reading is one moment on all clocks.
type Reading struct {
	Engine  time.Duration // time since the clock was made, unobserved time included; never goes back
	Wall    time.Time     // what to display, without monotonic part
	Gap     time.Duration // unobserved time that ended at this reading; 0 mostly
	Suspect bool          // the wall clock is ahead, and it is not yet known why
}

// New returns a clock whose engine time is 0 at the given readings.
func New(mono time.Duration, wall time.Time) *Clock { return Resume(0, mono, wall) }

// Resume returns a clock whose engine time goes on from another process's.
func Resume(engine, mono time.Duration, wall time.Time) *Clock {
	origin := wall.Round(0).Add(-engine)
	return &Clock{engine: engine, mono: mono, shown: origin, origin: origin}
}

// Observe takes a pair of readings. A monotonic reading that goes back counts as
// standing still. A wall clock that is stepped back changes what is displayed and
// nothing else, and so does one that is then stepped forward again, as far as it had
// gone back: a clock being mended is no time that passed. One that is stepped further
// forward is suspect, and by as much as it stays ahead for a whole minute, that is
// added to engine time as a gap. A step of more than 146 years, and gaps of more than
// that in all, count as so much.
func (c *Clock) Observe(mono time.Duration, wall time.Time) Reading {
	wall = wall.Round(0)
	if mono > c.mono {
		c.engine += mono - c.mono
		c.mono = mono
	}
	c.shown = wall.Add(-c.engine)
	step := min(max(c.shown.Sub(c.origin), -farthest), farthest)
	ahead := step - c.behind
	if ahead <= Tolerance { // in step, stepped back, or mended: follow
		if step.Abs() > Tolerance {
			c.behind = min(max(-ahead, 0), farthest)
		}
		c.origin, c.suspect = c.shown, false
		return Reading{Engine: c.engine, Wall: wall}
	}
	if !c.suspect {
		c.suspect, c.since, c.least = true, c.engine, ahead
	}
	c.least = min(c.least, ahead)
	var gap time.Duration
	if c.engine-c.since >= Patience {
		gap = c.pass(ahead)
	}
	return Reading{Engine: c.engine, Wall: wall, Gap: gap, Suspect: c.suspect}
}

// pass adds the gap that has persisted, and returns it. What a later step has put on
// top has a minute of its own to go.
func (c *Clock) pass(ahead time.Duration) (gap time.Duration) {
	gap = max(min(c.least, farthest-c.engine), 0)
	c.engine += gap
	c.shown = c.shown.Add(-gap)
	c.origin, c.behind = c.shown, 0
	if rest := ahead - c.least; rest > Tolerance {
		c.origin = c.shown.Add(-rest)
		c.since, c.least = c.engine, rest
		return gap
	}
	c.suspect = false
	return gap
}

// Engine returns the engine time of a monotonic reading not before the last one
// observed.
func (c *Clock) Engine(mono time.Duration) time.Duration {
	return c.engine + max(mono-c.mono, 0)
}

// Believed returns the wall time that belongs to an engine time, as far as the wall clock is
// believed: while it is suspect, as if it had not gone ahead.
func (c *Clock) Believed(engine time.Duration) time.Time { return c.origin.Add(engine) }

// Wall returns the wall time that belongs to an engine time, as the wall clock has it
// now.
func (c *Clock) Wall(engine time.Duration) time.Time { return c.shown.Add(engine) }
