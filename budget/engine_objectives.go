package budget

import (
	"github.com/seed-abb722f7/nines/slo"
)

// judgeAll works out the verdicts of all declarations.
func (e *engine) judgeAll() (declared []*judged) {
	e.available = map[slo.Source][]slo.SLI{}
	isAvailability := slo.Availability().Name()
	for _, o := range e.Objectives {
		if o.SLI.Name() == isAvailability && !o.Shadow {
			e.available[o.Of] = append(e.available[o.Of], o.SLI)
		}
	}
	for _, o := range e.Objectives {
		declared = append(declared, e.tallier.judge(o, e.availabilityOf(o.Of)))
	}
	return declared
}

// declare puts declarations on their sources.
func (e *engine) declare(declared []*judged) {
	for _, j := range declared {
		switch j.Of.Kind() {
		case slo.AllSource:
			e.enter(j.on(e.all))
		case slo.EachSource:
			if e.succession != nil {
				e.succession.declared(e, j)
			}
			e.each = append(e.each, j)
		default:
			e.enter(j.on(e.scopeOf(e.operation(j.Of))))
		}
	}
}

// operation returns the operation or stream that an objective names, declaring it.
func (e *engine) operation(s slo.Source) *Operation {
	switch s.Kind() {
	case slo.EventsSource:
		return e.streams.declare(s.Name(), s.Kind())
	case slo.DependencySource:
		return e.calls.declare(s.Name(), s.Kind())
	}
	return e.requests.declare(s.Name(), s.Kind())
}

func (e *engine) scopeOf(o *Operation) *scope {
	s, ok := e.scopes[o]
	if !ok {
		s = &scope{op: o}
		e.scopes[o] = s
	}
	return s
}

// enter makes an objective readable.
func (e *engine) enter(j *judged) {
	if _, taken := e.byName[j.name]; taken {
		return // an explicit objective has the name of one of Each's
	}
	if j.Method.Kind() != slo.OccurrencesMethod {
		j = j.sliced()
		e.sliced = append(e.sliced, j)
	}
	if e.succession != nil {
		e.succession.enter(e, j)
	} else {
		e.takeUp(j)
	}
	e.heed(j.events())
	e.objectives = append(e.objectives, j)
	e.byName[j.name] = j
	from := j.source()
	from.stallAfter = max(from.stallAfter, j.StallAfter)
	if t, ok := j.SLI.Threshold(); ok {
		from.threshold = max(from.threshold, t)
	}
}

// takeUp gives an objective what another process left of it, or lets it begin.
func (e *engine) takeUp(j *judged) {
	if j.slices != nil {
		e.inheritSlices(j)
	}
	e.inherit(j)
	e.openAccount(j)
	if j.slices != nil {
		e.resumeSlice(j)
	}
	j.watch = newWatch(j)
	e.inheritEpisodes(j)
}

// availabilityOf returns the availability SLIs that judge a source: its own, or else those
// of slo.Each. Shadow objectives have no say.
func (e *engine) availabilityOf(of slo.Source) []slo.SLI {
	if own := e.available[of]; len(own) > 0 || of.Kind() == slo.AllSource || of.Kind() == slo.DependencySource {
		return own
	}
	return e.available[slo.Each]
}

// meetNew gives the operations that came since the last call their objectives of
// slo.Each.
func (e *engine) meetNew() {
	ops := e.requests.all()
	for _, o := range ops[e.known:] {
		if reserved(o) {
			continue
		}
		for _, j := range e.each {
			if e.overridden(j, o) {
				continue
			}
			own := e.judgeOn(o, j.Objective)
			own.since = j.since
			e.enter(own.on(e.scopeOf(o)))
		}
	}
	e.known = len(ops)
}

// judgeOn works out the verdicts of an objective on slo.Each for an operation.
func (e *engine) judgeOn(o *Operation, each slo.Objective) *judged {
	of := slo.HTTP(o.name)
	if o.kind == slo.RPCSource {
		of = slo.RPC(o.name)
	}
	return e.tallier.judge(each, e.availabilityOf(of))
}

// overridden reports whether an explicit objective judges the same SLI of o.
func (e *engine) overridden(each *judged, o *Operation) bool {
	for _, x := range e.Objectives {
		if k := x.Of.Kind(); (k == slo.HTTPSource || k == slo.RPCSource) &&
			canonical(x.Of.Name()) == o.name && x.SLI.Name() == each.SLI.Name() {
			return true
		}
	}
	return false
}

func reserved(o *Operation) bool {
	return o.name == otherName || o.name == unnamedName || o.name == unmatchedName
}
