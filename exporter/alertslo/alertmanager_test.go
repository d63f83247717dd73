package alertslo_test

import (
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/seed-abb722f7/nines/exporter/alertslo"
	"github.com/seed-abb722f7/nines/policy"
	"github.com/seed-abb722f7/nines/slo"
)

const am1 = "http://am-1:9093"

func newNotifier(tb testing.TB, scope alertslo.Scope, destinations ...alertslo.Destination) *alertslo.Notifier {
	tb.Helper()
	n, err := alertslo.New(scope, destinations...)
	if err != nil {
		tb.Fatal(err)
	}
	return n
}

// settle lets a round go out.
func settle() { time.Sleep(time.Second); synctest.Wait() }

// TestAlert: what Alertmanager is sent of a breach from its start to its end.
func TestAlert(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		am, log := &fake{}, &book{}
		s := newShop(t, policy.Config{})
		n := newNotifier(t, alertslo.Single, alertslo.Alertmanager{
			URLs: []string{am1 + "/prefix"}, HTTP: client(am), Logger: log.logger(), Token: "t0ken",
			Labels: map[string]string{"team": "pay", "empty": ""}, GeneratorURL: "https://shop/budgets",
		})
		defer n.Close()
		n.Attach(s.watcher)
		settle()
		s.breaks()
		open := s.watcher.Active()[0]
		settle()
		all := am.alerts(t)
		if len(all) != 1 {
			t.Fatalf("%d alerts, want 1: %+v", len(all), all)
		}
		first := all[0]
		want := map[string]string{
			"alertname": "ErrorBudgetBreach", "severity": "page", "slo": "checkout", "slo_service": "shop", "owner": "payments",
			"region": "eu", "environment": "production", "team": "pay",
		}
		if !maps.Equal(first.Labels, want) {
			t.Errorf("labels %v, want %v", first.Labels, want)
		}
		if !first.StartsAt.Equal(open.Started) || first.GeneratorURL != "https://shop/budgets" {
			t.Errorf("startsAt %v, generatorURL %q, want %v and the address given", first.StartsAt, first.GeneratorURL, open.Started)
		}
		if got := first.EndsAt.Sub(first.Received); got != 4*time.Minute {
			t.Errorf("it ends %v after it was sent, want 4m, four times the resend", got)
		}
		for name, part := range map[string]string{
			"summary": "shop: checkout breaks its objective: ", "description": "People can pay.\npage ongoing: \"checkout\" by fast, P1: burn rate",
			"breach": open.ID, "slo_target": "99.9% over 28d", "runbook_url": "https://wiki/runbook", "dash_board_url": "https://grafana/d/1",
			"priority": "P1", "priority_reason": "derived: ",
		} {
			if got := first.Annotations[name]; !strings.Contains(got, part) {
				t.Errorf("annotation %s is %q, want %q in it", name, got, part)
			}
		}
		requests, _ := am.seen()
		r := requests[0]
		if r.Method != http.MethodPost || r.URL.String() != am1+"/prefix/api/v2/alerts" || r.Header.Get("Authorization") != "Bearer t0ken" ||
			r.Header.Get("Content-Type") != "application/json" {
			t.Errorf("%s %s with %v, want a POST of JSON to /prefix/api/v2/alerts, with the token", r.Method, r.URL, r.Header)
		}

		time.Sleep(10 * time.Minute) // nothing is told by the watcher: time stands still for it
		synctest.Wait()
		all = am.alerts(t)
		if len(all) != 11 {
			t.Errorf("%d alerts after ten minutes, want the first and one each minute", len(all))
		}
		for i, a := range all {
			if !maps.Equal(a.Labels, first.Labels) || !a.StartsAt.Equal(first.StartsAt) {
				t.Errorf("alert %d: %v since %v, want what the first has", i, a.Labels, a.StartsAt)
			}
			if i > 0 && a.Received.Sub(all[i-1].Received) > time.Minute+time.Second {
				t.Errorf("alert %d came %v after the one before, want a minute", i, a.Received.Sub(all[i-1].Received))
			}
		}

		s.mends()
		ended := time.Now()
		settle()
		all = am.alerts(t)[len(all):]
		if len(all) != 1 || !maps.Equal(all[0].Labels, first.Labels) || all[0].EndsAt.After(s.Time()) || !all[0].EndsAt.After(all[0].StartsAt) {
			t.Fatalf("%+v, want the end of the same, in the past", all)
		}
		end := all[0].EndsAt
		time.Sleep(30 * time.Minute)
		synctest.Wait()
		var last time.Time
		for _, a := range am.alerts(t)[12:] {
			if last = a.Received; !a.EndsAt.Equal(end) {
				t.Errorf("endsAt %v, want %v for good", a.EndsAt, end)
			}
		}
		if got := last.Sub(ended); got < 14*time.Minute || got > 16*time.Minute {
			t.Errorf("the end was sent for %v, want 15 minutes", got)
		}
		st := n.Stats()[0]
		if st.Destination != "alertmanager "+am1 || st.Sent != uint64(len(am.alerts(t))) || st.Failed+st.Dropped != 0 || st.Waiting != 0 || st.LastError != nil {
			t.Errorf("Stats = %+v, want %d sent and nothing else", st, len(am.alerts(t)))
		}
		if got := log.String(); got != "" {
			t.Errorf("logged %q, want nothing", got)
		}
	})
}

// TestPerInstance: a process that speaks for itself is named, and never pages.
func TestPerInstance(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		am, hook, log := &fake{}, &fake{}, &book{}
		slow := pageRule("slow")
		slow.Severity = policy.Ticket
		slow.When = policy.BurnRate{Factor: 2, Long: time.Minute, Short: 30 * time.Second}
		s := newShop(t, policy.Config{Rules: []policy.Rule{pageRule("fast"), slow}})
		n := newNotifier(t, alertslo.PerInstance("pod-1"), alertslo.Alertmanager{URLs: []string{am1}, HTTP: client(am)},
			alertslo.Webhook{URL: "http://hook", HTTP: client(hook)}, alertslo.Log{Logger: log.logger()})
		defer n.Close()
		n.Attach(s.watcher)
		// Of 10 events a second, one bad one in 40 s is 2.5 times the budget: first the ticket, then the page.
		s.Events("checkout").Add(399, 400)
		s.Events("checkout").Bad()
		s.Advance(time.Second)
		s.breaks()
		settle()
		seen := map[string]map[string]string{}
		for _, a := range am.alerts(t) {
			if a.Labels["severity"] != "ticket" || a.Labels["instance"] != "pod-1" {
				t.Errorf("labels %v, want severity ticket and the instance", a.Labels)
			}
			seen[a.Labels["slo_severity"]] = a.Labels
		}
		if len(s.watcher.Active()) != len(seen) || seen["page"] == nil {
			t.Errorf("%d breaches are open, and %d alerts are: %v", len(s.watcher.Active()), len(seen), seen)
		}
		_, bodies := hook.seen()
		for _, body := range bodies {
			var m struct {
				Scope, Instance string
				Breach          struct{ Severity string }
			}
			if err := json.Unmarshal(body, &m); err != nil || m.Scope != "instance" || m.Instance != "pod-1" || m.Breach.Severity != "ticket" {
				t.Errorf("the webhook got %s, %v, want a ticket of the instance", body, err)
			}
		}
		if got := log.String(); strings.Contains(got, "level=ERROR") || !strings.Contains(got, "instance=pod-1") || !strings.Contains(got, "severity=ticket") {
			t.Errorf("logged %s, want no page", got)
		}
	})
}

// TestOwnRuleIsALabel: a rule is a label if its breaches are its own, and only then.
func TestOwnRuleIsALabel(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		am := &fake{}
		o := checkout()
		o.Priority = "P2"
		s := newShop(t, policy.Config{Rules: []policy.Rule{
			pageRule("fast"), {Name: "a/b 50%", Severity: policy.Ticket, When: policy.Level(0.5)},
		}}, o)
		n := newNotifier(t, alertslo.Single, alertslo.Alertmanager{URLs: []string{am1}, HTTP: client(am)})
		defer n.Close()
		n.Attach(s.watcher)
		s.serve(time.Hour, 10)
		settle()
		rules := map[string]bool{}
		for _, a := range am.alerts(t) {
			rules[a.Labels["severity"]+" "+a.Labels["rule"]] = true
			if a.Labels["priority"] != "P2" {
				t.Errorf("labels %v, want the priority that the objective declares", a.Labels)
			}
		}
		own := map[string]bool{}
		for _, b := range s.watcher.Active() {
			rule := ""
			if strings.Contains(b.Key, ":") {
				rule = b.Rule
			}
			own[b.Severity.String()+" "+rule] = true
		}
		if !maps.Equal(rules, own) {
			t.Errorf("alerts have %v, want %v as the keys", rules, own)
		}
	})
}

// TestRestartKeepsTheAlert: the next process sends what is open at once, with the labels and
// the start that it had, though its watcher has nothing to tell.
func TestRestartKeepsTheAlert(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		am := &fake{}
		to := alertslo.Alertmanager{URLs: []string{am1}, HTTP: client(am)}
		s := newShop(t, policy.Config{})
		n := newNotifier(t, alertslo.Single, to)
		n.Attach(s.watcher)
		settle() // or the round that Attach asks for is a second one with the breach, if it is late
		s.breaks()
		settle()
		blob, at := s.Snapshot(), s.Time()
		s.Close()
		n.Close()
		before := am.alerts(t)
		if len(before) != 2 || before[1].EndsAt.Sub(before[1].Received) != 4*time.Minute {
			t.Fatalf("%+v, want the breach when it started and when the process ended, open", before)
		}
		time.Sleep(20 * time.Second)
		s = newShopAt(t, at.Add(20*time.Second), blob, policy.Config{})
		n = newNotifier(t, alertslo.Single, to)
		defer n.Close()
		n.Attach(s.watcher)
		synctest.Wait()
		after := am.alerts(t)[2:]
		if len(after) != 1 || !maps.Equal(after[0].Labels, before[0].Labels) || !after[0].StartsAt.Equal(before[0].StartsAt) {
			t.Fatalf("after the restart: %+v, want %+v", after, before[0])
		}
		s.mends()
		settle()
		all := am.alerts(t)
		if last := all[len(all)-1]; !maps.Equal(last.Labels, before[0].Labels) || last.EndsAt.After(s.Time()) {
			t.Errorf("%+v, want the end of the same", last)
		}
	})
}

// TestSnoozeIsKept: what the watcher does not tell because it is snoozed is not sent.
func TestSnoozeIsKept(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		am := &fake{}
		r := pageRule("fast")
		r.Snooze = time.Hour
		s := newShop(t, policy.Config{Rules: []policy.Rule{r}})
		n := newNotifier(t, alertslo.Single, alertslo.Alertmanager{URLs: []string{am1}, HTTP: client(am)})
		defer n.Close()
		n.Attach(s.watcher)
		s.breaks()
		settle()
		s.mends()
		settle()
		time.Sleep(20 * time.Minute)
		told := am.count()
		s.breaks()
		time.Sleep(5 * time.Minute)
		if len(s.watcher.Active()) != 1 || s.watcher.Active()[0].Told {
			t.Fatalf("Active = %+v, want one that was not told", s.watcher.Active())
		}
		for _, a := range am.alerts(t)[told:] {
			t.Errorf("%+v, want nothing of a breach that is snoozed", a)
		}
	})
}

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

type roundTripper func(*http.Request) (*http.Response, error)

func (f roundTripper) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }

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

// TestStaleStaysOpen: when measuring stops, nothing is resolved.
func TestStaleStaysOpen(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		am := &fake{}
		s := newShop(t, policy.Config{})
		n := newNotifier(t, alertslo.Single, alertslo.Alertmanager{URLs: []string{am1}, HTTP: client(am)})
		defer n.Close()
		n.Attach(s.watcher)
		s.breaks()
		settle()
		s.Close()
		time.Sleep(time.Hour)
		synctest.Wait()
		all := am.alerts(t)
		last := all[len(all)-1]
		if !last.EndsAt.After(time.Now()) || !strings.Contains(last.Annotations["summary"], "is not measured any more") {
			t.Errorf("%+v, want it open, and that it is stale", last)
		}
	})
}

// TestClosedNotifier: nothing is heard or sent after Close, which returns at once the next time.
func TestClosedNotifier(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		am, log := &fake{}, &book{}
		s := newShop(t, policy.Config{})
		n := newNotifier(t, alertslo.Single, alertslo.Alertmanager{URLs: []string{am1}, HTTP: client(am)}, alertslo.Log{Logger: log.logger()})
		n.Attach(s.watcher)
		n.Close()
		n.Close()
		n.Attach(s.watcher)
		s.breaks()
		time.Sleep(time.Hour)
		if am.count() != 0 || log.String() != "" {
			t.Errorf("%d requests and %q, want nothing", am.count(), log)
		}
	})
}

// TestDetach: what is detached is not sent any more.
func TestDetach(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		am := &fake{}
		s := newShop(t, policy.Config{})
		n := newNotifier(t, alertslo.Single, alertslo.Alertmanager{URLs: []string{am1}, HTTP: client(am)})
		defer n.Close()
		detach := n.Attach(s.watcher)
		s.breaks()
		settle()
		detach()
		detach()
		sent := am.count()
		s.mends()
		time.Sleep(time.Hour)
		if got := am.count(); got != sent {
			t.Errorf("%d requests after it was detached, want none", got-sent)
		}
	})
}

// TestNothingOpen: without a breach there is no request.
func TestNothingOpen(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		am := &fake{}
		s := newShop(t, policy.Config{})
		n := newNotifier(t, alertslo.Single, alertslo.Alertmanager{URLs: []string{am1}, HTTP: client(am)})
		n.Attach(s.watcher)
		time.Sleep(time.Hour)
		n.Close()
		if am.count() != 0 {
			t.Errorf("%d requests, want none", am.count())
		}
		var none *alertslo.Notifier
		none.Attach(s.watcher)()
		none.Close()
		if none.Stats() != nil || none.Shutdown(t.Context()) != nil {
			t.Error("a nil notifier has something to say")
		}
	})
}
