package main

import (
	"maps"
	"math"
	"sync"

	"github.com/seed-abb722f7/nines/budget"
)

// What is counted: requests of an operation by class, and events of an objective by outcome.
type count struct{ of, as string }

// arrived is what the points say that came out at the other end.
type arrived struct {
	requests  map[count]uint64
	events    map[count]uint64
	latencies map[string]uint64  // in the histograms, by operation
	window    map[count]float64  // events in the objective's own window
	target    map[string]float64 // by objective
}

func newArrived() *arrived {
	return &arrived{map[count]uint64{}, map[count]uint64{}, map[string]uint64{}, map[count]float64{}, map[string]float64{}}
}

// add takes a point of a metric, whose names are those of package otelslo.
func (a *arrived) add(metric string, attribute func(string) string, value float64) {
	switch metric {
	case "nines.requests":
		if value > 0 { // declared classes are there from the start
			a.requests[count{attribute("operation"), attribute("class")}] += uint64(value)
		}
	case "nines.events":
		a.events[count{attribute("slo"), attribute("outcome")}] += uint64(value)
	case "nines.request.duration":
		a.latencies[attribute("operation")] += uint64(value)
	case "nines.window.events":
		a.window[count{attribute("slo"), attribute("outcome")}] += value
	case "nines.objective":
		a.target[attribute("slo")] = value
	}
}

// remaining returns what is left of an error budget, by what arrived alone; false if there
// were no events.
func (a *arrived) remaining(objective string) (float64, bool) {
	bad := a.window[count{objective, "bad"}]
	valid := bad + a.window[count{objective, "good"}]
	return 1 - bad/valid/(1-a.target[objective]), valid > 0
}

// here is what the tracker says, put in the same way.
func here(r budget.Report) *arrived {
	a := newArrived()
	for _, op := range r.Operations {
		for _, c := range op.Classes {
			if c.Count > 0 {
				a.requests[count{op.Name, c.Class.String()}] = c.Count
			}
		}
		if op.Declared {
			a.latencies[op.Name] = op.Good.Count + op.Other.Count
		}
	}
	for _, s := range r.Objectives {
		a.events[count{s.Name, "good"}], a.events[count{s.Name, "bad"}] = s.Total.Good, s.Total.Bad
	}
	return a
}

// same reports whether all counts are the same, and what is left of each error budget, to
// the precision of a float.
func (a *arrived) same(r budget.Report) bool {
	h := here(r)
	for _, s := range r.Objectives {
		if left, ok := a.remaining(s.Name); !ok || math.Abs(left-s.Remaining) > 1e-9 {
			return false
		}
	}
	return maps.Equal(a.requests, h.requests) && maps.Equal(a.events, h.events) && maps.Equal(a.latencies, h.latencies)
}

// A holder holds what arrived last. It is safe for concurrent use.
type holder struct {
	mu   sync.Mutex
	last *arrived
}

func (h *holder) put(a *arrived) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.last = a
}

func (h *holder) get() *arrived {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.last
}
