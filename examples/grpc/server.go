package main

import (
	"errors"
	"net"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/health"
	healthpb "google.golang.org/grpc/health/grpc_health_v1"

	"github.com/seed-abb722f7/nines/budget"
	"github.com/seed-abb722f7/nines/examples/internal/live"
	"github.com/seed-abb722f7/nines/middleware/grpcslo"
)

// grace is how long calls may take to end when a server stops. Those of the load generator
// have ended by then, but for handlers that nobody waits for.
const grace = 5 * time.Second

// A server is the shop on a listener, its calls counted.
type server struct {
	grpc     *grpc.Server
	listener net.Listener
	draining grpcslo.Draining
	ended    chan error // what Serve returned
}

// newServer listens on addr. Connections wait until serve is called.
func newServer(addr string, tracker *budget.Tracker, s *shop) (*server, error) {
	srv := &server{ended: make(chan error, 1)}
	options := []grpcslo.Option{grpcslo.WithMarking(), grpcslo.WithDraining(&srv.draining)}
	srv.grpc = grpc.NewServer( // this is all
		grpc.ChainUnaryInterceptor(grpcslo.UnaryServerInterceptor(tracker, options...)),
		grpc.ChainStreamInterceptor(grpcslo.StreamServerInterceptor(tracker, options...)),
		grpc.StatsHandler(grpcslo.StatsHandler(tracker, options...))) // for methods that do not exist
	srv.grpc.RegisterService(s.desc(), s)
	healthpb.RegisterHealthServer(srv.grpc, health.NewServer())
	grpcslo.Register(tracker, srv.grpc)
	// A declared operation that no service registers would never see an event.
	if err := grpcslo.Check(tracker, srv.grpc); err != nil {
		return nil, err
	}
	listener, err := net.Listen("tcp", addr)
	if err != nil {
		return nil, err // such as "listen tcp 127.0.0.1:80: bind: permission denied"
	}
	srv.listener = srv.draining.Listener(listener)
	return srv, nil
}

// target returns where the server can be reached from this machine.
func (s *server) target() string { return live.Dialable(s.listener) }

// serve begins to serve. If that fails, it calls failed.
func (s *server) serve(failed func()) {
	go func() {
		err := s.grpc.Serve(s.listener)
		if errors.Is(err, grpc.ErrServerStopped) {
			err = nil // before it began
		} else if err != nil {
			failed()
		}
		s.ended <- err
	}()
}

// shutdown ends the server when every call is over, and returns what went wrong since serve.
// From then on every call has been counted.
func (s *server) shutdown(tracker *budget.Tracker) error {
	// A stream that its client has left ends a moment later: once the server drains, that
	// would be taken for the server's doing.
	for waited := time.Duration(0); underWay(tracker) > 0 && waited < grace; waited += pause {
		time.Sleep(pause)
	}
	err := stop(s.grpc)
	return errors.Join(<-s.ended, err)
}

// pause is the time between two looks at what is under way.
const pause = 10 * time.Millisecond

func underWay(tracker *budget.Tracker) (n uint64) {
	for _, o := range tracker.Report().Operations {
		n += o.InFlight
	}
	return n
}

// stop stops a server gracefully, but not for ever.
func stop(s *grpc.Server) error {
	timer := time.AfterFunc(grace, s.Stop)
	s.GracefulStop()
	if !timer.Stop() {
		return errors.New("shutdown: calls were still under way after " + grace.String())
	}
	return nil
}
