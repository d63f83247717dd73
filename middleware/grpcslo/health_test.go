package grpcslo_test

import (
	"errors"
	"io"
	"testing"

	"google.golang.org/grpc"
	"google.golang.org/grpc/health"
	healthpb "google.golang.org/grpc/health/grpc_health_v1"
	"google.golang.org/grpc/reflection"
	reflectionpb "google.golang.org/grpc/reflection/grpc_reflection_v1"
)

// TestHealth: probes and reflection do not count, unary or stream.
func TestHealth(t *testing.T) {
	for network, n := range networks {
		for mode, options := range allModes {
			t.Run(network+"/"+mode, func(t *testing.T) {
				e := newRig(t)
				e.register = func(s *grpc.Server) {
					healthpb.RegisterHealthServer(s, health.NewServer())
					reflection.Register(s)
				}
				e.serve(n, options(e.Tracker.Tracker)...)
				for range 3 {
					if _, err := healthpb.NewHealthClient(e.conn).Check(t.Context(), &healthpb.HealthCheckRequest{}); err != nil {
						t.Error(err)
					}
					<-e.over
				}
				s, err := reflectionpb.NewServerReflectionClient(e.conn).ServerReflectionInfo(t.Context())
				if err != nil {
					t.Fatal(err)
				}
				list := &reflectionpb.ServerReflectionRequest_ListServices{}
				if err := s.Send(&reflectionpb.ServerReflectionRequest{MessageRequest: list}); err != nil {
					t.Error(err)
				}
				if _, err := s.Recv(); err != nil {
					t.Error(err)
				}
				_ = s.CloseSend() // always nil
				if _, err := s.Recv(); !errors.Is(err, io.EOF) {
					t.Errorf("the stream ended with %v, want io.EOF", err)
				}
				<-e.over
				e.recorded("unmatched health 4")
			})
		}
	}
}
