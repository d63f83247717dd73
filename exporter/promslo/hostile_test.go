package promslo_test

import (
	"bytes"
	"errors"
	"io"
	"maps"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	dto "github.com/prometheus/client_model/go"
	"github.com/prometheus/common/expfmt"

	"github.com/seed-abb722f7/nines/budget"
	"github.com/seed-abb722f7/nines/budget/budgettest"
	"github.com/seed-abb722f7/nines/exporter/promslo"
	"github.com/seed-abb722f7/nines/internal/hostile"
	"github.com/seed-abb722f7/nines/slo"
)

// hostileNames are names that break naive exporters.
var hostileNames = []string{
	"\x00", "a\x00b", "\n", "a\nb", "\r\n", "\"", `"} 1`, `\`, `\n`, `\\"`, "\xff", `\xff`, "caf\xe9", "\xed\xa0\x80",
	"\u2028", "\ufeff", "日本語", "🔥", "#", "# EOF\n", "# TYPE x counter\n", `{a="b"}`, " ", "\t", "\x7f", "\u0085",
	`a",slo="forged`, "{{ .Value }}", "%s%n", "${HOME}", "../../etc/passwd", "<script>", "=cmd()", "NaN", "_OTHER ", strings.Repeat("é", 128),
}

// pieces are what random hostile names are made of.
var pieces = append([]string{"a", "/", "x", ",", "=", "{", "}", "\x01", "\x1b", "\x80", "\xc0", "\xfe", "\xf0\x9f", "\u202e"}, hostileNames...)

// unprintedAlike returns the names without those that print as one before.
func unprintedAlike(names []string) []string {
	seen := map[string]bool{}
	for _, reserved := range slo.Reserved() {
		seen[reserved] = true
	}
	return slices.DeleteFunc(slices.Clone(names), func(s string) bool {
		was := seen[hostile.Printed(s)]
		seen[hostile.Printed(s)] = true
		return was
	})
}

// parse writes the families in all formats, reads them back with a parser, and
// returns what it read, by format.
func parse(t *testing.T, families []*dto.MetricFamily) map[string]map[string]*dto.MetricFamily {
	t.Helper()
	open := encode(t, openMetricsFormat, families, expfmt.WithCreatedLines())
	if !bytes.HasSuffix(open, []byte("\n# EOF\n")) || bytes.Count(open, []byte("\n# EOF\n")) != 1 {
		t.Errorf("OpenMetrics does not end with its one # EOF")
	}
	parsed := map[string]map[string]*dto.MetricFamily{}
	for format, data := range map[string][]byte{
		"text": encode(t, textFormat, families), "OpenMetrics": open, "protobuf": encode(t, protobufFormat, families),
	} {
		parsed[format] = map[string]*dto.MetricFamily{}
		// To the decoder of text, what OpenMetrics adds is comments and series of their own.
		decoder := expfmt.NewDecoder(bytes.NewReader(data), textFormat)
		if format == "protobuf" {
			decoder = expfmt.NewDecoder(bytes.NewReader(data), protobufFormat)
		}
		for {
			var family dto.MetricFamily
			err := decoder.Decode(&family)
			if errors.Is(err, io.EOF) {
				break
			}
			if err != nil {
				t.Fatalf("%s: %v", format, err)
			}
			parsed[format][family.GetName()] = &family
		}
	}
	return parsed
}

// checkValues checks which values a label has in a family, in all formats.
func checkValues(t *testing.T, parsed map[string]map[string]*dto.MetricFamily, family, label string, want []string) {
	t.Helper()
	want = slices.Sorted(slices.Values(want))
	for format, families := range parsed {
		values := map[string]bool{}
		for _, m := range families[family].GetMetric() {
			for _, l := range m.GetLabel() {
				if l.GetName() == label {
					values[l.GetValue()] = true
				}
			}
		}
		if got := slices.Sorted(maps.Keys(values)); !slices.Equal(got, want) {
			t.Errorf("%s: %s of %s = %d values %.300q, want %d %.300q", format, label, family, len(got), got, len(want), want)
		}
	}
}

func printedAll(names []string) []string {
	list := make([]string, len(names))
	for i, n := range names {
		list[i] = hostile.Printed(n)
	}
	return list
}

// hostileObjectives returns objectives with a hostile name in every place that
// takes one.
func hostileObjectives(names []string) []slo.Objective {
	var list []slo.Objective
	for i, name := range names {
		owner := names[len(names)-1-i]
		list = append(list, slo.Objective{
			Name: name, Of: slo.Events(name), SLI: slo.Custom(name), Target: slo.Percent(99),
			Owner: owner, Region: (name + owner)[:min(len(name+owner), 256)], Priority: name, Description: owner,
		})
	}
	return list
}

func TestHostileObjectives(t *testing.T) {
	names := unprintedAlike(hostileNames)
	service := strings.Join(hostileNames, "")
	tr := budgettest.NewConfig(t, budget.Config{Service: service, Objectives: hostileObjectives(names)})
	parsed := parse(t, gather(t, promslo.NewCollector(tr.Tracker)))
	for _, label := range []string{"slo", "sli", "operation"} {
		checkValues(t, parsed, "nines_events_total", label, printedAll(names))
	}
	checkValues(t, parsed, "nines_objective_info", "owner", printedAll(names))
	checkValues(t, parsed, "nines_objective_info", "priority", printedAll(names))
	checkValues(t, parsed, "nines_objective_info", "slo_service", []string{hostile.Printed(service)})
}

func TestHostileOperations(t *testing.T) {
	tr := simulate(t, availability)
	for _, name := range hostileNames { // those that print alike are one operation
		record(tr.HTTP(name), slo.Success, time.Millisecond, 1)
	}
	families := gather(t, promslo.NewCollector(tr.Tracker))
	checkValues(t, parse(t, families), "nines_requests_total", "operation", append(printedAll(unprintedAlike(hostileNames)), "POST /checkout"))
	if n := sum(named(points(families), "nines_requests_total")); n != float64(len(hostileNames)) {
		t.Errorf("nines_requests_total sums to %v, want %d", n, len(hostileNames))
	}
}

func TestHostileLengths(t *testing.T) {
	long := strings.Repeat("\xff\"\n\\", 1<<14) // 64 KiB
	tr := budgettest.NewConfig(t, budget.Config{Service: long, Objectives: []slo.Objective{{
		Name: long[:256], Of: slo.Events(long[:256]), SLI: slo.Custom(long[:256]), Target: slo.Percent(99), Owner: long[:256],
	}}})
	record(tr.HTTP(long), slo.Success, time.Millisecond, 3)
	families := gather(t, promslo.NewCollector(tr.Tracker))
	parsed := parse(t, families)
	checkValues(t, parsed, "nines_objective_info", "owner", []string{hostile.Printed(long[:256])})
	checkValues(t, parsed, "nines_events_total", "slo_service", []string{hostile.Printed(long)})
	want(t, points(families), 3, "nines_requests_total", "operation", "_OTHER", "class", "2xx-3xx")
}

func TestRandomHostileNames(t *testing.T) {
	const perTracker, total = 200, 10_000
	r := newRand()
	for range total / perTracker {
		names := make([]string, perTracker)
		for i := range names {
			names[i] = hostile.Name(r, pieces, 256)
		}
		declared := unprintedAlike(names)
		tr := budgettest.NewConfig(t, budget.Config{
			Service: names[0], MaxOperations: perTracker, Objectives: hostileObjectives(declared),
		})
		for _, name := range names {
			record(tr.HTTP("/"+name), slo.Success, time.Millisecond, 1)
		}
		families := gather(t, promslo.NewCollector(tr.Tracker))
		checkValues(t, parse(t, families), "nines_events_total", "slo", printedAll(declared))
		if n := sum(named(points(families), "nines_requests_total")); n != perTracker {
			t.Errorf("nines_requests_total sums to %v, want %d", n, perTracker)
		}
	}
}

func newRand() *rand.Rand {
	return rand.New(rand.NewPCG(1, 2)) //nolint:gosec // the same names every time
}
