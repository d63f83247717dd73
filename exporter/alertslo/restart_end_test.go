package alertslo_test

import (
	"maps"
	"testing"
	"testing/synctest"
	"time"

	"github.com/seed-abb722f7/nines/exporter/alertslo"
	"github.com/seed-abb722f7/nines/policy"
)

// TestRestartEndsTheAlert of an objective that the next process does not have any more: with the
// labels that it had, so that it is that alert which ends.
func TestRestartEndsTheAlert(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		am := &fake{}
		to := alertslo.Alertmanager{URLs: []string{am1}, HTTP: client(am)}
		o := checkout()
		o.Owner, o.Region, o.Priority = "payments", "eu", "P2"
		s := newShopAt(t, time.Now(), nil, policy.Config{}, o)
		n := newNotifier(t, alertslo.Single, to)
		n.Attach(s.watcher)
		settle()
		s.breaks()
		settle()
		blob, at := s.Snapshot(), s.Time()
		s.Close()
		n.Close()
		before := am.alerts(t)
		if len(before) == 0 {
			t.Fatal("nothing was sent")
		}
		time.Sleep(20 * time.Second)
		other := o
		other.Name = "other"
		s = newShopAt(t, at.Add(20*time.Second), blob, policy.Config{}, other)
		n = newNotifier(t, alertslo.Single, to)
		defer n.Close()
		n.Attach(s.watcher)
		settle()
		s.Advance(time.Second)
		settle()
		after := am.alerts(t)[len(before):]
		if len(after) == 0 {
			t.Fatal("nothing was sent after the restart")
		}
		if last := after[len(after)-1]; !maps.Equal(last.Labels, before[0].Labels) || !last.StartsAt.Equal(before[0].StartsAt) || last.EndsAt.After(s.Time()) {
			t.Errorf("after the restart: %+v, want the end of %+v", last, before[0])
		}
	})
}
