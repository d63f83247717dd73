package alertslo_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/seed-abb722f7/nines/exporter/alertslo"
	"github.com/seed-abb722f7/nines/policy"
	"github.com/seed-abb722f7/nines/slo"
)

// TestEachAlertmanagerOnItsOwn: one that hangs and one that is down hold up no other, and hear
// the latest when they are back.
func TestEachAlertmanagerOnItsOwn(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		mended := make(chan struct{})
		well, log := &fake{}, &book{}
		broken := func(f func(*http.Request) (int, string)) *fake { return &fake{answer: f} }
		hangs := broken(func(r *http.Request) (int, string) { <-r.Context().Done(); return 0, "" })
		down := broken(func(*http.Request) (int, string) { return 0, "nobody there" })
		ill := broken(func(*http.Request) (int, string) { return 503, strings.Repeat("x", 1<<20) })
		late := broken(func(*http.Request) (int, string) {
			select {
			case <-mended:
				return 200, "garbage"
			default:
				return 500, ""
			}
		})
		hosts := map[string]*fake{"well:1": well, "hangs:1": hangs, "down:1": down, "ill:1": ill, "late:1": late}
		route := roundTripper(func(r *http.Request) (*http.Response, error) { return hosts[r.URL.Host].RoundTrip(r) })
		s := newShop(t, policy.Config{})
		n := newNotifier(t, alertslo.Single, alertslo.Alertmanager{
			URLs: []string{"http://hangs:1", "http://down:1", "http://ill:1", "http://late:1", "http://well:1"}, HTTP: client(route), Logger: log.logger(),
		})
		n.Attach(s.watcher)
		settle()
		start := time.Now()
		s.breaks()
		synctest.Wait()
		if got := well.alerts(t); len(got) != 1 || got[0].Received.Sub(start) > time.Second {
			t.Errorf("the one that is well got %d alerts, want one at once", len(got))
		}
		time.Sleep(5 * time.Minute)
		close(mended)
		time.Sleep(30 * time.Second)
		synctest.Wait()
		for i, st := range n.Stats() {
			switch st.Destination {
			case "alertmanager http://late:1":
				if st.Sent == 0 || st.LastError != nil || st.Waiting != 0 || st.Dropped != 0 {
					t.Errorf("%+v, want it to have heard", st)
				}
			case "alertmanager http://well:1":
				if st.Failed != 0 {
					t.Errorf("%+v, want no failure", st)
				}
			default:
				if st.Sent != 0 || st.Failed < 10 || st.Failed > 60 || st.LastError == nil || st.Waiting != 1 {
					t.Errorf("%d: %+v, want 10 to 60 failures, and it waits", i, st)
				}
				if len(fmt.Sprint(st.LastError)) > 400 {
					t.Errorf("an error of %d bytes", len(fmt.Sprint(st.LastError)))
				}
			}
		}
		for _, a := range late.alerts(t) {
			if a.EndsAt.Sub(a.Received) != 4*time.Minute {
				t.Errorf("an alert ends %v after it was sent, want 4m, however late it is", a.EndsAt.Sub(a.Received))
			}
		}
		if got := strings.Count(log.String(), "cannot be told"); got != 4 {
			t.Errorf("%d lines say that an Alertmanager fails, want one for each that does:\n%s", got, log)
		}
		if !strings.Contains(log.String(), "told again") {
			t.Errorf("no line says that one is back:\n%s", log)
		}
		before := time.Now()
		n.Close()
		if took := time.Since(before); took < 2*time.Second || took > 3*time.Second {
			t.Errorf("Close took %v, want its two seconds", took)
		}
		for _, st := range n.Stats() {
			failing := st.LastError != nil
			if failing != (st.Dropped == 1) {
				t.Errorf("%+v, want what was not sent to be dropped", st)
			}
		}
		n.Close()
		s.mends()
	})
}

// TestRefusedAlerts: one request that is refused is not repeated before its time.
func TestRefusedAlerts(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		am := &fake{answer: func(*http.Request) (int, string) { return 400, `{"code":601,"message":"no"}` }}
		s := newShop(t, policy.Config{})
		n := newNotifier(t, alertslo.Single, alertslo.Alertmanager{URLs: []string{am1}, HTTP: client(am), Logger: (&book{}).logger()})
		defer n.Close()
		n.Attach(s.watcher)
		s.breaks()
		time.Sleep(10*time.Minute + time.Second)
		if got := am.count(); got < 10 || got > 12 {
			t.Errorf("%d requests in ten minutes, want one each minute", got)
		}
		if st := n.Stats()[0]; st.LastError == nil || !strings.Contains(st.LastError.Error(), "status 400") || st.Dropped == 0 {
			t.Errorf("%+v, want the status in the error, and it dropped", st)
		}
	})
}

// TestNewsDoesNotHurryRetries: however much happens, an Alertmanager that fails is left to
// recover, and one that is well is sent a few requests a second.
func TestNewsDoesNotHurryRetries(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		down, well := &fake{answer: func(*http.Request) (int, string) { return 503, "" }}, &fake{}
		hosts := map[string]*fake{"down:1": down, "well:1": well}
		route := roundTripper(func(r *http.Request) (*http.Response, error) { return hosts[r.URL.Host].RoundTrip(r) })
		s := newShop(t, policy.Config{})
		n := newNotifier(t, alertslo.Single, alertslo.Alertmanager{URLs: []string{"http://down:1", "http://well:1"}, HTTP: client(route), Logger: (&book{}).logger()})
		defer n.Close()
		n.Attach(s.watcher)
		for range 50 {
			s.breaks()
			time.Sleep(50 * time.Millisecond)
			s.mends()
			time.Sleep(50 * time.Millisecond)
		}
		settle() // 6 seconds in all
		if got := down.count(); got > 5 {
			t.Errorf("%d requests to the one that is down, want a few, with pauses that grow", got)
		}
		if got := well.count(); got < 20 || got > 31 {
			t.Errorf("%d requests to the one that is well, want five a second", got)
		}
		all := well.alerts(t)
		if last := all[len(all)-1]; last.EndsAt.After(s.Time()) {
			t.Errorf("the last is %+v, want the end of the last breach", last)
		}
	})
}

// TestManyBreachesMakeFewRequests: whatever happens at once is sent at once, in batches.
func TestManyBreachesMakeFewRequests(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		am := &fake{}
		var objectives []slo.Objective
		for i := range 200 {
			o := checkout()
			o.Name = fmt.Sprintf("o%03d", i)
			objectives = append(objectives, o)
		}
		s := newShop(t, policy.Config{}, objectives...)
		n := newNotifier(t, alertslo.Single, alertslo.Alertmanager{URLs: []string{am1}, HTTP: client(am)})
		defer n.Close()
		n.Attach(s.watcher)
		settle()
		s.breaks()
		settle()
		if got := am.count(); got > 12 {
			t.Errorf("%d requests, want a few", got)
		}
		seen := map[string]bool{}
		for _, a := range am.alerts(t) {
			seen[a.Labels["slo"]] = true
		}
		if len(seen) != 200 {
			t.Errorf("%d objectives were told, want 200", len(seen))
		}
		_, bodies := am.seen()
		for _, body := range bodies {
			var some []any
			if err := json.Unmarshal(body, &some); err != nil || len(some) > 64 {
				t.Errorf("a request with %d alerts, %v, want at most 64", len(some), err)
			}
		}
	})
}
