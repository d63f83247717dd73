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

// A Clock turns readings of the monotonic and the wall clock into engine time. Its
// owner calls it from one goroutine at a time.
type Clock struct {
	engine  time.Duration // engine time at the last reading
	mono    time.Duration // the monotonic reading that belongs to it
	origin  time.Time     // the wall time of engine time 0, as of the last reading
	behind  time.Duration // how far wall clock steps went back and were not made up for
	ahead   time.Duration // while suspect: how far the wall clock is ahead, not in origin yet
	suspect bool
	since   time.Duration // engine time at which the clock became suspect
}

// A Reading is one moment on all clocks.
type Reading struct {
	Engine  time.Duration // time since the clock was made, unobserved time included; never goes back
	Wall    time.Time     // what to display, without monotonic part
	Gap     time.Duration // unobserved time that ended at this reading; 0 mostly
	Suspect bool          // the wall clock is ahead, and it is not yet known why
}

// New returns a clock whose engine time is 0 at the given readings.
func New(mono time.Duration, wall time.Time) *Clock {
	return &Clock{mono: mono, origin: wall.Round(0)}
}

// Resume returns a clock whose engine time goes on from another process's.
func Resume(engine, mono time.Duration, wall time.Time) *Clock {
	return &Clock{engine: engine, mono: mono, origin: wall.Round(0).Add(-engine)}
}

// Observe takes a pair of readings. A monotonic reading that goes back counts as
// standing still. A wall clock that is stepped back changes what is displayed and
// nothing else, and so does one that is then stepped forward again, as far as it had
// gone back: a clock being mended is no time that passed. One that is stepped further
// forward is suspect, and if it stays ahead for a minute, the difference is added to
// engine time as a gap.
func (c *Clock) Observe(mono time.Duration, wall time.Time) Reading {
	wall = wall.Round(0)
	if mono > c.mono {
		c.engine += mono - c.mono
		c.mono = mono
	}
	step := wall.Sub(c.origin.Add(c.engine))
	c.ahead = 0
	var gap time.Duration
	switch {
	case step <= Tolerance+c.behind: // in step, stepped back, or mended: follow
		c.origin = c.origin.Add(step)
		if step.Abs() > Tolerance {
			c.behind = max(c.behind-step, 0)
		}
		c.suspect = false
	case !c.suspect:
		c.suspect, c.since, c.ahead = true, c.engine, step
	case c.engine-c.since < Patience:
		c.ahead = step
	default:
		gap = step - c.behind
		c.origin = c.origin.Add(c.behind)
		c.engine += gap
		c.behind, c.suspect = 0, false
	}
	return Reading{Engine: c.engine, Wall: wall, Gap: gap, Suspect: c.suspect}
}

// Engine returns the engine time of a monotonic reading not before the last one
// observed.
func (c *Clock) Engine(mono time.Duration) time.Duration {
	return c.engine + max(mono-c.mono, 0)
}

// Wall returns the wall time that belongs to an engine time.
func (c *Clock) Wall(engine time.Duration) time.Time { return c.origin.Add(engine + c.ahead) }
