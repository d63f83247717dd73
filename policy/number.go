package policy

import (
	"math"
	"strconv"
	"strings"
)

// number writes a number for people: to six significant digits, and never with an exponent.
func number(x float64) string { return significant(x, 6) }

// percent writes a ratio for people, to four significant digits.
func percent(ratio float64) string { return significant(100*ratio, 4) + " %" }

// shareName writes a ratio as names have it: as many digits as it takes, and no more.
func shareName(ratio float64) string {
	return strconv.FormatFloat(math.Round(ratio*billion)/(billion/100)+0, 'f', -1, 64) + "%"
}

// mostAfter is how many digits after the point a number has at most: what is smaller is
// nothing to anybody.
const mostAfter = 12

// significant rounds to so many digits, all of those before the point kept.
func significant(x float64, digits int) string {
	if x == 0 || math.IsNaN(x) || math.IsInf(x, 0) {
		return strconv.FormatFloat(x+0, 'f', -1, 64) // -0 + 0 is 0
	}
	after := min(max(digits-1-int(math.Floor(math.Log10(math.Abs(x)))), 0), mostAfter)
	text := strconv.FormatFloat(x, 'f', after, 64)
	if strings.Contains(text, ".") {
		text = strings.TrimRight(strings.TrimRight(text, "0"), ".")
	}
	if text == "-0" {
		return "0"
	}
	return text
}
