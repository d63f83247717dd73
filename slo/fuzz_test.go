package slo_test

import (
	"strings"
	"testing"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/seed-abb722f7/nines/slo"
)

func FuzzParseTarget(f *testing.F) {
	for _, s := range []string{"99.9%", "0.999", ".999", "99.9999999 %", "100%", "1%", "0.01", "1.00000001%", "1e2", "99,9", "%", "\x00"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		target, err := slo.ParseTarget(s)
		if err != nil {
			checkRefusal(t, err)
			if target.Err() == nil {
				t.Errorf("ParseTarget(%q) = %v beside the error %v", s, target, err)
			}
			return
		}
		if n := target.AllowedPerBillion(); n < 1 || n > 999_999_999 {
			t.Errorf("ParseTarget(%q) allows %d", s, n)
		}
		if again, err := slo.ParseTarget(target.String()); again != target || err != nil {
			t.Errorf("ParseTarget(%q) = %v, read back as %v, %v", s, target, again, err)
		}
		if r := slo.Ratio(target.Ratio()); r != target {
			t.Errorf("ParseTarget(%q) = %v, and its Ratio makes %v", s, target, r)
		}
	})
}

func FuzzPercent(f *testing.F) {
	for _, p := range []float64{99.9, 0.999, 100, 1, 99.99999999999999, -1, 1e-300} {
		f.Add(p)
	}
	f.Fuzz(func(t *testing.T, p float64) {
		for _, target := range []slo.Target{slo.Percent(p), slo.Ratio(p)} {
			if err := target.Err(); err != nil {
				checkRefusal(t, err)
				if !strings.Contains(err.Error(), "(") {
					t.Errorf("of %v the error says %v, want what was given", p, err)
				}
				continue
			}
			if again, err := slo.ParseTarget(target.String()); again != target || err != nil {
				t.Errorf("%v makes %v, read back as %v, %v", p, target, again, err)
			}
		}
	})
}

func FuzzParsePercentile(f *testing.F) {
	for _, s := range []string{"p95 < 500ms", "P99.9<=1s", "p50 < 4w", "p100 < 1s", "p < ", "p95 < 1e3s", "p1% < 1s"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		sli, target, err := slo.ParsePercentile(s)
		if err != nil {
			checkRefusal(t, err)
			return
		}
		threshold, ok := sli.Threshold()
		if !ok || threshold < time.Microsecond {
			t.Errorf("ParsePercentile(%q) has the threshold %v, %v", s, threshold, ok)
		}
		form := "p" + strings.TrimSuffix(target.String(), "%") + " < " + threshold.String()
		if sli2, target2, err := slo.ParsePercentile(form); sli2 != sli || target2 != target || err != nil {
			t.Errorf("ParsePercentile(%q) is %q, read back as %v, %v, %v", s, form, sli2, target2, err)
		}
		o := slo.Objective{Name: "x", Of: slo.All, SLI: sli, Target: target}
		if err := slo.Validate(o); err != nil {
			t.Errorf("ParsePercentile(%q) makes an objective that is refused: %v", s, err)
		}
	})
}

func FuzzParseDuration(f *testing.F) {
	for _, s := range []string{"28d", "4w", "1h30m", "0", "-1d", "1.5d", "106752d", "9223372036854775807ns"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		d, err := slo.ParseDuration(s)
		if err != nil {
			checkRefusal(t, err)
			return
		}
		if d < 0 {
			t.Errorf("ParseDuration(%q) = %v, want it not negative", s, d)
		}
		if again, err := slo.ParseDuration(slo.FormatDuration(d)); again != d || err != nil {
			t.Errorf("ParseDuration(%q) = %v, read back as %v, %v", s, d, again, err)
		}
	})
}

// Any bytes may stand in a name; the errors about them stay on one line each.
func FuzzValidate(f *testing.F) {
	f.Add("checkout", "POST /checkout", "orders", uint8(1), int64(time.Second))
	f.Add("", "", "", uint8(0), int64(0))
	f.Add("a/b", "_OTHER", "latency", uint8(2), int64(-1))
	f.Add(strings.Repeat("é", 200), "a\nb/\xff", "\x00", uint8(3), int64(400))
	f.Fuzz(func(t *testing.T, name, source, sli string, kind uint8, length int64) {
		d := time.Duration(length)
		sources := []slo.Source{{}, slo.HTTP(source), slo.RPC(source), slo.Events(source), slo.All, slo.Each}
		slis := []slo.SLI{{}, slo.Availability(), slo.Latency(d), slo.Custom(sli), slo.Fidelity(slo.WithCancelled(slo.BadAfter(d)))}
		o := slo.Objective{
			Name: name, Of: sources[int(kind)%len(sources)], SLI: slis[int(kind/8)%len(slis)],
			Target: slo.Percent(99.9), Window: slo.Rolling(d), StallAfter: d, Owner: sli,
			Links: []slo.Link{{Name: name, URL: source}},
		}
		if err := slo.Validate(o, slo.Objective{Name: "each", Of: slo.Each, SLI: slo.Availability(), Target: slo.Percent(99)}, o); err != nil {
			checkRefusal(t, err)
		}
	})
}

// checkRefusal checks that an error matches ErrInvalid, and is short and printable.
func checkRefusal(t *testing.T, err error) {
	t.Helper()
	checkInvalid(t, err)
	for line := range strings.SplitSeq(err.Error(), "\n") {
		if !strings.HasPrefix(line, "slo: ") || !strings.Contains(line, ": want ") || len(line) > 6000 {
			t.Errorf("the error has the line %q, want what was given and what would be accepted", line)
		}
		if strings.ContainsFunc(line, unicode.IsControl) || !utf8.ValidString(line) {
			t.Errorf("the error has the line %q, want it printable", line)
		}
	}
}
