package alertslo

import (
	"context"
	"errors"
	"log/slog"

	"github.com/seed-abb722f7/nines/policy"
)

// A Log writes one line for every piece of news: at slog.LevelError for a page that is open, at
// LevelWarn for a ticket, and at LevelInfo for the end of either. The attribute breach is the
// [policy.Breach] (see its LogValue), and what people read is in text. With [PerInstance] a page
// is lowered to a ticket, and there is the attribute instance.
type Log struct {
	// Logger takes the lines. Nil means slog.Default.
	Logger *slog.Logger
}

func (l Log) open(n *Notifier, _ reject) []deliverer {
	q := newQueue(n, "log")
	q.deliver = func(ctx context.Context, b policy.Breach) {
		if l.write(ctx, n.scope, b) {
			q.counters.took(1)
			return
		}
		q.counters.refused(errLogger)
		q.counters.dropped.Add(1)
	}
	return []deliverer{q}
}

// write reports whether the logger did not panic.
func (l Log) write(ctx context.Context, scope Scope, b policy.Breach) (ok bool) {
	defer func() {
		if recover() != nil {
			ok = false
		}
	}()
	logger := l.Logger
	if logger == nil {
		logger = slog.Default()
	}
	b.Severity = scope.severity(&b)
	level := slog.LevelWarn
	switch {
	case !b.Open():
		level = slog.LevelInfo
	case b.Severity == policy.Page:
		level = slog.LevelError
	}
	attrs := []slog.Attr{slog.String("text", b.String()), slog.Any("breach", b)}
	if scope.instance != "" {
		attrs = append(attrs, slog.String("instance", scope.instance))
	}
	logger.LogAttrs(ctx, level, "nines: breach "+b.State.String(), attrs...)
	return true
}

var errLogger = errors.New("alertslo: the logger panicked")
