package budget

import (
	"encoding/binary"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"github.com/seed-abb722f7/nines/slo"
)

// FuzzEngineMatchesModel plays a script of events, idle gaps, clock steps, suspends and updates
// to the engine and to a model that keeps every event, and compares windows, totals and
// the service-wide sum after each step.
func FuzzEngineMatchesModel(f *testing.F) {
	f.Add([]byte{0, 1, 2, 3, 100, 0, 4, 200, 7, 90, 0, 0, 1, 5, 5, 5, 8, 3, 7, 200, 0})
	f.Add([]byte("idle then burst \xff\xff\x07\xff\x00\x01\x02\x03\x07\xfe"))
	f.Add([]byte{8, 255, 0, 1, 7, 61, 0, 7, 10, 8, 1, 0, 7, 90, 9, 30, 0, 7, 120, 1, 2, 3})
	f.Add([]byte("\x01\x02\x03\x07\x05\xff\x01\x01\x02\x03\x07\x05\xff\x11\x02\x02\xff\x03\x07\xc8\xff\x03\x00\x01\x02\xff\x04\x07\x09"))
	f.Add([]byte("\xff\x09\x00\x00\x01\x09\x30\xff\x01\x00\x00\x01\x09\x30\xff\x09\x07\xff\x00\x00\x01\x0a\x7f"))
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

// Scripts in which updates are as frequent as anything else.
func TestUpdatesMatchModel(t *testing.T) {
	for seed := range uint64(60) {
		rng := rand.New(rand.NewPCG(seed, 11))
		var script []byte
		for range 200 {
			switch rng.IntN(6) {
			case 0:
				script = append(script, 255, byte(rng.Uint32()))
			case 1:
				script = append(script, 7, byte(rng.IntN(100)))
			case 2:
				script = append(script, 9, byte(rng.IntN(100)))
			default: // a request of some class that took up to two seconds
				script = append(script, byte(rng.IntN(7)), byte(rng.IntN(8)), byte(rng.Uint32()))
			}
			if rng.IntN(40) == 0 {
				script = append(script, 10, byte(rng.IntN(30)))
			}
		}
		p := newPlayer(t)
		for len(script) > 0 && p.s.Now() < playerLife {
			script = p.step(script)
			p.check()
		}
	}
}

// player drives both sides.
type player struct {
	t       *testing.T
	s       *Simulation
	models  []*model
	gone    bool // the third of them, for now
	rest    []slo.Objective
	total   uint64 // requests finished
	engine  time.Duration
	stepped bool      // the wall clock was
	daily   Counts    // in the days that have closed
	through time.Time // the start of the last of them
	open    time.Time // the start of the one that was under way
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
	}
	for _, o := range objectives {
		p.models = append(p.models, &model{objective: o, available: available(o, objectives)})
	}
	daily, sliced := availability, availability
	daily.Name, daily.Window = "daily", slo.Days(1, noon)
	sliced.Name, sliced.Method, sliced.Window = "slices", slo.Timeslices(time.Minute, slo.Percent(50)), daily.Window
	p.rest = []slo.Objective{daily, sliced}
	p.s = simulate(t, append(objectives, p.rest...)...)
	return p
}

// available returns the SLIs of the availability objectives on the same source.
func available(o slo.Objective, all []slo.Objective) (list []slo.SLI) {
	for _, other := range all {
		if o.Of == other.Of && other.SLI.Name() == "availability" {
			list = append(list, other.SLI)
		}
	}
	return list
}

// update changes one objective: its target, its threshold, its classification, or whether it
// is there at all.
func (p *player) update(how byte) {
	var all []slo.Objective
	var have []*model
	wasGone := p.gone
	for i, m := range p.models {
		o := m.objective
		switch {
		case i != int(how)%4:
		case i == 0:
			o.Target = slo.Percent(90 + float64(how%9))
		case i == 1:
			o.SLI = slo.Latency([...]time.Duration{400, 410, 50, 2345, 400, 600, 395, 11}[how/4%8] * time.Millisecond)
		case i == 2 && how >= 128:
			p.gone = !p.gone
		case i == 2 && how >= 64:
			o.SLI = slo.Availability(slo.WithCancelled(slo.BadAfter(time.Duration(how) * time.Second)))
		case i == 2:
			o.SLI = slo.Availability(slo.Strict(), slo.WithCancelled(slo.BadAfter(time.Second)))
		case i == 3:
			o.SLI = slo.Latency([...]time.Duration{20, 21, 500, 1}[how/4%4]*time.Millisecond, slo.CountFailures)
		}
		if i == 2 && p.gone {
			continue
		}
		have, all = append(have, m), append(all, o)
	}
	if err := p.s.Update(append(slices.Clone(all), p.rest...)); err != nil {
		p.t.Fatal(err)
	}
	for i, m := range have {
		m.become(all[i], available(all[i], all))
		if wasGone && m == p.models[2] { // it is back
			m.first, m.counted, m.renewed = len(m.at), len(m.at), ""
		}
	}
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
	op := next()
	if op >= 252 {
		p.update(next())
		return script
	}
	switch op % 12 {
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
	for i, m := range p.models {
		name := m.objective.Name
		if p.gone && i == 2 {
			if got := p.s.Budget(name).Status(); got.Known != NoSuchObjective {
				p.t.Fatalf("%s: %v, want it gone", name, got.Known)
			}
			continue
		}
		for _, d := range [...]time.Duration{time.Second, 5 * time.Minute, time.Hour, playerWindow} {
			got := p.s.Budget(name).Windows(nil, d)[0].Counts
			least := m.counts(p.engine - d)
			most := m.counts(p.engine - d - max(d/100, time.Second) - p.slack())
			if !got.between(least, most) {
				p.t.Fatalf("%s over %v at %v: %+v, want from %+v to %+v", name, d, p.engine, got, least, most)
			}
		}
		st := p.s.Budget(name).Status()
		if want := m.total(); st.Total != want || st.Renewed != m.renewed {
			p.t.Fatalf("%s: total %+v, renewed %q, want %+v, %q", name, st.Total, st.Renewed, want, m.renewed)
		}
		if st.Coverage < 0 || st.Coverage > 1 || st.Consumed < 0 || st.Consumed != st.Consumed {
			p.t.Fatalf("%s: coverage %v, consumed %v out of range", name, st.Coverage, st.Consumed)
		}
	}
	p.checkPeriods()
	p.checkEpisodes()
	var sum uint64
	for _, o := range p.s.Report().Operations {
		sum += o.Requests()
	}
	if sum != p.total {
		p.t.Fatalf("operations sum up to %d requests, want %d", sum, p.total)
	}
}

// checkEpisodes: they follow each other, one at most is open, and together they have no more
// bad events than there were.
func (p *player) checkEpisodes() {
	for i, m := range p.models {
		if p.gone && i == 2 {
			continue
		}
		var bad uint64
		list := p.s.Budget(m.objective.Name).Episodes()
		for k, ep := range list {
			bad += ep.Counts.Bad
			if ep.Lasted < 0 || ep.Counts.Bad < fewBad || !(ep.Cost > 0) || !(ep.Speed() >= 0) || ep.Peak < 0 || len(ep.Operations) == 0 || ep.Open && k < len(list)-1 {
				p.t.Fatalf("%s: episode %+v of %d is out of range", m.objective.Name, ep, len(list))
			}
			if k > 0 && ep.Start.Before(list[k-1].End) {
				p.t.Fatalf("%s: episode %v follows %v", m.objective.Name, ep, list[k-1])
			}
		}
		if all := m.counts(-1); bad > all.Bad {
			p.t.Fatalf("%s: %d bad events in episodes, of %d", m.objective.Name, bad, all.Bad)
		}
	}
}

// checkPeriods: every event is in exactly one period, periods follow each other, and there
// are no more slices of time than time.
func (p *player) checkPeriods() {
	all := p.daily
	var before Period
	list := p.s.Budget("daily").Periods()
	forgotten := !p.open.IsZero() && list[0].Start.After(p.open) // before anybody has seen it closed
	for i, d := range list {
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
	want := p.models[0].counts(-1)
	if forgotten && all.between(Counts{}, want) {
		p.daily = p.daily.plus(want.since(all))
		all = want
	}
	if all != want {
		p.t.Fatalf("periods hold %+v, want %+v", all, want)
	}
	p.open = before.Start
	if got := p.s.Budget("slices").Status().Total; got.Valid() > uint64(p.engine/time.Minute) {
		p.t.Fatalf("%d slices of a minute in %v", got.Valid(), p.engine)
	}
}

func (c Counts) plus(d Counts) Counts {
	return Counts{c.Good + d.Good, c.Bad + d.Bad, c.Excluded + d.Excluded}
}
