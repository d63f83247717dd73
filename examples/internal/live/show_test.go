package live

import (
	"bytes"
	"testing"
	"time"

	"github.com/seed-abb722f7/nines/policy"
)

func TestWriteBreaches(t *testing.T) {
	began := time.Unix(1e9, 0)
	first := policy.Breach{
		ID: "a@1", Name: "checkout", Rule: "10s/2s", Severity: policy.Page,
		State: policy.Started, Started: began.Add(1500 * time.Millisecond),
	}
	end := first
	end.State, end.Resolved = policy.Resolved, began.Add(4*time.Second)
	open := first
	open.ID, open.Severity, open.Started = "a@2", policy.Ticket, began.Add(15*time.Second)
	var b bytes.Buffer
	WriteBreaches(&b, began, []policy.Breach{first, end, open})
	want := `
Breaches

  page    checkout by 10s/2s: started at 1.5s, resolved at 4.0s
  ticket  checkout by 10s/2s: started at 15.0s, open at the end
`
	if b.String() != want {
		t.Errorf("printed %s\nwant %s", b.String(), want)
	}
}
