// Package slo says what is promised: objectives, the sources of events they
// judge, and the verdict each class of event earns.
//
// Everything here is a pure value: no clock, no goroutine, no I/O. Declare
// objectives with this package, hand them to budget.New, and ask package budget
// what is left of each error budget.
//
// The words are the field's. An event is one request, call or message. A
// [Source] is where events come from. A [Class] is what happened to one event;
// a [Verdict] is what an objective makes of that class: good, bad or excluded.
// Valid events are the good and the bad ones. An [SLI] is good / valid, a
// [Target] the share that must be good, an [Objective] the four together with
// a [Window], and its error budget is 1 - target.
//
// No function here fails where it is called in a declaration: a value that cannot
// be meant, such as Percent(100) or Latency(400), is kept and refused by name by
// [Validate], which budget.New calls, in one error that matches [ErrInvalid] and
// says everything that is wrong. Only what reads text ([ParseTarget],
// [ParsePercentile], [ParseDuration], [ParseWindow]) returns an error of its own.
//
// To choose what to promise there are [Defaults], [Recommend], [Risk] and [Lint].
//
// Percentages appear only where people type or read them ([Percent],
// [ParseTarget], String); everything else is a ratio between 0 and 1.
package slo
