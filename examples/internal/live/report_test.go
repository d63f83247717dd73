package live

import (
	"bytes"
	"testing"
	"time"
)

func TestWriteBudgets(t *testing.T) {
	r := Report{Took: 1230 * time.Millisecond, Table: []string{"OBJECTIVE  STATE", "checkout   ok"}}
	for _, c := range []struct{ note, want string }{
		{"", "\nError budgets after 1.2s\n\n  OBJECTIVE  STATE\n  checkout   ok\n\nBreaches\n\n  none\n"},
		{"restored", "\nError budgets after 1.2s\n\n  restored\n\n  OBJECTIVE  STATE\n  checkout   ok\n\nBreaches\n\n  none\n"},
	} {
		var b bytes.Buffer
		r.WriteBudgets(&b, c.note)
		if got := b.String(); got != c.want {
			t.Errorf("with the note %q: printed %q, want %q", c.note, got, c.want)
		}
	}
}
