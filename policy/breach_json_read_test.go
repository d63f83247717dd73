package policy_test

import (
	"encoding/json"
	"errors"
	"math"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/seed-abb722f7/nines/budget"
	"github.com/seed-abb722f7/nines/policy"
	"github.com/seed-abb722f7/nines/slo"
)

// read reads a breach, and writes it again.
func read(t *testing.T, text []byte) (b policy.Breach, again []byte) {
	t.Helper()
	if err := json.Unmarshal(text, &b); err != nil {
		t.Fatalf("%s\nUnmarshal() = %v", text, err)
	}
	again, err := json.Marshal(b)
	if err != nil {
		t.Fatal(err)
	}
	return b, again
}

// everything is a breach with something in every field that is written.
func everything() policy.Breach {
	at := time.Date(2025, time.March, 3, 12, 0, 31, 500, time.UTC)
	window := budget.Window{
		Length: time.Hour, Observed: 59 * time.Minute, Counts: budget.Counts{Good: 1, Bad: 2, Excluded: 3}, BurnRate: 14.5, OK: true, Cancelled: 4,
	}
	return policy.Breach{
		Key: "shop;region=eu/each/POST /x/page:r", ID: "shop;region=eu/each/POST /x/page:r@2025-03-03T12:00:31.0000005Z",
		State: policy.Stale, Severity: policy.Page, Rule: "r", Service: "shop", Environment: "production",
		Name: "each/POST /x", Operation: "POST /x",
		Objective: slo.Objective{
			Name: "each", SLI: slo.Latency(400 * time.Millisecond), Target: slo.Percent(99.95), Window: slo.Month(time.UTC),
			Owner: "payments", Region: "eu", Priority: "P2", Description: "people who pay", Links: []slo.Link{{Name: "runbook", URL: "https://example.org"}},
		},
		Priority: "P1", PriorityOrigin: policy.DerivedPriority, PriorityReason: "rule r has it",
		Started: at, Resolved: at.Add(time.Hour), Duration: 44*time.Second + 1, SnoozedUntil: at.Add(2 * time.Hour), Suppressed: 5, Told: true,
		Rules: []policy.RuleState{{
			Objective: "each/POST /x", Rule: "r", Severity: policy.Page, Holds: true, HeldBack: true, Pending: true, Blind: true, Active: true,
			Reason: "why", Breach: "k", Factor: 14.4, Long: window, Short: budget.Window{Length: 5 * time.Minute},
		}},
		Joined: 6, Peak: 7.5, Timeline: []policy.TimelineEntry{{At: at, Text: "a"}}, Omitted: 8,
		Episodes: []budget.Episode{
			{
				Start: at, End: at.Add(time.Minute), Lasted: time.Minute, Counts: budget.Counts{Good: 9, Bad: 10}, Cost: 0.25, Peak: 12,
				Operations: []budget.OperationCount{{Operation: "POST /x", Bad: 10}}, Causes: []budget.CauseCount{{Cause: "timeout", Count: 3}},
				Traces: []string{"4bf92f3577b34da6a3ce929d0e0e4736"}, Deployment: budget.Marker{Kind: budget.DeploymentMarker, Text: "v2"},
			},
			{Start: at, Open: true},
		},
		Markers: []budget.Marker{{At: at, Kind: budget.AnnotationMarker, Text: "sale"}, {At: at, Kind: budget.DeploymentMarker, Text: "v3"}},
		Facts:   []policy.Fact{{Name: "pool", Value: "20 of 20"}},
		Dependencies: []policy.Dependency{{
			Name: "db", Operation: "select", Known: budget.TooFew, Counts: budget.Counts{Good: 11, Bad: 12}, SLI: 0.5, Remaining: -1, BurnRate: 2,
		}},
		At: at, Known: budget.PartialCoverage, Counts: budget.Counts{Good: 13, Bad: 14, Excluded: 15}, Coverage: 0.5, SLI: 0.25,
		Remaining: -3, ProjectedExhaustion: 90 * time.Minute, WillExhaust: true,
	}
}

func TestBreachReadsBack(t *testing.T) {
	want := everything()
	for v, i := reflect.ValueOf(want), 0; i < v.NumField(); i++ {
		if v.Field(i).IsZero() {
			t.Errorf("this test forgets %s", v.Type().Field(i).Name)
		}
	}
	text, err := json.Marshal(want)
	if err != nil {
		t.Fatal(err)
	}
	if got, again := read(t, text); !reflect.DeepEqual(got, want) || string(again) != string(text) {
		t.Errorf("read back\n%+v\nwant\n%+v", got, want)
	}
	_, started, resolved := told(t)
	for _, b := range []policy.Breach{started, resolved, {}} {
		text, err := json.Marshal(b)
		if err != nil {
			t.Fatal(err)
		}
		got, again := read(t, text)
		if string(again) != string(text) {
			t.Errorf("written again\n%s\nwant\n%s", again, text)
		}
		if b.Told && (got.String() != b.String() || logged(got) != logged(b)) {
			t.Errorf("read back %v, logged as %s\nwant %v, %s", got, logged(got), b, logged(b))
		}
	}
}

// TestBreachReadsTheSLI as it prints: what it is a share of is not written.
func TestBreachReadsTheSLI(t *testing.T) {
	for _, s := range []slo.SLI{{}, slo.Availability(), slo.Latency(time.Second), slo.Latency(1500 * time.Microsecond), slo.Fidelity(), slo.Custom("rows, good")} {
		text, err := json.Marshal(policy.Breach{Objective: slo.Objective{SLI: s}})
		if err != nil {
			t.Fatal(err)
		}
		if got, _ := read(t, text); got.Objective.SLI != s {
			t.Errorf("SLI %q read back as %q", s, got.Objective.SLI)
		}
	}
	for _, s := range []slo.SLI{slo.Correctness(), slo.Latency(time.Second, slo.CountFailures)} {
		text, err := json.Marshal(policy.Breach{Objective: slo.Objective{SLI: s}})
		if err != nil {
			t.Fatal(err)
		}
		if got, _ := read(t, text); got.Objective.SLI.String() != s.String() {
			t.Errorf("SLI %q read back as %q", s, got.Objective.SLI)
		}
	}
}

func TestBreachRefusesToRead(t *testing.T) {
	text, err := json.Marshal(everything())
	if err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct{ old, now, want string }{
		{`"state":"stale"`, `"state":"over"`, `policy: State is "over": want one of "none", "started", "ongoing", "resolved" or "stale"`},
		{`"severity":"page","rule":"r","service"`, `"severity":"sms","rule":"r","service"`, `policy: Severity is "sms": want one of`},
		{`"started":"2025-03-03T12:00:31.0000005Z"`, `"started":"yesterday"`, `policy: started is "yesterday": want a time as in RFC 3339, such as "2025-03-03T12:04:05Z"`},
		{`"resolved":"2025`, `"resolved":"-2025`, `policy: resolved is "-2025-`},
		{`"duration_seconds":44.000000001`, `"duration_seconds":1e300`, `policy: duration_seconds is 1e+300: want a length in seconds of less than 292 years`},
		{`"suppressed":5`, `"suppressed":-5`, `cannot unmarshal number -5`},
		{`"known":"partial coverage"`, `"known":"fine"`, `policy: known is "fine": want one of "no such objective", "stalled", "stale", "no events", "too few events", "partial coverage" or "known"`},
		{`"known":"too few events"`, `"known":"fine"`, `policy: dependencies.known is "fine": want one of`},
		{`"kind":"annotation"`, `"kind":"note"`, `policy: markers.kind is "note": want one of "none", "deployment" or "annotation"`},
		{`"target":"99.95%"`, `"target":"100%"`, `policy: objective.target is "100%": want`},
		{`"window":"month UTC"`, `"window":"fortnight"`, `policy: objective.window is "fortnight": want a window such as "28d"`},
		{`"length_seconds":3600`, `"length_seconds":-3600`, `policy: long.length_seconds is -3600: want a length of at least 0`},
		{`"length_seconds":300,"coverage":0`, `"length_seconds":300,"coverage":50`, `policy: short.coverage is 50: want a share from 0 to 1`},
		{`"origin":"derived"`, `"origin":"guessed"`, `policy: PriorityOrigin is "guessed": want one of`},
		{`"rules":[`, `"rules":["r",`, `cannot unmarshal string`},
		{`{"key"`, `["key"`, `invalid character`},
	} {
		if !strings.Contains(string(text), tt.old) {
			t.Fatalf("%s\nhas no %s", text, tt.old)
		}
		b := policy.Breach{Name: "before"}
		err := json.Unmarshal([]byte(strings.Replace(string(text), tt.old, tt.now, 1)), &b)
		if err == nil || !strings.Contains(err.Error(), tt.want) || strings.HasPrefix(tt.want, "policy: ") && !errors.Is(err, slo.ErrInvalid) {
			t.Errorf("with %s: %v\nwant %s", tt.now, err, tt.want)
		}
		if !reflect.DeepEqual(b, policy.Breach{Name: "before"}) {
			t.Errorf("with %s: the breach is %+v, want it as it was", tt.now, b)
		}
	}
	var b policy.Breach
	err = json.Unmarshal([]byte(`{"started":"x","at":"y"}`), &b)
	if want := "policy: started is \"x\""; err == nil || !strings.Contains(err.Error(), want) || !strings.Contains(err.Error(), "policy: at is") {
		t.Errorf("of two times: %v, want both", err)
	}
	// A later version may say more, and another host may know more time zones.
	later := strings.Replace(string(text), `"window":"month UTC"`, `"window":"month Mars/Olympus","mood":"calm"`, 1)
	if got, _ := read(t, []byte(later)); got.Objective.Window != (slo.Window{}) || got.Objective.Owner != "payments" {
		t.Errorf("of a later version: %+v, want all but the window", got.Objective)
	}
}

// FuzzBreachUnmarshal: whatever is read is written so that it reads back equal, but for the last
// digits of lengths.
func FuzzBreachUnmarshal(f *testing.F) {
	for _, b := range []policy.Breach{{}, everything()} {
		text, err := json.Marshal(b)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(text)
	}
	f.Add([]byte(`null`))
	f.Add([]byte(`{"started":"0000-01-01T00:00:00+23:59","duration_seconds":-9.2e9,"priority":{"name":""},"timeline":[{}],"episodes":[{}],"objective":{"window":"1d "}}`))
	f.Fuzz(func(t *testing.T, text []byte) {
		b := policy.Breach{Name: "before"}
		if err := b.UnmarshalJSON(text); err != nil {
			if !reflect.DeepEqual(b, policy.Breach{Name: "before"}) {
				t.Fatalf("after %v the breach is %+v, want it as it was", err, b)
			}
			return
		}
		if reflect.DeepEqual(b, policy.Breach{Name: "before"}) {
			return // null
		}
		_, _, _ = b.String(), b.LogValue(), b.FactSheet(new(strings.Builder))
		again, err := b.MarshalJSON()
		if err != nil {
			t.Fatalf("%+v: MarshalJSON() = %v", b, err)
		}
		var back policy.Breach
		if err := back.UnmarshalJSON(again); err != nil {
			t.Fatalf("%s: %v", again, err)
		}
		exact(&b, &back)
		if !reflect.DeepEqual(b, back) {
			t.Fatalf("%s\nread back %+v\nwant      %+v", again, back, b)
		}
	})
}

// exact makes lengths equal that differ by less than a microsecond: those of centuries have no
// more digits.
func exact(a, b *policy.Breach) {
	near := func(x, y *time.Duration) {
		if math.Abs(float64(*x-*y)) < 1000 {
			*y = *x
		}
	}
	near(&a.Duration, &b.Duration)
	near(&a.ProjectedExhaustion, &b.ProjectedExhaustion)
	for i := range a.Episodes[:min(len(a.Episodes), len(b.Episodes))] {
		near(&a.Episodes[i].Lasted, &b.Episodes[i].Lasted)
	}
	for i := range a.Rules[:min(len(a.Rules), len(b.Rules))] {
		near(&a.Rules[i].Long.Length, &b.Rules[i].Long.Length)
		near(&a.Rules[i].Long.Observed, &b.Rules[i].Long.Observed)
		near(&a.Rules[i].Short.Length, &b.Rules[i].Short.Length)
		near(&a.Rules[i].Short.Observed, &b.Rules[i].Short.Observed)
	}
}
