package main

import (
	"bytes"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/seed-abb722f7/nines/budget"
	"github.com/seed-abb722f7/nines/policy"
	"github.com/seed-abb722f7/nines/slo"
)

func TestReportCounts(t *testing.T) {
	ok, failed := outcome{"GET /{$}", slo.Success}, outcome{"GET /{$}", slo.ServerError}
	for _, c := range []struct {
		name            string
		sent, counted   map[outcome]uint64
		lost            uint64
		missing, others uint64
		text, err       string
	}{
		{
			"equal",
			map[outcome]uint64{ok: 5},
			map[outcome]uint64{ok: 5},
			0,
			0, 0, "Every request was counted once.\n", "",
		},
		{
			"somebody else",
			map[outcome]uint64{ok: 5},
			map[outcome]uint64{ok: 6, failed: 2},
			0,
			0, 3, "Every request was counted once. 3 more came from somebody else.\n", "",
		},
		{
			"missing",
			map[outcome]uint64{ok: 5},
			map[outcome]uint64{ok: 3},
			0,
			2, 0, "2 requests are missing.\n", "2 requests were answered but not counted as such",
		},
		{ // the total would hide it
			"counted as something else",
			map[outcome]uint64{ok: 5, failed: 1},
			map[outcome]uint64{ok: 6},
			0,
			1, 1, "1 requests are missing.\n", "1 requests were answered but not counted as such",
		},
		{
			"lost",
			map[outcome]uint64{ok: 5},
			map[outcome]uint64{ok: 5},
			2,
			0, 0, "Every request was counted once.\n", "2 requests had no response, the last one because of: reset",
		},
	} {
		r := report{sent: c.sent, counted: c.counted, lost: c.lost, reason: errors.New("reset")}
		if missing, others := r.missing(); missing != c.missing || others != c.others {
			t.Errorf("%s: missing = %d, %d others, want %d, %d", c.name, missing, others, c.missing, c.others)
		}
		var b bytes.Buffer
		r.writeCounts(&b)
		if !strings.HasSuffix(b.String(), "\n  "+c.text) {
			t.Errorf("%s: printed %q, want it to end with %q", c.name, b.String(), c.text)
		}
		got := ""
		if err := r.err(); err != nil {
			got = err.Error()
		}
		if got != c.err {
			t.Errorf("%s: error %q, want %q", c.name, got, c.err)
		}
	}
}

func TestReportBreaches(t *testing.T) {
	began := time.Unix(1e9, 0)
	first := policy.Breach{
		ID: "a@1", Name: "checkout", Rule: "10s/2s", Severity: policy.Page,
		State: policy.Started, Started: began.Add(1500 * time.Millisecond),
	}
	end := first
	end.State, end.Resolved = policy.Resolved, began.Add(4*time.Second)
	open := first
	open.ID, open.Severity, open.Started = "a@2", policy.Ticket, began.Add(15*time.Second)
	var b bytes.Buffer
	(&report{began: began, breaches: []policy.Breach{first, end, open}}).writeBreaches(&b)
	want := `
Breaches

  page    checkout by 10s/2s: started at 1.5s, resolved at 4.0s
  ticket  checkout by 10s/2s: started at 15.0s, open at the end
`
	if b.String() != want {
		t.Errorf("printed %s\nwant %s", b.String(), want)
	}
}

func TestState(t *testing.T) {
	open := []policy.Breach{{Name: "a", Severity: policy.Page}, {Name: "a", Severity: policy.Ticket}, {Name: "b", Severity: policy.Ticket}}
	for _, c := range []struct {
		status budget.Status
		want   string
	}{
		{budget.Status{Name: "a", Known: budget.FullyKnown, Exhausted: true}, "PAGE"},
		{budget.Status{Name: "b", Known: budget.FullyKnown}, "TICKET"},
		{budget.Status{Name: "c", Known: budget.FullyKnown}, "ok"},
		{budget.Status{Name: "c", Known: budget.FullyKnown, Exhausted: true}, "exhausted"},
		{budget.Status{Name: "c", Known: budget.PartialCoverage}, "ok so far"},
		{budget.Status{Name: "c", Known: budget.PartialCoverage, Exhausted: true}, "exhausted"},
		{budget.Status{Name: "c", Known: budget.TooFew, Exhausted: true}, "too few"},
		{budget.Status{Name: "c", Known: budget.NoEvents}, "no events"},
		{budget.Status{Name: "c", Known: budget.Stalled}, "stalled"},
	} {
		if got := state(c.status, open); got != c.want {
			t.Errorf("state(%s, %v, exhausted %v) = %q, want %q", c.status.Name, c.status.Known, c.status.Exhausted, got, c.want)
		}
	}
}

// TestTable holds the layout, and that what is not known is no number.
func TestTable(t *testing.T) {
	s := newScenario(time.Minute)
	sim, err := budget.NewSimulation(budget.Config{Objectives: s.objectives()}, time.Unix(1e9, 0))
	if err != nil {
		t.Fatal(err)
	}
	defer sim.Close()
	op := sim.HTTP("POST /checkout")
	for n := range 1000 {
		class := slo.Success
		if n%50 == 0 {
			class = slo.ServerError
		}
		op.Start()
		op.Finish(class, time.Millisecond)
	}
	sim.Advance(time.Second)
	got := strings.Join(table(sim.Tracker, nil, s.long()), "\n")
	want := strings.Join([]string{
		"OPERATION       OBJECTIVE                   SLI  REMAINING  BURN 10s  STATE",
		"POST /checkout  checkout-availability   98.00 %     33.3 %      0.67  ok so far",
		"GET /search     search-latency                -          -         -  no events",
		"(all)           shop-availability       98.00 %     33.3 %      0.67  ok so far",
		"GET /search     availability                  -          -         -  no events",
	}, "\n")
	if got != want {
		t.Errorf("the table is\n%s\nwant\n%s", got, want)
	}
}
