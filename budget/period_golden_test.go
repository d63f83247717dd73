package budget

import (
	"testing"
	"time"

	"github.com/seed-abb722f7/nines/slo"
)

// The book's three periods: half left at mid-period, nothing at 80 % of it, ends at -50 %;
// then whole again, ends at about 80 %; then 80 % left at 60 %, nothing left soon after,
// flat from 90 % on, ends at -20 %. Where nothing fails the curve is flat.
func TestG5ThreePeriods(t *testing.T) {
	for _, basis := range []Basis{DeclaredBasis, ForecastBasis} {
		t.Run(basis.String(), func(t *testing.T) {
			o := fourWeeks(672_000) // 6,720 may be bad
			start := monday
			if basis == ForecastBasis {
				o.ExpectedEvents = 0
				start = monday.AddDate(0, 0, -28)
			}
			s := simulateAt(t, start, o)
			if basis == ForecastBasis {
				hours(s, 672, 0) // a period to forecast from
			}
			b := s.Budget("orders")
			at := func(hour int, want float64) {
				t.Helper()
				got, ok := b.Remaining()
				if !ok || !near(got, want, 1e-3) {
					t.Errorf("hour %d: Remaining() = %v, %v, want %v, true", hour, got, ok, want)
				}
				if st := b.Status(); st.Basis != basis || !near(float64(st.Expected), 672_000, 2) {
					t.Errorf("hour %d: %d expected on basis %v, want 672000 on basis %v", hour, st.Expected, st.Basis, basis)
				}
			}
			hours(s, 336, 10) // 3,360 bad
			at(336, 0.5)
			hours(s, 100, 0)
			at(436, 0.5) // flat
			hours(s, 102, 33)
			at(538, 0.5-102*33/6720.) // 80 %: next to nothing left
			hours(s, 133, 25)
			hours(s, 1, 0)
			periods := b.Periods()
			first := periods[len(periods)-2]
			if !first.Closed || first.Fulfilled || !near(first.Remaining, 1-(3360+3366+3325)/6720., 1e-3) {
				t.Errorf("the first period: %+v, want it closed and broken at about -50 %%", first)
			}
			if in, ok := first.TimeToExhaustion(); !ok || !near(in.Hours(), 538, 1) {
				t.Errorf("exhausted after %v, %v, want 538 h, true", in, ok)
			}
			if rest := periods[len(periods)-1]; rest.Remaining != 1 || rest.Closed {
				t.Errorf("the second begins as %+v, want it whole", rest)
			}
			hours(s, 672, 2)
			second := b.Periods()[len(periods)-1]
			if !second.Fulfilled || !near(second.Remaining, 0.8, 1e-9) || !second.Exhausted.IsZero() {
				t.Errorf("the second period: %+v, want 80 %% left and never exhausted", second)
			}
			hours(s, 336, 4)
			hours(s, 67, 0)
			at(403, 0.8)
			hours(s, 24, 224)
			at(427, 0)
			hours(s, 168, 8)
			at(595, -0.2)
			hours(s, 76, 0)
			at(671, -0.2) // flat
			hours(s, 1, 0)
			third := b.Periods()[len(periods)]
			if third.Fulfilled || !near(third.Remaining, -0.2, 1e-3) {
				t.Errorf("the third period: %v, want -20 %%", third)
			}
		})
	}
}

// The 24-hour view of a budget that starts the day at 83 %, loses a little around 02:00
// and 03:00 and is flat then; and the view of the period: half lost in the second week,
// then everything in one day, flat to the end.
func TestG6TwoViews(t *testing.T) {
	s := simulateAt(t, monday, fourWeeks(672_000))
	b := s.Budget("orders")
	hours(s, 170, 0)
	hours(s, 22, 52) // 17 % gone on the eve
	midnight := s.Time()
	hours(s, 2, 0)
	hours(s, 1, 67) // around 02:00
	hours(s, 1, 34) // around 03:00
	hours(s, 20, 0)
	day := b.Depletion(time.Hour)
	var view []float64
	for _, p := range day {
		if !p.At.Before(midnight) {
			view = append(view, p.Remaining)
		}
	}
	if len(view) != 25 {
		t.Fatalf("%d points of the day, want 25", len(view))
	}
	for hour, got := range view {
		want := 0.83
		if hour >= 3 {
			want = 0.82
		}
		if hour >= 4 {
			want = 0.815
		}
		if !near(got, want, 2e-3) {
			t.Errorf("%02d:00: %v left, want %v", hour, got, want)
		}
	}
	hours(s, 100, 21) // the rest of the first half, still in the second week
	hours(s, 336-316, 1)
	hours(s, 24, 280) // everything in one day
	hours(s, 311, 0)
	curve := b.Depletion(time.Hour)
	if got, _ := b.Consumed(); curve[len(curve)-1].Consumed != got {
		t.Errorf("the curve ends at %v consumed, want %v", curve[len(curve)-1].Consumed, got)
	}
	last := curve[len(curve)-1].Remaining
	if !near(last, -0.5, 0.01) {
		t.Errorf("the period ends at %v, want -50 %%", last)
	}
	for i, p := range curve {
		if i > 0 && p.Consumed < curve[i-1].Consumed {
			t.Errorf("%v: %v consumed after %v, want a curve that never rises again", p.At, p.Consumed, curve[i-1].Consumed)
		}
		hour := int(p.At.Sub(monday).Hours())
		if hour > 370 && !near(p.Remaining, last, 0.02) {
			t.Errorf("hour %d: %v left, want it flat at %v", hour, p.Remaining, last)
		}
		if hour > 320 && hour < 330 && !near(p.Remaining, 0.5, 0.02) {
			t.Errorf("hour %d: %v left, want half", hour, p.Remaining)
		}
	}
}

// Incidents of 25 % and of about 150 % end the period at -75 %.
func TestG7TwoIncidents(t *testing.T) {
	s := simulateAt(t, monday, fourWeeks(672_000))
	hours(s, 100, 0)
	hours(s, 10, 168)
	hours(s, 200, 0)
	hours(s, 20, 504)
	hours(s, 341, 0)
	if got, ok := s.Budget("orders").Remaining(); !ok || !near(got, -0.75, 1e-3) {
		t.Errorf("Remaining() = %v, %v, want -0.75, true", got, ok)
	}
}

// What ended below zero says after how many days it got there.
func TestG10PrematureExhaustion(t *testing.T) {
	for _, tt := range []struct {
		end  float64
		days int
	}{{-0.70, 3}, {-0.30, 5}, {-0.43, 8}, {-0.51, 20}} {
		s := simulateAt(t, monday, fourWeeks(672_000))
		even := uint64(6720 / (24*tt.days - 1))
		hours(s, 24*tt.days-1, even)
		hours(s, 1, 6720-even*uint64(24*tt.days-1)) // the last hour of that day takes the rest
		rest := 6720 * -tt.end
		hours(s, 20, uint64(rest/20))
		hours(s, 672-20-24*tt.days, 0)
		p := s.Budget("orders").Periods()[0]
		in, ok := p.TimeToExhaustion()
		if !ok || !near(in.Hours()/24, float64(tt.days), 0.03) || !near(p.Remaining, tt.end, 3e-3) || p.Fulfilled {
			t.Errorf("ends at %v, exhausted after %v (%v), fulfilled %v; want %v after %d days, broken", p.Remaining, in, ok, p.Fulfilled, tt.end, tt.days)
		}
	}
}

// Depleted before its time: nine tenths of the budget within four weeks, or half of it
// within one.
func TestG14PrematureDepletion(t *testing.T) {
	s := simulateAt(t, monday, fourWeeks(672_000))
	b := s.Budget("orders")
	hours(s, 168, 19)
	if got, ok := b.Spent(7 * slo.Day); !ok || got >= 0.5 {
		t.Errorf("Spent(7 days) = %v, %v, want a little less than half", got, ok)
	}
	hours(s, 168, 20)
	if got, ok := b.Spent(7 * slo.Day); !ok || !near(got, 0.5, 0.006) {
		t.Errorf("Spent(7 days) = %v, %v, want half: 3,360 of 6,720", got, ok)
	}
	if got, ok := b.Spent(28 * slo.Day); !ok || !near(got, 0.975, 1e-3) {
		t.Errorf("Spent(28 days) = %v, %v, want 0.975", got, ok)
	}
	for _, d := range []time.Duration{0, -time.Hour, 40 * slo.Day} {
		if got, ok := b.Spent(d); ok || got != 0 {
			t.Errorf("Spent(%v) = %v, %v, want 0, false", d, got, ok)
		}
	}
}
