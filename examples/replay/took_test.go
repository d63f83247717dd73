package main

import (
	"strings"
	"testing"
	"time"
)

func TestTook(t *testing.T) {
	for _, c := range []struct {
		format timeFormat
		last   string
		want   time.Duration
		err    string
	}{
		{timeSeconds, "0.042", 42 * time.Millisecond, ""},
		{timeSeconds, "1", time.Second, ""},
		{timeSeconds, "0.000", 0, ""},
		{timeSeconds, "0.123456789", 123456789, ""},
		{"ms", "42", 42 * time.Millisecond, ""},
		{"ms", "1.5", 1500 * time.Microsecond, ""},
		{"us", "1234567", 1234567 * time.Microsecond, ""},
		{timeNone, "0.042", 0, ""},
		{timeNone, "", 0, ""},
		{timeSeconds, "", 0, `no request time: the last field is "", want a number of s`},
		{timeSeconds, "-", 0, "no request time"},
		{timeSeconds, "-0.1", 0, "no request time"},
		{timeSeconds, "+1", 0, "no request time"},
		{timeSeconds, "1e3", 0, "no request time"},
		{timeSeconds, "NaN", 0, "no request time"},
		{timeSeconds, ".5", 0, "no request time"},
		{timeSeconds, "5.", 0, "no request time"},
		{timeSeconds, "0.1234567890", 0, "no request time"},
		{timeSeconds, "9223372036", 0, "no request time"}, // and a half: the longest time.Duration
		{timeSeconds, "9223372035.999999999", 9223372035999999999, ""},
		{"us", "99999999999999999999", 0, "no request time"},
	} {
		got, err := c.format.took(&entry{last: c.last})
		if got != c.want || (err == nil) != (c.err == "") || err != nil && !strings.Contains(err.Error(), c.err) {
			t.Errorf("took(%q) in %s = %v, %v, want %v, %q", c.last, c.format, got, err, c.want, c.err)
		}
	}
}

func TestTimeFormatDecidedByFirstLine(t *testing.T) {
	for last, want := range map[string]timeFormat{
		"0.042": timeSeconds, "": timeNone, "42": timeNone, "-": timeNone, "TLSv1.3": timeNone, "1.2.3": timeNone,
	} {
		f := timeAuto
		if f.decide(&entry{last: last}); f != want {
			t.Errorf("a first line that ends with %q: format %s, want %s", last, f, want)
		}
	}
}
