package main

import (
	"bytes"
	"fmt"
	"strings"
	"time"

	"github.com/seed-abb722f7/nines/budget"
)

// An episodeReport is a stretch in which the service's budget was spent fast. See Episode of
// package budget.
type episodeReport struct {
	Start      time.Time          `json:"start"`
	End        *time.Time         `json:"end"` // null if it may go on after the log
	Lasted     float64            `json:"lasted_seconds"`
	Good       uint64             `json:"good"`
	Bad        uint64             `json:"bad"`
	Cost       float64            `json:"cost"`  // share of the whole budget
	Speed      float64            `json:"speed"` // the same in an hour
	Peak       float64            `json:"peak_burn_rate"`
	Operations []episodeOperation `json:"operations"` // the worst first
}

// An episodeOperation says how many bad events of an episode an operation had.
type episodeOperation struct {
	Name string `json:"name"`
	Bad  uint64 `json:"bad"`
}

func reportEpisode(e budget.Episode, zone *time.Location) episodeReport {
	row := episodeReport{
		Start: e.Start.In(zone), Lasted: e.Lasted.Seconds(), Good: e.Counts.Good, Bad: e.Counts.Bad,
		Cost: e.Cost, Speed: e.Speed(), Peak: e.Peak, Operations: []episodeOperation{},
	}
	if !e.Open {
		end := e.End.In(zone)
		row.End = &end
	}
	for _, o := range e.Operations {
		row.Operations = append(row.Operations, episodeOperation{o.Operation, o.Bad})
	}
	return row
}

// episodes prints when the budget was spent fast, the latest if there are more than top.
func (o *objectiveReport) episodes(b *bytes.Buffer, top int) {
	shown := o.Episodes
	if top > 0 && len(shown) > top {
		shown = shown[len(shown)-top:]
	}
	fmt.Fprint(b, "\n  Episodes in which the budget was spent fast")
	if more := uint64(len(o.Episodes)-len(shown)) + o.Forgotten; more > 0 {
		fmt.Fprintf(b, ", the latest of %s", group(uint64(len(shown))+more))
	}
	fmt.Fprint(b, "\n")
	var rows strings.Builder
	rows.WriteString("start\tlasted\tgood\tbad\tof the budget\tper hour\tpeak burn\t  operations\n")
	for _, e := range shown {
		lasted := days(time.Duration(e.Lasted * float64(time.Second)))
		if e.End == nil {
			lasted += " so far"
		}
		fmt.Fprintf(&rows, "%s\t%s\t%s\t%s\t%s\t%s\t%.1f\t  %s\n", e.Start.Format(time.DateTime), lasted,
			group(e.Good), group(e.Bad), percent(&e.Cost, 1), percent(&e.Speed, 1), e.Peak, e.involved())
	}
	align(b, rows.String())
}

// involved lists the first operations of an episode.
func (e *episodeReport) involved() string {
	const most = 3
	var names []string
	for _, o := range e.Operations[:min(len(e.Operations), most)] {
		names = append(names, o.Name+" "+group(o.Bad))
	}
	if len(e.Operations) > most {
		names = append(names, "...")
	}
	return strings.Join(names, ", ")
}
