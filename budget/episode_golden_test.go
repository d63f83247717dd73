package budget

import (
	"testing"
	"time"

	"github.com/seed-abb722f7/nines/slo"
)

func TestG7CostOfTwoIncidents(t *testing.T) {
	p := afterFourWeeks(t, 1000)
	p.spend(0, 5*slo.Day)
	p.spend(0.25, 10*time.Hour)
	p.spend(0, 10*slo.Day)
	p.spend(1.5, 30*time.Hour)
	p.spend(0, 5*slo.Day)
	list := p.episodes()
	if len(list) != 2 || !near(list[0].Cost, 0.25, 0.25*percent) || !near(list[1].Cost, 1.5, 1.5*percent) {
		t.Fatalf("episodes %v, want one of 25 %% and one of 150 %%", list)
	}
	if got, ok := p.Budget("jobs").Remaining(); !near(got, -0.75, 1.75*percent) || !ok {
		t.Errorf("Remaining() = %v, %v, want -0.75, true", got, ok)
	}
}

func TestG8SpeedOfThreeIncidents(t *testing.T) {
	p := afterFourWeeks(t, 1000)
	var want []float64
	for _, tt := range []struct{ share, hours float64 }{{0.70, 52}, {0.50, 26}, {0.25, 70}} {
		p.spend(0, 2*slo.Day)
		p.spend(tt.share, time.Duration(tt.hours)*time.Hour)
		want = append(want, 100*tt.share/tt.hours)
	}
	p.spend(0, 2*slo.Day)
	list := p.episodes()
	if len(list) != len(want) {
		t.Fatalf("episodes %v, want %d", list, len(want))
	}
	for i, e := range list {
		if got := 100 * e.Speed(); !near(got, want[i], want[i]*percent) {
			t.Errorf("episode %d: %v, want %.3f %%/h", i, e, want[i])
		}
	}
	sum := Summarize(list)
	if !near(100*sum.MeanSpeed, 1.209, 1.209*percent) || !near(100*sum.TopSpeed, 1.923, 1.923*percent) {
		t.Errorf("%v, want 1.209 %%/h on average and 1.923 %%/h at most", sum)
	}
}

func TestG9FastAndSlow(t *testing.T) {
	for _, tt := range []struct{ hours, want float64 }{{2, 40}, {336, 0.238}} {
		p := afterFourWeeks(t, 1000)
		p.spend(0, slo.Day)
		p.spend(0.8, time.Duration(tt.hours)*time.Hour)
		p.spend(0, slo.Day)
		list := p.episodes()
		if len(list) != 1 || !near(100*list[0].Speed(), tt.want, tt.want*percent) || !near(list[0].Cost, 0.8, 0.8*percent) {
			t.Errorf("80 %% in %v h: %v, want one episode at %v %%/h", tt.hours, list, tt.want)
		}
	}
}

// lasting returns episodes that lasted so many minutes.
func lasting(minutes ...int) (list []Episode) {
	for _, m := range minutes {
		list = append(list, Episode{Lasted: time.Duration(m) * time.Minute})
	}
	return list
}

func TestG16TrendOfRecoveries(t *testing.T) {
	if got := Summarize(lasting(30, 90, 60, 60, 120)); got.Trend != 15*time.Minute || got.Longest != 2*time.Hour {
		t.Errorf("Summarize = %+v, want a trend of 15m, the longest 2h", got)
	}
	for _, list := range [][]Episode{nil, lasting(30)} {
		if got := Summarize(list).Trend; got != 0 {
			t.Errorf("Summarize of %d episodes: trend %v, want 0", len(list), got)
		}
	}
}

func TestG17DowntimeAndTimeToRecovery(t *testing.T) {
	if got := Summarize(lasting(30, 30, 30, 30, 30, 30)); got.Mean != 30*time.Minute || got.Total != 3*time.Hour {
		t.Errorf("six of 30 min: mean %v, total %v, want 30m and 180m", got.Mean, got.Total)
	}
	if got := Summarize(lasting(120)); got.Mean != 2*time.Hour || got.Total != 2*time.Hour {
		t.Errorf("one of 120 min: mean %v, total %v, want 120m and 120m", got.Mean, got.Total)
	}
}

func TestG18OutageOf51Minutes(t *testing.T) {
	s := simulate(t, availability)
	from := noon.Add(3 * time.Hour)
	for s.Time().Before(noon.Add(6 * time.Hour)) {
		class := slo.Success
		if at := s.Time(); !at.Before(from) && at.Before(from.Add(51*time.Minute)) {
			class = slo.ServerError
		}
		record(s.HTTP("GET /a"), class, 0)
		s.Advance(time.Second)
	}
	list := s.Budget("availability").Episodes()
	if len(list) != 1 || list[0].Lasted != 51*time.Minute || !list[0].Start.Equal(from) || !list[0].End.Equal(from.Add(51*time.Minute)) {
		t.Fatalf("episodes %v, want one from %v, 51m long", list, from)
	}
	if want := (Counts{Bad: 51 * 60}); list[0].Counts != want || list[0].Open {
		t.Errorf("%+v, open %v; want %+v, closed", list[0].Counts, list[0].Open, want)
	}
}
