package main

import (
	"bytes"
	"math"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/seed-abb722f7/nines/budget"
)

func TestChartLevels(t *testing.T) {
	for _, c := range []struct {
		lowest float64
		want   []int64
		step   int64
	}{
		{1, []int64{100, 90, 80, 70, 60, 50, 40, 30, 20, 10, 0}, 10},
		{0, []int64{100, 90, 80, 70, 60, 50, 40, 30, 20, 10, 0}, 10},
		{-0.000001, []int64{100, 90, 80, 70, 60, 50, 40, 30, 20, 10, 0, -10}, 10},
		{-0.19, []int64{100, 90, 80, 70, 60, 50, 40, 30, 20, 10, 0, -10}, 10},
		{-0.5, []int64{100, 80, 60, 40, 20, 0, -20, -40}, 20},
		{-3, []int64{100, 50, 0, -50, -100, -150, -200, -250, -300}, 50},
		{-9.99, []int64{100, 0, -100, -200, -300, -400, -500, -600, -700, -800, -900}, 100},
		{-110.11, []int64{100, 0, -2000, -4000, -6000, -8000, -10000}, 2000},
	} {
		levels, step := chartLevels(c.lowest)
		if !slices.Equal(levels, c.want) || step != c.step {
			t.Errorf("chartLevels(%v) = %v, %d, want %v, %d", c.lowest, levels, step, c.want, c.step)
		}
	}
	for lowest := -1.0; lowest > -1e9; lowest *= 1.7 { // as low as the tightest target allows
		levels, _ := chartLevels(lowest)
		if len(levels) > 12 || levels[0] != 100 || !slices.Contains(levels, 0) || float64(levels[len(levels)-1]) < 100*lowest-1 {
			t.Errorf("chartLevels(%v) = %v, want at most 12 from 100 by 0 down to it", lowest, levels)
		}
	}
}

// TestChartMarks holds that a rounded chart says nothing that is not so: what is left is
// neither all nor nothing unless it is, and a debt is never rounded away.
func TestChartMarks(t *testing.T) {
	for _, c := range []struct {
		left float64
		want string // at 100, 50, 0, -50, -100
	}{
		{1, "##-  "},
		{0.9999999, " #-  "},
		{0.5, " #-  "},
		{0.0001, " #-  "},
		{0, "  -  "},
		{-0.0001, "  -x "},
		{-0.99, "  -x "},
		{-1, "  -xx"},
		{math.NaN(), "  -  "},
	} {
		var got strings.Builder
		for _, level := range []int64{100, 50, 0, -50, -100} {
			got.WriteByte(mark(c.left, level, 50))
		}
		if got.String() != c.want {
			t.Errorf("left %v: %q, want %q", c.left, got.String(), c.want)
		}
	}
	if got := mark(1-0.9, 10, 10); got != '#' {
		t.Errorf("1 - 0.9 at 10 %%: %q, want #: a float is not quite a tenth", got)
	}
}

// TestChartColumns holds that a curve is drawn where it belongs: steps where they happen, a
// period whole at its start, nothing where there was nothing.
func TestChartColumns(t *testing.T) {
	at := func(minute int) time.Time { return noon.Add(time.Duration(minute) * time.Minute) }
	points := func(list ...float64) (points []budget.Depletion) {
		for i := 0; i < len(list); i += 2 {
			points = append(points, budget.Depletion{At: at(int(list[i])), Consumed: 1 - list[i+1], Remaining: list[i+1]})
		}
		return points
	}
	c := newChart([]curve{
		{at(0), at(40), points(5, 1, 15, 0.5, 30, -0.5)},
		{at(60), at(80), points(70, 0.75)},
		{at(80), time.Time{}, points(95, 0.5)},
	}, at(100), time.UTC)
	values, starts := c.columns(10)
	for x, want := range []float64{1, 0.5, -0.5, math.NaN(), math.NaN(), 1, 0.75, 1, 1, 0.5} {
		if got := values[x]; got != want && !(math.IsNaN(got) && math.IsNaN(want)) {
			t.Errorf("column %d: %v, want %v", x, got, want)
		}
		if want := x == 5 || x == 7; starts[x] != want {
			t.Errorf("column %d: a period starts there: %v, want %v", x, starts[x], want)
		}
	}
	for _, width := range []int{0, narrowest, 80, 132, widest, 1000} {
		var b bytes.Buffer
		c.text(&b, width)
		longest := 0
		for line := range strings.Lines(b.String()) {
			longest = max(longest, len(strings.TrimSuffix(line, "\n")))
		}
		if want := min(max(width, narrowest), widest); longest != want {
			t.Errorf("in %d columns: the longest line has %d, want %d:\n%s", width, longest, want, &b)
		}
		for i, char := range b.Bytes() {
			if char != '\n' && (char < ' ' || char > '~') {
				t.Fatalf("in %d columns: byte %d is %#x, want plain characters", width, i, char)
			}
		}
	}
}

func TestChartOfNothing(t *testing.T) {
	untouched := []budget.Depletion{{At: noon, Remaining: 1}}
	spent := []budget.Depletion{{At: noon, Remaining: 0.5, Consumed: 0.5}}
	for _, curves := range [][]curve{nil, {{start: noon.Add(-time.Hour), points: untouched}}, {{start: noon, points: spent}}} {
		if c := newChart(curves, noon, time.UTC); c != nil {
			t.Errorf("newChart(%v) = %v, want none", curves, c)
		}
	}
}

func TestColumnsWithoutATerminal(t *testing.T) {
	if got := columns(&bytes.Buffer{}); got != 80 {
		t.Errorf("columns of a buffer: %d, want 80", got)
	}
}
