package promslo

import (
	dto "github.com/prometheus/client_model/go"

	"github.com/seed-abb722f7/nines/budget"
)

// Native histograms have schema 3, in which bucket 1 is the first above one second. Every
// bucket that is not empty belongs to a span of neighbours.
var (
	nativeSchema        = int32(budget.ExponentialScale)
	nativeZeroThreshold = budget.ExponentialZero
)

const nativeFirst = budget.ExponentialOffset + 1

// maxGap is how many empty buckets a span rather has than that another begins: a span
// costs as much as two, as client_golang has it.
const maxGap = 2

// native writes the buckets of a native histogram beside the classic ones. The threshold
// above zero says that it is one, also while it is empty. What took longer than 128
// seconds is in the bucket after that.
func native(h *dto.Histogram, e *budget.Exponential) {
	h.Schema, h.ZeroThreshold, h.ZeroCount = &nativeSchema, &nativeZeroThreshold, &e.ZeroCount
	var last int64 // count of the bucket before
	next := 0      // the bucket that a delta comes for
	for i, n := range e.Counts {
		if n == 0 {
			continue
		}
		gap := i - next
		if spans := len(h.PositiveSpan); spans == 0 || gap > maxGap {
			offset := int32(gap)
			if spans == 0 {
				offset += nativeFirst
			}
			h.PositiveSpan = append(h.PositiveSpan, &dto.BucketSpan{Offset: &offset, Length: new(uint32)})
			next = i
		}
		length := h.PositiveSpan[len(h.PositiveSpan)-1].Length
		for ; next <= i; next++ {
			have := int64(e.Counts[next])
			h.PositiveDelta = append(h.PositiveDelta, have-last)
			last = have
			*length++
		}
	}
}

// addNative adds the counts of another tracker.
func addNative(e, other *budget.Exponential) {
	e.Count += other.Count
	e.Sum += other.Sum
	e.ZeroCount += other.ZeroCount
	if e.Counts == nil {
		e.Counts = other.Counts // nobody else has it
		return
	}
	for i, n := range other.Counts {
		e.Counts[i] += n
	}
}
