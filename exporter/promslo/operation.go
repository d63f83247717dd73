package promslo

import (
	"google.golang.org/protobuf/types/known/timestamppb"

	"github.com/seed-abb722f7/nines/slo"
)

// operationSeries are the series of one operation.
type operationSeries struct {
	scrape      uint64 // the last that had it
	descs       *descs
	name        string
	inFlight    *series
	classes     [slo.NumClasses]*series
	excluded    map[string]*series
	good, other *series
}

func (s *service) operation(o *operation) *operationSeries {
	have, ok := s.operations[o.name]
	if !ok {
		have = &operationSeries{
			descs: s.descs, name: o.name, inFlight: s.descs.series(inFlight, o.name),
			excluded: map[string]*series{},
		}
		s.operations[o.name] = have
	}
	have.scrape = s.scrapes
	return have
}

func (s *operationSeries) report(p *page, o *operation, began *timestamppb.Timestamp) {
	for _, c := range o.classes {
		if s.classes[c.Class] == nil {
			s.classes[c.Class] = s.descs.series(requests, s.name, c.Class.String())
		}
		p.counted(s.classes[c.Class], c.Count, began, counterExemplar(o.exemplars, c.Class))
	}
	for _, e := range o.excluded {
		if s.excluded[e.Reason] == nil {
			s.excluded[e.Reason] = s.descs.series(excludedEvents, s.name, e.Reason)
		}
		p.count(s.excluded[e.Reason], e.Count, began)
	}
	if o.live {
		p.gauge(s.inFlight, float64(o.inFlight))
	}
	if o.declared {
		if s.good == nil {
			s.good = s.descs.series(duration, s.name, "good")
			s.other = s.descs.series(duration, s.name, "other")
		}
		p.durations(s.good, o.good, began, histogramExemplars(o.exemplars, true))
		p.durations(s.other, o.other, began, histogramExemplars(o.exemplars, false))
	}
}
