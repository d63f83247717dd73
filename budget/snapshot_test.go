package budget

import (
	"bytes"
	"errors"
	"math/rand/v2"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/seed-abb722f7/nines/slo"
)

// A damaged snapshot is refused with a reason, and never yields other totals.
func TestDamagedSnapshots(t *testing.T) {
	s := simulate(t, availability, latency, everything)
	for range 300 {
		many(s, 3)
		record(s.HTTP("GET /a"), slo.ServerError, time.Second)
		s.Advance(time.Second)
	}
	blob := s.Snapshot()
	refused := func(b []byte) error {
		_, err := NewSimulation(Config{Objectives: []slo.Objective{availability}, Restore: b}, noon)
		return err
	}
	if err := refused(blob); err != nil {
		t.Fatalf("as it was written: %v", err)
	}
	for n := 1; n < len(blob); n++ {
		if err := refused(blob[:n]); !errors.Is(err, slo.ErrInvalid) {
			t.Fatalf("cut after %d bytes: %v, want an error that matches slo.ErrInvalid", n, err)
		}
	}
	rng := rand.New(rand.NewPCG(5, 6))
	for range 10_000 {
		b := bytes.Clone(blob)
		for range 1 + rng.IntN(3) {
			b[rng.IntN(len(b))] ^= 1 << rng.IntN(8)
		}
		if bytes.Equal(b, blob) {
			continue
		}
		if err := refused(b); err == nil {
			t.Fatal("a flipped bit went unnoticed")
		}
	}
	newer := bytes.Clone(blob)
	newer[len(snapshotMagic)+1]++
	for _, tt := range []struct {
		name string
		blob []byte
		want string
	}{
		{"newer version", newer, "want a snapshot of version 2 or before: this one is of version 3"},
		{"something else", []byte("once upon a time there was a file"), "this is not a snapshot"},
		{"cut", blob[:len(blob)-1], "want a whole snapshot"},
		{"longer", append(bytes.Clone(blob), 0), "want a whole snapshot"},
	} {
		if err := refused(tt.blob); err == nil || !strings.Contains(err.Error(), tt.want) || !strings.Contains(err.Error(), "Restore") {
			t.Errorf("%s: %v, want it to name Restore and to contain %q", tt.name, err, tt.want)
		}
	}
}

// Snapshots of earlier releases can be read. v1.bin was written by the first version, after
// 300 requests of which every hundredth failed.
func TestEarlierSnapshots(t *testing.T) {
	blob, err := os.ReadFile("testdata/snapshot/v1.bin")
	if err != nil {
		t.Fatal(err)
	}
	s, err := NewSimulation(Config{Objectives: []slo.Objective{availability, latency, everything}, Restore: blob}, noon.Add(5*time.Minute))
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	for name, want := range map[string]Counts{"availability": {Good: 297, Bad: 3}, "latency": {150, 147, 3}, "all": {Good: 297, Bad: 3}} {
		if st := s.Budget(name).Status(); st.Counts != want || st.Observed != 5*time.Minute || !st.Restored {
			t.Errorf("%s: %+v observed for %v, restored %v; want %+v for 5m, true", name, st.Counts, st.Observed, st.Restored, want)
		}
	}
}

// Whatever stands in a snapshot with a right checksum, restoring it does not panic, gives
// no numbers that cannot be, and adds nothing to what this process counts.
func FuzzRestore(f *testing.F) {
	s := simulate(f, availability, latency)
	many(s, 10)
	s.Advance(time.Minute)
	f.Add(s.Snapshot()[snapshotHeader:])
	objectives := []slo.Objective{availability, latency, everything, daily, minutes}
	f.Add(troubled(f, Config{Objectives: objectives[:3]}).Snapshot()[snapshotHeader:])
	days := troubled(f, Config{Objectives: objectives})
	days.Advance(slo.Day)
	f.Add(days.Snapshot()[snapshotHeader:])
	f.Add([]byte{})
	f.Fuzz(func(t *testing.T, payload []byte) {
		b := append(make([]byte, snapshotHeader), payload...)
		sealSnapshot(b)
		s, err := NewSimulation(Config{Objectives: objectives, Restore: b}, noon)
		if err != nil {
			return
		}
		defer s.Close()
		many(s, 5)
		s.Advance(time.Second)
		for _, st := range s.Statuses() {
			for _, p := range s.Budget(st.Name).Periods() {
				if d, _ := p.TimeToExhaustion(); p.Remaining != p.Remaining || p.Coverage < 0 || p.Coverage > 1 || d < 0 {
					t.Errorf("%s: period %+v, exhausted after %v", st.Name, p, d)
				}
			}
			if st.Coverage < 0 || st.Coverage > 1 || st.Consumed != st.Consumed || st.Consumed < 0 {
				t.Errorf("%s: coverage %v, consumed %v", st.Name, st.Coverage, st.Consumed)
			}
			if c := st.Counts; c.Good+c.Bad < c.Good {
				t.Errorf("%s: %+v, more than there can be", st.Name, c)
			}
			b := s.Budget(st.Name)
			for _, ep := range b.Episodes() {
				if speed := ep.Speed(); speed != speed || speed < 0 || ep.Lasted < 0 || ep.Cost != ep.Cost {
					t.Errorf("%s: an episode %v that cost %v", st.Name, ep, ep.Cost)
				}
			}
			for _, c := range b.ByCause(0) {
				if !(c.Share >= 0 && c.Share <= 1) || !(c.Cost >= 0) {
					t.Errorf("%s: cause %+v", st.Name, c)
				}
			}
			if since, _ := b.SinceDeployment(); !(since.Spent >= 0) {
				t.Errorf("%s: %v spent since %v", st.Name, since.Spent, since.Deployment)
			}
			want := Counts{Good: 5}
			if st.Objective.Method != (slo.Method{}) {
				want = Counts{}
			}
			if st.Total != want {
				t.Errorf("%s: %+v counted by this process, want %+v", st.Name, st.Total, want)
			}
		}
		if again := s.Snapshot(); len(again) == 0 {
			t.Error("what was restored cannot be written")
		}
	})
}

// A history that says more events were late than there were does not wrap around zero.
func TestRestoredCountsDoNotWrap(t *testing.T) {
	s := simulate(t, latency)
	record(s.HTTP("GET /a"), slo.Success, time.Second)
	many(s, 4)
	s.Advance(time.Minute)
	h, err := decode(s.Snapshot())
	if err != nil {
		t.Fatal(err)
	}
	for i := range h.scopes {
		for k := range h.scopes[i].series {
			if x := &h.scopes[i].series[k]; x.edge > 0 {
				x.last += 1000
			}
		}
	}
	s, err = NewSimulation(Config{Objectives: []slo.Objective{latency}, Restore: h.encode()}, s.Time())
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	if got, want := s.Budget("latency").Counts(), (Counts{Bad: 5}); got != want {
		t.Errorf("%+v, want %+v: five events, and so many late", got, want)
	}
}

// Objectives with periods, and with slices of time.
var daily, minutes = calendar("daily", slo.Method{}), calendar("minutes", slo.Timeslices(time.Minute, slo.Percent(90)))

func calendar(name string, m slo.Method) slo.Objective {
	o := availability
	o.Name, o.Window, o.Method = name, slo.Days(1, noon), m
	return o
}

func TestSnapshotOfNothing(t *testing.T) {
	var none *Tracker
	if got := none.Snapshot(); got != nil {
		t.Errorf("of nil: %d bytes, want none", len(got))
	}
	s := simulate(t, availability)
	s.Close()
	if got := s.Snapshot(); got != nil {
		t.Errorf("of a closed tracker: %d bytes, want none", len(got))
	}
}
