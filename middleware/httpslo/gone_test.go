package httpslo_test

import (
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/seed-abb722f7/nines/middleware/httpslo"
	"github.com/seed-abb722f7/nines/slo"
)

// cutShort tells the client to go when the handler says so, and the handler when it has.
func cutShort(e *rig, before, after func(w http.ResponseWriter, r *http.Request)) (http.HandlerFunc, chan struct{}) {
	leave := make(chan struct{})
	return func(w http.ResponseWriter, r *http.Request) {
		if before != nil {
			before(w, r)
		}
		close(leave)
		<-r.Context().Done()
		if after != nil {
			after(w, r)
		}
	}, leave
}

// TestClientGone is what requests count as whose client did not wait.
func TestClientGone(t *testing.T) {
	type hook = func(w http.ResponseWriter, r *http.Request)
	flush := func(w http.ResponseWriter) { w.(http.Flusher).Flush() }
	for _, c := range []struct {
		name          string
		before, after hook
		want          slo.Class
	}{
		{"client gone, handler returns silently", nil, nil, slo.Cancelled},
		{"client gone, handler then writes 500", nil, func(w http.ResponseWriter, _ *http.Request) {
			http.Error(w, "broken", http.StatusInternalServerError)
		}, slo.Cancelled},
		{"client gone, handler then writes 204", nil, func(w http.ResponseWriter, _ *http.Request) {
			w.WriteHeader(http.StatusNoContent)
		}, slo.Cancelled},
		{"client gone in the middle of a body", func(w http.ResponseWriter, _ *http.Request) {
			say(w, "half")
			flush(w)
		}, func(w http.ResponseWriter, _ *http.Request) {
			say(w, "the other half")
		}, slo.Cancelled},
		{"client gone before the declared Content-Length", func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Length", "10")
			say(w, "half")
			flush(w)
		}, nil, slo.Cancelled},
		{"client gone, but a complete response had been written: Content-Length", func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Length", "6")
			w.WriteHeader(http.StatusInternalServerError)
			say(w, "broken")
			flush(w)
		}, func(w http.ResponseWriter, _ *http.Request) {
			say(w, "too much")
		}, slo.ServerError},
		{"client gone, but a complete response had been written: context alive at the last write", func(w http.ResponseWriter, _ *http.Request) {
			w.WriteHeader(http.StatusInternalServerError)
			say(w, "broken")
			flush(w)
		}, nil, slo.ServerError},
		{"client gone, but a complete response had been written: 200", func(w http.ResponseWriter, _ *http.Request) {
			say(w, "hello")
			flush(w)
		}, nil, slo.Success},
		{"client gone, panic", nil, func(http.ResponseWriter, *http.Request) { panic("boom") }, slo.Failed},
		{"client gone, panic(http.ErrAbortHandler)", nil, func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) }, slo.Cancelled},
		{"client gone in the middle of a body, panic(http.ErrAbortHandler)", func(w http.ResponseWriter, _ *http.Request) {
			say(w, "half")
			flush(w)
		}, func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) }, slo.Cancelled},
		{"client gone, runtime.Goexit", nil, func(http.ResponseWriter, *http.Request) { runtime.Goexit() }, slo.Failed},
		{"client gone from an established stream", func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", "text/event-stream; charset=utf-8")
			flush(w)
		}, nil, slo.Success},
		{"client gone from an established stream, panic(http.ErrAbortHandler)", func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", "Text/Event-Stream")
			w.WriteHeader(http.StatusOK)
			flush(w)
		}, func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) }, slo.Success},
	} {
		for layering, wrap := range layerings {
			protocols(t, c.name+"/"+layering, func(e *rig) {
				h, leave := cutShort(e, c.before, c.after)
				e.serve(wrap(e.Tracker.Tracker, h))
				e.leave("/row", leave)
				e.recorded(fmt.Sprintf("%s %s 1", route, c.want))
			})
		}
	}
}

// TestClientGoneReraisesTheSameValue: an abort is recovered to be judged, and must leave as
// it was, even to a caller that compares.
func TestClientGoneReraisesTheSameValue(t *testing.T) {
	protocols(t, "client gone, panic(http.ErrAbortHandler), re-raised", func(e *rig) {
		t := e.t
		var value any
		h, leave := cutShort(e, nil, func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) })
		inner := httpslo.Route(e.Tracker.Tracker, route, h)
		e.serve(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			defer func() {
				value = recover()
				panic(value)
			}()
			inner.ServeHTTP(w, r)
		}))
		e.leave("/row", leave)
		if value != any(http.ErrAbortHandler) {
			t.Errorf("the panic arrived as %v, want http.ErrAbortHandler itself", value)
		}
	})
}

func TestClientGoneAfterTheThreshold(t *testing.T) {
	protocols(t, "client gone after the latency threshold had passed", func(e *rig) {
		h, leave := cutShort(e, func(http.ResponseWriter, *http.Request) { e.Advance(threshold + time.Millisecond) }, nil)
		e.row(h)
		e.leave("/row", leave)
		e.Want("latency", 0, 1, 0)
		e.Want("availability", 0, 0, 1)
	})
	protocols(t, "client gone at the latency threshold", func(e *rig) {
		h, leave := cutShort(e, func(http.ResponseWriter, *http.Request) { e.Advance(threshold) }, nil)
		e.row(h)
		e.leave("/row", leave)
		e.Want("latency", 0, 0, 1)
		e.Want("availability", 0, 0, 1)
	})
}

func TestHEADIsComplete(t *testing.T) {
	protocols(t, "client gone, but a complete response had been written: HEAD", func(e *rig) {
		// Of HEAD over HTTP/1 the client has everything and is done: only a closed connection
		// is a client that left. The context does as well.
		e.serve(httpslo.Handler(e.Tracker.Tracker, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Content-Length", "1000")
			w.WriteHeader(http.StatusInternalServerError)
			e.cancel()
			<-r.Context().Done()
		}), httpslo.WithNamer(func(*http.Request) string { return route })))
		e.do(http.MethodHead, "/row")
		e.recorded(route + " 5xx 1")
	})
}

// TestUnreadBody: net/http looks for a client's leaving only when the body was read.
func TestUnreadBody(t *testing.T) {
	t.Run("client gone on HTTP/1 with an unread request body", func(t *testing.T) {
		e := newRig(t, 1)
		started, gone := make(chan struct{}), make(chan struct{})
		e.serve(httpslo.Route(e.Tracker.Tracker, route, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			close(started)
			<-gone
			if err := r.Context().Err(); err != nil {
				t.Errorf("context: %v; net/http has learnt to see it", err)
			}
			w.WriteHeader(http.StatusNoContent)
		})))
		conn, err := net.Dial("tcp", strings.TrimPrefix(e.url, "http://"))
		if err != nil {
			t.Fatal(err)
		}
		say(conn, "POST /row HTTP/1.1\r\nHost: a\r\nContent-Length: 10\r\n\r\nhalf")
		<-started
		if err := conn.Close(); err != nil {
			t.Fatal(err)
		}
		close(gone)
		<-e.over
		e.recorded(route + " 2xx-3xx 1")
	})
}

func TestDeadline(t *testing.T) {
	for name, handler := range map[string]http.HandlerFunc{
		"handler returns silently": func(http.ResponseWriter, *http.Request) {},
		"handler answers 200":      func(w http.ResponseWriter, _ *http.Request) { say(w, "hello") },
		"handler aborts":           func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) },
	} {
		protocols(t, "DeadlineExceeded on the request's own context (a timeout middleware)/"+name, func(e *rig) {
			h := httpslo.Route(e.Tracker.Tracker, route, handler)
			e.serve(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				ctx, cancel := context.WithDeadline(r.Context(), time.Unix(0, 0))
				defer cancel()
				h.ServeHTTP(w, r.WithContext(ctx))
			}))
			e.get("/row")
			e.recorded(route + " failed 1")
			e.Want("availability", 0, 1, 0)
		})
	}
	protocols(t, "DeadlineExceeded on the request's own context (a timeout middleware)/http.TimeoutHandler", func(e *rig) {
		t := e.t
		done := make(chan struct{})
		h := httpslo.Route(e.Tracker.Tracker, route, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			<-r.Context().Done()
			w.WriteHeader(http.StatusInternalServerError)
		}))
		e.serve(http.TimeoutHandler(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			defer close(done)
			h.ServeHTTP(w, r)
		}), time.Nanosecond, "too late"))
		if got := e.get("/row"); got != http.StatusServiceUnavailable {
			t.Errorf("client saw %d, want 503", got)
		}
		<-done
		e.recorded(route + " failed 1")
	})
	protocols(t, "a deadline that the handler sets itself is its own business", func(e *rig) {
		e.row(func(w http.ResponseWriter, r *http.Request) {
			ctx, cancel := context.WithDeadline(r.Context(), time.Unix(0, 0))
			defer cancel()
			*r = *r.WithContext(ctx) // in place: the worst of habits
			say(w, "hello")
		})
		e.get("/row")
		e.recorded(route + " 2xx-3xx 1")
	})
	protocols(t, "a context cancelled with a cause of its own", func(e *rig) {
		h := httpslo.Route(e.Tracker.Tracker, route, http.HandlerFunc(func(http.ResponseWriter, *http.Request) {}))
		e.serve(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			ctx, cancel := context.WithCancelCause(r.Context())
			cancel(io.ErrNoProgress)
			h.ServeHTTP(w, r.WithContext(ctx))
		}))
		e.get("/row")
		e.recorded(route + " failed 1")
	})
}

// A late context passes its deadline when told to.
type late struct {
	context.Context
	passed bool
}

func (l *late) Err() error {
	if l.passed {
		return context.DeadlineExceeded
	}
	return l.Context.Err()
}

// TestDeadlineAfterAnswer: whoever set the deadline, such as http.TimeoutHandler, has
// answered in the handler's place.
func TestDeadlineAfterAnswer(t *testing.T) {
	e := newRig(t, 1)
	ctx := &late{Context: context.Background()}
	httpslo.Route(e.Tracker.Tracker, route, http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Length", "5")
		say(w, "hello")
		ctx.passed = true
	})).ServeHTTP(httptest.NewRecorder(), newRequest("GET", "/row").WithContext(ctx))
	e.recorded(route + " failed 1")
}

func TestWriteDeadline(t *testing.T) {
	t.Run("a write that meets the server's own deadline", func(t *testing.T) {
		e := newRig(t, 1)
		e.serve(httpslo.Route(e.Tracker.Tracker, route, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if err := http.NewResponseController(w).SetWriteDeadline(time.Unix(1, 0)); err != nil {
				t.Error(err)
			}
			_, err := w.Write(make([]byte, 1<<20))
			if err == nil {
				t.Error("the write went through, want a timeout")
			}
			<-r.Context().Done() // net/http cancels it on a failed write
		})))
		e.get("/row")
		e.recorded(route + " failed 1")
	})
}

// TestLatencyTable is 1,000 requests over real connections, in the tracker's own time: 900
// good of which 60 slow, 80 failed, 20 cancelled of which 5 after the threshold.
func TestLatencyTable(t *testing.T) {
	protocols(t, "Table test", func(e *rig) {
		t := e.t
		var leave chan struct{}
		e.row(func(w http.ResponseWriter, r *http.Request) {
			switch q := r.URL.RawQuery; q {
			case "slow", "stay":
				e.Advance(2 * threshold)
			default:
				e.Advance(threshold)
			}
			switch r.URL.RawQuery {
			case "fail":
				w.WriteHeader(http.StatusInternalServerError)
			case "leave", "stay":
				close(leave)
				<-r.Context().Done()
			}
		})
		for n, path := range map[int]string{840: "/row", 60: "/row?slow", 80: "/row?fail"} {
			for range n {
				e.get(path)
			}
		}
		for n, path := range map[int]string{15: "/row?leave", 5: "/row?stay"} {
			for range n {
				leave = make(chan struct{})
				e.leave(path, leave)
			}
		}
		e.Want("availability", 900, 80, 20)
		e.Want("latency", 840, 65, 95)
		if got := e.Budget("latency").Counts().Valid(); got != 905 {
			t.Errorf("latency: %d valid, want 905", got)
		}
	})
}

// A broken is a writer whose writes fail.
type broken struct {
	*httptest.ResponseRecorder
	err error
}

func (b broken) Write([]byte) (int, error)       { return 0, b.err }
func (b broken) WriteString(string) (int, error) { return 0, b.err }

func TestFailedWrite(t *testing.T) {
	for name, c := range map[string]struct {
		err   error
		leave bool // the client goes away afterwards
		want  string
	}{
		"an error, the client present":         {io.ErrClosedPipe, false, "2xx-3xx"},
		"an error, the client gone afterwards": {io.ErrClosedPipe, true, "cancelled"},
		"a write deadline, the client present": {os.ErrDeadlineExceeded, false, "failed"},
		"a write deadline, the client gone":    {&net.OpError{Err: os.ErrDeadlineExceeded}, true, "failed"},
	} {
		for how, write := range map[string]func(http.ResponseWriter){
			"Write":       func(w http.ResponseWriter) { say(w, "hello") },
			"WriteString": func(w http.ResponseWriter) { _, _ = io.WriteString(w, "hello") },
		} {
			t.Run(name+"/"+how, func(t *testing.T) {
				e := newRig(t, 1)
				ctx, cancel := context.WithCancel(context.Background())
				defer cancel()
				h := httpslo.Route(e.Tracker.Tracker, route, http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
					write(w)
					if c.leave {
						cancel()
					}
				}))
				h.ServeHTTP(broken{httptest.NewRecorder(), c.err}, newRequest("GET", "/row").WithContext(ctx))
				e.recorded(route + " " + c.want + " 1")
			})
		}
	}
}
