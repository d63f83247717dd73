package httpslo

import (
	"fmt"
	"io"
	"strings"
)

// explain adds to budget.Tracker.Explain what counts as what here.
func (l *layer) explain(w io.Writer) {
	names := []string{"Route"}
	if l.namer != nil {
		names = append(names, "the namer")
	}
	names = append(names, "http.Request.Pattern")
	if l.mux != nil {
		names = append(names, "the mux")
	}
	classifier, paths, events, draining := "httpslo.Classify", "none", "not in", "not told"
	if l.classify != nil {
		classifier = "a classifier of its own"
	}
	if list := l.health.list(); len(list) > 0 {
		paths = strings.Join(list, " ")
	}
	if l.marking {
		events = "also in"
	}
	if l.draining != nil {
		draining = "told, not begun"
	}
	if l.draining.Begun() {
		draining = "begun"
	}
	_, _ = fmt.Fprintf(w, "\nhttpslo: classes by %s; health paths: %s\n  operations named by %s; events %s the context; draining %s\n",
		classifier, paths, strings.Join(names, ", then "), events, draining)
}
