package httpslo_test

import (
	"io"
	"net/http"
	"net/http/httptest"
	"runtime"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/seed-abb722f7/nines/budget"
	"github.com/seed-abb722f7/nines/middleware/httpslo"
	"github.com/seed-abb722f7/nines/slo"
)

// TestConcurrentUpdates: objectives come, go and change their thresholds while a server serves
// over real connections; every request is counted once, and the objective that is judged alike
// all the time has all of them.
func TestConcurrentUpdates(t *testing.T) {
	kept := slo.Objective{Name: "kept", Of: slo.HTTP("GET /jobs/{id}"), SLI: slo.Availability(), Target: slo.Percent(99)}
	tr, err := budget.New(budget.Config{Objectives: []slo.Objective{kept}, Resolution: 10 * time.Millisecond})
	if err != nil {
		t.Fatal(err)
	}
	defer tr.Close()
	mux := http.NewServeMux()
	mux.HandleFunc("GET /jobs/{id}", func(w http.ResponseWriter, r *http.Request) {
		if r.PathValue("id") == "bad" {
			w.WriteHeader(http.StatusInternalServerError)
		}
	})
	mux.HandleFunc("GET /other", func(http.ResponseWriter, *http.Request) {})
	server := httptest.NewServer(httpslo.Handler(tr, mux))
	defer server.Close()

	var updates atomic.Int64
	var done atomic.Bool
	var updating, clients sync.WaitGroup
	updating.Go(func() {
		for n := 0; !done.Load(); n++ {
			kept.Target = slo.Percent(90 + float64(n%9))
			list := []slo.Objective{kept}
			if n%3 > 0 {
				list = append(list, slo.Objective{
					Name: "moving", Of: kept.Of, SLI: slo.Latency(time.Duration(100+n%7) * time.Microsecond), Target: slo.Percent(50),
				})
			}
			if n%5 > 0 {
				list = append(list, slo.Objective{Name: "other", Of: slo.HTTP("GET /other"), SLI: slo.Availability(), Target: slo.Percent(99)})
			}
			if err := tr.Update(list); err != nil {
				t.Error(err)
			}
			updates.Add(1)
			runtime.Gosched()
		}
	})
	var good, bad, others atomic.Uint64
	for g := range 4 {
		clients.Go(func() {
			for i := 0; i < 100 || updates.Load() < 50; i++ {
				path, count := "/jobs/1", &good
				switch (i + g) % 4 {
				case 0:
					path, count = "/jobs/bad", &bad
				case 1:
					path, count = "/other", &others
				}
				resp, err := server.Client().Get(server.URL + path)
				if err != nil {
					t.Error(err)
					return
				}
				_, _ = io.Copy(io.Discard, resp.Body) // there is none
				if err := resp.Body.Close(); err != nil {
					t.Error(err)
				}
				count.Add(1)
			}
		})
	}
	clients.Wait()
	done.Store(true)
	updating.Wait()
	server.Close() // waits for handlers: a response may arrive before its request is counted
	st := tr.Budget("kept").Status()
	if want := (budget.Counts{Good: good.Load(), Bad: bad.Load()}); st.Total != want || st.Counts != want || st.Renewed != "" || st.InFlight != 0 {
		t.Errorf("after %d updates: %+v in all, %+v in the window, renewed %q, %d in flight; want %+v", updates.Load(), st.Total, st.Counts, st.Renewed, st.InFlight, want)
	}
	for _, o := range tr.Report().Operations {
		if want := others.Load(); o.Name == "GET /other" && o.Requests() != want {
			t.Errorf("GET /other: %d requests, want %d", o.Requests(), want)
		}
	}
}
