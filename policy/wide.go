package policy

import "math/bits"

// A wide is an unsigned integer of 256 bits, lowest word first: room for a count of 64
// bits, a duration of 63 and two factors of 30 and 60.
type wide [4]uint64

func product(factors ...uint64) wide {
	w := wide{1}
	for _, f := range factors {
		var carry uint64
		for i := range w {
			hi, lo := bits.Mul64(w[i], f)
			var c uint64
			w[i], c = bits.Add64(lo, carry, 0)
			carry = hi + c // does not overflow: hi is at most 2^64 - 2
		}
	}
	return w
}

func (w wide) less(other wide) bool {
	var borrow uint64
	for i := range w {
		_, borrow = bits.Sub64(w[i], other[i], borrow)
	}
	return borrow != 0
}
