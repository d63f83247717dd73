package main

import (
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"time"

	"github.com/seed-abb722f7/nines/budget"
	"github.com/seed-abb722f7/nines/slo"
)

// What is promised of the service and of each operation, unless flags say otherwise. A
// window longer than the log covers all of it.
const (
	availabilityTarget = 99.9
	latencyTarget      = 95
	latencyThreshold   = 500 * time.Millisecond
)

// The names of the objectives. Those of an operation are followed by "/" and its name.
const (
	availability          = "availability"
	latency               = "latency"
	operationAvailability = "operation-availability"
	operationLatency      = "operation-latency"

	// requests is availability counted in requests, where that is counted in slices of time.
	requests = "requests"

	// The days of the service, where its window has no periods.
	dailyAvailability = "daily-availability"
	dailyLatency      = "daily-latency"
)

// day is each day of UTC, in which the log is reported too.
func day() slo.Window { return slo.Days(1, time.Unix(0, 0).UTC()) }

// objectives declares what the engine judges. The flags -target, -window and -method are
// about the service; operations are judged over the same window, by their requests.
func (o options) objectives(timed bool) []slo.Objective {
	rolling, sliced := !o.window.Calendar(), o.method != slo.Method{}
	var list []slo.Objective
	declare := func(name string, of slo.Source, sli slo.SLI, target slo.Target, window slo.Window, method slo.Method) {
		list = append(list, slo.Objective{Name: name, Of: of, SLI: sli, Target: target, Window: window, Method: method})
	}
	declare(availability, slo.All, slo.Availability(), o.target, o.window, o.method)
	declare(operationAvailability, slo.Each, slo.Availability(), o.target, o.window, slo.Method{})
	if sliced {
		declare(requests, slo.All, slo.Availability(), o.target, o.window, slo.Method{})
	}
	if rolling && !sliced {
		declare(dailyAvailability, slo.All, slo.Availability(), o.target, day(), slo.Method{})
	}
	if !timed {
		return list
	}
	fast, most := slo.Latency(latencyThreshold), slo.Percent(latencyTarget)
	declare(latency, slo.All, fast, most, o.window, o.method)
	declare(operationLatency, slo.Each, fast, most, o.window, slo.Method{})
	if rolling && !sliced {
		declare(dailyLatency, slo.All, fast, most, day(), slo.Method{})
	}
	return list
}

// counting names the objective that counts the requests of the service.
func (o options) counting() string {
	if o.method != (slo.Method{}) {
		return requests
	}
	return availability
}

// simulation makes the engine.
func (o options) simulation(timed bool, at time.Time) (*budget.Simulation, error) {
	return budget.NewSimulation(budget.Config{
		Service:       "replay",
		Objectives:    o.objectives(timed),
		MaxOperations: o.operations,
		Logger:        slog.New(slog.DiscardHandler), // its advice is for services
	}, at)
}

// check tries what the flags declare, so that what the engine refuses is known before
// the log is read. The error names the flag.
func (o options) check() error {
	sim, err := o.simulation(true, time.Unix(0, 0))
	if err == nil {
		sim.Close()
		return nil
	}
	var refused *slo.FieldError
	if !errors.As(err, &refused) {
		return err
	}
	switch {
	case strings.HasSuffix(refused.Field, ".Window"):
		return fmt.Errorf("-window is %q: %s", o.window, refused.Reason)
	case strings.HasSuffix(refused.Field, ".Method"):
		return fmt.Errorf("-method is %q, -window %q: %s", o.method, o.window, refused.Reason)
	}
	return err
}
