// Package budget says what is left: it counts events against objectives, inside the
// process in which they happen, and answers for any error budget at any moment.
//
// A [Tracker] is made from objectives (package slo) and handed to middleware, which
// records every request as one event. [Tracker.Budget] reads one error budget:
//
//	remaining, ok := tracker.Budget("checkout-availability").Remaining()
//
// Recording is lock-free: one atomic add when a request starts and two when it ends,
// in cumulative cells by class and latency. A tick, each second by default, notes
// how far the cells have come; windows are differences between the cells now and
// what was noted, so every window is exact in its counts, never shorter than asked
// and at most one percent (or one tick) longer. Readings include the last event
// recorded before the call.
//
// A calendar window ([slo.Month], [slo.Weeks], ...) is accounted by period: the budget is
// granted whole at the start of each, as a share of what the period is expected to have,
// and [Budget.Periods] keeps summaries. [Budget.Depletion] is the curve of either kind of
// window, and [Budget.PlanDowntime] looks ahead.
//
// [Budget.Episodes] says when budget was being spent fast, and what that cost; [Budget.ByCause]
// on whose account, as far as handlers say; [Budget.SinceDeployment] what a version that was
// marked ([Tracker.MarkDeployment]) has spent; [Budget.Exemplars] which traces to look at.
//
// Objectives may change while requests are served ([Tracker.Update]), and history goes on
// over a restart ([Tracker.Snapshot]).
//
// What it does not do: it sees this process only (package README says who may alert
// on that), serves no pages and writes no files. What a spent budget means is package
// policy's business; package budget/budgettest has a tracker for your own tests, and
// [NewSimulation] one for replaying recorded traffic.
package budget
