package slo

import (
	"math"
	"time"
)

// year is what the frequency of a [Risk] is in terms of.
const year = 365 * Day

// A Risk is something that goes wrong now and then, and what it costs: a bad release, a full
// disk, a lost zone (Google, The Site Reliability Workbook, "Risk analysis"). Impact,
// PerYear and one of the times are required; [Risk.Err] tells. Its costs are those of even traffic.
type Risk struct {
	Name string // for people

	// TimeToDetect is how long it goes on before somebody or something notices, and
	// TimeToResolve how long from then until users no longer suffer. One may be 0.
	TimeToDetect, TimeToResolve time.Duration

	// Impact is the share of valid events that are bad while it lasts, above 0 and at
	// most 1, which is a total outage.
	Impact float64

	// PerYear is how often it happens in 365 days on average: 0.5 is every other year.
	PerYear float64
}

// Err reports what is wrong with the risk, the first thing if there are several, or nil. The
// error is a [*FieldError] and matches [ErrInvalid]. The questions below answer 0, and ok
// false, for such a risk.
func (r Risk) Err() error {
	reject := func(field string, value any, reason string) error {
		return &FieldError{Field: "Risk." + field, Value: value, Reason: reason}
	}
	switch {
	case r.TimeToDetect < 0 || r.TimeToDetect > year:
		return reject("TimeToDetect", r.TimeToDetect, "want 0 to 365 days")
	case r.TimeToResolve < 0 || r.TimeToResolve > year:
		return reject("TimeToResolve", r.TimeToResolve, "want 0 to 365 days")
	case r.TimeToDetect+r.TimeToResolve == 0:
		return reject("TimeToResolve", r.TimeToResolve, "want more than 0 if TimeToDetect is 0: it would cost nothing")
	case !(r.Impact > 0 && r.Impact <= 1): // also NaN
		hinted := "want a share above 0 and at most 1"
		if r.Impact > 1 && r.Impact <= 100 {
			hinted += hint(formatFloat(r.Impact / 100))
		}
		return reject("Impact", r.Impact, hinted)
	case !(r.PerYear > 0):
		return reject("PerYear", r.PerYear, "want a number above 0, such as 12 for once a month")
	case r.perYear() > float64(year):
		return reject("PerYear", r.PerYear, "want at most as many as fit in a year, one after the other")
	}
	return nil
}

// perYear returns how long the risk is there in a year, in nanoseconds.
func (r Risk) perYear() float64 { return float64(r.TimeToDetect+r.TimeToResolve) * r.PerYear }

// Downtime returns what one occurrence costs, as the length of a total outage that costs the
// same: (time to detect + time to resolve) x impact. It compares with what a target allows,
// [Target.AllowedDowntime].
func (r Risk) Downtime() time.Duration {
	if r.Err() != nil {
		return 0
	}
	return time.Duration(math.Round(float64(r.TimeToDetect+r.TimeToResolve) * r.Impact))
}

// DowntimePerYear returns what the risk costs in an average year of 365 days, as the length
// of a total outage that costs the same: (time to detect + time to resolve) x impact x
// frequency.
func (r Risk) DowntimePerYear() time.Duration {
	if r.Err() != nil {
		return 0
	}
	return time.Duration(math.Round(r.perYear() * r.Impact))
}

// Consumed returns the share of an error budget that the risk spends on average, whatever the
// window: 0.25 is a quarter of it, 1 all. Add up those of all the risks that are known: above
// 1 the target is a hope. ok is false if the risk or the target is refused.
func (r Risk) Consumed(t Target) (share float64, ok bool) {
	if r.Err() != nil || t.Err() != nil {
		return 0, false
	}
	return r.perYear() * r.Impact / float64(year) / t.ErrorBudget(), true
}

// ConsumedOnce returns the share of the error budget of one window that one occurrence spends:
// above 1 the objective is broken each time, however rare that is. Of calendar windows it is
// in terms of the nominal [Window.Length]. ok is false if the risk, the target or the window
// is refused.
func (r Risk) ConsumedOnce(t Target, w Window) (share float64, ok bool) {
	if r.Err() != nil || t.Err() != nil || w.Err() != nil {
		return 0, false
	}
	return float64(r.TimeToDetect+r.TimeToResolve) * r.Impact / float64(w.Length()) / t.ErrorBudget(), true
}
