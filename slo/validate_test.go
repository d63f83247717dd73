package slo_test

import (
	"errors"
	"fmt"
	"math"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/seed-abb722f7/nines/slo"
)

// valid is an objective that nothing is wrong with.
func valid() slo.Objective {
	return slo.Objective{
		Name: "checkout", Of: slo.HTTP("POST /checkout"), SLI: slo.Availability(), Target: slo.Percent(99.9),
	}
}

// with returns the valid objective after a change.
func with(change func(*slo.Objective)) slo.Objective {
	o := valid()
	change(&o)
	return o
}

func of(source slo.Source) slo.Objective { return with(func(o *slo.Objective) { o.Of = source }) }

func judging(source slo.Source, sli slo.SLI) slo.Objective {
	return with(func(o *slo.Objective) { o.Of, o.SLI = source, sli })
}

func named(name string, o slo.Objective) slo.Objective {
	o.Name = name
	return o
}

func TestValidateAccepts(t *testing.T) {
	requests, orders := slo.HTTP("POST /checkout"), slo.Events("orders")
	longest := strings.Repeat("x", 256)
	for name, objectives := range map[string][]slo.Objective{
		"none":            {},
		"the simplest":    {valid()},
		"all":             {of(slo.All)},
		"each":            {of(slo.Each)},
		"rpc":             {of(slo.RPC("/shop.v1.Cart/Add"))},
		"pattern as host": {of(slo.HTTP("example.com/"))}, "any method": {of(slo.HTTP("/checkout"))},
		"wildcards":            {of(slo.HTTP("GET /tenant/{id}/studies/{rest...}"))},
		"unregistered method":  {of(slo.HTTP("PURGE /cache"))},
		"gorilla regular expr": {of(slo.HTTP("/{id:[0-9]?}"))},
		"fidelity":             {judging(requests, slo.Fidelity())},
		"latency":              {judging(requests, slo.Latency(time.Microsecond, slo.CountFailures))},
		"cancelled":            {judging(requests, slo.Availability(slo.WithCancelled(slo.BadAfter(time.Microsecond))))},
		"cancelled mended":     {judging(requests, slo.Availability(slo.WithCancelled(nil), slo.WithCancelled(slo.Bad)))},
		"availability events":  {judging(orders, slo.Availability(slo.Strict()))},
		"fidelity events":      {judging(orders, slo.Fidelity())},
		"event SLIs": {
			named("1", judging(orders, slo.Correctness())), named("2", judging(orders, slo.Freshness())),
			named("3", judging(orders, slo.Completeness())), named("4", judging(orders, slo.Durability())),
			named("5", judging(orders, slo.Throughput())), named("6", judging(orders, slo.Custom("in time"))),
		},
		"two on one source": {named("a", valid()), named("b", judging(requests, slo.Latency(time.Second)))},
		"the same but the name": {
			named("a", valid()), named("b", valid()),
		},
		"longest names": {with(func(o *slo.Objective) {
			o.Name, o.Of, o.SLI = longest, slo.Events(longest), slo.Custom(longest)
			o.Owner, o.Region, o.Priority = longest, longest, longest
		})},
		"shortest window": {with(func(o *slo.Objective) { o.Window, o.StallAfter = slo.Rolling(time.Millisecond), time.Millisecond })},
		"longest window":  {with(func(o *slo.Objective) { o.Window, o.StallAfter = slo.Rolling(math.MaxInt64), math.MaxInt64 })},
		"everything": {with(func(o *slo.Objective) {
			o.StallAfter, o.Shadow, o.Owner, o.Region, o.Priority = time.Minute, true, "payments", "eu", "P1"
			o.Description = strings.Repeat("whoever buys ", 1000)
			o.Links = []slo.Link{{Name: "runbook", URL: "https://wiki.example/checkout"}}
		})},
		"each, and an override under its name": {
			named("availability", of(slo.Each)), named("availability/POST /checkout", valid()),
		},
		"served and called under one name": {
			named("a", of(slo.RPC("/shop.v1.Cart/Add"))), named("b", of(slo.Dependency("/shop.v1.Cart/Add"))),
			named("c", judging(slo.Dependency("/shop.v1.Cart/Add"), slo.Latency(time.Second))),
		},
		"each, and a name like it": {
			named("availability", of(slo.Each)), named("availability-checkout", valid()), named("shop/checkout", valid()),
		},
	} {
		if err := slo.Validate(objectives...); err != nil {
			t.Errorf("%s: Validate = %v, want nil", name, err)
		}
	}
}

func TestValidateTakesAnyBytesInNames(t *testing.T) {
	for _, name := range []string{
		"\x00", "\n", "\xff\xfe", `"quoted"`, `back\slash`, "{{.}}", "$(rm)", "' or 1=1 --", "</script>", " ", "\u202e", "каса", "💥",
	} {
		for _, o := range []slo.Objective{
			named(name, valid()), of(slo.Events(name)), of(slo.HTTP("/" + name + "/")), of(slo.RPC("/" + strings.ReplaceAll(name, "/", "") + "/x")),
			judging(slo.Events("orders"), slo.Custom(name)),
		} {
			if err := slo.Validate(o); err != nil {
				t.Errorf("Validate with the name %q = %v, want nil", name, err)
			}
		}
	}
}

func TestValidateRefuses(t *testing.T) {
	requests, orders := slo.HTTP("POST /checkout"), slo.Events("orders")
	long := strings.Repeat("é", 1000) // 2,000 bytes
	const (
		shown   = `éééééééééééééééé...` // 32 bytes, whole characters
		pattern = `want a route pattern such as "POST /checkout"`
		method  = `want a full method name such as "/shop.v1.Cart/Add"`
	)
	for _, tt := range []struct {
		in   slo.Objective
		want string // after `slo: Objectives[0] "checkout".`
	}{
		{of(slo.Source{}), `Of is unset: want a source: slo.HTTP, slo.RPC, slo.Events, slo.Dependency, slo.All or slo.Each`},
		{of(slo.HTTP("")), `Of is slo.HTTP(""): ` + pattern},
		{of(slo.HTTP("checkout")), `Of is slo.HTTP("checkout"): ` + pattern},
		{of(slo.HTTP("POST")), `Of is slo.HTTP("POST"): ` + pattern},
		{of(slo.HTTP("a/b POST")), `Of is slo.HTTP("a/b POST"): ` + pattern},
		{of(slo.HTTP("https://shop.example/checkout")), `Of is slo.HTTP("https://shop.example/checkout"): ` + pattern + `, not a URL`},
		{of(slo.HTTP("POST /checkout ")), `Of is slo.HTTP("POST /checkout "): ` + pattern + ` (did you mean "POST /checkout"?)`},
		{of(slo.HTTP("\t/checkout")), `Of is slo.HTTP("\t/checkout"): ` + pattern + ` (did you mean "/checkout"?)`},
		{of(slo.HTTP("post /checkout")), `Of is slo.HTTP("post /checkout"): ` + pattern + ` (did you mean "POST /checkout"?)`},
		{of(slo.HTTP("Get /checkout")), `Of is slo.HTTP("Get /checkout"): ` + pattern + ` (did you mean "GET /checkout"?)`},
		{of(slo.HTTP("/" + long)), `Of is slo.HTTP("/ééééééééééééééé..."): want a name of at most 256 bytes, got 2001`},
		{of(slo.RPC("")), `Of is slo.RPC(""): ` + method},
		{of(slo.RPC("/")), `Of is slo.RPC("/"): ` + method},
		{of(slo.RPC("Add")), `Of is slo.RPC("Add"): ` + method},
		{of(slo.RPC("/shop.v1.Cart")), `Of is slo.RPC("/shop.v1.Cart"): ` + method},
		{of(slo.RPC("/shop.v1.Cart/")), `Of is slo.RPC("/shop.v1.Cart/"): ` + method},
		{of(slo.RPC("//Add")), `Of is slo.RPC("//Add"): ` + method},
		{of(slo.RPC("/shop/v1/Add")), `Of is slo.RPC("/shop/v1/Add"): ` + method},
		{of(slo.RPC("shop.v1.Cart/Add")), `Of is slo.RPC("shop.v1.Cart/Add"): ` + method + ` (did you mean "/shop.v1.Cart/Add"?)`},
		{of(slo.RPC("/shop.v1.Cart/Add ")), `Of is slo.RPC("/shop.v1.Cart/Add "): ` + method + ` (did you mean "/shop.v1.Cart/Add"?)`},
		{of(slo.HTTP("dependency:/pay")), `Of is slo.HTTP("dependency:/pay"): ` + pattern + `, or slo.Dependency for what the service calls`},
		{of(slo.Dependency("")), `Of is slo.Dependency(""): want a name`},
		{of(slo.Dependency(long)), `Of is slo.Dependency("` + shown + `"): want a name of at most 256 bytes, got 2000`},
		{of(slo.Dependency("_OTHER")), `Of is slo.Dependency("_OTHER"): want another name: this one is reserved`},
		{of(slo.Events("")), `Of is slo.Events(""): want a name`},
		{of(slo.Events(long)), `Of is slo.Events("` + shown + `"): want a name of at most 256 bytes, got 2000`},
		{of(slo.HTTP("_OTHER")), `Of is slo.HTTP("_OTHER"): want another name: this one is reserved`},
		{of(slo.RPC("unnamed")), `Of is slo.RPC("unnamed"): want another name: this one is reserved`},
		{of(slo.Events("unmatched")), `Of is slo.Events("unmatched"): want another name: this one is reserved`},

		{judging(requests, slo.SLI{}), `SLI is unset: want an SLI: slo.Availability(), slo.Latency(400*time.Millisecond), or one of the event SLIs`},
		{judging(requests, slo.Latency(0)), `SLI is slo.Latency(0s): want a threshold of at least 1µs, such as slo.Latency(400*time.Millisecond)`},
		{judging(requests, slo.Latency(400)), `SLI is slo.Latency(400ns): want a threshold of at least 1µs, such as slo.Latency(400*time.Millisecond)`},
		{judging(requests, slo.Latency(-time.Second)), `SLI is slo.Latency(-1s): want a threshold of at least 1µs, such as slo.Latency(400*time.Millisecond)`},
		{judging(orders, slo.Latency(time.Second)), `SLI is slo.Latency(1s): want a source with requests: an event stream has no latency (judge it where it is recorded, as good or bad)`},
		{judging(requests, slo.Correctness()), `SLI is slo.Correctness(): want slo.Events: of a request only availability, latency and fidelity are known`},
		{judging(slo.RPC("/shop.v1.Cart/Add"), slo.Freshness()), `SLI is slo.Freshness(): want slo.Events: of a request only availability, latency and fidelity are known`},
		{judging(slo.All, slo.Completeness()), `SLI is slo.Completeness(): want slo.Events: of a request only availability, latency and fidelity are known`},
		{judging(slo.Each, slo.Durability()), `SLI is slo.Durability(): want slo.Events: of a request only availability, latency and fidelity are known`},
		{judging(requests, slo.Throughput()), `SLI is slo.Throughput(): want slo.Events: of a request only availability, latency and fidelity are known`},
		{judging(requests, slo.Custom("in\ntime")), `SLI is slo.Custom("in\ntime"): want slo.Events: of a request only availability, latency and fidelity are known`},
		{judging(orders, slo.Custom("")), `SLI is slo.Custom(""): want a name`},
		{judging(requests, slo.Custom("")), `SLI is slo.Custom(""): want a name`},
		{judging(orders, slo.Custom("availability")), `SLI is slo.Custom("availability"): want another name: requests are judged under this one`},
		{judging(orders, slo.Custom("latency")), `SLI is slo.Custom("latency"): want another name: requests are judged under this one`},
		{judging(orders, slo.Custom("fidelity")), `SLI is slo.Custom("fidelity"): want another name: requests are judged under this one`},
		{judging(orders, slo.Custom(long)), `SLI is slo.Custom("` + shown + `"): want a name of at most 256 bytes, got 2000`},
		{judging(requests, slo.Availability(slo.WithCancelled(nil))), `SLI is slo.WithCancelled(nil): want slo.Bad, slo.Excluded or slo.BadAfter(d), d at least 1µs`},
		{judging(requests, slo.Availability(slo.WithCancelled(slo.Unset))), `SLI is slo.WithCancelled(slo.Unset): want slo.Bad, slo.Excluded or slo.BadAfter(d), d at least 1µs`},
		{judging(requests, slo.Availability(slo.WithCancelled(slo.Good))), `SLI is slo.WithCancelled(slo.Good): want slo.Bad, slo.Excluded or slo.BadAfter(d), d at least 1µs`},
		{judging(requests, slo.Availability(slo.WithCancelled(slo.Verdict(9)))), `SLI is slo.WithCancelled(slo.Verdict(9)): want slo.Bad, slo.Excluded or slo.BadAfter(d), d at least 1µs`},
		{judging(requests, slo.Latency(time.Second, slo.WithCancelled(slo.BadAfter(0)))), `SLI is slo.WithCancelled(slo.BadAfter(0s)): want slo.Bad, slo.Excluded or slo.BadAfter(d), d at least 1µs`},
		{judging(requests, slo.Availability(slo.WithCancelled(slo.BadAfter(-time.Second)))), `SLI is slo.WithCancelled(slo.BadAfter(-1s)): want slo.Bad, slo.Excluded or slo.BadAfter(d), d at least 1µs`},
		{judging(requests, slo.Availability(slo.WithCancelled(slo.BadAfter(10)))), `SLI is slo.WithCancelled(slo.BadAfter(10ns)): want slo.Bad, slo.Excluded or slo.BadAfter(d), d at least 1µs`},
		{judging(orders, slo.Correctness(slo.WithCancelled(slo.Bad))), `SLI is slo.WithCancelled(slo.Bad): want it on requests only: the events of a stream have no client that goes away`},
		{judging(orders, slo.Correctness(slo.WithCancelled(slo.BadAfter(time.Second)))), `SLI is slo.WithCancelled(slo.BadAfter(1s)): want it on requests only: the events of a stream have no client that goes away`},
		{judging(requests, slo.Availability(slo.CountFailures)), `SLI is slo.CountFailures: want it on slo.Latency only: for another SLI name the classes, as in slo.Verdicts{slo.ServerError: slo.Bad}`},
		{judging(requests, slo.Fidelity(slo.CountFailures)), `SLI is slo.CountFailures: want it on slo.Latency only: for another SLI name the classes, as in slo.Verdicts{slo.ServerError: slo.Bad}`},
		{judging(requests, slo.Availability(slo.Verdicts{slo.TooManyRequests: 7})), `SLI is slo.Verdict(7) for 429: want slo.Good, slo.Bad or slo.Excluded`},

		{with(func(o *slo.Objective) { o.Target = slo.Target{} }), `Target is unset: want slo.Percent(p) or slo.Ratio(r)`},
		{with(func(o *slo.Objective) { o.Target = slo.Percent(0.999) }), `Target is Percent(0.999): want a percentage above 1 and below 100 (did you mean 99.9?)`},
		{with(func(o *slo.Objective) { o.Target, _ = slo.ParseTarget("99.9") }), `Target is "99.9": want a ratio above 0 and below 1 (did you mean "99.9%"?)`},

		{with(func(o *slo.Objective) { o.Window = slo.Rolling(0) }), `Window is slo.Rolling(0s): want at least 1ms, such as slo.Rolling(7*slo.Day), or the zero Window for 28 days`},
		{with(func(o *slo.Objective) { o.Window = slo.Rolling(28) }), `Window is slo.Rolling(28ns): want at least 1ms, such as slo.Rolling(7*slo.Day), or the zero Window for 28 days`},
		{with(func(o *slo.Objective) { o.Window = slo.Rolling(-slo.Day) }), `Window is slo.Rolling(-24h0m0s): want at least 1ms, such as slo.Rolling(7*slo.Day), or the zero Window for 28 days`},
		{with(func(o *slo.Objective) { o.StallAfter = 30 }), `StallAfter is 30ns: want at least 1ms, such as time.Minute, or zero for the default`},
		{with(func(o *slo.Objective) { o.StallAfter = -1 }), `StallAfter is -1ns: want at least 1ms, such as time.Minute, or zero for the default`},
		{with(func(o *slo.Objective) { o.Of, o.StallAfter = orders, time.Minute }), `StallAfter is 1m0s: want zero: an event stream has no requests in flight`},
		{with(func(o *slo.Objective) { o.Owner = long }), `Owner is "` + shown + `": want at most 256 bytes, got 2000`},
		{with(func(o *slo.Objective) { o.Region = long }), `Region is "` + shown + `": want at most 256 bytes, got 2000`},
		{with(func(o *slo.Objective) { o.Priority = long }), `Priority is "` + shown + `": want at most 256 bytes, got 2000`},
		{with(func(o *slo.Objective) { o.Links = []slo.Link{{Name: "a", URL: "b"}, {URL: "https://x\n"}} }), `Links[1] is slo.Link{"", "https://x\n"}: want both Name and URL`},
		{with(func(o *slo.Objective) { o.Links = []slo.Link{{Name: "runbook"}} }), `Links[0] is slo.Link{"runbook", ""}: want both Name and URL`},
	} {
		checkRefused(t, []slo.Objective{tt.in}, `slo: Objectives[0] "checkout".`+tt.want)
	}
}

// checkRefused checks that Validate says this and nothing else.
func checkRefused(t *testing.T, in []slo.Objective, want ...string) {
	t.Helper()
	err := slo.Validate(in...)
	if err == nil || err.Error() != strings.Join(want, "\n") {
		t.Errorf("Validate = %v\nwant %s", err, strings.Join(want, "\n"))
		return
	}
	checkRefusal(t, err)
}

func TestValidateRefusesNames(t *testing.T) {
	long := strings.Repeat("x", 257)
	huge := strings.Repeat("\n", 1<<20)
	each := named("availability", of(slo.Each))
	latency := with(func(o *slo.Objective) { o.SLI = slo.Latency(time.Second) })
	for _, tt := range []struct {
		in   []slo.Objective
		want []string
	}{
		{
			[]slo.Objective{named("", valid())},
			[]string{`slo: Objectives[0].Name is "": want a name, unique within the tracker`},
		},
		{
			[]slo.Objective{named(long, valid())},
			[]string{`slo: Objectives[0] "` + long + `".Name is "` + long + `": want at most 256 bytes, got 257`},
		},
		{
			[]slo.Objective{named(huge, valid())},
			[]string{`slo: Objectives[0] "` + strings.Repeat(`\n`, 32) + `...".Name is "` + strings.Repeat(`\n`, 32) + `...": want at most 256 bytes, got 1048576`},
		},
		{
			[]slo.Objective{valid(), named("other", valid()), valid()},
			[]string{`slo: Objectives[2] "checkout".Name is "checkout": want a name that Objectives[0] does not have already`},
		},
		{ // a source of one name has one kind, whichever comes first
			[]slo.Objective{named("a", of(slo.Events("/shop/Add"))), named("b", of(slo.RPC("/shop/Add"))), named("c", of(slo.Events("/shop/Add")))},
			[]string{`slo: Objectives[1] "b".Of is slo.RPC("/shop/Add"): want one kind of source for a name, and slo.Events("/shop/Add") is declared too`},
		},
		{ // a dependency is no operation that one on Each could have
			[]slo.Objective{each, named("availability/payments", of(slo.Dependency("payments")))},
			[]string{`slo: Objectives[1] "availability/payments".Name is "availability/payments": want a name that does not begin with "availability/": Objectives[0] on slo.Each names its objectives so`},
		},
		{ // names that an objective on Each gives to its own
			[]slo.Objective{named("availability/GET /cart", valid()), each},
			[]string{`slo: Objectives[0] "availability/GET /cart".Name is "availability/GET /cart": want a name that does not begin with "availability/": Objectives[1] on slo.Each names its objectives so`},
		},
		{ // an override has the same SLI too
			[]slo.Objective{each, named("availability/POST /checkout", latency)},
			[]string{`slo: Objectives[1] "availability/POST /checkout".Name is "availability/POST /checkout": want a name that does not begin with "availability/": Objectives[0] on slo.Each names its objectives so`},
		},
		{
			[]slo.Objective{each, named("availability/slow", of(slo.Each))},
			[]string{`slo: Objectives[1] "availability/slow".Name is "availability/slow": want a name that does not begin with "availability/": Objectives[0] on slo.Each names its objectives so`},
		},
		{ // one duplicate is one mistake
			[]slo.Objective{each, each},
			[]string{`slo: Objectives[1] "availability".Name is "availability": want a name that Objectives[0] does not have already`},
		},
	} {
		checkRefused(t, tt.in, tt.want...)
	}
}

func TestValidateSaysEverything(t *testing.T) {
	in := []slo.Objective{{}, valid(), {
		Name: "orders", Of: slo.Events("orders"), SLI: slo.Latency(400, slo.WithCancelled(nil)), Target: slo.Percent(100), Window: slo.Rolling(28), StallAfter: 1,
	}}
	checkRefused(t, in,
		`slo: Objectives[0].Name is "": want a name, unique within the tracker`,
		`slo: Objectives[0].Of is unset: want a source: slo.HTTP, slo.RPC, slo.Events, slo.Dependency, slo.All or slo.Each`,
		`slo: Objectives[0].SLI is unset: want an SLI: slo.Availability(), slo.Latency(400*time.Millisecond), or one of the event SLIs`,
		`slo: Objectives[0].Target is unset: want slo.Percent(p) or slo.Ratio(r)`,
		`slo: Objectives[2] "orders".SLI is slo.Latency(400ns): want a threshold of at least 1µs, such as slo.Latency(400*time.Millisecond)`,
		`slo: Objectives[2] "orders".SLI is slo.WithCancelled(nil): want slo.Bad, slo.Excluded or slo.BadAfter(d), d at least 1µs`,
		`slo: Objectives[2] "orders".Target is Percent(100): want a percentage above 1 and below 100 (100 % leaves no error budget to spend)`,
		`slo: Objectives[2] "orders".Window is slo.Rolling(28ns): want at least 1ms, such as slo.Rolling(7*slo.Day), or the zero Window for 28 days`,
		`slo: Objectives[2] "orders".StallAfter is 1ns: want at least 1ms, such as time.Minute, or zero for the default`,
	)
	var first *slo.FieldError
	if err := slo.Validate(in...); !errors.As(err, &first) || first.Field != "Objectives[0].Name" || first.Value != "" {
		t.Errorf("errors.As finds %+v, want Objectives[0].Name", first)
	}
	joined, ok := slo.Validate(in...).(interface{ Unwrap() []error })
	if !ok || len(joined.Unwrap()) != 9 {
		t.Fatalf("Validate does not join nine errors")
	}
	for _, err := range joined.Unwrap() {
		checkInvalid(t, err)
	}
}

// A document may come from anywhere: no name may cost more than its length.
func TestValidateStandsHostileNames(t *testing.T) {
	slashes := named(strings.Repeat("/", 1<<20), of(slo.HTTP(strings.Repeat("POST /", 1<<18))))
	if text := fmt.Sprint(slo.Validate(slashes, slashes)); text == "<nil>" || len(text) > 2000 {
		t.Errorf("Validate of a name of a mebibyte says %d bytes: %.100s", len(text), text)
	}
}

func BenchmarkValidate(b *testing.B) {
	in := make([]slo.Objective, 10_000)
	for i := range in {
		in[i] = named("availability/"+strconv.Itoa(i)+strings.Repeat("/", i%200), of(slo.Each))
	}
	for b.Loop() {
		if err := slo.Validate(in...); err != nil {
			b.Fatal(err)
		}
	}
}

func TestReservedIsACopy(t *testing.T) {
	slo.Reserved()[0] = "mine"
	if got := slo.Reserved(); len(got) != 3 || got[0] != "_OTHER" || got[1] != "unnamed" || got[2] != "unmatched" {
		t.Errorf("Reserved() = %v, want _OTHER, unnamed, unmatched", got)
	}
}
