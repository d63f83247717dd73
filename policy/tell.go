package policy

import "time"

// staleHold is how long a breach must have been stale before that is told: what comes back
// at once needs no word.
const staleHold = time.Minute

// settle notes what a tick did to an episode, and appends what is to be told of it.
func (w *Watcher) settle(dst []Breach, s *subject, g *group, severity Severity, c change) []Breach {
	e, in := g.of(severity)
	switch {
	case c == opened:
		in.begin(w.now)
	case c == unchanged && !e.open:
		return dst
	}
	in.observe(s, g, e, w.now, c)
	if c == closed {
		if !in.told {
			in.suppressed++
			return dst
		}
		return append(dst, s.breach(w, g, severity, Resolved))
	}
	in.rate(s, g, e, w.now)
	in.notice(s.waits(g, e, severity), w.now)
	if w.now.elapsed < in.snoozed {
		return dst
	}
	snooze := s.checks[g.from+e.by].snooze
	interval := max(w.plan.Resend, snooze)
	state := Ongoing
	switch {
	case !in.told:
		state = Started
		in.missed, in.suppressed = in.suppressed, 0
	case !in.unsaid && (interval == 0 || w.now.elapsed-in.last < interval):
		return dst
	}
	in.told, in.unsaid, in.last = true, false, w.now.elapsed
	if snooze > 0 {
		in.snoozed = w.now.elapsed + snooze
	}
	b := s.breach(w, g, severity, state)
	in.stale = b.State == Stale
	return append(dst, b)
}

// An incident is what a watcher knows of an episode besides its rules: when it began, and
// what was told of it.
type incident struct {
	at      time.Time     // of the start
	elapsed time.Duration // engine time of the start

	told   bool          // that it started
	stale  bool          // it was told to be stale
	since  time.Duration // engine time since which it has been stale; 0 if it is not
	unsaid bool          // something has changed that was not told
	last   time.Duration // engine time at which something was told

	rating   rating
	peak     float64
	timeline []TimelineEntry
	omitted  uint64 // entries of the timeline that had no room
	missed   uint64 // breaches before it that were not told

	// What was snoozed outlives the incident.
	snoozed    time.Duration // engine time until which nothing is told but its end
	suppressed uint64        // breaches that were not told, since the last that was
}

// begin starts an incident.
func (in *incident) begin(now moment) {
	*in = incident{at: now.at, elapsed: now.elapsed, snoozed: in.snoozed, suppressed: in.suppressed}
}

// notice takes whether the incident is stale now.
func (in *incident) notice(waits bool, now moment) {
	switch {
	case !waits:
		in.since = 0
		if in.stale {
			in.stale, in.unsaid = false, true
			in.note(now.at, "measured again")
		}
	case in.since == 0:
		in.since = now.elapsed
	case !in.stale && now.elapsed-in.since >= staleHold:
		in.stale, in.unsaid = true, true
		in.note(now.at, "stale: nothing is measured that could end it")
	}
}
