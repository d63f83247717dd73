package policy

// Deploys are how many features may be deployed in a day, and how many were. It is a plain
// value.
type Deploys struct {
	// Day is the day, such as "2025-03-03" in GateConfig.Location.
	Day string

	// PerDay is what the tier in force allows: Unlimited if nothing limits it. Used is how many
	// were begun or recorded, which overrides can take beyond it.
	PerDay, Used int
}

// Left returns how many more may be begun, never less than 0; Unlimited if there is no limit.
func (d Deploys) Left() int {
	if d.PerDay == Unlimited {
		return Unlimited
	}
	return max(d.PerDay-d.Used, 0)
}
