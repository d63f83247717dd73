package escape_test

import (
	"testing"

	"github.com/seed-abb722f7/nines/internal/escape"
)

func TestLinkAnnotation(t *testing.T) {
	for in, want := range map[string]string{
		"runbook": "runbook_url", "Dash Board": "dash_board_url", "2nd": "_2nd_url", "": "__url", "日本": "___url", "\xff": "__url",
	} {
		if got := escape.LinkAnnotation(in); got != want {
			t.Errorf("LinkAnnotation(%q) = %q, want %q", in, got, want)
		}
	}
}
