package slo

// A Link is a named address that an on-call person may need. Both fields are
// required.
type Link struct {
	Name string // such as "runbook"
	URL  string
}
