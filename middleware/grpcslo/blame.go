package grpcslo

import (
	"context"
	"strings"

	"github.com/seed-abb722f7/nines/slo"
)

// WithBlame makes a call of a client that fails name its dependency as the cause, should the
// request under way end badly for which it was made: the one whose event is in the context of
// the call (see [WithMarking], and that of httpslo). A cause that a handler gives to
// slo.Event.Bad goes before it. A call has failed here if its class is one that is bad by
// default. Without an event in the context it does nothing. It is for clients, and allocates
// for a call that failed only.
func WithBlame() Option {
	return optionFunc(func(c *config) { c.blame = true })
}

// badByDefault says which calls have failed, for those who are to blame.
var badByDefault = slo.DefaultVerdicts()

// blameFor names the dependency as the cause of a bad event under way, if a call failed.
func (l *layer) blameFor(ctx context.Context, m *method, class slo.Class) {
	if l.blame && l.client && class < slo.NumClasses && badByDefault[class] == slo.Bad {
		slo.FromContext(ctx).Blame(strings.TrimPrefix(m.op.Name(), "dependency:"))
	}
}
