package policy

import (
	"math"
	"math/big"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/seed-abb722f7/nines/budget"
	"github.com/seed-abb722f7/nines/slo"
)

func window(bad, valid uint64, observed, length time.Duration) *budget.Window {
	return &budget.Window{Length: length, Observed: observed, Counts: budget.Counts{Good: valid - bad, Bad: bad}}
}

// TestAboveIsStrictAndExact: equality does not hold, one event more does, for factors that
// no float64 represents.
func TestAboveIsStrictAndExact(t *testing.T) {
	for _, tt := range []struct {
		target          float64
		factor          float64
		bad, valid      uint64 // burn rate = factor exactly
		coverage, whole time.Duration
	}{
		{99.9, 13.44, 1344, 100_000, time.Hour, time.Hour},
		{99.9, 5.6, 56, 10_000, time.Hour, time.Hour},
		{99.9, 14.4, 144, 10_000, time.Hour, time.Hour},
		{99.9, 14.4, 288, 10_000, time.Hour, 2 * time.Hour}, // half of it watched
		{99.9, 6.72, 672, 100_000, time.Hour, time.Hour},
		{99.9, 1, 1, 1000, time.Hour, time.Hour},
		{99, 1.1, 11, 1000, time.Hour, time.Hour},
		{99.99, 0.3, 3, 100_000, time.Hour, time.Hour},
		{95, 3.3333, 16_666_500, 100_000_000, time.Second, time.Second},
		{99.9999, 2.8, 2800 << 30, 1_000_000_000 << 30, 365 * slo.Day, 365 * slo.Day},
		{50, 1.6, 8 << 60 / 10, 1 << 60, slo.Day, slo.Day}, // not exact: 0.8 is no binary fraction
	} {
		allowed, factor := slo.Percent(tt.target).AllowedPerBillion(), billionths(tt.factor)
		if above(window(tt.bad, tt.valid, tt.coverage, tt.whole), allowed, factor) {
			t.Errorf("%v%%: %d bad of %d is above %v, want equal", tt.target, tt.bad, tt.valid, tt.factor)
		}
		if !above(window(tt.bad+1, tt.valid, tt.coverage, tt.whole), allowed, factor) {
			t.Errorf("%v%%: %d bad of %d is not above %v", tt.target, tt.bad+1, tt.valid, tt.factor)
		}
		if above(window(tt.bad, tt.valid, tt.coverage-1, tt.whole), allowed, factor) {
			t.Errorf("%v%%: %d bad of %d, a nanosecond less watched, is above %v", tt.target, tt.bad, tt.valid, tt.factor)
		}
	}
}

func TestAboveOfNothing(t *testing.T) {
	for _, w := range []*budget.Window{
		{},
		{Length: time.Hour},
		window(0, 100, time.Hour, time.Hour),
		window(100, 100, 0, time.Hour),
		{Counts: budget.Counts{Bad: 5}, Observed: time.Hour},
	} {
		if above(w, 1_000_000, 1) {
			t.Errorf("above(%+v) = true, want false", *w)
		}
	}
}

// TestAboveMatchesRationals compares with arithmetic that cannot overflow, at the edges of
// every operand.
func TestAboveMatchesRationals(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 4))
	pick := func(limit uint64) uint64 {
		switch r.IntN(4) {
		case 0:
			return limit
		case 1:
			return 1 + r.Uint64N(min(limit, 1000))
		}
		return 1 + r.Uint64N(limit)
	}
	for range 20_000 {
		valid := pick(math.MaxUint64)
		bad := pick(valid)
		length := pick(math.MaxInt64)
		observed := pick(length)
		allowed := pick(billion - 1)
		factor := pick(billion * billion)
		left, right := new(big.Int).SetUint64(bad), new(big.Int).SetUint64(valid)
		for _, x := range []uint64{billion, billion, observed} {
			left.Mul(left, new(big.Int).SetUint64(x))
		}
		for _, x := range []uint64{allowed, factor, length} {
			right.Mul(right, new(big.Int).SetUint64(x))
		}
		w := window(bad, valid, time.Duration(observed), time.Duration(length))
		if got, want := above(w, allowed, factor), left.Cmp(right) > 0; got != want {
			t.Fatalf("above(%+v, %d, %d) = %v, want %v", *w, allowed, factor, got, want)
		}
	}
}

func TestReachable(t *testing.T) {
	for _, tt := range []struct {
		factor, target float64
		want           bool
	}{
		{14.4, 93.1, true},
		{14.4, 93, false},
		{10, 90, false},
		{9.999999999, 90, true},
		{6, 83.4, true},
		{6, 83.3, false},
		{1000, 99.9, false},
		{999.999999999, 99.9, true},
		{1, 1.0000001, true},
		{2, 50, false},
		{999_999_999, 99.9999999, true},
	} {
		if got := reachable(billionths(tt.factor), slo.Percent(tt.target)); got != tt.want {
			t.Errorf("reachable(%v at %v%%) = %v, want %v", tt.factor, tt.target, got, tt.want)
		}
	}
}

func TestMinimumOfBadEvents(t *testing.T) {
	for _, tt := range []struct {
		severity        Severity
		minBad          uint64
		bad, good       uint64
		holds, heldBack bool
	}{
		{Page, 0, 0, 0, false, false},
		{Page, 0, 1, 0, false, true},
		{Page, 0, 2, 0, false, true},
		{Page, 0, 3, 0, true, false}, // a total outage of three
		{Page, 0, 3, 1, false, true},
		{Page, 0, 4, 1, false, true},
		{Page, 0, 5, 1, true, false},
		{Page, 0, 5, 1_000_000, false, false}, // not above the factor: nothing to hold back
		{Page, 1, 1, 10, true, false},
		{Page, 50, 49, 0, false, true}, // its own minimum has no exception
		{Page, 50, 50, 0, true, false},
		{Ticket, 0, 1, 0, false, true},
		{Ticket, 0, 1, 1, false, true},
		{Ticket, 0, 2, 10, true, false},
		{Ticket, 9, 8, 0, false, true},
	} {
		r := Rule{Severity: tt.severity, MinBad: tt.minBad}
		s := &subject{allowed: 1_000_000, windows: []budget.Window{*window(tt.bad, tt.bad+tt.good, time.Hour, time.Hour)}}
		e := BurnRate{Factor: 1, Long: time.Hour, Short: time.Minute}.on(s, r.minimum())
		if got := e.judge(view{s, []int{0, 0}}); got.holds != tt.holds || got.heldBack != tt.heldBack {
			t.Errorf("%v with MinBad %d, %d bad and %d good: holds %v, held back %v, want %v, %v",
				tt.severity, tt.minBad, tt.bad, tt.good, got.holds, got.heldBack, tt.holds, tt.heldBack)
		}
	}
}

func TestGivingUp(t *testing.T) {
	for _, tt := range []struct {
		cancelled, all  uint64
		holds, heldBack bool
	}{
		{0, 0, false, false},
		{19, 19, false, true},
		{20, 20, true, false},
		{20, 199, true, false},
		{20, 200, false, false}, // exactly 10 %
		{21, 209, true, false},
		{21, 210, false, false},
		{1, 2, false, true},
		{math.MaxUint64 / 10, math.MaxUint64, false, false},
		{math.MaxUint64/10 + 1, math.MaxUint64, true, false},
	} {
		if got := (givingUp{}).weigh(tt.cancelled, tt.all); got.holds != tt.holds || got.heldBack != tt.heldBack {
			t.Errorf("giving up: weigh(%d of %d) = %v, %v, want %v, %v", tt.cancelled, tt.all, got.holds, got.heldBack, tt.holds, tt.heldBack)
		}
	}
}
