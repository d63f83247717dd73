package grpcslo

import (
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
)

// explain adds to budget.Tracker.Explain what counts as what here. That reports the errors
// of its writer itself.
func (l *layer) explain(w io.Writer) {
	classes := "grpcslo.Classify"
	if l.classify != nil {
		classes = "a classifier of its own"
	}
	_, _ = fmt.Fprintf(w, "\ngrpcslo.%s: classes by %s\n", l.named, classes)
	if l.client {
		names := "grpcslo.Client"
		if l.namer != nil {
			names = "the namer, then " + names
		}
		blame := "nobody"
		if l.blame {
			blame = "the dependency"
		}
		_, _ = fmt.Fprintf(w, "  operations named by %s; failed calls blame %s\n", names, blame)
		return
	}
	health := "none"
	if len(l.health) > 0 {
		health = strings.Join(slices.Sorted(maps.Keys(l.health)), " ")
	}
	events, draining := "not in", "not told"
	if l.marking {
		events = "in"
	}
	switch {
	case l.draining.Begun():
		draining = "begun"
	case l.draining != nil:
		draining = "told, not begun"
	}
	_, _ = fmt.Fprintf(w, "  health services: %s\n  operations named by full method; events %s the context; draining %s\n", health, events, draining)
}
