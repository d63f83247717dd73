package policy_test

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/seed-abb722f7/nines/budget"
	"github.com/seed-abb722f7/nines/policy"
)

// TestGateMaxAgeOfZero is any age; less is refused, as far as a gate can refuse anything: it knows
// nothing then, and says why.
func TestGateMaxAgeOfZero(t *testing.T) {
	for _, ago := range []time.Duration{0, time.Minute, 1000 * time.Hour, -time.Minute, -1000 * time.Hour} {
		from := status(func(s *budget.Status) { s.At = time.Now().Add(-ago) })
		if d := policy.NewGate(from, policy.GateConfig{Logger: quietLog}).Decide(context.Background(), feature); d.Outcome != policy.Allow || d.Reasons[0].Code != policy.CodeBudgetLeft {
			t.Errorf("read %v ago, MaxAge 0: %v, want it allowed", ago, d)
		}
		for mode, want := range map[policy.Outcome]policy.Outcome{policy.NeedsPerson: policy.NeedsPerson, policy.Deny: policy.Deny} {
			d := policy.NewGate(from, policy.GateConfig{MaxAge: -time.Second, OnUnknown: mode, Logger: quietLog}).Decide(context.Background(), feature)
			if d.Outcome != want || d.Reasons[0].Code != policy.CodeOldReading || !strings.Contains(d.Reasons[0].Text, "GateConfig.MaxAge, which is -1s: want a length above 0, or zero for any age") {
				t.Errorf("read %v ago, MaxAge -1s: %v (%s), want %v", ago, d, d.Reasons[0].Code, want)
			}
		}
	}
	spent := policy.NewGate(status(exhausted), policy.GateConfig{MaxAge: -1, Logger: quietLog}).Decide(context.Background(), feature)
	if spent.Outcome != policy.Deny {
		t.Errorf("an exhausted error budget, MaxAge -1ns: %v, want it denied all the same", spent)
	}
}
