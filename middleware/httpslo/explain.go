package httpslo

import (
	"fmt"
	"io"
	"strings"
)

// explain adds to budget.Tracker.Explain what counts as what here.
func (l *layer) explain(w io.Writer) {
	paths := "none"
	if list := l.health.list(); len(list) > 0 {
		paths = strings.Join(list, " ")
	}
	choose := func(is bool, yes, no string) string {
		if is {
			return yes
		}
		return no
	}
	fmt.Fprintf(w, "\nhttpslo: classes by %s; health paths: %s\n",
		choose(l.classify == nil, "httpslo.Classify", "a classifier of its own"), paths)
	names := []string{"Route"}
	if l.namer != nil {
		names = append(names, "the namer")
	}
	names = append(names, "http.Request.Pattern")
	if l.mux != nil {
		names = append(names, "the mux")
	}
	fmt.Fprintf(w, "  operations named by %s; events %s the context; draining %s\n", strings.Join(names, ", then "),
		choose(l.marking, "also in", "not in"),
		choose(l.draining == nil, "not told", choose(l.draining.Begun(), "begun", "told, not begun")))
}
