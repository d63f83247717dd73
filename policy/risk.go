package policy

// A Risk says how dangerous it is to deploy now, by how much error budget is left. The zero
// Risk is unknown.
type Risk uint8

// The risks.
const (
	RiskLow    Risk = iota + 1 // there is plenty
	RiskMedium                 // take care
	RiskHigh                   // there is next to nothing, or nothing, left
)

// String returns "low", "medium" or "high"; "unknown" for the zero Risk, "unknown risk"
// outside the set.
func (r Risk) String() string { return nameOf(riskNames[:], int(r), "unknown risk") }

// MarshalText writes what String returns.
func (r Risk) MarshalText() ([]byte, error) { return []byte(r.String()), nil }

// UnmarshalText reads what String returns. The error matches slo.ErrInvalid, and leaves r
// unchanged.
func (r *Risk) UnmarshalText(text []byte) error {
	i, err := indexOf(riskNames[:], string(text), "Risk")
	if err == nil {
		*r = Risk(i)
	}
	return err
}

var riskNames = [...]string{0: "unknown", RiskLow: "low", RiskMedium: "medium", RiskHigh: "high"}
