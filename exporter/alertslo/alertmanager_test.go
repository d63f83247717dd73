package alertslo_test

import (
	"encoding/json"
	"maps"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/seed-abb722f7/nines/exporter/alertslo"
	"github.com/seed-abb722f7/nines/policy"
)

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
