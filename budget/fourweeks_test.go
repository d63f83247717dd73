//go:build !race

package budget

import (
	"math/rand/v2"
	"strconv"
	"testing"
	"time"
	"unsafe"

	"github.com/seed-abb722f7/nines/slo"
)

// Four weeks in ticks of a second, one goroutine: minutes under the race detector,
// which has nothing to find here, so this file is left out there.

// Every window asked for over 28 simulated days holds what a scan of all events finds
// in a window at most 1 % or one tick longer.
func TestWindowsOverFourWeeks(t *testing.T) {
	s := simulate(t, availability, latency)
	op := s.HTTP("GET /a")
	rng := rand.New(rand.NewPCG(1, 2))
	m := &model{objective: availability}
	check := func(d time.Duration) {
		t.Helper()
		now := s.Now()
		got := s.Budget("availability").Windows(nil, d)[0].Counts
		least := m.counts(now - d)
		most := m.counts(now - d - max(d/100, time.Second))
		if !got.between(least, most) {
			t.Fatalf("at %v, window %v: %+v, want from %+v to %+v", now, d, got, least, most)
		}
	}
	for s.Now() < 28*slo.Day {
		burst := time.Duration(rng.ExpFloat64() * float64(20*time.Minute))
		for end := s.Now() + burst; s.Now() < end; {
			class := slo.Success
			if rng.IntN(10) == 0 {
				class = slo.ServerError
			}
			record(op, class, 0)
			m.add(modelEvent{s.Now(), class, 0, 1})
			s.Advance(time.Duration(rng.Int64N(int64(3 * time.Second))))
		}
		s.Advance(time.Duration(rng.ExpFloat64() * float64(time.Hour)))
		for _, d := range burnWindows {
			check(d)
		}
		check(28 * slo.Day)
		for range 5 {
			check(time.Duration(rng.Int64N(int64(28*slo.Day))) + 1)
		}
	}
	r := s.Report()
	t.Logf("%d events; %d KiB for one operation with two objectives and everything reserved, %d change points",
		len(m.at), r.Self.Bytes/1024, r.Self.HistoryPoints)
}

// Memory of one operation with two objectives that is active each second of 28 days, after
// thirteen periods that have closed; the declarations aside.
func TestMemoryPerOperation(t *testing.T) {
	periods := [...]slo.Objective{availability, latency}
	for i := range periods {
		periods[i].Window = slo.Weeks(4, noon)
	}
	s := simulate(t, periods[:]...)
	op := s.HTTP("GET /a")
	bytes := func() (cells, history, accounts int) {
		for _, j := range s.engine.objectives {
			accounts += j.account.bytes() + j.watch.bytes()
		}
		return op.table.Bytes(), s.engine.scopes[op].bytes(), accounts
	}
	cells, history, accounts := bytes()
	idle := cells + history + accounts
	for range keptPeriods {
		s.Advance(28 * slo.Day)
		record(op, slo.Success, 0)
	}
	for i := range 28 * 24 * 3600 {
		record(op, slo.Success, time.Duration(i%500)*time.Millisecond/2)
		if i%100_000 == 0 {
			record(op, slo.ServerError, 0)
			record(op, slo.Success, time.Second)
		}
		s.Advance(time.Second)
	}
	cells, history, accounts = bytes()
	active := cells + history + accounts
	t.Logf("an operation with two objectives: %d bytes idle, %d bytes after 28 active days and %d closed periods (cells %d, history %d in %d points, periods and episodes %d)",
		idle, active, keptPeriods, cells, history, s.engine.scopes[op].points(), accounts)
	if idle > 4<<10 || active > 24<<10 {
		t.Errorf("memory of an operation: %d idle, %d active, want at most 4 KiB and 24 KiB", idle, active)
	}
	for _, j := range s.engine.objectives {
		if got := len(j.account.closed); got != keptPeriods {
			t.Errorf("%s: %d closed periods, want %d", j.name, got, keptPeriods)
		}
	}
	for what, sizes := range map[string][2]uintptr{
		"account":      {unsafe.Sizeof(account{}), accountBytes},
		"classTotal":   {unsafe.Sizeof(classTotal{}), totalBytes},
		"closedPeriod": {unsafe.Sizeof(closedPeriod{}), closedBytes},
	} {
		if strconv.IntSize == 64 && sizes[0] != sizes[1] {
			t.Errorf("a %s takes %d bytes, and %d are counted", what, sizes[0], sizes[1])
		}
	}
}
