package budget

import (
	"testing"
	"time"

	"github.com/seed-abb722f7/nines/slo"
)

func TestProjectedExhaustion(t *testing.T) {
	o := availability
	o.Window = slo.Rolling(10 * time.Hour)
	s := simulate(t, o)
	s.Advance(9 * time.Hour)
	for range 3600 { // burn rate 2 for an hour of a ten-hour window: a fifth of it, as traffic goes
		for range 500 {
			record(s.HTTP("GET /a"), slo.Success, 0)
		}
		s.Advance(time.Second)
		if s.Now()%time.Second == 0 {
			record(s.HTTP("GET /a"), slo.ServerError, 0)
		}
	}
	st := s.Budget("availability").Status()
	if !st.WillExhaust || st.ProjectedExhaustion != 0 || !st.Exhausted {
		t.Errorf("overspent: will exhaust %v in %v, exhausted %v, want at once", st.WillExhaust, st.ProjectedExhaustion, st.Exhausted)
	}
	s = simulate(t, o)
	for range 10_000 {
		record(s.HTTP("GET /a"), slo.Success, 0)
	}
	s.Advance(9*time.Hour + 30*time.Minute)
	for range 10_000 {
		record(s.HTTP("GET /a"), slo.Success, 0)
	}
	for range 10 {
		record(s.HTTP("GET /a"), slo.ServerError, 0)
	}
	s.Advance(time.Second)
	st = s.Budget("availability").Status()
	// Remaining 1 - 10/20.01; the last hour burns at 10/10.01: so about 5 hours.
	if want := 5 * time.Hour; !st.WillExhaust || (st.ProjectedExhaustion-want).Abs() > time.Minute {
		t.Errorf("ProjectedExhaustion = %v, %v, want about %v", st.ProjectedExhaustion, st.WillExhaust, want)
	}
}
