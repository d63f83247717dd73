package slo

// A Verdict is what an objective makes of a class.
type Verdict uint8

// The verdicts. The zero Verdict, Unset, leaves a class to the default.
const (
	Unset    Verdict = iota
	Good             // counts, and as it should be
	Bad              // counts, and spends budget
	Excluded         // does not count; exported with a reason, never silent
)

// String returns "unset", "good", "bad" or "excluded"; "unknown verdict" outside
// the set.
func (v Verdict) String() string {
	switch v {
	case Unset:
		return "unset"
	case Good:
		return "good"
	case Bad:
		return "bad"
	case Excluded:
		return "excluded"
	}
	return "unknown verdict"
}
