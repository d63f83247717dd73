package grpcslo_test

import (
	"context"
	"errors"
	"io"
	"net"
	"slices"
	"sync"
	"testing"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/grpc/stats"
	"google.golang.org/grpc/status"
	"google.golang.org/grpc/test/bufconn"
	"google.golang.org/protobuf/types/known/wrapperspb"

	"github.com/seed-abb722f7/nines/budget"
	"github.com/seed-abb722f7/nines/budget/budgettest"
	"github.com/seed-abb722f7/nines/internal/recorded"
	"github.com/seed-abb722f7/nines/middleware/grpcslo"
	"github.com/seed-abb722f7/nines/slo"
)

// The methods of the test service.
const (
	unaryMethod  = "/nines.test.Row/Unary"
	serverMethod = "/nines.test.Row/Server"
	bidiMethod   = "/nines.test.Row/Bidi"
	clientMethod = "/nines.test.Row/Client"
)

// message is of both directions.
type message = wrapperspb.StringValue

// A service does what a test says.
type service struct {
	unary  func(ctx context.Context) (*message, error)
	stream func(ss grpc.ServerStream) error
}

type row interface{ isRow() }

func (*service) isRow() {}

func unaryHandler(srv any, ctx context.Context, dec func(any) error, ic grpc.UnaryServerInterceptor) (any, error) { //nolint:revive // the order is grpc-go's
	in := new(message)
	if err := dec(in); err != nil {
		return nil, err
	}
	handler := func(ctx context.Context, _ any) (any, error) {
		resp, err := srv.(*service).unary(ctx)
		if resp == nil {
			return nil, err // and no interface that holds nil
		}
		return resp, err
	}
	if ic == nil {
		return handler(ctx, in)
	}
	return ic(ctx, in, &grpc.UnaryServerInfo{Server: srv, FullMethod: unaryMethod}, handler)
}

func streamHandler(srv any, ss grpc.ServerStream) error { return srv.(*service).stream(ss) }

func desc() *grpc.ServiceDesc {
	return &grpc.ServiceDesc{
		ServiceName: "nines.test.Row", HandlerType: (*row)(nil),
		Methods: []grpc.MethodDesc{{MethodName: "Unary", Handler: unaryHandler}},
		Streams: []grpc.StreamDesc{
			{StreamName: "Server", Handler: streamHandler, ServerStreams: true},
			{StreamName: "Bidi", Handler: streamHandler, ServerStreams: true, ClientStreams: true},
			{StreamName: "Client", Handler: streamHandler, ClientStreams: true},
		},
	}
}

const threshold = time.Second

func objectives() []slo.Objective {
	return []slo.Objective{
		{Name: "unary", Of: slo.RPC(unaryMethod), SLI: slo.Availability(), Target: slo.Percent(99)},
		{Name: "strict", Of: slo.RPC(unaryMethod), SLI: slo.Availability(slo.Strict()), Target: slo.Percent(99)},
		{Name: "whole", Of: slo.RPC(unaryMethod), SLI: slo.Fidelity(), Target: slo.Percent(99)},
		{Name: "server", Of: slo.RPC(serverMethod), SLI: slo.Availability(), Target: slo.Percent(99)},
		{Name: "bidi", Of: slo.RPC(bidiMethod), SLI: slo.Availability(), Target: slo.Percent(99)},
		{Name: "first", Of: slo.RPC(serverMethod), SLI: slo.Latency(threshold), Target: slo.Percent(99)},
		{Name: "bidi-first", Of: slo.RPC(bidiMethod), SLI: slo.Latency(threshold), Target: slo.Percent(99)},
		{Name: "quick", Of: slo.RPC(unaryMethod), SLI: slo.Latency(threshold), Target: slo.Percent(99)},
	}
}

// A rig is a real server over real connections, with a tracker whose time is moved by hand.
type rig struct {
	*budgettest.Tracker
	t        *testing.T
	service  service
	register func(*grpc.Server) // more services; may be nil
	draining *grpcslo.Draining  // whose listener it is; may be nil
	server   *grpc.Server
	conn     *grpc.ClientConn
	dial     func(context.Context) (net.Conn, error)
	over     chan struct{} // one for each call that was recorded
	began    chan struct{} // one for each handler that began
}

// A network makes a listener and how to reach it.
type network func(t *testing.T) (net.Listener, func(context.Context) (net.Conn, error))

func overBufconn(*testing.T) (net.Listener, func(context.Context) (net.Conn, error)) {
	l := bufconn.Listen(1 << 20)
	return l, l.DialContext
}

func overLoopback(t *testing.T) (net.Listener, func(context.Context) (net.Conn, error)) {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	var d net.Dialer
	return l, func(ctx context.Context) (net.Conn, error) { return d.DialContext(ctx, "tcp", l.Addr().String()) }
}

var networks = map[string]network{"bufconn": overBufconn, "loopback": overLoopback}

// everywhere runs a test over each network, with interceptors alone and below a stats
// handler.
func everywhere(t *testing.T, f func(t *testing.T, start func(options ...grpcslo.Option) *rig)) {
	t.Helper()
	across(t, modes, f)
}

// across runs a test over each network and with each of the modes.
func across(t *testing.T, modes map[string]mode, f func(t *testing.T, start func(options ...grpcslo.Option) *rig)) {
	t.Helper()
	for name, network := range networks {
		for mode, options := range modes {
			t.Run(name+"/"+mode, func(t *testing.T) {
				f(t, func(o ...grpcslo.Option) *rig {
					e := newRig(t)
					e.serve(network, options(e.Tracker.Tracker, o...)...)
					return e
				})
			})
		}
	}
}

// A mode is a way to record the calls of a server.
type mode func(*budget.Tracker, ...grpcslo.Option) []grpc.ServerOption

var modes = map[string]mode{"interceptors": interceptors, "both": both}

// allModes has the stats handler alone too, which knows less.
var allModes = map[string]mode{"interceptors": interceptors, "both": both, "stats handler": statsHandler}

func interceptors(tr *budget.Tracker, o ...grpcslo.Option) []grpc.ServerOption {
	return []grpc.ServerOption{
		grpc.ChainUnaryInterceptor(grpcslo.UnaryServerInterceptor(tr, o...)),
		grpc.ChainStreamInterceptor(grpcslo.StreamServerInterceptor(tr, o...)),
	}
}

func both(tr *budget.Tracker, o ...grpcslo.Option) []grpc.ServerOption {
	return append(interceptors(tr, o...), grpc.StatsHandler(grpcslo.StatsHandler(tr, o...)))
}

func statsHandler(tr *budget.Tracker, o ...grpcslo.Option) []grpc.ServerOption {
	return []grpc.ServerOption{grpc.StatsHandler(grpcslo.StatsHandler(tr, o...))}
}

func newRig(t *testing.T) *rig {
	t.Helper()
	return &rig{
		Tracker: budgettest.New(t, objectives()...), t: t,
		over: make(chan struct{}, 4096), began: make(chan struct{}, 4096),
	}
}

// serve starts the server, and a client that does nothing of its own.
func (e *rig) serve(n network, options ...grpc.ServerOption) {
	e.t.Helper()
	l, dial := n(e.t)
	e.server = grpc.NewServer(append(options, grpc.StatsHandler(signal{e.over}))...)
	e.server.RegisterService(desc(), &e.service)
	if e.register != nil {
		e.register(e.server)
	}
	go func() { _ = e.server.Serve(e.draining.Listener(l)) }() // ends with Stop
	e.conn, e.dial = connect(e.t, dial), dial
	e.t.Cleanup(e.server.Stop)
}

func connect(t *testing.T, dial func(context.Context) (net.Conn, error), options ...grpc.DialOption) *grpc.ClientConn {
	t.Helper()
	conn, err := grpc.NewClient("passthrough:row", append(options,
		grpc.WithTransportCredentials(insecure.NewCredentials()),
		grpc.WithContextDialer(func(ctx context.Context, _ string) (net.Conn, error) { return dial(ctx) }))...)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close() })
	return conn
}

// call makes a unary call, waits until it was recorded, and returns the code that the
// client saw.
func (e *rig) call(ctx context.Context) codes.Code {
	e.t.Helper()
	err := e.conn.Invoke(ctx, unaryMethod, new(message), new(message))
	<-e.over
	return status.Code(err)
}

// stream opens a stream, reads it to its end, waits until it was recorded, and returns the
// code that the client saw.
func (e *rig) stream(ctx context.Context, method string) codes.Code {
	e.t.Helper()
	s, err := e.conn.NewStream(ctx, &grpc.StreamDesc{ServerStreams: true, ClientStreams: true}, method)
	if err == nil && method == serverMethod {
		// An error of sending, io.EOF, says only that receiving has a better one.
		_ = s.SendMsg(new(message))
		_ = s.CloseSend()
	}
	for err == nil {
		err = s.RecvMsg(new(message))
	}
	<-e.over
	if errors.Is(err, io.EOF) {
		return codes.OK
	}
	return status.Code(err)
}

// recorded compares all classes of all operations with "operation class count" lines.
func (e *rig) recorded(want ...string) {
	e.t.Helper()
	recorded.Check(e.t, e.Tracker.Tracker, want...)
}

// signal is a stats handler that says when those before it have recorded a call.
type signal struct{ over chan struct{} }

type begunKey struct{}

func (s signal) TagRPC(ctx context.Context, _ *stats.RPCTagInfo) context.Context {
	return context.WithValue(ctx, begunKey{}, new(bool))
}

func (s signal) HandleRPC(ctx context.Context, r stats.RPCStats) {
	begun := ctx.Value(begunKey{}).(*bool)
	switch r.(type) {
	case *stats.Begin:
		*begun = true
	case *stats.OutTrailer:
		if !*begun {
			s.over <- struct{}{}
		}
	case *stats.End:
		s.over <- struct{}{}
	}
}

func (s signal) TagConn(ctx context.Context, _ *stats.ConnTagInfo) context.Context { return ctx }
func (s signal) HandleConn(context.Context, stats.ConnStats)                       {}

// A slowConn delays what is written to it, as a long way does.
type slowConn struct {
	net.Conn
	delay  time.Duration
	queue  chan parcel
	closed chan struct{}
	once   sync.Once
}

type parcel struct {
	data []byte
	due  time.Time
}

func slow(c net.Conn, delay time.Duration) net.Conn {
	if delay == 0 {
		return c
	}
	s := &slowConn{Conn: c, delay: delay, queue: make(chan parcel, 4096), closed: make(chan struct{})}
	go s.carry()
	return s
}

func (s *slowConn) carry() {
	for {
		select {
		case p := <-s.queue:
			select {
			case <-time.After(time.Until(p.due)):
			case <-s.closed:
				return
			}
			if _, err := s.Conn.Write(p.data); err != nil {
				return
			}
		case <-s.closed:
			return
		}
	}
}

func (s *slowConn) Write(b []byte) (int, error) {
	select {
	case s.queue <- parcel{slices.Clone(b), time.Now().Add(s.delay)}:
		return len(b), nil
	case <-s.closed:
		return 0, net.ErrClosed
	}
}

func (s *slowConn) Close() error {
	s.once.Do(func() { close(s.closed) })
	return s.Conn.Close()
}

// slowListener delays what the server writes.
type slowListener struct {
	net.Listener
	delay time.Duration
}

func (l slowListener) Accept() (net.Conn, error) {
	c, err := l.Listener.Accept()
	if err != nil {
		return nil, err
	}
	return slow(c, l.delay), nil
}
