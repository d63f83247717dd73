package slo_test

import (
	"testing"
	"time"

	"github.com/seed-abb722f7/nines/slo"
)

// A verdictRow says what one class counts as: for availability by default, with
// Strict, and for fidelity. Latency and the SLIs of events judge as availability.
type verdictRow struct {
	class                            slo.Class
	availability, strict, ofFidelity slo.Verdict
}

const (
	good, bad, excluded = slo.Good, slo.Bad, slo.Excluded
)

// These are the defaults that the package documentation promises.
var verdictRows = []verdictRow{
	{slo.Success, good, good, good},
	{slo.ClientError, good, good, good},
	{slo.TooManyRequests, good, bad, good},
	{slo.ServerError, bad, bad, excluded},
	{slo.Failed, bad, bad, excluded},
	{slo.Cancelled, excluded, excluded, excluded},
	{slo.Degraded, good, good, bad},
	{slo.Unmatched, excluded, excluded, excluded},
	{slo.Health, excluded, excluded, excluded},
	{slo.Shutdown, excluded, excluded, excluded},
	{slo.Exempt, excluded, excluded, excluded},
	{slo.EventGood, good, good, good},
	{slo.EventBad, bad, bad, bad},
	{slo.RPCOK, good, good, good},
	{slo.RPCCancelled, good, good, good},
	{slo.RPCUnknown, bad, bad, excluded},
	{slo.RPCInvalidArgument, good, good, good},
	{slo.RPCDeadlineExceeded, bad, bad, excluded},
	{slo.RPCNotFound, good, good, good},
	{slo.RPCAlreadyExists, good, good, good},
	{slo.RPCPermissionDenied, good, good, good},
	{slo.RPCResourceExhausted, good, bad, good},
	{slo.RPCFailedPrecondition, good, good, good},
	{slo.RPCAborted, good, bad, good},
	{slo.RPCOutOfRange, good, good, good},
	{slo.RPCUnimplemented, bad, bad, excluded},
	{slo.RPCInternal, bad, bad, excluded},
	{slo.RPCUnavailable, bad, bad, excluded},
	{slo.RPCDataLoss, bad, bad, excluded},
	{slo.RPCUnauthenticated, good, good, good},
}

func TestVerdictsOfEveryClass(t *testing.T) {
	if len(verdictRows) != int(slo.NumClasses) {
		t.Fatalf("the table has %d classes, want all %d", len(verdictRows), slo.NumClasses)
	}
	const threshold = 400 * time.Millisecond
	for i, row := range verdictRows {
		if row.class != slo.Class(i) {
			t.Fatalf("row %d is of %v, want the order of the classes", i, row.class)
		}
		check := func(what string, sli slo.SLI, want slo.Verdict) {
			t.Helper()
			if got := sli.Verdict(row.class); got != want {
				t.Errorf("%s.Verdict(%v) = %v, want %v", what, row.class, got, want)
			}
		}
		check("Availability()", slo.Availability(), row.availability)
		check("Latency()", slo.Latency(threshold), row.availability)
		check("Latency(CountFailures)", slo.Latency(threshold, slo.CountFailures), row.availability)
		check("Correctness()", slo.Correctness(), row.availability)
		check("Freshness()", slo.Freshness(), row.availability)
		check("Completeness()", slo.Completeness(), row.availability)
		check("Durability()", slo.Durability(), row.availability)
		check("Throughput()", slo.Throughput(), row.availability)
		check("Custom()", slo.Custom("orders"), row.availability)
		check("Availability(Strict())", slo.Availability(slo.Strict()), row.strict)
		check("Latency(Strict())", slo.Latency(threshold, slo.Strict()), row.strict)
		check("Fidelity()", slo.Fidelity(), row.ofFidelity)

		// An override of one class changes that class and no other, in any SLI.
		for _, override := range []slo.Verdict{good, bad, excluded} {
			var v slo.Verdicts
			v[row.class] = override
			check("Availability(Verdicts)", slo.Availability(v), override)
			check("Latency(Verdicts)", slo.Latency(threshold, v), override)
			check("Fidelity(Verdicts)", slo.Fidelity(v), override)
			for _, other := range verdictRows {
				if got := slo.Availability(v).Verdict(other.class); other.class != row.class && got != other.availability {
					t.Errorf("with %v %v, Verdict(%v) = %v, want %v", row.class, override, other.class, got, other.availability)
				}
			}
		}
	}
	if got, want := slo.Fidelity(slo.Strict()).Verdict(slo.TooManyRequests), bad; got != want {
		t.Errorf("Fidelity(Strict()).Verdict(429) = %v, want %v: an override holds everywhere", got, want)
	}
	for _, c := range []slo.Class{slo.NumClasses, 200, 255} {
		if got := slo.Availability().Verdict(c); got != excluded {
			t.Errorf("Verdict(Class(%d)) = %v, want excluded", c, got)
		}
	}
}

func TestDefaultVerdictsAreAWholeTable(t *testing.T) {
	defaults := slo.DefaultVerdicts()
	for _, row := range verdictRows {
		if got := defaults[row.class]; got != row.availability {
			t.Errorf("DefaultVerdicts()[%v] = %v, want %v", row.class, got, row.availability)
		}
	}
	defaults[slo.Success] = bad // a copy: nobody can change the defaults of others
	if got := slo.Availability().Verdict(slo.Success); got != good {
		t.Errorf("after a caller changed its copy, Verdict(Success) = %v, want good", got)
	}
}

func TestVerdictsOr(t *testing.T) {
	v := slo.Verdicts{slo.ClientError: bad, slo.TooManyRequests: good}
	got := v.Or(slo.Strict())
	for c := range slo.NumClasses {
		want := slo.Unset
		switch c {
		case slo.ClientError, slo.RPCAborted, slo.RPCResourceExhausted:
			want = bad
		case slo.TooManyRequests:
			want = good // v has the first word
		}
		if got[c] != want {
			t.Errorf("Or()[%v] = %v, want %v", c, got[c], want)
		}
	}
	if v[slo.RPCAborted] != slo.Unset {
		t.Error("Or changed its receiver, want a new value")
	}
}

func TestOfSeveralVerdictsTheLastHolds(t *testing.T) {
	sli := slo.Availability(slo.Strict(), slo.Verdicts{slo.TooManyRequests: good}, nil, slo.Verdicts{slo.ClientError: bad})
	for class, want := range map[slo.Class]slo.Verdict{
		slo.TooManyRequests: good, slo.RPCAborted: bad, slo.ClientError: bad, slo.Success: good,
	} {
		if got := sli.Verdict(class); got != want {
			t.Errorf("Verdict(%v) = %v, want %v", class, got, want)
		}
	}
}

func TestCancelled(t *testing.T) {
	const threshold, delay = 400 * time.Millisecond, 2 * time.Second
	override := func(v slo.Verdict) slo.Option { return slo.Verdicts{slo.Cancelled: v} }
	for _, tt := range []struct {
		name    string
		options []slo.Option
		// What a request counts as that is cancelled at once, and the delay after which
		// it is bad (0 for none), for availability and for latency.
		availability, latency           slo.Verdict
		availabilityAfter, latencyAfter time.Duration
	}{
		{"default", nil, excluded, excluded, 0, threshold},
		{"Bad", []slo.Option{slo.WithCancelled(slo.Bad)}, bad, bad, 0, 0},
		{"Excluded", []slo.Option{slo.WithCancelled(slo.Excluded)}, excluded, excluded, 0, 0},
		{"BadAfter", []slo.Option{slo.WithCancelled(slo.BadAfter(delay))}, excluded, excluded, delay, delay},
		{"verdict bad", []slo.Option{override(bad)}, bad, bad, 0, 0},
		{"verdict excluded", []slo.Option{override(excluded)}, excluded, excluded, 0, 0},
		{"verdict good", []slo.Option{override(good)}, good, good, 0, 0},
		{"Strict leaves it", []slo.Option{slo.Strict()}, excluded, excluded, 0, threshold},
		{"last: BadAfter", []slo.Option{override(bad), slo.WithCancelled(slo.BadAfter(delay))}, excluded, excluded, delay, delay},
		{"last: Bad", []slo.Option{slo.WithCancelled(slo.BadAfter(delay)), slo.WithCancelled(slo.Bad)}, bad, bad, 0, 0},
		{"last: verdict", []slo.Option{slo.WithCancelled(slo.BadAfter(delay)), override(bad)}, bad, bad, 0, 0},
		{"other verdicts do not undo it", []slo.Option{slo.WithCancelled(slo.BadAfter(delay)), slo.Strict()}, excluded, excluded, delay, delay},
	} {
		for _, sli := range []struct {
			slo.SLI
			want  slo.Verdict
			after time.Duration
		}{
			{slo.Availability(tt.options...), tt.availability, tt.availabilityAfter},
			{slo.Fidelity(tt.options...), tt.availability, tt.availabilityAfter},
			{slo.Latency(threshold, tt.options...), tt.latency, tt.latencyAfter},
		} {
			if got := sli.Verdict(slo.Cancelled); got != sli.want {
				t.Errorf("%s: %v.Verdict(cancelled) = %v, want %v", tt.name, sli.SLI, got, sli.want)
			}
			if got, ok := sli.CancelledAfter(); got != sli.after || ok != (sli.after > 0) {
				t.Errorf("%s: %v.CancelledAfter() = %v, %v, want %v", tt.name, sli.SLI, got, ok, sli.after)
			}
		}
	}
}

func TestSLINames(t *testing.T) {
	for _, tt := range []struct {
		sli        slo.SLI
		name, text string
	}{
		{slo.SLI{}, "", ""},
		{slo.Availability(), "availability", "availability"},
		{slo.Latency(400 * time.Millisecond), "latency", "latency 400ms"},
		{slo.Correctness(), "correctness", "correctness"},
		{slo.Freshness(), "freshness", "freshness"},
		{slo.Completeness(), "completeness", "completeness"},
		{slo.Fidelity(), "fidelity", "fidelity"},
		{slo.Durability(), "durability", "durability"},
		{slo.Throughput(), "throughput", "throughput"},
		{slo.Custom("orders in time"), "orders in time", "orders in time"},
	} {
		if got := tt.sli.Name(); got != tt.name {
			t.Errorf("Name() = %q, want %q", got, tt.name)
		}
		if got := tt.sli.String(); got != tt.text {
			t.Errorf("%s: String() = %q, want %q", tt.name, got, tt.text)
		}
		if _, ok := tt.sli.Threshold(); ok != (tt.name == "latency") {
			t.Errorf("%s: Threshold() ok = %v", tt.name, ok)
		}
		if tt.sli.CountsFailures() {
			t.Errorf("%s: CountsFailures() = true, want false", tt.name)
		}
	}
	if sli := slo.Latency(time.Second, slo.CountFailures); !sli.CountsFailures() {
		t.Error("Latency(CountFailures).CountsFailures() = false, want true")
	}
	if _, ok := slo.Custom("latency").Threshold(); ok {
		t.Error(`Custom("latency").Threshold() ok = true, want false: it has none`)
	}
}

func TestSLIsCompare(t *testing.T) {
	if a, b := slo.Latency(time.Second, slo.Strict()), slo.Latency(time.Second, slo.Strict()); a != b {
		t.Error("equal SLIs differ")
	}
	if slo.Custom("freshness") != slo.Freshness() {
		t.Error("Custom(freshness) differs from Freshness()")
	}
	different := []slo.SLI{
		{},
		slo.Availability(),
		slo.Availability(slo.Strict()),
		slo.Availability(slo.WithCancelled(slo.Bad)),
		slo.Availability(slo.WithCancelled(slo.BadAfter(time.Second))),
		slo.Latency(time.Second),
		slo.Latency(2 * time.Second),
		slo.Latency(time.Second, slo.CountFailures),
		slo.Fidelity(),
	}
	for i, a := range different {
		for j, b := range different {
			if (a == b) != (i == j) {
				t.Errorf("SLI %d == SLI %d is %v", i, j, a == b)
			}
		}
	}
}

func TestVerdictString(t *testing.T) {
	for v, want := range map[slo.Verdict]string{
		slo.Unset: "unset", slo.Good: "good", slo.Bad: "bad", slo.Excluded: "excluded", 4: "unknown verdict", 255: "unknown verdict",
	} {
		if got := v.String(); got != want {
			t.Errorf("Verdict(%d).String() = %q, want %q", v, got, want)
		}
	}
}
