package budget

import (
	"bytes"
	"log/slog"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/seed-abb722f7/nines/slo"
)

func TestUnnamedIsLoggedOnce(t *testing.T) {
	var log bytes.Buffer
	s, err := NewSimulation(Config{Objectives: []slo.Objective{everything}, Logger: slog.New(slog.NewTextHandler(&log, nil))}, noon)
	if err != nil {
		t.Fatal(err)
	}
	for range 3 {
		record(s.Unnamed(), slo.Success, 0)
		s.Advance(time.Second)
	}
	if got := strings.Count(log.String(), "httpslo.Route"); got != 1 {
		t.Errorf("the remedy was logged %d times, want once: %s", got, log.String())
	}
	if got := s.Report().Self.Unnamed; got != 3 {
		t.Errorf("Unnamed = %d, want 3", got)
	}
}

func TestOverflowIsLoggedOnce(t *testing.T) {
	var log bytes.Buffer
	s, err := NewSimulation(Config{Objectives: []slo.Objective{everything}, MaxOperations: 2, Logger: slog.New(slog.NewTextHandler(&log, nil))}, noon)
	if err != nil {
		t.Fatal(err)
	}
	want := func(requests, dependencies, streams int) {
		t.Helper()
		s.Advance(2 * time.Second)
		for name, n := range map[string]int{"operation=_OTHER": requests + streams, "operation=dependency:_OTHER": dependencies, "limit=2": requests + dependencies + streams} {
			if got := strings.Count(log.String(), name); got != n {
				t.Errorf("%s was logged %d times, want %d: %s", name, got, n, log.String())
			}
		}
	}
	for i := range 2 {
		record(s.HTTP("GET /"+strconv.Itoa(i)), slo.Success, 0)
	}
	record(s.HTTP("_OTHER"), slo.Unmatched, 0) // as does a call of a method that nobody serves
	record(s.HTTP(strings.Repeat("x", maxOperationName+1)), slo.Success, 0)
	want(0, 0, 0) // no name was without a place
	for i := range 9 {
		record(s.HTTP("GET /"+strconv.Itoa(i)), slo.Success, 0)
	}
	want(1, 0, 0)
	for i := range 9 {
		record(s.HTTP("GET /"+strconv.Itoa(i)), slo.Success, 0)
		record(s.Dependency("host"+strconv.Itoa(i)), slo.Success, 0)
		s.Events("events" + strconv.Itoa(i)).Good()
	}
	want(1, 1, 1)
}

func TestHostileNames(t *testing.T) {
	s := simulate(t, everything)
	record(s.HTTP("GET /\xff"), slo.Success, 0)
	record(s.HTTP(`GET /\xff`), slo.Success, 0)
	record(s.HTTP("GET /\x00\n\"{}"), slo.Success, 0)
	record(s.HTTP(strings.Repeat("long", 1000)), slo.Success, 0)
	for _, o := range s.Report().Operations[:5] {
		want := map[string]uint64{`GET /\xff`: 2, "GET /\x00\n\"{}": 1, "_OTHER": 1}[o.Name]
		if got := o.Requests(); got != want {
			t.Errorf("%q: %d requests, want %d", o.Name, got, want)
		}
	}
}
