package main

import (
	"bytes"
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/seed-abb722f7/nines/budget"
)

// The columns of a chart, labels included: below, two dates do not fit; above, a curve has
// no more points.
const (
	narrowest = 60
	widest    = 200
)

// A chart shows what was left of a budget over time, in characters that any terminal, pipe
// and mail has.
type chart struct {
	curves   []curve // in order of time
	from, to time.Time
	zone     *time.Location // of the times below
}

// newChart returns the chart of curves up to now; nil if nothing was spent.
func newChart(curves []curve, now time.Time, zone *time.Location) *chart {
	for _, cv := range curves {
		if cv.points[len(cv.points)-1].Consumed > 0 && now.After(curves[0].start) {
			return &chart{curves, curves[0].start, now, zone}
		}
	}
	return nil
}

// text draws the chart. What is left of the budget is rounded down, but never to nothing,
// and so is what was overspent: a column that has no mark says 0, exactly.
func (c *chart) text(b *bytes.Buffer, width int) {
	levels, step := chartLevels(c.lowest())
	label := 0
	for _, y := range levels {
		label = max(label, len(strconv.FormatInt(y, 10)))
	}
	values, starts := c.columns(min(max(width, narrowest), widest) - label - len("  % |"))
	for _, y := range levels {
		row := make([]byte, len(values))
		for x, v := range values {
			if row[x] = mark(v, y, step); y == 0 && starts[x] {
				row[x] = '+'
			}
		}
		fmt.Fprintf(b, "  %*d%% |%s\n", label, y, strings.TrimRight(string(row), " "))
	}
	const layout = "2006-01-02 15:04:05"
	from, to := c.from.In(c.zone).Format(layout), c.to.In(c.zone).Format(layout+" MST")
	fmt.Fprintf(b, "  %*s   %s%*s\n", label, "", from, len(values)-len(from), to)
}

// mark returns the character of a column at a level, given what was left then.
func mark(left float64, level, step int64) byte {
	const hair = 1e-9 // 1 - 0.9 is less than 0.1
	percent := 100 * left
	switch {
	case level == 0:
		return '-'
	case level > 0 && (percent+hair >= float64(level) || level <= step && left > 0):
		return '#'
	case level < 0 && (percent-hair <= float64(level) || level >= -step && left < 0):
		return 'x'
	}
	return ' '
}

// chartLevels returns the levels of the rows in percent, from the top: 100 to 0, and below
// as far as the curve goes down. Above 0 there is one level at least, and at most a dozen in
// all.
func chartLevels(lowest float64) (levels []int64, step int64) {
	const most = 12
	debt := int64(math.Ceil(-100 * min(lowest, 0)))
	above := func() int64 { return max(100/step, 1) }
	below := func() int64 { return max(debt/step, min(debt, 1)) }
	for _, step = range []int64{10, 20, 25, 50} {
		if above()+1+below() <= most {
			break
		}
	}
	for scale := int64(100); above()+1+below() > most; scale *= 10 {
		for _, times := range []int64{1, 2, 5} {
			if step = scale * times; above()+1+below() <= most {
				break
			}
		}
	}
	for y := above(); y > 0; y-- {
		levels = append(levels, min(y*step, 100))
	}
	for y := int64(0); y <= below(); y++ {
		levels = append(levels, -y*step)
	}
	return levels, step
}

// lowest returns the least that was left.
func (c *chart) lowest() float64 {
	least := 1.0
	for _, cv := range c.curves {
		for _, p := range cv.points {
			least = min(least, p.Remaining)
		}
	}
	return least
}

// columns returns what was left at the end of each column of time, NaN where there is no
// curve, and whether a period starts in it.
func (c *chart) columns(n int) (values []float64, starts []bool) {
	values, starts = make([]float64, n), make([]bool, n)
	at := func(x int) time.Time {
		return c.from.Add(time.Duration(float64(c.to.Sub(c.from)) / float64(n) * float64(x)))
	}
	for x := range n {
		start, end := at(x), at(x+1)
		if x == n-1 {
			end = c.to
		}
		values[x] = math.NaN()
		for i, cv := range c.curves {
			starts[x] = starts[x] || i > 0 && cv.start.After(start) && !cv.start.After(end)
			if cv.start.After(end) || !cv.end.IsZero() && !end.Before(cv.end) {
				continue
			}
			after := slices.IndexFunc(cv.points, func(p budget.Depletion) bool { return p.At.After(end) })
			if after < 0 {
				after = len(cv.points)
			}
			if values[x] = 1; after > 0 { // each begins whole
				values[x] = cv.points[after-1].Remaining
			}
		}
	}
	return values, starts
}
