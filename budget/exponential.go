package budget

import "math"

// An Exponential is a latency histogram whose buckets grow by a factor of 2^(1/8), as
// Prometheus native histograms of schema 3 and OpenTelemetry exponential histograms of scale
// 3 define. It is a plain value.
type Exponential struct {
	Count     uint64
	Sum       float64 // seconds
	ZeroCount uint64  // at most ExponentialZero seconds

	// Counts holds, at i, those above 2^((ExponentialOffset+i)/8) seconds, and at most the
	// next such power; the last holds all above 2^7. It is nil when nothing has happened.
	Counts []uint64
}

// The layout of every [Exponential].
const (
	ExponentialScale  = 3         // buckets grow by 2^(2^-ExponentialScale)
	ExponentialZero   = 1. / 8192 // 2^-13: seconds within which buckets do not tell apart
	ExponentialOffset = -13 * 8   // the index of the first bucket in OpenTelemetry; in Prometheus it is one more
)

// Exponential returns the histogram in exponential buckets. A bucket that an edge of the
// tracker splits is joined: counts are exact, but thresholds are no bounds of these, so
// that SLIs are not read from them.
func (h Histogram) Exponential() Exponential {
	e := Exponential{Count: h.Count, Sum: h.Sum}
	if h.Count == 0 {
		return e
	}
	joined := h.layout.Join(h.buckets)
	if h.layout.Len() == 1 { // an event stream knows of no time
		joined[0], joined[len(joined)-1] = h.Count, 0
	}
	e.ZeroCount, e.Counts = joined[0], joined[1:]
	return e
}

// UpperBound returns the upper bound of bucket i in seconds, which the bucket includes;
// +Inf for the last.
func (e Exponential) UpperBound(i int) float64 {
	if i >= len(e.Counts)-1 {
		return math.Inf(1)
	}
	return math.Exp2(float64(ExponentialOffset+i+1) / 8)
}
