package httpslo_test

import (
	"net/http"
	"testing"
	"time"

	"github.com/seed-abb722f7/nines/budget"
	"github.com/seed-abb722f7/nines/budget/budgettest"
	"github.com/seed-abb722f7/nines/slo"
)

// TestVerdicts: objectives on one operation judge the same requests differently, each by what
// it was told, and what does not count has a reason.
func TestVerdicts(t *testing.T) {
	row := slo.HTTP(route)
	objective := func(name string, sli slo.SLI) slo.Objective {
		return slo.Objective{Name: name, Of: row, SLI: sli, Target: slo.Percent(90)}
	}
	for _, proto := range []int{1, 2} {
		e := &rig{t: t, proto: proto, over: make(chan struct{}, 64), Tracker: budgettest.New(t,
			objective("default", slo.Availability()),
			objective("strict", slo.Availability(slo.Strict())),
			objective("cancelled bad", slo.Availability(slo.WithCancelled(slo.Bad))),
			objective("cancelled bad after", slo.Availability(slo.WithCancelled(slo.BadAfter(threshold)))),
			objective("cancelled excluded", slo.Latency(threshold, slo.WithCancelled(slo.Excluded))),
			objective("latency", slo.Latency(threshold)),
			objective("latency with failures", slo.Latency(threshold, slo.CountFailures)),
			objective("fidelity", slo.Fidelity()))}
		statuses := make(chan int, 1)
		var leave chan struct{}
		var waited time.Duration
		e.row(func(w http.ResponseWriter, r *http.Request) {
			if leave != nil {
				e.Advance(waited)
				close(leave)
				<-r.Context().Done()
				return
			}
			w.WriteHeader(<-statuses)
		})
		for _, status := range []int{200, 201, 304, 404, 429, 429, 500} {
			statuses <- status
			e.get("/row")
		}
		for _, waited = range []time.Duration{threshold, threshold + 1, threshold + 1} {
			leave = make(chan struct{})
			e.leave("/row", leave)
		}
		for name, want := range map[string]budget.Counts{
			"default":             {Good: 6, Bad: 1, Excluded: 3},
			"strict":              {Good: 4, Bad: 3, Excluded: 3},
			"cancelled bad":       {Good: 6, Bad: 4},
			"cancelled bad after": {Good: 6, Bad: 3, Excluded: 1},
			// What any availability objective calls bad has spent that budget already: 500, and
			// 429 too, for the strict one.
			"cancelled excluded":    {Good: 4, Excluded: 6},
			"latency":               {Good: 4, Bad: 2, Excluded: 4},
			"latency with failures": {Good: 4, Bad: 5, Excluded: 1},
			"fidelity":              {Good: 6, Excluded: 4},
		} {
			s := e.Budget(name).Status()
			if s.Counts != want {
				t.Errorf("HTTP/%d, %s: %+v, want %+v", proto, name, s.Counts, want)
			}
			var reasons uint64
			for _, r := range s.Excluded {
				if r.Reason == "" {
					t.Errorf("HTTP/%d, %s: excluded without a reason", proto, name)
				}
				reasons += r.Count
			}
			if reasons != want.Excluded {
				t.Errorf("HTTP/%d, %s: reasons for %d excluded, want %d: %v", proto, name, reasons, want.Excluded, s.Excluded)
			}
		}
		e.recorded(route+" 2xx-3xx 3", route+" 4xx 1", route+" 429 2", route+" 5xx 1", route+" cancelled 3")
	}
}
