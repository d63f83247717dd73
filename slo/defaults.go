package slo

import "time"

// Defaults returns the objectives of a service that has agreed on none yet, for every
// operation on its own: 90 % availability, and 80 % within one second, over 28 days (Ukis,
// Establishing SRE Foundations, table 6.4). They are easy to keep on purpose: start with them,
// look at what is kept, see [Recommend], and declare objectives that people agreed on. One for
// the same operation and the same SLI takes the place of its default:
//
//	budget.Config{Objectives: append(slo.Defaults(), checkout...)}
//
// Their names are "availability" and "latency". Each call returns values of its own.
func Defaults() []Objective {
	const description = "The default, until somebody agrees on an objective for this operation."
	return []Objective{
		{Name: nameAvailability, Of: Each, SLI: Availability(), Target: Percent(90), Description: description},
		{Name: nameLatency, Of: Each, SLI: Latency(time.Second), Target: Percent(80), Description: description},
	}
}
