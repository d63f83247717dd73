package grpcslo

import (
	"testing"
	"time"

	"github.com/seed-abb722f7/nines/budget"
	"github.com/seed-abb722f7/nines/budget/budgettest"
	"github.com/seed-abb722f7/nines/slo"
)

// TestProgressEndsWithin: a stream may be over while a message of it is being noted. It does
// not stay established for that: a call that hangs afterwards is seen.
func TestProgressEndsWithin(t *testing.T) {
	const method = "/shop.v1.Cart/Watch"
	tr := budgettest.New(t, slo.Objective{Name: "watch", Of: slo.RPC(method), SLI: slo.Availability(), Target: slo.Percent(99)})
	op := tr.RPC(method)
	var p progress
	var o Outcome
	op.Start()
	p.establish(op, func() time.Duration {
		p.end(op, &o)
		return time.Second
	}, 0)
	op.Finish(slo.RPCOK, time.Second)
	if o.Established || !o.Stream {
		t.Errorf("the outcome is %+v, want a stream that was not established", o)
	}
	op.Start()
	tr.Advance(time.Minute)
	if got := tr.Budget("watch").Status(); got.Known != budget.Stalled {
		t.Errorf("while a call hangs: %v with %d in flight, want stalled", got.Known, got.InFlight)
	}
}
