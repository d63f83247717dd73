package budget

import (
	"math"
	"testing"
)

func TestCountsSince(t *testing.T) {
	for _, tt := range []struct{ now, past, want Counts }{
		{Counts{5, 4, 3}, Counts{1, 1, 1}, Counts{4, 3, 2}},
		{Counts{5, 4, 3}, Counts{5, 4, 3}, Counts{}},
		{Counts{5, 4, 3}, Counts{6, 0, 0}, Counts{0, 4, 3}}, // as only a damaged history says
		{Counts{5, 4, 3}, Counts{0, 5, 0}, Counts{5, 0, 3}},
		{Counts{5, 4, 3}, Counts{0, 0, math.MaxUint64}, Counts{5, 4, 0}},
	} {
		if got := tt.now.since(tt.past); got != tt.want {
			t.Errorf("%+v.since(%+v) = %+v, want %+v", tt.now, tt.past, got, tt.want)
		}
	}
}
