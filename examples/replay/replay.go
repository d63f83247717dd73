package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/seed-abb722f7/nines/budget"
	"github.com/seed-abb722f7/nines/slo"
)

// listed is how many malformed, and how many late lines are listed. All are counted.
const listed = 20

// A replay feeds the lines of a log through the engine.
type replay struct {
	options   options
	times     timeFormat
	integer   bool // the first line ends with one that was not taken for a time
	buffer    reorderBuffer
	sim       *budget.Simulation // nil before the first record
	began     time.Time          // when the engine did: the time of the first record in order
	from      time.Time          // of the earliest record
	lines     uint64
	malformed tally[malformedLine]
	late      tally[uint64]

	periods    slo.Window // whose periods the ledgers keep
	start, end time.Time  // of the one under way
	ledgers    map[string]*ledger
}

// A malformedLine is a line that was not understood, and why.
type malformedLine struct {
	Line   uint64 `json:"line"`
	Reason string `json:"reason"`
}

// A tally counts things and keeps the first few.
type tally[T any] struct {
	count uint64
	first []T
}

func (t *tally[T]) add(x T) {
	t.count++
	if len(t.first) < listed {
		t.first = append(t.first, x)
	}
}

func newReplay(o options) *replay { return &replay{options: o, times: o.times} }

// readLog feeds a log to the engine, to its end.
func (r *replay) readLog(ctx context.Context, in io.Reader) error {
	lines, err := newLineReader(in)
	if err != nil {
		return err
	}
	for {
		line, tooLong, err := lines.next()
		switch {
		case errors.Is(err, io.EOF):
			return r.feedReady(true)
		case err != nil:
			return err
		case ctx.Err() != nil:
			return fmt.Errorf("after line %d: %w", r.lines, context.Cause(ctx))
		}
		r.lines = lines.number
		if tooLong {
			r.malformed.add(malformedLine{r.lines, fmt.Sprintf("longer than %d bytes", maxLine)})
			continue
		}
		if err := r.take(string(line)); err != nil {
			r.malformed.add(malformedLine{r.lines, err.Error()})
			continue
		}
		if err := r.feedReady(false); err != nil {
			return err
		}
	}
}

// take puts a line into the buffer, or says why it is malformed.
func (r *replay) take(line string) error {
	e, err := parseLine(line)
	if err != nil {
		return err
	}
	if r.times == timeAuto {
		r.times.decide(&e)
		r.integer = digits(e.last)
	}
	took, err := r.times.took(&e)
	if err != nil {
		return err
	}
	r.buffer.add(record{
		at: e.at, line: r.lines, took: took, class: e.class(),
		operation: operationName(e.method, e.target, r.options.depth),
	})
	return nil
}

// feedReady feeds the records whose turn it is, or all there are.
func (r *replay) feedReady(all bool) error {
	for {
		rec, ok := r.buffer.next(all)
		if !ok {
			return nil
		}
		if r.sim == nil {
			if err := r.begin(rec.at); err != nil {
				return err
			}
		}
		r.feed(rec)
	}
}

// begin makes the engine. The log's beginning is its own: what came before was not
// observed, and Coverage says so.
func (r *replay) begin(at time.Time) (err error) {
	r.began, r.from = at, at
	if r.sim, err = r.options.simulation(r.times.timed(), at); err == nil {
		r.openLedgers(at)
	}
	return err
}

// feed tells the engine of one request. It is over as soon as it begins, because a log
// says when, but not of what: nothing is ever in flight.
func (r *replay) feed(rec record) {
	if rec.at.Before(r.sim.Time()) {
		r.late.add(rec.line)
		r.from = minTime(r.from, rec.at)
	}
	r.advance(rec.at)
	var op *budget.Operation
	switch {
	case rec.class == slo.Unmatched:
		op = r.sim.Unmatched()
	case rec.operation == "":
		op = r.sim.Unnamed()
	default:
		op = r.sim.HTTP(rec.operation)
	}
	op.Start()
	op.Finish(rec.class, rec.took)
}

func minTime(a, b time.Time) time.Time {
	if b.Before(a) {
		return b
	}
	return a
}
