package thirdparty

import (
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"testing"

	"connectrpc.com/connect"
	"google.golang.org/protobuf/types/known/emptypb"

	"github.com/seed-abb722f7/nines/budget"
	"github.com/seed-abb722f7/nines/budget/budgettest"
	"github.com/seed-abb722f7/nines/middleware/httpslo"
	"github.com/seed-abb722f7/nines/slo"
)

// procedures serves a Connect service, of which it must know the procedures: the path of a
// request may be anything. They are in the generated code, as in cartv1connect.CartAddProcedure.
func procedures(tracker *budget.Tracker, path string, h http.Handler, names ...string) (pattern string, _ http.Handler) {
	known := make(map[string]string, len(names))
	for _, name := range names {
		known[name] = name
	}
	namer := func(r *http.Request) string { return known[r.URL.Path] }
	return path, httpslo.Handler(tracker, h, httpslo.WithNamer(namer), httpslo.WithMarking())
}

// judge is an interceptor that tells what the status does not: errors of clients that speak
// gRPC come after a 200.
func judge(next connect.UnaryFunc) connect.UnaryFunc {
	return func(ctx context.Context, req connect.AnyRequest) (connect.AnyResponse, error) {
		resp, err := next(ctx, req)
		if err != nil {
			switch connect.CodeOf(err) {
			case connect.CodeUnknown, connect.CodeDeadlineExceeded, connect.CodeUnimplemented,
				connect.CodeInternal, connect.CodeUnavailable, connect.CodeDataLoss:
				slo.FromContext(ctx).Bad("")
			}
		}
		return resp, err
	}
}

// TestConnectProtocols: whatever the client speaks, what failed is bad, once, and what it
// asked for in vain is not.
func TestConnectProtocols(t *testing.T) {
	codes := map[string]connect.Code{"internal": connect.CodeInternal, "not found": connect.CodeNotFound, "ok": 0}
	for name, options := range map[string][]connect.ClientOption{
		"connect": nil, "grpc": {connect.WithGRPC()}, "grpc-web": {connect.WithGRPCWeb()},
	} {
		t.Run(name, func(t *testing.T) {
			const add = "/shop.v1.Cart/Add"
			b := budgettest.New(t, slo.Objective{Name: "add", Of: slo.HTTP(add), SLI: slo.Availability(), Target: slo.Percent(90)})
			h := connect.NewUnaryHandler(add, func(_ context.Context, req *connect.Request[emptypb.Empty]) (*connect.Response[emptypb.Empty], error) {
				if code := codes[req.Header().Get("Want")]; code != 0 {
					return nil, connect.NewError(code, errors.New("no"))
				}
				return connect.NewResponse(&emptypb.Empty{}), nil
			}, connect.WithInterceptors(connect.UnaryInterceptorFunc(judge)))
			mux := http.NewServeMux()
			mux.Handle(procedures(b.Tracker, "/shop.v1.Cart/", h, add))
			s := httptest.NewUnstartedServer(serveMux(b.Tracker, mux))
			s.EnableHTTP2 = true
			s.StartTLS()
			defer s.Close()
			client := connect.NewClient[emptypb.Empty, emptypb.Empty](s.Client(), s.URL+add, options...)
			for want, code := range codes {
				req := connect.NewRequest(&emptypb.Empty{})
				req.Header().Set("Want", want)
				_, err := client.CallUnary(t.Context(), req)
				if code == 0 && err != nil || code != 0 && connect.CodeOf(err) != code {
					t.Errorf("%s: the client saw %v", want, err)
				}
			}
			s.Close()
			b.Want("add", 2, 1, 0)
		})
	}
}
