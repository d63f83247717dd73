package grpcslo_test

import (
	"context"
	"slices"
	"testing"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"github.com/seed-abb722f7/nines/budget"
	"github.com/seed-abb722f7/nines/middleware/grpcslo"
	"github.com/seed-abb722f7/nines/slo"
)

// markingModes are all ways in which a handler may find its event.
var markingModes = map[string]mode{
	"interceptors": interceptors, "both": both, "stats handler": statsHandler,
	"inner": func(tr *budget.Tracker, o ...grpcslo.Option) []grpc.ServerOption {
		return append(interceptors(tr), interceptors(tr, o...)...) // only the inner of two layers marks
	},
}

// mark makes every handler say something of its event before it returns err.
func (e *rig) mark(say func(*slo.Event), err error) {
	mark := func(ctx context.Context) {
		event := slo.FromContext(ctx)
		if event == nil {
			e.t.Error("no event in the context")
		}
		say(event)
	}
	e.service.unary = func(ctx context.Context) (*message, error) { mark(ctx); return new(message), err }
	e.service.stream = func(ss grpc.ServerStream) error { mark(ss.Context()); return err }
}

// TestMarking is what a handler may say.
func TestMarking(t *testing.T) {
	internal := status.Error(codes.Internal, "x")
	for _, c := range []struct {
		name                      string
		say                       func(*slo.Event)
		err                       error
		want, cause               string
		good, bad, excluded, less uint64 // less than full fidelity
	}{
		{"nothing", func(*slo.Event) {}, nil, "OK", "", 3, 0, 0, 0},
		{"Bad", func(e *slo.Event) { e.Bad("payments") }, nil, "failed", "payments", 0, 3, 0, 0},
		{"Bad of a failure", func(e *slo.Event) { e.Bad("payments") }, internal, "failed", "payments", 0, 3, 0, 0},
		{"Exclude", func(e *slo.Event) { e.Exclude("load test") }, nil, "excluded", "load test", 0, 0, 3, 0},
		{"Exclude of a failure", func(e *slo.Event) { e.Exclude("load test") }, internal, "excluded", "load test", 0, 0, 3, 0},
		{"Degraded", func(e *slo.Event) { e.Degraded() }, nil, "degraded", "", 3, 0, 0, 3},
		{"Degraded failure", func(e *slo.Event) { e.Degraded() }, internal, "INTERNAL", "", 0, 3, 0, 0},
	} {
		t.Run(c.name, func(t *testing.T) {
			across(t, markingModes, func(t *testing.T, start func(...grpcslo.Option) *rig) {
				t.Helper()
				e := start(grpcslo.WithMarking())
				e.mark(c.say, c.err)
				for range 3 {
					e.call(t.Context())
					e.stream(t.Context(), serverMethod)
				}
				e.recorded(unaryMethod+" "+c.want+" 3", serverMethod+" "+c.want+" 3")
				e.Want("unary", c.good, c.bad, c.excluded)
				e.Want("server", c.good, c.bad, c.excluded)
				if got := e.Budget("whole").Counts().Bad; got != c.less {
					t.Errorf("%d bad for fidelity, want %d", got, c.less)
				}
				var want []budget.CauseCount
				if c.cause != "" {
					want = []budget.CauseCount{{Cause: c.cause, Count: 3}}
				}
				for _, o := range e.Report().Operations {
					if o.Requests() > 0 && !slices.Equal(o.Causes, want) {
						t.Errorf("%s: causes %v, want %v", o.Name, o.Causes, want)
					}
				}
			})
		})
	}
}

// TestSubtract: time that is not the handler's own comes off the latency, of a stream too.
func TestSubtract(t *testing.T) {
	across(t, markingModes, func(t *testing.T, start func(...grpcslo.Option) *rig) {
		t.Helper()
		e := start(grpcslo.WithMarking())
		for _, off := range []time.Duration{2 * threshold, threshold} {
			e.mark(func(event *slo.Event) {
				e.Advance(2*threshold + time.Millisecond)
				event.Subtract(off)
			}, nil)
			e.call(t.Context())
			e.stream(t.Context(), serverMethod)
		}
		e.Want("quick", 1, 1, 0)
		e.Want("first", 1, 1, 0)
	})
}

// TestMarkingLate: a stream may be marked for as long as its handler runs; its client's
// leaving changes nothing of that.
func TestMarkingLate(t *testing.T) {
	across(t, markingModes, func(t *testing.T, start func(...grpcslo.Option) *rig) {
		t.Helper()
		e := start(grpcslo.WithMarking())
		e.service.stream = func(ss grpc.ServerStream) error {
			_ = ss.SendMsg(new(message))
			e.began <- struct{}{}
			<-ss.Context().Done()
			slo.FromContext(ss.Context()).Bad("feed")
			return ss.Context().Err()
		}
		ctx, cancel := context.WithCancel(t.Context())
		go func() {
			<-e.began
			cancel()
		}()
		e.stream(ctx, serverMethod)
		e.recorded(serverMethod + " failed 1")
	})
}
