package slo_test

import (
	"testing"

	"github.com/seed-abb722f7/nines/slo"
)

func TestSources(t *testing.T) {
	for _, tt := range []struct {
		in         slo.Source
		kind       slo.SourceKind
		name, text string
	}{
		{slo.Source{}, slo.NoSource, "", "slo.Source{}"},
		{slo.HTTP("POST /checkout"), slo.HTTPSource, "POST /checkout", `slo.HTTP("POST /checkout")`},
		{slo.RPC("/shop.v1.Cart/Add"), slo.RPCSource, "/shop.v1.Cart/Add", `slo.RPC("/shop.v1.Cart/Add")`},
		{slo.Events("orders"), slo.EventsSource, "orders", `slo.Events("orders")`},
		{slo.Events("or\nders"), slo.EventsSource, "or\nders", `slo.Events("or\nders")`},
		{slo.Dependency("payments"), slo.DependencySource, "payments", `slo.Dependency("payments")`},
		{slo.All, slo.AllSource, "", "slo.All"},
		{slo.Each, slo.EachSource, "", "slo.Each"},
	} {
		if got := tt.in.Kind(); got != tt.kind {
			t.Errorf("%v.Kind() = %d, want %d", tt.in, got, tt.kind)
		}
		if got := tt.in.Name(); got != tt.name {
			t.Errorf("%v.Name() = %q, want %q", tt.in, got, tt.name)
		}
		if got := tt.in.String(); got != tt.text {
			t.Errorf("String() = %s, want %s", got, tt.text)
		}
	}
	different := []slo.Source{slo.HTTP("x"), slo.HTTP("y"), slo.RPC("x"), slo.Events("x"), slo.Dependency("x"), slo.All, slo.Each, {}}
	for i, a := range different {
		for j, b := range different {
			if (a == b) != (i == j) {
				t.Errorf("%v == %v is %v", a, b, a == b)
			}
		}
	}
}
