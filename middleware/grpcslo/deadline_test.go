package grpcslo_test

import (
	"context"
	"errors"
	"fmt"
	"net"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/metadata"
	"google.golang.org/grpc/status"
	"google.golang.org/grpc/tap"

	"github.com/seed-abb722f7/nines/budget"
	"github.com/seed-abb722f7/nines/middleware/grpcslo"
	"github.com/seed-abb722f7/nines/slo"
)

// deadlineRuns is how often each row must hold; atOnce how many run at a time: more would
// measure how busy the machine is, not how far the client.
const (
	deadlineRuns = 200
	atOnce       = 10
)

// lateness are the ways in which a handler takes note of its client's deadline.
var lateness = []struct {
	name    string
	late    bool // only after the client has
	returns func(context.Context) error
}{
	{"handler returns ctx.Err()", false, context.Context.Err},
	{"handler returns OK late", true, func(context.Context) error { return nil }},
	{"handler returns NotFound late", true, func(context.Context) error { return status.Error(codes.NotFound, "x") }},
}

var delays = []time.Duration{0, time.Millisecond, 20 * time.Millisecond}

// TestClientDeadline: the client's deadline passes while the handler is at work. Over some
// way the client's word comes first, or the server's own clock strikes: either is bad. Time
// is the bubble's, so that the way is as long as it says on any machine.
func TestClientDeadline(t *testing.T) {
	for _, delay := range delays {
		for _, c := range lateness {
			for mode, options := range allModes {
				name := fmt.Sprintf("%v/%s/%s", delay, c.name, mode)
				synctest.Test(t, func(t *testing.T) {
					d := newDeadlines(t, overBufconn, delay, c.late, c.returns, options)
					d.run(t)
					if d.check(t, 0); d.unary.Load()+d.stream.Load() != deadlineRuns || t.Failed() {
						t.Fatal(name)
					}
				})
			}
		}
	}
}

// TestClientDeadlineLoopback is the same over the loopback, in real time. Where the machine
// itself held a request up for longer than the slack, nobody can tell any more: a handler
// that sees so much time left says so. One that it held up until the deadline had passed
// reached no handler, and is none.
func TestClientDeadlineLoopback(t *testing.T) {
	for _, delay := range delays {
		for _, c := range lateness[:2] {
			t.Run(fmt.Sprintf("%v/%s", delay, c.name), func(t *testing.T) {
				d := newDeadlines(t, overLoopback, delay, c.late, c.returns, interceptors)
				d.run(t)
				if n := d.heldUp.Load(); n > 0 {
					t.Logf("the machine held up %d of %d calls", n, deadlineRuns)
				}
				d.check(t, int(d.heldUp.Load()))
			})
		}
	}
}

// deadlines is a server over some way, and what became of its calls.
type deadlines struct {
	tr      *budget.Tracker
	server  *grpc.Server
	conn    *grpc.ClientConn
	arrived atomic.Int64  // calls that came to the server
	over    chan struct{} // one for each of them that was recorded
	heldUp  atomic.Int64
	unary   atomic.Int64 // calls that reached their handler
	stream  atomic.Int64
	calls   sync.Map // the ends of calls, by their number
}

func newDeadlines(t *testing.T, n network, delay time.Duration, late bool, returns func(context.Context) error, options func(*budget.Tracker, ...grpcslo.Option) []grpc.ServerOption) *deadlines {
	t.Helper()
	tr, err := budget.New(budget.Config{Objectives: objectives()})
	if err != nil {
		t.Fatal(err)
	}
	d := &deadlines{tr: tr, over: make(chan struct{}, 2*deadlineRuns)}
	handle := func(ctx context.Context) error {
		<-ctx.Done()
		if deadline, _ := ctx.Deadline(); errors.Is(ctx.Err(), context.Canceled) && time.Until(deadline) > 5*time.Millisecond {
			d.heldUp.Add(1)
		}
		if late {
			end, _ := d.calls.Load(metadata.ValueFromIncomingContext(ctx, "number")[0])
			<-end.(chan struct{})
		}
		return returns(ctx)
	}
	l, dial := n(t)
	arrives := func(ctx context.Context, _ *tap.Info) (context.Context, error) {
		d.arrived.Add(1)
		return ctx, nil
	}
	d.server = grpc.NewServer(append(options(tr), grpc.StatsHandler(signal{d.over}), grpc.InTapHandle(arrives))...)
	d.server.RegisterService(desc(), &service{
		unary: func(ctx context.Context) (*message, error) {
			d.unary.Add(1)
			return new(message), handle(ctx)
		},
		stream: func(ss grpc.ServerStream) error {
			d.stream.Add(1)
			return handle(ss.Context())
		},
	})
	go func() { _ = d.server.Serve(slowListener{l, delay}) }() // ends with Stop
	d.conn = connect(t, func(ctx context.Context) (net.Conn, error) {
		c, err := dial(ctx)
		if err != nil {
			return nil, err
		}
		return slow(c, delay), nil
	})
	return d
}

// run makes the calls.
func (d *deadlines) run(t *testing.T) {
	t.Helper()
	defer d.tr.Close()
	defer d.server.Stop()
	defer d.conn.Close() //nolint:errcheck // the first of two
	// The connection is there before the first deadline runs.
	_ = d.conn.Invoke(t.Context(), "/no.such.Service/X", new(message), new(message))

	var clients sync.WaitGroup
	for client := range atOnce {
		clients.Go(func() {
			for i := range deadlineRuns / atOnce {
				number, end := fmt.Sprint(client, "-", i), make(chan struct{})
				d.calls.Store(number, end)
				ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
				ctx = metadata.AppendToOutgoingContext(ctx, "number", number)
				var err error
				if i%2 == 0 {
					err = d.conn.Invoke(ctx, unaryMethod, new(message), new(message))
				} else {
					err = receive(ctx, d.conn)
				}
				close(end)
				if got := status.Code(err); got != codes.DeadlineExceeded {
					t.Errorf("the client saw %v, want DeadlineExceeded", err)
				}
				cancel()
			}
		})
	}
	clients.Wait()
	// What was sent before has arrived when this is answered; what ran out of time before it was
	// sent never does.
	_ = d.conn.Invoke(t.Context(), "/no.such.Service/X", new(message), new(message))
	for range d.arrived.Load() {
		<-d.over
	}
}

// check wants every call that reached its handler to be bad, but for as many as were held up.
func (d *deadlines) check(t *testing.T, heldUp int) {
	t.Helper()
	for _, o := range d.tr.Report().Operations {
		if o.Kind != slo.RPCSource || !o.Declared || o.Requests() == 0 {
			continue
		}
		calls := int(d.unary.Load())
		if o.Name != unaryMethod {
			calls = int(d.stream.Load())
		}
		for _, c := range o.Classes {
			switch {
			case c.Class == slo.RPCDeadlineExceeded:
				if got := int(c.Count); got < calls-heldUp {
					t.Errorf("%s: %d of %d DEADLINE_EXCEEDED, and %d were held up", o.Name, got, calls, heldUp)
				}
			case c.Count > 0 && (c.Class != slo.Cancelled || int(c.Count) > heldUp):
				t.Errorf("%s: %d %v, and %d were held up; want none", o.Name, c.Count, c.Class, heldUp)
			}
		}
		if got := o.Requests(); got != uint64(calls) {
			t.Errorf("%s: %d calls, want %d", o.Name, got, calls)
		}
	}
}

// receive opens a stream and waits for its first message.
func receive(ctx context.Context, conn *grpc.ClientConn) error {
	s, err := conn.NewStream(ctx, &grpc.StreamDesc{ServerStreams: true}, serverMethod)
	if err != nil {
		return err
	}
	_ = s.SendMsg(new(message)) // an error of it, io.EOF, says only that receiving has a better one
	return s.RecvMsg(new(message))
}
