package interop

import (
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"net"
	"sync"
	"testing"
	"time"

	"github.com/grpc-ecosystem/go-grpc-middleware/v2/testing/testpb"
	"github.com/stretchr/testify/suite"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"github.com/seed-abb722f7/nines/budget"
	"github.com/seed-abb722f7/nines/budget/budgettest"
	"github.com/seed-abb722f7/nines/middleware/grpcslo"
	"github.com/seed-abb722f7/nines/slo"
)

// interceptors is the suite of go-grpc-middleware, for interceptors in general: its service,
// over TLS, through ours.
type interceptors struct {
	*testpb.InterceptorTestSuite
	served, made *budget.Tracker
	asked        *tally
	gone         chan struct{} // closed when the client whose deadline passes has its answer
	left         chan struct{} // one for each connection that the client has closed
}

// TestInterceptorSuite: every call comes through as it is, and the counts on both sides
// equal the calls made.
func TestInterceptorSuite(t *testing.T) {
	for name, options := range map[string][]grpcslo.Option{"plain": nil, "marking": {grpcslo.WithMarking()}} {
		t.Run(name, func(t *testing.T) {
			service := slo.Objective{Name: "all", Of: slo.All, SLI: slo.Availability(), Target: slo.Percent(99)}
			served, made := budgettest.New(t, service).Tracker, budgettest.New(t, service).Tracker
			asked, gone, left := newTally(), make(chan struct{}), make(chan struct{}, 100)
			suite.Run(t, &interceptors{
				&testpb.InterceptorTestSuite{
					// It waits if it has a deadline, so that it passes, and answers nobody: a
					// server's clock may strike first, and its answer be in time.
					TestService: &testpb.TestPingService{PingFunc: func(ctx context.Context) {
						if _, ok := ctx.Deadline(); ok {
							<-ctx.Done()
							<-gone
						}
					}},
					ServerOpts: []grpc.ServerOption{
						grpc.ChainUnaryInterceptor(grpcslo.UnaryServerInterceptor(served, options...)),
						grpc.ChainStreamInterceptor(grpcslo.StreamServerInterceptor(served, options...)),
					},
					ClientOpts: []grpc.DialOption{
						grpc.WithContextDialer(func(ctx context.Context, address string) (net.Conn, error) {
							c, err := new(net.Dialer).DialContext(ctx, "tcp", address)
							return &leaving{Conn: c, left: left}, err
						}),
						grpc.WithChainUnaryInterceptor(asked.unary, grpcslo.UnaryClientInterceptor(made)),
						grpc.WithChainStreamInterceptor(asked.stream, grpcslo.StreamClientInterceptor(made)),
					},
				},
				served, made, asked, gone, left,
			})
		})
	}
}

// A leaving connection says when it is closed.
type leaving struct {
	net.Conn
	left chan struct{}
	once sync.Once
}

func (l *leaving) Close() error {
	defer l.once.Do(func() { l.left <- struct{}{} })
	return l.Conn.Close()
}

// SimpleCtx has no deadline: the suite's, of two seconds, is short on a busy machine.
func (s *interceptors) SimpleCtx() context.Context { return s.T().Context() }

// TearDownSuite compares the counts when both ends are closed.
func (s *interceptors) TearDownSuite() {
	s.InterceptorTestSuite.TearDownSuite()
	asked := s.asked.counts()
	if got := recorded(s.made, true); !maps.Equal(got, asked) {
		s.T().Errorf("the client recorded %v, made %v", got, asked)
	}
	got := map[string]int{}
	for line, n := range recorded(s.served, true) {
		got["dependency:"+line] = n
	}
	if !maps.Equal(got, asked) {
		s.T().Errorf("the server recorded %v, was asked for %v", got, asked)
	}
	if len(asked) < 20 {
		s.T().Errorf("only %v were asked for", asked)
	}
}

func (s *interceptors) TestUnary() {
	if _, err := s.Client.PingEmpty(s.SimpleCtx(), &testpb.PingEmptyRequest{}); err != nil {
		s.T().Error(err)
	}
	for i := range 10 {
		value := fmt.Sprint("hello ", i)
		if r, err := s.Client.Ping(s.T().Context(), &testpb.PingRequest{Value: value}); err != nil || r.GetValue() != value {
			s.T().Errorf("Ping = %v, %v, want %s", r, err, value)
		}
	}
}

// TestErrors: the error of the service wraps its status, with fields of its own.
func (s *interceptors) TestErrors() {
	// A Canceled that nobody asked for is the client's Unknown, but not the server's.
	for c := codes.Unknown; c <= codes.Unauthenticated; c++ {
		_, err := s.Client.PingError(s.SimpleCtx(), &testpb.PingErrorRequest{ErrorCodeReturned: uint32(c)})
		if status.Code(err) != c || status.Convert(err).Message() != "Userspace error" {
			s.T().Errorf("PingError = %v, want %v", err, c)
		}
	}
}

func (s *interceptors) TestList() {
	list, err := s.Client.PingList(s.SimpleCtx(), &testpb.PingListRequest{Value: "x"})
	if err != nil {
		s.T().Fatal(err)
	}
	n := 0
	for ; err == nil; n++ {
		var r *testpb.PingListResponse
		if r, err = list.Recv(); err == nil && (r.GetValue() != "x" || int(r.GetCounter()) != n) {
			s.T().Errorf("message %d is %v", n, r)
		}
	}
	if !errors.Is(err, io.EOF) || n-1 != testpb.ListResponseCount {
		s.T().Errorf("the list ended with %v after %d messages, want io.EOF after %d", err, n-1, testpb.ListResponseCount)
	}
}

func (s *interceptors) TestListError() {
	list, err := s.Client.PingList(s.SimpleCtx(), &testpb.PingListRequest{ErrorCodeReturned: uint32(codes.FailedPrecondition)})
	if err != nil {
		s.T().Fatal(err)
	}
	if _, err = list.Recv(); status.Code(err) != codes.FailedPrecondition {
		s.T().Errorf("the list ended with %v, want FailedPrecondition", err)
	}
}

func (s *interceptors) TestBidirectional() {
	stream, err := s.Client.PingStream(s.SimpleCtx())
	if err != nil {
		s.T().Fatal(err)
	}
	for i := range 10 {
		if err := stream.Send(&testpb.PingStreamRequest{Value: "x"}); err != nil {
			s.T().Error(err)
		}
		if r, err := stream.Recv(); err != nil || int(r.GetCounter()) != i {
			s.T().Errorf("message %d is %v, %v", i, r, err)
		}
	}
	if err := stream.CloseSend(); err != nil {
		s.T().Error(err)
	}
	if _, err := stream.Recv(); !errors.Is(err, io.EOF) {
		s.T().Errorf("the stream ended with %v, want io.EOF", err)
	}
}

// TestCancelled leaves a stream in the middle.
func (s *interceptors) TestCancelled() {
	ctx, cancel := context.WithCancel(s.T().Context())
	stream, err := s.Client.PingStream(ctx)
	if err != nil {
		s.T().Fatal(err)
	}
	if err := stream.Send(&testpb.PingStreamRequest{}); err != nil {
		s.T().Error(err)
	}
	if _, err := stream.Recv(); err != nil {
		s.T().Error(err)
	}
	cancel()
	if _, err := stream.Recv(); status.Code(err) != codes.Canceled {
		s.T().Errorf("the stream ended with %v, want Canceled", err)
	}
}

func (s *interceptors) TestUpload() {
	stream, err := s.Client.PingClientStream(s.SimpleCtx())
	if err != nil {
		s.T().Fatal(err)
	}
	for range 10 {
		if err := stream.Send(&testpb.PingClientStreamRequest{}); err != nil {
			s.T().Error(err)
		}
	}
	if r, err := stream.CloseAndRecv(); err != nil || r.GetCounter() != 10 {
		s.T().Errorf("CloseAndRecv = %v, %v, want 10", r, err)
	}
}

func (s *interceptors) TestDeadline() {
	// One percent of it is how far the server's clock may be behind on a busy machine.
	_, err := s.Client.Ping(s.DeadlineCtx(time.Now().Add(3*time.Second)), &testpb.PingRequest{})
	close(s.gone)
	if status.Code(err) != codes.DeadlineExceeded {
		s.T().Errorf("Ping = %v, want DeadlineExceeded", err)
	}
}

// TestRestart: the same interceptors serve the server that comes after.
func (s *interceptors) TestRestart() {
	if _, err := s.Client.PingEmpty(s.SimpleCtx(), &testpb.PingEmptyRequest{}); err != nil {
		s.T().Error(err) // there may have been no connection yet
	}
	restarted := s.RestartServer(0)
	<-s.left // else the call may still be sent to the server that is gone
	<-restarted
	if _, err := s.Client.PingEmpty(s.SimpleCtx(), &testpb.PingEmptyRequest{}, grpc.WaitForReady(true)); err != nil {
		s.T().Error(err)
	}
}
