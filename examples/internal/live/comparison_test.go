package live

import (
	"bytes"
	"errors"
	"strings"
	"testing"

	"github.com/seed-abb722f7/nines/slo"
)

func TestComparison(t *testing.T) {
	ok, failed := Outcome{"GET /{$}", slo.Success}, Outcome{"GET /{$}", slo.ServerError}
	for _, c := range []struct {
		name            string
		sent, counted   map[Outcome]uint64
		lost            uint64
		missing, others uint64
		text, err       string
	}{
		{
			"equal",
			map[Outcome]uint64{ok: 5},
			map[Outcome]uint64{ok: 5},
			0,
			0, 0, "Every request was counted once.\n", "",
		},
		{
			"somebody else",
			map[Outcome]uint64{ok: 5},
			map[Outcome]uint64{ok: 6, failed: 2},
			0,
			0, 3, "Every request was counted once. 3 more came from somebody else.\n", "",
		},
		{
			"missing",
			map[Outcome]uint64{ok: 5},
			map[Outcome]uint64{ok: 3},
			0,
			2, 0, "2 requests are missing.\n", "2 requests were answered but not counted as such",
		},
		{ // the total would hide it
			"counted as something else",
			map[Outcome]uint64{ok: 5, failed: 1},
			map[Outcome]uint64{ok: 6},
			0,
			1, 1, "1 requests are missing.\n", "1 requests were answered but not counted as such",
		},
		{
			"lost",
			map[Outcome]uint64{ok: 5},
			map[Outcome]uint64{ok: 5},
			2,
			0, 0, "Every request was counted once.\n", "2 requests had no response, the last one because of: reset",
		},
	} {
		r := Comparison{c.sent, c.counted, c.lost, errors.New("reset")}
		if missing, others := r.missing(); missing != c.missing || others != c.others {
			t.Errorf("%s: missing = %d, %d others, want %d, %d", c.name, missing, others, c.missing, c.others)
		}
		var b bytes.Buffer
		r.Write(&b)
		if !strings.HasSuffix(b.String(), "\n  "+c.text) {
			t.Errorf("%s: printed %q, want it to end with %q", c.name, b.String(), c.text)
		}
		got := ""
		if err := r.Err(); err != nil {
			got = err.Error()
		}
		if got != c.err {
			t.Errorf("%s: error %q, want %q", c.name, got, c.err)
		}
	}
}
