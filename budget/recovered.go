package budget

// Recovered counts a panic of a user's function that middleware called and recovered from,
// such as a namer or a classifier, in [Self.HookPanics]: contained, but not hidden. It does
// nothing on nil.
func (t *Tracker) Recovered() {
	if t != nil {
		t.panics.Add(1)
	}
}
