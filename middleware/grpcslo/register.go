package grpcslo

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"google.golang.org/grpc"

	"github.com/seed-abb722f7/nines/budget"
	"github.com/seed-abb722f7/nines/slo"
)

// A Server tells its services; *grpc.Server is one.
type Server interface {
	GetServiceInfo() map[string]grpc.ServiceInfo
}

// Register makes every method that is registered with the server an operation of t, so
// that each is there before its first call. Call it after the services were registered:
//
//	shop.RegisterCartServer(server, cart)
//	grpcslo.Register(tracker, server)
//
// Methods beyond budget.Config.MaxOperations that no objective names share the operation
// _OTHER; of two starts of one program they are the same ones. Health services are left
// out (see [WithHealthServices]). Calling it again changes nothing, and so does a nil t or server.
func Register(t *budget.Tracker, server Server, options ...Option) {
	if t == nil {
		return
	}
	health := newConfig(options).health
	for _, name := range methods(server) {
		if !health[service(name)] {
			t.RPC(name)
		}
	}
}

// Check reports every declared RPC operation that no service of the server registers:
// objectives on it would never see an event. Call it at start, after the services were
// registered, or in a test of your own:
//
//	if err := grpcslo.Check(tracker, server); err != nil { ... }
//
// The error joins one slo.FieldError for each operation and matches slo.ErrInvalid. It is
// nil if there is nothing to report or t is nil.
func Check(t *budget.Tracker, server Server) error {
	registered := methods(server)
	var errs []error
	seen := map[string]bool{}
	for i, o := range t.Declared() {
		name := o.Of.Name()
		if o.Of.Kind() != slo.RPCSource || seen[name] || slices.Contains(registered, name) {
			continue
		}
		seen[name] = true
		errs = append(errs, &slo.FieldError{
			Field: fmt.Sprintf("Objectives[%d] %q.Of", i, o.Name), Value: o.Of, Reason: unserved(registered, name),
		})
	}
	return errors.Join(errs...)
}

// methods returns the full names of all registered methods, sorted.
func methods(server Server) []string {
	if server == nil {
		return nil
	}
	var names []string
	for service, info := range server.GetServiceInfo() {
		for _, m := range info.Methods {
			names = append(names, "/"+service+"/"+m.Name)
		}
	}
	slices.Sort(names)
	return names
}

// unserved says what is wrong with a declared name that nothing registers.
func unserved(registered []string, name string) string {
	// Almost right is the common mistake: no slash in front, or a dot before the method.
	plain := func(s string) string { return strings.ToLower(strings.ReplaceAll(strings.Trim(s, "/"), "/", ".")) }
	for _, r := range registered {
		if plain(r) == plain(name) {
			return fmt.Sprintf("want a method that is registered, to the letter: slo.RPC(%q)", r)
		}
	}
	if len(registered) == 0 {
		return "want a method that a service of the server registers; none does: check after the services were registered"
	}
	return fmt.Sprintf("want a method that a service of the server registers, such as slo.RPC(%q)", registered[0])
}
