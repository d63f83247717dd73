package fleet

import (
	"context"
	"fmt"
	"math"
	"time"

	v1 "github.com/prometheus/client_golang/api/prometheus/v1"
	"github.com/prometheus/common/model"
)

// leastBase is how far back from its start a span looks for what had been counted by then, at
// least: so long a replica may go without being scraped just there.
const leastBase = time.Hour

// A session is the queries of one reading, all as of one time.
type session struct {
	ctx      context.Context //nolint:containedctx // it lives no longer than the call that it is of
	api      v1.API
	selector selector
	now      int64
	warnings []string
	tallies  map[tallyKey]*tally
}

type tallyKey struct {
	counter string
	span    span
}

// begin asks the server what time it is: samples have its time, not ours.
func begin(ctx context.Context, api v1.API, s selector) (*session, error) {
	x := &session{ctx: ctx, api: api, selector: s, tallies: map[tallyKey]*tally{}}
	value, warnings, err := api.Query(ctx, "time()", time.Time{})
	if err != nil {
		return nil, err
	}
	x.warnings = append(x.warnings, warnings...)
	switch v := value.(type) {
	case *model.Scalar:
		x.now = int64(v.Timestamp)
	case model.Vector: // VictoriaMetrics has no scalars
		if len(v) == 1 {
			x.now = int64(v[0].Timestamp)
		}
	}
	if x.now <= 0 {
		return nil, &failure{Unreadable, fmt.Sprintf("the server was asked for the time and answered %v", value)}
	}
	return x, nil
}

func (x *session) time(ms int64) time.Time { return time.UnixMilli(ms) }

// vector evaluates an instant vector now.
func (x *session) vector(query string) (model.Vector, error) {
	value, err := x.query(query, x.now)
	if err != nil {
		return nil, err
	}
	v, ok := value.(model.Vector)
	if !ok {
		return nil, &failure{Unreadable, fmt.Sprintf("the server answered a %v, want a vector", value.Type())}
	}
	for _, s := range v {
		if err := check(s.Metric, float64(s.Value)); err != nil {
			return nil, err
		}
	}
	return v, nil
}

func (x *session) query(query string, at int64) (model.Value, error) {
	value, warnings, err := x.api.Query(x.ctx, query, x.time(at))
	x.warnings = append(x.warnings, warnings...)
	return value, err
}

// check refuses what no count and no time can be.
func check(m model.Metric, v float64) error {
	if v < 0 || v > 1<<62 || math.IsNaN(v) {
		return &failure{Unreadable, fmt.Sprintf("%v is %v", m, v)}
	}
	return nil
}

// matrix returns the series of a range of time.
func matrix(value model.Value) (model.Matrix, error) {
	m, ok := value.(model.Matrix)
	if !ok {
		return nil, &failure{Unreadable, fmt.Sprintf("the server answered a %v, want a matrix", value.Type())}
	}
	for _, s := range m {
		for _, v := range s.Values {
			if err := check(s.Metric, float64(v.Value)); err != nil {
				return nil, err
			}
		}
	}
	return m, nil
}

// tally sums up a counter over a span, once for each span; label tells whose coverage it is.
func (x *session) tally(counter string, label model.LabelName, s span) (*tally, error) {
	key := tallyKey{counter, s}
	if have := x.tallies[key]; have != nil {
		return have, nil
	}
	t := newTally(s, label)
	if err := x.base(t, counter); err != nil {
		return nil, err
	}
	if err := x.fill(t, counter); err != nil {
		return nil, err
	}
	x.tallies[key] = t
	return t, nil
}

// fill reads the tiles of a tally whose base is known.
func (x *session) fill(t *tally, counter string) error {
	value, warnings, err := x.api.QueryRange(x.ctx, x.selector.tiles(counter, string(t.label), t.step),
		v1.Range{Start: x.time(t.end(0)), End: x.time(t.to), Step: t.step})
	x.warnings = append(x.warnings, warnings...)
	if err != nil {
		return err
	}
	answer, err := matrix(value)
	if err != nil {
		return err
	}
	for _, stream := range answer {
		for _, v := range stream.Values {
			after := int64(v.Timestamp) - t.from
			i := int(after/t.step.Milliseconds()) - 1
			if i < 0 || i >= t.tiles || t.end(i) != int64(v.Timestamp) {
				return &failure{Unreadable, fmt.Sprintf("the server answered for %v, and was not asked for it", v.Timestamp.Time().UTC())}
			}
			t.take(stream.Metric, i, float64(v.Value))
		}
	}
	samples := map[int][]*model.SampleStream{}
	for _, i := range t.flawed() {
		value, err := x.query(over(x.selector.ofAny(counter, startMetric), t.step), t.end(i))
		if err != nil {
			return err
		}
		if samples[i], err = matrix(value); err != nil {
			return err
		}
	}
	t.sum(samples)
	return nil
}

// base notes what had been counted when the span began.
func (x *session) base(t *tally, counter string) error {
	value, err := x.query(x.selector.base(counter, max(t.step, leastBase)), t.from)
	if err != nil {
		return err
	}
	v, ok := value.(model.Vector)
	if !ok {
		return &failure{Unreadable, fmt.Sprintf("the server answered a %v, want a vector", value.Type())}
	}
	for _, s := range v {
		if err := check(s.Metric, float64(s.Value)); err != nil {
			return err
		}
		t.take(s.Metric, -1, float64(s.Value))
	}
	return nil
}
