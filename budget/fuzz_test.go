package budget

import (
	"encoding/binary"
	"testing"
	"time"

	"github.com/seed-abb722f7/nines/slo"
)

// FuzzEngineMatchesModel plays a script of events, idle gaps, clock steps and suspends
// to the engine and to a model that keeps every event, and compares windows, totals and
// the service-wide sum after each step.
func FuzzEngineMatchesModel(f *testing.F) {
	f.Add([]byte{0, 1, 2, 3, 100, 0, 4, 200, 7, 90, 0, 0, 1, 5, 5, 5, 8, 3, 7, 200, 0})
	f.Add([]byte("idle then burst \xff\xff\x07\xff\x00\x01\x02\x03\x07\xfe"))
	f.Add([]byte{8, 255, 0, 1, 7, 61, 0, 7, 10, 8, 1, 0, 7, 90, 9, 30, 0, 7, 120, 1, 2, 3})
	f.Fuzz(func(t *testing.T, script []byte) {
		if len(script) > 2000 {
			return
		}
		p := newPlayer(t)
		for len(script) > 0 && p.s.Now() < playerLife {
			script = p.step(script)
			p.check()
		}
	})
}

// player drives both sides.
type player struct {
	t       *testing.T
	s       *Simulation
	models  []*model
	total   uint64 // requests finished
	engine  time.Duration
	stepped bool      // the wall clock was
	daily   Counts    // in the days that have closed
	through time.Time // the start of the last of them
}

const playerWindow = 2 * time.Hour

// playerLife bounds how long a script goes on: every second is a tick, and an input that
// takes seconds makes the fuzzer give up.
const playerLife = 6 * playerWindow

func newPlayer(t *testing.T) *player {
	t.Helper()
	objectives := []slo.Objective{availability, latency}
	objectives = append(objectives,
		slo.Objective{Name: "strict", Of: slo.HTTP("GET /a"), SLI: slo.Availability(slo.Strict(), slo.WithCancelled(slo.BadAfter(time.Second))), Target: slo.Percent(99)},
		slo.Objective{Name: "all", Of: slo.All, SLI: slo.Latency(20*time.Millisecond, slo.CountFailures), Target: slo.Percent(90)},
	)
	p := &player{t: t}
	for i := range objectives {
		objectives[i].Window = slo.Rolling(playerWindow)
		m := &model{objective: objectives[i]}
		for _, o := range objectives {
			if o.Of == objectives[i].Of && o.SLI.Name() == "availability" {
				m.available = append(m.available, o.SLI)
			}
		}
		p.models = append(p.models, m)
	}
	daily, slices := availability, availability
	daily.Name, daily.Window = "daily", slo.Days(1, noon)
	slices.Name, slices.Method, slices.Window = "slices", slo.Timeslices(time.Minute, slo.Percent(50)), daily.Window
	p.s = simulate(t, append(objectives, daily, slices)...)
	return p
}

// now is engine time, as the tracker sees it.
func (p *player) now() time.Duration { return p.s.engine.clock.Engine(p.s.Now()) }

func (p *player) step(script []byte) []byte {
	next := func() byte {
		if len(script) == 0 {
			return 0
		}
		b := script[0]
		script = script[1:]
		return b
	}
	switch op := next(); op % 12 {
	case 7: // seconds
		p.s.Advance(time.Duration(next()) * time.Second)
	case 8: // the wall clock steps
		p.stepped = true
		p.s.StepWall(time.Duration(int8(next())) * 37 * time.Minute)
	case 9: // part of a tick
		p.s.Advance(time.Duration(next()) * 7 * time.Millisecond)
	case 10: // long idle
		p.s.Advance(time.Duration(next()) * time.Minute)
	case 11: // another operation
		p.record("GET /b", slo.Success, time.Duration(next())*time.Millisecond)
	default:
		class := slo.Class(next()) % slo.NumClasses
		d := time.Duration(binary.LittleEndian.Uint16([]byte{next(), op})) * 1103 * time.Microsecond
		p.record("GET /a", class, d)
	}
	return script
}

func (p *player) record(name string, class slo.Class, d time.Duration) {
	record(p.s.HTTP(name), class, d)
	p.total++
	for _, m := range p.models {
		if m.objective.Of == slo.All || m.objective.Of.Name() == name {
			m.add(modelEvent{p.now(), class, d, 1})
		}
	}
}

// slack is how much longer a window may be once the wall clock was stepped: what happens
// while it is suspect is noted when that is over, after the gap if there is one.
func (p *player) slack() time.Duration {
	if !p.stepped {
		return 0
	}
	return 62*time.Second + p.s.engine.asleep
}

func (p *player) check() {
	if now := p.now(); now < p.engine {
		p.t.Fatalf("engine time went back from %v to %v", p.engine, now)
	}
	p.engine = p.now()
	for _, m := range p.models {
		name := m.objective.Name
		for _, d := range [...]time.Duration{time.Second, 5 * time.Minute, time.Hour, playerWindow} {
			got := p.s.Budget(name).Windows(nil, d)[0].Counts
			least := m.counts(p.engine - d)
			most := m.counts(p.engine - d - max(d/100, time.Second) - p.slack())
			if !got.between(least, most) {
				p.t.Fatalf("%s over %v at %v: %+v, want from %+v to %+v", name, d, p.engine, got, least, most)
			}
		}
		st := p.s.Budget(name).Status()
		if want := m.counts(-1); st.Total != want {
			p.t.Fatalf("%s: total %+v, want %+v", name, st.Total, want)
		}
		if st.Coverage < 0 || st.Coverage > 1 || st.Consumed < 0 || st.Consumed != st.Consumed {
			p.t.Fatalf("%s: coverage %v, consumed %v out of range", name, st.Coverage, st.Consumed)
		}
	}
	p.checkPeriods()
	var sum uint64
	for _, o := range p.s.Report().Operations {
		sum += o.Requests()
	}
	if sum != p.total {
		p.t.Fatalf("operations sum up to %d requests, want %d", sum, p.total)
	}
}

// checkPeriods: every event is in exactly one period, periods follow each other, and there
// are no more slices of time than time.
func (p *player) checkPeriods() {
	all := p.daily
	var before Period
	for i, d := range p.s.Budget("daily").Periods() {
		if i > 0 && d.Start.Before(before.End) || !d.End.After(d.Start) {
			p.t.Fatalf("period %v follows %v", d, before)
		}
		before = d
		if d.Closed && !d.Start.After(p.through) {
			continue
		}
		all = all.plus(d.Counts)
		if d.Closed {
			p.daily, p.through = p.daily.plus(d.Counts), d.Start
		}
		if d.Coverage < 0 || d.Coverage > 1.001 || d.Remaining != d.Remaining || d.Expected < d.Counts.Valid() {
			p.t.Fatalf("period %+v is out of range", d)
		}
	}
	if want := p.models[0].counts(-1); all != want {
		p.t.Fatalf("periods hold %+v, want %+v", all, want)
	}
	if got := p.s.Budget("slices").Status().Total; got.Valid() > uint64(p.engine/time.Minute) {
		p.t.Fatalf("%d slices of a minute in %v", got.Valid(), p.engine)
	}
}

func (c Counts) plus(d Counts) Counts {
	return Counts{c.Good + d.Good, c.Bad + d.Bad, c.Excluded + d.Excluded}
}
