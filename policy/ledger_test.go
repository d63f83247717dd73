package policy

import (
	"fmt"
	"maps"
	"slices"
	"testing"
	"time"
)

// What a ledger knows is bounded: grants are forgotten after three days, and how many features a
// day has had once it is over wherever in the world the gate counts its days.
func TestLedgerForgets(t *testing.T) {
	east, west := time.FixedZone("east", 14*60*60), time.FixedZone("west", -12*60*60)
	for _, zone := range []*time.Location{time.UTC, east, west} {
		l := newLedger()
		start := time.Date(2025, time.March, 3, 0, 30, 0, 0, zone)
		for i := range 100 {
			at := start.AddDate(0, 0, i/2).Add(time.Duration(i%2) * 23 * time.Hour) // early and late each day
			change := Change{Kind: Feature, ID: fmt.Sprint(i)}
			l.add(Grant{Change: change, At: at.UTC(), Day: at.Format(time.DateOnly)})
			for _, g := range l.grants {
				if at.Sub(g.At) > rememberFor || l.used[g.Day] == 0 {
					t.Fatalf("in %v, at %v: a grant of %v is remembered, as one of %d features on %s", zone, at, g.At, l.used[g.Day], g.Day)
				}
			}
			for back := range min(3, i/2+1) { // each has had two, today one until it is late
				day := at.AddDate(0, 0, -back).Format(time.DateOnly)
				if got, want := l.used[day], 2-boolToInt(back == 0 && i%2 == 0); got != want {
					t.Fatalf("in %v, at %v: %d features on %s, want %d", zone, at, got, day, want)
				}
			}
			if len(l.used) > 6 {
				t.Fatalf("in %v, at %v: %v are remembered, want the last days", zone, at, slices.Sorted(maps.Keys(l.used)))
			}
		}
	}
}

// Of too many grants within three days features outlast the others, and the newest the oldest;
// how many features a day has had does not depend on it.
func TestLedgerForgetsTheOldestOfTooMany(t *testing.T) {
	l := newLedger()
	at := time.Date(2025, time.March, 3, 9, 0, 0, 0, time.UTC)
	add := func(kind Kind, id string) {
		at = at.Add(time.Second)
		l.add(Grant{Change: Change{Kind: kind, ID: id}, At: at, Day: "2025-03-03"})
	}
	add(Feature, "first")
	add(Fix, "fix")
	for i := range maxGrants - 2 {
		add(Feature, fmt.Sprint(i))
	}
	for _, want := range []struct {
		add            string
		gone, survivor Change
	}{
		{"one more", Change{Kind: Fix, ID: "fix"}, Change{Kind: Feature, ID: "first"}},
		{"two more", Change{Kind: Feature, ID: "first"}, Change{Kind: Feature, ID: "0"}},
		{"three more", Change{Kind: Feature, ID: "0"}, Change{Kind: Feature, ID: "1"}},
	} {
		add(Feature, want.add)
		_, gone := l.grants[want.gone]
		_, survivor := l.grants[want.survivor]
		if gone || !survivor || len(l.grants) != maxGrants {
			t.Errorf("%s: %d grants, %v kept: %v, %v kept: %v; want %d, without the former", want.add, len(l.grants), want.gone, gone, want.survivor, survivor, maxGrants)
		}
	}
	if got, want := l.used["2025-03-03"], maxGrants+2; got != want {
		t.Errorf("%d features on the day, want %d", got, want)
	}
}
