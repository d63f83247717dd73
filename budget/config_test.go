package budget

import (
	"errors"
	"testing"
	"time"

	"github.com/seed-abb722f7/nines/slo"
)

func TestRejectedConfigurations(t *testing.T) {
	short, long := availability, availability
	short.Window = slo.Rolling(100 * time.Millisecond)
	long.Window = slo.Rolling(30 * 365 * slo.Day)
	for _, tt := range []struct {
		name string
		cfg  Config
		want string
	}{
		{"no objectives", Config{}, `budget: Objectives is "": want at least one objective`},
		{"resolution too fine", Config{Objectives: []slo.Objective{availability}, Resolution: time.Microsecond}, `budget: Resolution is 1µs: want at least 1ms, or zero for 1s`},
		{"resolution below zero", Config{Objectives: []slo.Objective{availability}, Resolution: -time.Second}, `budget: Resolution is -1s: want at least 1ms, or zero for 1s`},
		{"limit below zero", Config{Objectives: []slo.Objective{availability}, MaxOperations: -1}, `budget: MaxOperations is -1: want a positive number, or zero for 200`},
		{"window below the resolution", Config{Objectives: []slo.Objective{short}}, `budget: Objectives[0] "availability".Window is 100ms: want at least one Resolution, which is 1s`},
		{"window beyond what can be kept", Config{Objectives: []slo.Objective{long}}, `budget: Objectives[0] "availability".Window is 262800h0m0s: want at most 73400h19m12s at a Resolution of 1s`},
		{"two problems", Config{Objectives: []slo.Objective{availability}, MaxOperations: -1, Resolution: -1}, "budget: Resolution is -1ns: want at least 1ms, or zero for 1s\nbudget: MaxOperations is -1: want a positive number, or zero for 200"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			tr, err := New(tt.cfg)
			if tr != nil || err == nil || err.Error() != tt.want {
				t.Errorf("New() = %v, %v\nwant nil, %s", tr, err, tt.want)
			}
			if !errors.Is(err, slo.ErrInvalid) {
				t.Errorf("%v does not match slo.ErrInvalid", err)
			}
		})
	}
	if _, err := New(Config{Objectives: []slo.Objective{{}}}); !errors.Is(err, slo.ErrInvalid) {
		t.Errorf("an empty objective: New() = %v, want what slo.Validate says", err)
	}
}

func TestObjectivesAreCopied(t *testing.T) {
	o := availability
	o.Links = []slo.Link{{Name: "runbook", URL: "https://example.com/runbook"}}
	list := []slo.Objective{o}
	s := simulate(t, list...)
	list[0].Name, o.Links[0].URL = "changed", "changed"
	if got := s.Declared()[0]; got.Name != "availability" || got.Links[0].URL != "https://example.com/runbook" {
		t.Errorf("Declared() = %+v, want what was given", got)
	}
}
