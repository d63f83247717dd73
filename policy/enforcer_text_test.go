package policy_test

import (
	"log/slog"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/seed-abb722f7/nines/budget"
	"github.com/seed-abb722f7/nines/budget/budgettest"
	"github.com/seed-abb722f7/nines/policy"
	"github.com/seed-abb722f7/nines/slo"
)

// enforced is a court after a bad hour and a better minute.
func enforced(t *testing.T) *court {
	t.Helper()
	p := lights()
	p.Version, p.Owner = "3", "payments"
	p.Tiers[2].LeaveAfter = 10 * time.Minute
	p.Tiers[2].Actions = []string{"Focus on reliability"}
	p.Review.By = budgettest.Start.AddDate(0, 0, -1)
	p.Clauses = []policy.Clause{
		{Name: "exhausted", When: policy.Spent(1), Hold: time.Hour, Then: []policy.Consequence{
			{Kind: policy.StopProduction, Automated: true},
			{Kind: policy.FinishActionItem, Text: "lower the timeout", Traceable: true, Due: 7 * slo.Day, Link: "https://wiki.example"},
		}},
		{Name: "outage", When: policy.Manual("a priority 1 outage"), Then: act(policy.Postmortem)},
	}
	o := hourly()
	o.Owner = "payments"
	c := newCourt(t, p, policy.EnforceConfig{}, o)
	c.fill(100)
	c.run(1, 9000, 0)
	c.run(60, 1, 0)
	return c
}

func TestEnforcerExplain(t *testing.T) {
	text := enforced(t).Explainable()
	_, text, _ = strings.Cut(text, "\nerror budget policy")
	text, _, _ = strings.Cut(text, "\nrecorded since")
	golden(t, "explain_policy.txt", "error budget policy"+text)
}

func TestStandingText(t *testing.T) {
	c := enforced(t)
	if err := c.Enact("outage", "alice", "checkout was down"); err != nil {
		t.Fatal(err)
	}
	want := `payments: tier red since 2025-03-03 13:00, 90.06 % of checkout remains; yellow in 9m; ` +
		`enacted: "exhausted" for checkout; enacted: "outage"; review due: it was to be reviewed by 2025-03-02`
	if got := c.Standing().String(); got != want {
		t.Errorf("String() = %s\nwant       %s", got, want)
	}
	goldenJSON[any](t, "standing.json", c.Standing(), policy.Standing{}, c.Enactments(), policy.Enactment{})
	for _, n := range c.Enactments() {
		if back := readBack(t, n); !reflect.DeepEqual(back, n) {
			t.Errorf("read back %+v\nwant      %+v", back, n)
		}
	}
	if err := new(policy.Enactment).UnmarshalJSON([]byte(`{"action":"x"}`)); err == nil {
		t.Error("an action that there is not was read")
	}
}

func TestEnactmentLogValue(t *testing.T) {
	var b strings.Builder
	c := newCourt(t, lights(), policy.EnforceConfig{Logger: slog.New(slog.NewTextHandler(&b, &slog.HandlerOptions{ReplaceAttr: func(_ []string, a slog.Attr) slog.Attr {
		if a.Key == slog.TimeKey {
			return slog.Attr{}
		}
		return a
	}}))})
	c.fill(0)
	want := `level=INFO msg="nines: error budget policy" enactment.action="tier changed" enactment.at=2025-03-03T13:00:01.000Z ` +
		`enactment.policy=payments enactment.version=3 enactment.service=test enactment.to=green enactment.objective=checkout ` +
		`enactment.why="100 % of the error budget remains" enactment.remaining=1 enactment.known=known` + "\n"
	if b.String() != want {
		t.Errorf("logged %s\nwant   %s", b.String(), want)
	}
}

// TestTierOfACalendarPeriod: what is left of a period is a share of what the period is expected
// to have, and the next begins whole.
func TestTierOfACalendarPeriod(t *testing.T) {
	o := hourly()
	o.Window, o.ExpectedEvents = slo.Days(1, budgettest.Start), 10_000 // 1,000 may fail
	p := lights()
	p.Clauses = []policy.Clause{{Name: "seventy", When: policy.Spent(0.7), Then: act(policy.Communicate)}}
	c := newCourt(t, p, policy.EnforceConfig{}, o)
	c.Advance(13 * time.Hour) // the first day was not seen from its start
	c.second = 13 * 3600
	c.told = nil
	c.run(2, 100, 100)
	c.run(1, 0, 400)
	c.run(1, 0, 200)
	c.Advance(24 * time.Hour)
	c.second += 24 * 3600
	c.run(1, 1000, 0)
	for i, line := range []string{"tier green", "tier green -> yellow", "clause enacted", "tier yellow -> red", "tier red -> green", "clause lifted"} {
		if i >= len(c.told) || !strings.Contains(c.told[i], line) {
			t.Fatalf("told\n%s\nwant line %d to say %s", strings.Join(c.told, "\n"), i, line)
		}
	}
	if s := c.Budget("checkout").Status(); s.Basis != budget.DeclaredBasis || len(c.told) != 6 {
		t.Errorf("basis %v, told\n%s", s.Basis, strings.Join(c.told, "\n"))
	}
}
