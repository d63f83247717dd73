package alertslo

import "strings"

// A Scope says for whom a notifier may speak: [Single] or [PerInstance]. The zero Scope is
// refused by [New].
type Scope struct {
	single   bool
	several  bool // made by PerInstance
	instance string
}

// Single says that exactly one process has these objectives, so that what it sees is all
// there is to see. Its breaches are told with their own severity. With a second process that
// says so too, a breach that ends in one of them resolves the alert of both.
var Single = Scope{single: true}

// PerInstance says that several processes have these objectives, and that this is the one
// with this name: such as the name of the pod or the host, which should outlive a restart.
// Every alert has it as the label instance, and its severity is never page: that of a page
// is lowered to ticket, because twenty replicas must not wake somebody twenty times. What it
// was is in the label slo_severity. A blank name, and one above 256 bytes, is refused by [New].
func PerInstance(id string) Scope { return Scope{several: true, instance: id} }

// String returns "single" or "per instance" and the name of the instance; "none" for the zero
// Scope.
func (s Scope) String() string {
	switch {
	case s.single:
		return "single"
	case s.several:
		return strings.TrimSpace("per instance " + s.instance)
	}
	return "none"
}
