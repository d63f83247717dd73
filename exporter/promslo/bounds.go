package promslo

import (
	"slices"
	"time"
)

// maxBounds is the most bounds a histogram has. Each is a series for every operation
// and class.
const maxBounds = 24

// A ladder is the bounds of the histograms of one tracker, ascending: as durations,
// and as Prometheus has them, in seconds.
type ladder struct {
	edges []time.Duration
	le    []float64
}

// newLadder chooses from all bounds at which counts are exact. Thresholds come first
// where there are too many, spread evenly where even they are.
func newLadder(all, thresholds []time.Duration) ladder {
	if len(all) > maxBounds {
		chosen := spread(thresholds, maxBounds)
		fixed := slices.DeleteFunc(slices.Clone(all), func(d time.Duration) bool {
			_, isThreshold := slices.BinarySearch(thresholds, d)
			return isThreshold
		})
		all = append(chosen, spread(fixed, maxBounds-len(chosen))...)
		slices.Sort(all)
	}
	var l ladder
	for _, d := range all {
		le := d.Seconds()
		if n := len(l.le); n > 0 && l.le[n-1] == le {
			continue // beyond 104 days, neighbours are one float64
		}
		l.edges = append(l.edges, d)
		l.le = append(l.le, le)
	}
	return l
}

// spread returns at most n of the list, its first and last among them if n is at least 2.
func spread(list []time.Duration, n int) []time.Duration {
	if len(list) <= n {
		return slices.Clone(list)
	}
	chosen := make([]time.Duration, n)
	for i := range chosen {
		chosen[i] = list[i*(len(list)-1)/max(n-1, 1)]
	}
	return chosen
}
