package stripe

import "math"

// natural are the natural edges, in nanoseconds.
var natural = func() (edges [(maxOctave-minOctave)*perOctave + 1]int64) {
	for i := range edges {
		edges[i] = int64(math.Floor(math.Exp2(float64(minOctave*perOctave+i)/perOctave) * 1e9))
	}
	return edges
}()

// Natural returns how many natural edges there are.
func Natural() int { return len(natural) }

// Join returns the counts between natural edges, given those of all buckets of an
// [Exponential] layout: what an extra edge splits is added up. The first is of what is at
// most the first natural edge, the last of what is above the last one.
func (l *Layout) Join(buckets []uint64) []uint64 {
	joined := make([]uint64, len(natural)+1)
	at := 0
	for i, n := range buckets {
		edge, ok := l.Edge(i)
		for at < len(natural) && (!ok || edge > natural[at]) {
			at++
		}
		joined[at] += n
	}
	return joined
}
