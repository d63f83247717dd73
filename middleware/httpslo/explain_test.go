package httpslo_test

import (
	"net/http"
	"strings"
	"testing"

	"github.com/seed-abb722f7/nines/middleware/httpslo"
)

func TestExplain(t *testing.T) {
	mux := http.NewServeMux()
	var draining, begun httpslo.Draining
	begun.Begin()
	for _, c := range []struct {
		options []httpslo.Option
		want    string
	}{
		{nil, `
httpslo: classes by httpslo.Classify; health paths: /health /healthz /livez /metrics /ping /readyz
  operations named by Route, then http.Request.Pattern; events not in the context; draining not told
`},
		{[]httpslo.Option{
			httpslo.WithClassifier(httpslo.Classify), httpslo.WithHealthPaths(), httpslo.WithMux(mux), httpslo.WithMarking(),
			httpslo.WithNamer(httpslo.Method), httpslo.WithDraining(&draining),
		}, `
httpslo: classes by a classifier of its own; health paths: none
  operations named by Route, then the namer, then http.Request.Pattern, then the mux; events also in the context; draining told, not begun
`},
		{[]httpslo.Option{httpslo.WithDraining(&begun)}, "draining begun\n"},
	} {
		e := newRig(t, 1)
		httpslo.Handler(e.Tracker.Tracker, mux, c.options...)
		var b strings.Builder
		if err := e.Explain(&b); err != nil {
			t.Fatal(err)
		}
		if !strings.HasSuffix(b.String(), c.want) {
			t.Errorf("Explain ends with %q, want %q", b.String()[max(0, b.Len()-len(c.want)-40):], c.want)
		}
	}
}
