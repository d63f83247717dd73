package grpcslo

import (
	"strings"

	"github.com/seed-abb722f7/nines/slo"
)

// clientPrefix sets the operations of a client apart from those of a server: a process may
// serve a method and call it elsewhere too.
const clientPrefix = "/client:"

// Client is the source of the calls that this process makes of a method, as a dependency:
// Client("/pay.v1.Payments/Charge") is slo.RPC("/client:pay.v1.Payments/Charge"), the
// name under which client interceptors record. No server has such a method.
//
// Objectives on slo.All and slo.Each see a client's operations too. Give dependencies a
// tracker of their own if they must not.
func Client(method string) slo.Source {
	return slo.RPC(clientPrefix + strings.TrimPrefix(method, "/"))
}

// clientName returns the name of a client's operation.
func (l *layer) clientName(key methodKey) (name string) {
	if l.namer != nil {
		l.contain(func() { name = l.namer(key.target, key.name) })
	}
	if name == "" {
		name = Client(key.name).Name()
	}
	return name
}
