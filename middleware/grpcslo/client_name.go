package grpcslo

import (
	"strings"

	"github.com/seed-abb722f7/nines/internal/contain"
	"github.com/seed-abb722f7/nines/slo"
)

// Client is the source of the calls that this process makes of a method, as a dependency:
// Client("/pay.v1.Payments/Charge") is slo.Dependency("/pay.v1.Payments/Charge"), under
// which client interceptors record. The service may serve a method of that name too.
func Client(method string) slo.Source {
	return slo.Dependency("/" + strings.TrimPrefix(method, "/"))
}

// clientName returns the name of a client's operation.
func (l *layer) clientName(key methodKey) (name string) {
	if l.namer != nil {
		contain.Call(l.tracker, func() { name = l.namer(key.target, key.name) })
	}
	if name == "" {
		name = Client(key.name).Name()
	}
	return name
}
