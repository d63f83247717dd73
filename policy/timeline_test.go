package policy

import (
	"fmt"
	"testing"
	"time"
)

// Of a long timeline the middle is left out: the first half of what is kept is how it began, the
// other half what happened last.
func TestLongTimelineLosesItsMiddle(t *testing.T) {
	const half = maxTimeline / 2
	var in incident
	at := time.Date(2025, time.March, 3, 12, 0, 0, 0, time.UTC)
	for n := 1; n <= 3*maxTimeline; n++ {
		in.note(at.Add(time.Duration(n)*time.Second), fmt.Sprint(n))
		omitted := max(0, n-maxTimeline)
		if len(in.timeline) != n-omitted || in.omitted != uint64(omitted) {
			t.Fatalf("after %d: %d entries, %d omitted, want %d, %d", n, len(in.timeline), in.omitted, n-omitted, omitted)
		}
		for i, got := range in.timeline {
			want := i + 1
			if i >= half {
				want += omitted
			}
			if got.Text != fmt.Sprint(want) || !got.At.Equal(at.Add(time.Duration(want)*time.Second)) {
				t.Fatalf("after %d: entry %d is %+v, want what was noted as number %d", n, i, got, want)
			}
		}
	}
}
