package live

import (
	"bytes"
	"context"
	"testing"
	"testing/synctest"
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

// TestRunWithoutATerminal holds that rows are printed under their headings, and the news where
// they happen.
func TestRunWithoutATerminal(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var b bytes.Buffer
		s := NewShow(&b, false, Length(6*time.Second))
		ctx, cancel := context.WithTimeout(t.Context(), 2500*time.Millisecond)
		defer cancel()
		s.Begin()
		s.Run(ctx, []Event{{1500 * time.Millisecond, "news"}, {5 * time.Second, "never told"}},
			func() []string { return []string{"HEAD", "row"} }, func() uint64 { return 0 })
		want := `   1.0s  HEAD
   1.0s  row
   1.5s  news
   2.0s  HEAD
   2.0s  row
`
		if b.String() != want {
			t.Errorf("printed\n%s\nwant\n%s", b.String(), want)
		}
	})
}
