package budget

import (
	"testing"

	"github.com/seed-abb722f7/nines/slo"
)

func TestSaturation(t *testing.T) {
	share := 1.25
	s, err := NewSimulation(Config{Objectives: []slo.Objective{availability}, Saturation: func() float64 { return share }}, noon)
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	if got, ok := s.Saturation(); got != 1.25 || !ok {
		t.Errorf("Saturation = %v, %v, want 1.25, true", got, ok)
	}
	share = -1
	if got, ok := s.Saturation(); got != 0 || ok {
		t.Errorf("Saturation of -1 = %v, %v, want 0, false", got, ok)
	}
	share = 1
	s.Close()
	if got, ok := s.Saturation(); got != 0 || ok {
		t.Errorf("of a closed tracker: Saturation = %v, %v, want 0, false", got, ok)
	}
	if got, ok := simulate(t, availability).Saturation(); got != 0 || ok {
		t.Errorf("without Config.Saturation: %v, %v, want 0, false", got, ok)
	}
	var none *Tracker
	if got, ok := none.Saturation(); got != 0 || ok {
		t.Errorf("of nil: Saturation = %v, %v, want 0, false", got, ok)
	}
}
