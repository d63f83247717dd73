package slo

import (
	"fmt"
	"strings"
)

// sli checks the SLI, and that the source can feed it.
func (c *checker) sli(o Objective) {
	reject := func(value, reason string) { c.reject("SLI", literal(value), reason) }
	s, events := o.SLI, o.Of.kind == EventsSource
	requests := !events && o.Of.kind != NoSource
	text := s.goText()
	switch {
	case s.kind == noSLI:
		reject("unset", "want an SLI: slo.Availability(), slo.Latency(400*time.Millisecond), or one of the event SLIs")
		return
	case s.kind == latency && s.threshold < minLatency:
		reject(text, fmt.Sprintf("want a threshold of at least %v, such as slo.Latency(400*time.Millisecond)", minLatency))
	case s.kind == latency && events:
		reject(text, "want a source with requests: an event stream has no latency (judge it where it is recorded, as good or bad)")
	case s.kind == ofEvents:
		if reason := checkCustom(s.name); reason != "" {
			reject(text, reason)
		} else if requests {
			reject(text, "want slo.Events: of a request only availability, latency and fidelity are known")
		}
	}
	switch {
	case s.misused:
		reject(s.withCancelled, fmt.Sprintf("want slo.Bad, slo.Excluded or slo.BadAfter(d), d at least %v", minLatency))
	case s.withCancelled != "" && events:
		reject(s.withCancelled, "want it on requests only: the events of a stream have no client that goes away")
	}
	if s.countFailures && s.kind != latency {
		reject("slo.CountFailures", "want it on slo.Latency only: for another SLI name the classes, as in slo.Verdicts{slo.ServerError: slo.Bad}")
	}
	for class, v := range s.verdicts {
		if v > Excluded {
			reject(fmt.Sprintf("slo.Verdict(%d) for %v", v, Class(class)), "want slo.Good, slo.Bad or slo.Excluded")
		}
	}
}

func checkCustom(name string) string {
	switch name {
	case "":
		return "want a name"
	case nameAvailability, nameLatency, nameFidelity:
		return "want another name: requests are judged under this one"
	}
	if len(name) > maxName {
		return fmt.Sprintf("want a name of at most %d bytes, got %d", maxName, len(name))
	}
	return ""
}

// goText returns the call that makes the SLI, without its options.
func (s SLI) goText() string {
	switch {
	case s.kind == latency:
		return "slo.Latency(" + s.threshold.String() + ")"
	case s.kind == ofEvents && !isPreset(s.name):
		return "slo.Custom(" + quote(s.name) + ")"
	case s.name == "":
		return "slo.SLI{}"
	}
	return "slo." + strings.ToUpper(s.name[:1]) + s.name[1:] + "()"
}

func isPreset(name string) bool {
	switch name {
	case "correctness", "freshness", "completeness", "durability", "throughput":
		return true
	}
	return false
}
