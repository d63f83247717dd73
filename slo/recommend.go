package slo

import (
	"fmt"
	"slices"
	"time"
)

// An Observation is what one period showed of an SLI.
type Observation struct {
	Bad, Valid uint64 // events; Bad is at most Valid
}

// A Recommendation is a target that the past would have kept, see [Recommend].
type Recommendation struct {
	Target  Target
	Kept    int // how many of the periods would have kept it
	Periods int // how many had valid events

	// Best and Worst are the largest and the smallest share of good events of a period.
	Best, Worst float64
}

// String returns the recommendation as reports show it, such as "99.5%: kept in 11 of 13
// periods, from 98.7% to 99.97%".
func (r Recommendation) String() string {
	return fmt.Sprintf("%v: kept in %d of %d periods, from %.4g%% to %.4g%%", r.Target, r.Kept, r.Periods, 100*r.Worst, 100*r.Best)
}

// usualTargets are the targets that Recommend chooses from, tightest first: round numbers that
// people can remember. No history proposes more than four nines: those have to be built for.
var usualTargets = [...]uint64{ // bad events per billion
	100_000, 500_000, 1_000_000, 5_000_000, 10_000_000, 20_000_000, 50_000_000, 100_000_000, 200_000_000, 250_000_000, 500_000_000,
}

// Recommend proposes an initial target from what past periods showed: the tightest of the
// usual ones, from 50 % to 99.99 %, that at least three of four periods would have kept. So it
// is never tighter than the best of them, and one bad month does not decide. A period of so few
// events that one bad one is worth more than the budget ([Target.TooFew]) proves no target, and
// one without valid events is left out.
//
// It is the start of a talk and not its end: what users need may be more or less than what
// they got. ok is false if there is nothing to recommend: no events, or a past that kept not
// even 50 %.
func Recommend(periods ...Observation) (r Recommendation, ok bool) {
	for _, p := range periods {
		if p.Valid == 0 {
			continue
		}
		good := float64(p.Valid-min(p.Bad, p.Valid)) / float64(p.Valid)
		if r.Periods == 0 {
			r.Best, r.Worst = good, good
		}
		r.Best, r.Worst = max(r.Best, good), min(r.Worst, good)
		r.Periods++
	}
	for _, allowed := range usualTargets {
		t := Target{allowed: allowed}
		kept := 0
		for _, p := range periods {
			if t.Met(p.Bad, p.Valid) && !t.TooFew(p.Valid) {
				kept++
			}
		}
		if kept > 0 && 4*kept >= 3*r.Periods {
			r.Target, r.Kept = t, kept
			return r, true
		}
	}
	return Recommendation{}, false
}

// RecommendThreshold proposes an initial latency threshold for a target, from the latencies
// within which that share of the requests of each past period was served (of 80 %, their 80th
// percentile): one that at least three of four periods would have kept, rounded up to what
// people would choose, such as 350 ms for 312 ms. So it is never below the fastest of them.
// Latencies of 0 and below are periods without requests, and left out. ok is false if no other
// is left.
func RecommendThreshold(latencies ...time.Duration) (threshold time.Duration, ok bool) {
	sorted := slices.DeleteFunc(slices.Clone(latencies), func(d time.Duration) bool { return d <= 0 })
	if len(sorted) == 0 {
		return 0, false
	}
	slices.Sort(sorted)
	return roundUp(max(sorted[(3*len(sorted)+3)/4-1], minLatency)), true
}

// roundUp returns d, or the next longer latency with one digit or a five as its second.
func roundUp(d time.Duration) time.Duration {
	step := time.Duration(1)
	for step <= d/10 {
		step *= 10
	}
	if step > 1 {
		step /= 2
	}
	if up := d + (step-d%step)%step; up > 0 {
		return up
	}
	return d // beyond what a Duration can hold, there is nothing rounder
}
