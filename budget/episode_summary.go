package budget

import (
	"fmt"
	"time"
)

// An EpisodeSummary says how often budget was spent fast, for how long and how fast. It is
// a plain value; the zero one says that nothing happened.
type EpisodeSummary struct {
	Episodes int

	// Total, Mean and Longest are how long they lasted: what books on incidents call
	// downtime and time to recovery, as far as a process can see them.
	Total, Mean, Longest time.Duration

	// Trend is by how much an episode lasted longer than the one before: the slope of the
	// least-squares line through them in the order given. It is 0 for fewer than two.
	Trend time.Duration

	// Cost is what they spent together, as a share of the whole budget. MeanSpeed and
	// TopSpeed are the mean and the highest of their speeds, as shares of the whole budget
	// in an hour; every episode has the same weight.
	Cost, MeanSpeed, TopSpeed float64
}

// Summarize sums up episodes, those of one budget and of one period mostly, in the order in
// which they happened.
func Summarize(episodes []Episode) EpisodeSummary {
	s := EpisodeSummary{Episodes: len(episodes)}
	n := float64(len(episodes))
	if n == 0 {
		return s
	}
	var slope, spread float64
	for i, e := range episodes {
		s.Total += e.Lasted
		s.Longest = max(s.Longest, e.Lasted)
		s.Cost += e.Cost
		s.MeanSpeed += e.Speed() / n
		s.TopSpeed = max(s.TopSpeed, e.Speed())
		x := float64(i) - (n-1)/2
		slope += x * float64(e.Lasted)
		spread += x * x
	}
	s.Mean = s.Total / time.Duration(len(episodes))
	if spread > 0 {
		s.Trend = time.Duration(slope / spread)
	}
	return s
}

// String returns one line for people.
func (s EpisodeSummary) String() string {
	if s.Episodes == 0 {
		return "no episodes"
	}
	noun := "episodes"
	if s.Episodes == 1 {
		noun = "episode"
	}
	return fmt.Sprintf("%d %s, %v in all, %v on average (trend %+.3g min each), %s %% of the budget at %s %%/h on average, %s %%/h at most",
		s.Episodes, noun, s.Total.Round(time.Second), s.Mean.Round(time.Second), s.Trend.Minutes(), short(100*s.Cost), short(100*s.MeanSpeed), short(100*s.TopSpeed))
}
