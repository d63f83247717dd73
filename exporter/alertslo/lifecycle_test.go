package alertslo_test

import (
	"maps"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/seed-abb722f7/nines/exporter/alertslo"
	"github.com/seed-abb722f7/nines/policy"
)

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
