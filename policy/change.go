package policy

// A Change is what somebody wants to deploy.
type Change struct {
	// Kind is required: a gate has a person look at a change whose kind nobody stated.
	Kind Kind `json:"kind"`

	// ID identifies the change for those who read the decision, such as "v2.5.0". It may be
	// empty.
	ID string `json:"id,omitempty"`
}

// String returns the kind and the ID, such as "feature v2.5.0".
func (c Change) String() string {
	if c.ID == "" {
		return c.Kind.String()
	}
	return c.Kind.String() + " " + c.ID
}
