package thirdparty

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"

	"connectrpc.com/connect"
	"github.com/gin-gonic/gin"
	"github.com/go-chi/chi/v5"
	"github.com/labstack/echo/v4"
	"google.golang.org/protobuf/types/known/emptypb"

	"github.com/seed-abb722f7/nines/budget"
	"github.com/seed-abb722f7/nines/budget/budgettest"
	"github.com/seed-abb722f7/nines/middleware/httpslo"
	"github.com/seed-abb722f7/nines/slo"
)

// routes is how many each router has, each asked for three times with an id of its own.
const routes = 100

// A router is one recipe: what it serves, and under which names.
type router struct {
	// serve serves routes as GET /r<n>/<id> with answer, and whatever below /files.
	serve func(tracker *budget.Tracker) http.Handler
	name  func(n int) string
	files string // the name of /files/<path>; "" without
	path  func(n, id int) string
	post  bool

	// misses is where ten requests of another method for the first route go: nowhere, if
	// it says nothing.
	misses string
}

// answer is all that the routes do: they fail for one id, and say so by the event for another.
func answer(w http.ResponseWriter, r *http.Request) {
	switch {
	case strings.HasSuffix(r.URL.Path, "/1"):
		w.WriteHeader(http.StatusInternalServerError)
	case strings.HasSuffix(r.URL.Path, "/2"):
		httpslo.Event(w).Bad("said so")
	}
}

func curly(n int) string { return fmt.Sprintf("GET /r%d/{id}", n) }
func colon(n int) string { return fmt.Sprintf("GET /r%d/:id", n) }

var all = map[string]router{
	"ServeMux": {name: curly, files: "GET /files/{path...}", serve: func(tr *budget.Tracker) http.Handler {
		mux := http.NewServeMux()
		for n := range routes {
			mux.HandleFunc(curly(n), answer)
		}
		mux.HandleFunc("GET /files/{path...}", answer)
		return serveMux(tr, mux)
	}},
	"ServeMux below StripPrefix": {
		name:  func(n int) string { return fmt.Sprintf("GET /api/r%d/{id}", n) },
		path:  func(n, id int) string { return fmt.Sprintf("/api/r%d/%d", n, id) },
		files: "GET /files/{path...}", misses: "/api/ 10",
		serve: func(tr *budget.Tracker) http.Handler {
			api, mux := http.NewServeMux(), http.NewServeMux()
			for n := range routes {
				api.HandleFunc(curly(n), answer)
			}
			mux.Handle(mount(tr, "/api", api))
			mux.HandleFunc("GET /files/{path...}", answer)
			return serveMux(tr, mux)
		},
	},
	"ServeMux below TimeoutHandler": {name: curly, files: "GET /files/{path...}", serve: func(tr *budget.Tracker) http.Handler {
		mux := http.NewServeMux()
		for n := range routes {
			mux.HandleFunc(curly(n), func(w http.ResponseWriter, r *http.Request) {
				if strings.HasSuffix(r.URL.Path, "/2") { // whose writer hides the event
					w.WriteHeader(http.StatusInternalServerError)
				}
				answer(w, r)
			})
		}
		mux.HandleFunc("GET /files/{path...}", answer)
		return withTimeout(tr, mux)
	}},
	"chi": {name: curly, files: "GET /files/*", serve: func(tr *budget.Tracker) http.Handler {
		router := newChi(tr)
		for n := range routes / 2 {
			router.Get(fmt.Sprintf("/r%d/{id}", n), answer)
		}
		for n := routes / 2; n < routes; n++ { // nested
			sub := chi.NewRouter()
			sub.Get("/{id}", answer)
			router.Mount(fmt.Sprintf("/r%d", n), sub)
		}
		router.Get("/files/*", answer)
		return router
	}},
	"gin": {name: colon, files: "GET /files/*path", serve: func(tr *budget.Tracker) http.Handler {
		engine := newGin()
		engine.HandleMethodNotAllowed = true
		for n := range routes {
			engine.Group(fmt.Sprintf("/r%d", n)).GET("/:id", func(c *gin.Context) { answer(c.Writer, c.Request) })
		}
		engine.GET("/files/*path", func(c *gin.Context) { answer(c.Writer, c.Request) })
		return serveGin(tr, engine)
	}},
	"echo": {name: colon, files: "GET /files/*", serve: func(tr *budget.Tracker) http.Handler {
		e := newEcho()
		for n := range routes {
			e.Group(fmt.Sprintf("/r%d", n)).GET("/:id", func(c echo.Context) error {
				if strings.HasSuffix(c.Request().URL.Path, "/1") {
					return errors.New("echo answers 500")
				}
				answer(c.Response(), c.Request())
				return nil
			})
		}
		e.GET("/files/*", func(c echo.Context) error { return c.NoContent(http.StatusOK) })
		return serveEcho(tr, e)
	}},
	"gorilla/mux": {name: curly, files: "GET /files/", serve: func(tr *budget.Tracker) http.Handler {
		router, h := newGorilla(tr)
		for n := range routes {
			router.PathPrefix(fmt.Sprintf("/r%d", n)).Subrouter().HandleFunc("/{id}", answer).Methods(http.MethodGet)
		}
		router.PathPrefix("/files/").HandlerFunc(answer).Methods(http.MethodGet)
		return h
	}},
	"connect": {
		name: procedure,
		path: func(n, id int) string { return fmt.Sprintf("%s?id=%d", procedure(n), id) },
		post: true, misses: procedure(0),
		serve: func(tr *budget.Tracker) http.Handler {
			mux := http.NewServeMux()
			path, h, names := cart(connect.WithInterceptors(connect.UnaryInterceptorFunc(judge)))
			mux.Handle(procedures(tr, path, h, names...))
			return serveMux(tr, mux)
		},
	},
}

func procedure(n int) string { return fmt.Sprintf("/shop.v1.Cart/Method%d", n) }

// cart is a service as protoc-gen-connect-go generates them: one handler for all procedures.
func cart(options ...connect.HandlerOption) (path string, h http.Handler, names []string) {
	handlers := map[string]http.Handler{}
	for n := range routes {
		name := procedure(n)
		names = append(names, name)
		handlers[name] = connect.NewUnaryHandler(name, func(_ context.Context, req *connect.Request[emptypb.Empty]) (*connect.Response[emptypb.Empty], error) {
			if id := req.Header().Get("Id"); id == "1" || id == "2" {
				return nil, connect.NewError(connect.CodeInternal, errors.New("no"))
			}
			return connect.NewResponse(&emptypb.Empty{}), nil
		}, options...)
	}
	return "/shop.v1.Cart/", http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if h, ok := handlers[r.URL.Path]; ok {
			h.ServeHTTP(w, r)
			return
		}
		http.NotFound(w, r)
	}), names
}

// TestRouters: a hundred routes with ids in their paths are a hundred operations, declared
// ones among them, and what no route serves is none.
func TestRouters(t *testing.T) {
	gin.SetMode(gin.ReleaseMode)
	for name, r := range all {
		t.Run(name, func(t *testing.T) {
			b := budgettest.New(t,
				slo.Objective{Name: "declared", Of: slo.HTTP(r.name(42)), SLI: slo.Availability(), Target: slo.Percent(90)},
				slo.Objective{Name: "service", Of: slo.All, SLI: slo.Availability(), Target: slo.Percent(90)})
			s := httptest.NewUnstartedServer(r.serve(b.Tracker))
			s.Config.ErrorLog = log.New(io.Discard, "", 0)
			s.Start()
			defer s.Close()
			ask := func(method, path, id string) {
				t.Helper()
				req, err := http.NewRequestWithContext(t.Context(), method, s.URL+path, strings.NewReader("{}"))
				if err != nil {
					t.Fatal(err)
				}
				req.Header.Set("Content-Type", "application/json")
				req.Header.Set("Id", id)
				resp, err := s.Client().Do(req)
				if err != nil {
					t.Fatal(err)
				}
				_, _ = io.Copy(io.Discard, resp.Body)
				_ = resp.Body.Close()
			}
			path, method := r.path, http.MethodGet
			if path == nil {
				path = func(n, id int) string { return fmt.Sprintf("/r%d/%d", n, id) }
			}
			if r.post {
				method = http.MethodPost
			}
			for n := range routes {
				for id := range 3 {
					ask(method, path(n, id), fmt.Sprint(id))
				}
			}
			var want []string
			for n := range routes {
				if count := 3; n == 0 && r.misses == r.name(0) {
					want = append(want, fmt.Sprintf("%s %d", r.name(n), count+10))
				} else {
					want = append(want, fmt.Sprintf("%s %d", r.name(n), count))
				}
			}
			switch r.misses {
			case "":
				want = append(want, "unmatched 20")
			case r.name(0):
				want = append(want, "unmatched 10")
			default:
				want = append(want, "unmatched 10", r.misses)
			}
			if r.files != "" {
				ask(method, "/files/a/b.txt", "")
				ask(method, "/files/c", "")
				want = append(want, r.files+" 2")
			}
			for i := range 10 {
				ask(method, fmt.Sprintf("/nowhere/%d", i), "")
				ask(http.MethodDelete, path(0, i), "")
			}
			s.Close()
			b.Want("declared", 1, 2, 0)
			var got []string
			for _, o := range b.Report().Operations {
				if n := o.Requests(); n > 0 {
					got = append(got, fmt.Sprintf("%s %d", o.Name, n))
				}
			}
			slices.Sort(got)
			slices.Sort(want)
			if !slices.Equal(got, want) {
				t.Errorf("recorded %q\nwant %q", got, want)
			}
		})
	}
}
