package httpslo_test

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptrace"
	"net/textproto"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/seed-abb722f7/nines/budget"
	"github.com/seed-abb722f7/nines/middleware/httpslo"
	"github.com/seed-abb722f7/nines/slo"
)

const route = "GET /row"

// layerings are the ways in which a handler can be counted, each once.
var layerings = map[string]func(*budget.Tracker, http.Handler) http.Handler{
	"Route": func(t *budget.Tracker, h http.Handler) http.Handler {
		return httpslo.Route(t, route, h)
	},
	"Handler": func(t *budget.Tracker, h http.Handler) http.Handler {
		mux := http.NewServeMux()
		mux.Handle(route, h)
		return httpslo.Handler(t, mux)
	},
	"Route in Handler": func(t *budget.Tracker, h http.Handler) http.Handler {
		mux := http.NewServeMux()
		mux.Handle("/", httpslo.Route(t, route, h))
		return httpslo.Handler(t, mux)
	},
	"Handler in Handler": func(t *budget.Tracker, h http.Handler) http.Handler {
		mux := http.NewServeMux()
		mux.Handle(route, h)
		return httpslo.Handler(t, httpslo.Handler(t, mux))
	},
	"Route in Route": func(t *budget.Tracker, h http.Handler) http.Handler {
		return httpslo.Route(t, "/outer", httpslo.Route(t, route, h))
	},
	"Handler with marking": func(t *budget.Tracker, h http.Handler) http.Handler {
		mux := http.NewServeMux()
		mux.Handle(route, h)
		return httpslo.Handler(t, mux, httpslo.WithMarking())
	},
}

// TestResponse is what a handler that answers counts as, however it is counted. Handler in
// Handler is the row "the same middleware twice on one request".
func TestResponse(t *testing.T) {
	for _, c := range []struct {
		name    string
		handler http.HandlerFunc
		status  int // that the client sees
		want    slo.Class
	}{
		{"implicit 200 (body, no WriteHeader)", func(w http.ResponseWriter, _ *http.Request) {
			say(w, "hello")
		}, 200, slo.Success},
		{"handler returns without writing, client present", func(http.ResponseWriter, *http.Request) {}, 200, slo.Success},
		{"103 then implicit 200", func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Link", "</style.css>; rel=preload")
			w.WriteHeader(http.StatusEarlyHints)
			say(w, "hello")
		}, 200, slo.Success},
		{"103 then 503", func(w http.ResponseWriter, _ *http.Request) {
			w.WriteHeader(http.StatusEarlyHints)
			w.WriteHeader(http.StatusServiceUnavailable)
		}, 503, slo.ServerError},
		{"WriteHeader(200) then WriteHeader(500)", func(w http.ResponseWriter, _ *http.Request) {
			w.WriteHeader(http.StatusOK)
			w.WriteHeader(http.StatusInternalServerError)
		}, 200, slo.Success},
		{"WriteHeader(500) then WriteHeader(200)", func(w http.ResponseWriter, _ *http.Request) {
			w.WriteHeader(http.StatusInternalServerError)
			w.WriteHeader(http.StatusOK)
		}, 500, slo.ServerError},
		{"Write then WriteHeader(500)", func(w http.ResponseWriter, _ *http.Request) {
			say(w, "hello")
			w.WriteHeader(http.StatusInternalServerError)
		}, 200, slo.Success},
		{"empty Write then WriteHeader(500)", func(w http.ResponseWriter, _ *http.Request) {
			_, _ = w.Write(nil)
			w.WriteHeader(http.StatusInternalServerError)
		}, 200, slo.Success},
		{"WriteString then WriteHeader(500)", func(w http.ResponseWriter, _ *http.Request) {
			_, _ = w.(io.StringWriter).WriteString("hello")
			w.WriteHeader(http.StatusInternalServerError)
		}, 200, slo.Success},
		{"io.Copy then WriteHeader(500)", func(w http.ResponseWriter, _ *http.Request) {
			_, _ = io.Copy(w, io.LimitReader(strings.NewReader("hello"), 5)) // no WriterTo: ReadFrom, where there is one
			w.WriteHeader(http.StatusInternalServerError)
		}, 200, slo.Success},
		{"io.Copy of nothing then WriteHeader(500)", func(w http.ResponseWriter, _ *http.Request) {
			_, _ = io.Copy(w, io.LimitReader(strings.NewReader(""), 5))
			w.WriteHeader(http.StatusInternalServerError)
		}, 500, slo.ServerError},
		{"Flush then WriteHeader(500)", func(w http.ResponseWriter, _ *http.Request) {
			w.(http.Flusher).Flush()
			w.WriteHeader(http.StatusInternalServerError)
		}, 200, slo.Success},
		{"ResponseController.Flush then WriteHeader(500)", func(w http.ResponseWriter, _ *http.Request) {
			if err := http.NewResponseController(w).Flush(); err != nil {
				panic(err)
			}
			w.WriteHeader(http.StatusInternalServerError)
		}, 200, slo.Success},
		{"404 of a route", http.NotFound, 404, slo.ClientError},
		{"429", func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusTooManyRequests) }, 429, slo.TooManyRequests},
		{"304", func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusNotModified) }, 304, slo.Success},
		{"599", func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(599) }, 599, slo.ServerError},
		{"an impossible status, recovered and answered 500", func(w http.ResponseWriter, _ *http.Request) {
			defer func() {
				if recover() != nil {
					w.WriteHeader(http.StatusInternalServerError)
				}
			}()
			w.WriteHeader(1000)
		}, 500, slo.ServerError},
	} {
		for layering, wrap := range layerings {
			protocols(t, c.name+"/"+layering, func(e *rig) {
				t := e.t
				e.serve(wrap(e.Tracker.Tracker, c.handler))
				if got := e.get("/row"); got != c.status {
					t.Errorf("client saw %d, want %d", got, c.status)
				}
				e.recorded(fmt.Sprintf("%s %s 1", route, c.want))
			})
		}
	}
}

// TestPanic is R2: whatever the value, it passes through as it was and counts once.
func TestPanic(t *testing.T) {
	pointer := new(int)
	uncomparable := []int{1}
	for _, c := range []struct {
		name    string
		handler http.HandlerFunc
		is      func(v any) bool
	}{
		{"panic before any write", func(http.ResponseWriter, *http.Request) { panic("boom") }, func(v any) bool { return v == "boom" }},
		{"panic after 200 was sent", func(w http.ResponseWriter, _ *http.Request) {
			say(w, "partial")
			w.(http.Flusher).Flush()
			panic(io.ErrUnexpectedEOF)
		}, func(v any) bool { return v == any(io.ErrUnexpectedEOF) }},
		{"panic of a pointer", func(http.ResponseWriter, *http.Request) { panic(pointer) }, func(v any) bool { return v == pointer }},
		{"panic of a slice", func(http.ResponseWriter, *http.Request) { panic(uncomparable) }, func(v any) bool {
			s, ok := v.([]int)
			return ok && &s[0] == &uncomparable[0]
		}},
		{"panic of nil", func(http.ResponseWriter, *http.Request) {
			panic(nil) //nolint:govet // that is the case
		}, func(v any) bool { _, ok := v.(*runtime.PanicNilError); return ok }},
		{"panic of the runtime", func(http.ResponseWriter, *http.Request) { _ = layerings["none"](nil, nil) }, func(v any) bool { _, ok := v.(runtime.Error); return ok }},
		{"panic(http.ErrAbortHandler)", func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) }, func(v any) bool { return v == any(http.ErrAbortHandler) }},
		{"panic after a recovered panic", func(http.ResponseWriter, *http.Request) {
			func() {
				defer func() { _ = recover() }()
				panic("first")
			}()
			panic("second")
		}, func(v any) bool { return v == "second" }},
		{"runtime.Goexit in the handler", func(http.ResponseWriter, *http.Request) { runtime.Goexit() }, nil},
	} {
		for layering, wrap := range layerings {
			protocols(t, c.name+"/"+layering, func(e *rig) {
				t := e.t
				var value any
				returned := false
				h := wrap(e.Tracker.Tracker, c.handler)
				e.serve(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
					defer func() {
						if value = recover(); value != nil {
							panic(value)
						}
					}()
					h.ServeHTTP(w, r)
					returned = true
				}))
				e.get("/row")
				switch {
				case returned:
					t.Error("the handler's end was swallowed")
				case c.is == nil && value != nil:
					t.Errorf("Goexit became the panic %v", value)
				case c.is != nil && !c.is(value):
					t.Errorf("the panic arrived as %#v", value)
				}
				e.recorded(route + " failed 1")
				e.Want("availability", 0, 1, 0)
			})
		}
	}
}

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
		}, slo.Success}, // complete by its status, like what was written
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

func TestHijack(t *testing.T) {
	for layering, wrap := range layerings {
		t.Run("hijack, then 101/"+layering, func(t *testing.T) {
			e := newRig(t, 1)
			e.serve(wrap(e.Tracker.Tracker, http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
				e.Advance(threshold / 4)
				conn, rw, err := w.(http.Hijacker).Hijack()
				if err != nil {
					t.Error(err)
					return
				}
				defer func() { _ = conn.Close() }()
				say(rw, "HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\nConnection: Upgrade\r\n\r\n")
				_ = rw.Flush()
				w.WriteHeader(http.StatusInternalServerError) // too late
				e.Advance(time.Hour)
			})))
			resp, err := e.client.Get(e.url + "/row")
			if err != nil || resp.StatusCode != http.StatusSwitchingProtocols {
				t.Fatalf("got %v, %v, want 101", resp, err)
			}
			_ = resp.Body.Close()
			<-e.over
			e.recorded(route + " 2xx-3xx 1")
			e.Want("availability", 1, 0, 0)
			e.Want("latency", 1, 0, 0)
			for _, o := range e.Report().Operations {
				if o.Name == route && o.Good.Sum != (threshold/4).Seconds() {
					t.Errorf("latency %v s, want the time to the hijack, %v", o.Good.Sum, threshold/4)
				}
			}
		})
	}
	t.Run("hijack, then panic", func(t *testing.T) {
		e := newRig(t, 1)
		e.row(func(w http.ResponseWriter, _ *http.Request) {
			conn, _, err := w.(http.Hijacker).Hijack()
			if err != nil {
				t.Error(err)
			}
			_ = conn.Close()
			panic("boom")
		})
		e.get("/row")
		e.recorded(route + " failed 1")
	})
	t.Run("101 without a hijack is final", func(t *testing.T) {
		e := newRig(t, 1)
		e.row(func(w http.ResponseWriter, _ *http.Request) {
			w.WriteHeader(http.StatusSwitchingProtocols)
			w.WriteHeader(http.StatusInternalServerError)
		})
		e.get("/row")
		e.recorded(route + " 2xx-3xx 1")
	})
	t.Run("101 over HTTP/2 is informational", func(t *testing.T) {
		e := newRig(t, 2)
		e.row(func(w http.ResponseWriter, _ *http.Request) {
			w.WriteHeader(http.StatusSwitchingProtocols)
			w.WriteHeader(http.StatusInternalServerError)
		})
		e.get("/row")
		e.recorded(route + " 5xx 1")
	})
}

// TestStream is one event, recorded when the handler returns, with the latency of its
// establishment, and never stalled while it lasts.
func TestStream(t *testing.T) {
	for name, open := range map[string]func(http.ResponseWriter){
		"text/event-stream, Flush": func(w http.ResponseWriter) {
			w.Header().Set("Content-Type", "text/event-stream")
			w.(http.Flusher).Flush()
		},
		"text/event-stream, WriteHeader": func(w http.ResponseWriter) {
			w.Header().Set("Content-Type", "text/event-stream;charset=utf-8")
			w.WriteHeader(http.StatusOK)
		},
		"text/event-stream, Write": func(w http.ResponseWriter) {
			w.Header().Set("Content-Type", "text/event-stream")
			say(w, "data: 1\n\n")
		},
		"Established": func(w http.ResponseWriter) {
			httpslo.Established(w)
			httpslo.Established(w)
			say(w, "a line a minute")
		},
	} {
		for layering, wrap := range layerings {
			protocols(t, name+"/"+layering, func(e *rig) {
				t := e.t
				e.serve(wrap(e.Tracker.Tracker, http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
					e.Advance(threshold / 4)
					open(w)
					e.Advance(time.Hour)
					if s := e.Budget("availability").Status(); s.Known == budget.Stalled || s.InFlight != 1 {
						t.Errorf("during the stream: %v with %d in flight, want 1 and not stalled", s.Known, s.InFlight)
					}
				})))
				e.get("/row")
				e.recorded(route + " 2xx-3xx 1")
				e.Want("latency", 1, 0, 0)
			})
		}
	}
	protocols(t, "a failed event stream is an answer", func(e *rig) {
		e.row(func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", "text/event-stream")
			w.WriteHeader(http.StatusServiceUnavailable)
			e.Advance(2 * threshold)
		})
		e.get("/row")
		e.recorded(route + " 5xx 1")
	})
	protocols(t, "an event stream that fails late, by its mark", func(e *rig) {
		e.row(func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", "text/event-stream")
			w.(http.Flusher).Flush()
			httpslo.Event(w).Bad("upstream")
		})
		e.get("/row")
		e.recorded(route + " failed 1")
	})
	protocols(t, "any other flushed response can stall", func(e *rig) {
		t := e.t
		e.row(func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", "text/event-streamer")
			w.(http.Flusher).Flush()
			e.Advance(time.Hour)
			if s := e.Budget("availability").Status(); s.Known != budget.Stalled {
				t.Errorf("after an hour: %v, want stalled", s.Known)
			}
		})
		e.get("/row")
		e.Want("latency", 0, 1, 0)
	})
}

func TestDraining(t *testing.T) {
	stream := func(w http.ResponseWriter) {
		w.Header().Set("Content-Type", "text/event-stream")
		w.(http.Flusher).Flush()
	}
	complete := func(w http.ResponseWriter) {
		w.Header().Set("Content-Length", "2")
		say(w, "ok")
	}
	for _, c := range []struct {
		name   string
		begin  bool
		before func(http.ResponseWriter)
		after  func()
		want   string
	}{
		{"a request", true, nil, nil, "failed"},
		{"a request that aborts", true, nil, func() { panic(http.ErrAbortHandler) }, "failed"},
		{"a stream", true, stream, nil, "shutdown"},
		{"a stream that aborts", true, stream, func() { panic(http.ErrAbortHandler) }, "shutdown"},
		{"a stream that panics", true, stream, func() { panic("boom") }, "failed"},
		{"a complete response", true, complete, nil, "2xx-3xx"},
		{"a request, not told", false, nil, nil, "cancelled"},
		{"a stream, not told", false, stream, nil, "2xx-3xx"},
	} {
		protocols(t, "context cancelled while the server drains/"+c.name, func(e *rig) {
			var draining httpslo.Draining
			e.row(func(w http.ResponseWriter, r *http.Request) {
				if c.before != nil {
					c.before(w)
				}
				if c.begin {
					draining.Begin()
				}
				e.cancel()
				<-r.Context().Done()
				if c.after != nil {
					c.after()
				}
			}, httpslo.WithDraining(&draining))
			e.get("/row")
			e.recorded(route + " " + c.want + " 1")
		})
	}
	protocols(t, "context cancelled while the server drains/told to the route only", func(e *rig) {
		var draining httpslo.Draining
		mux := http.NewServeMux()
		mux.Handle(httpslo.Routed(e.Tracker.Tracker, route, http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
			draining.Begin()
			e.cancel()
			<-r.Context().Done()
		}), httpslo.WithDraining(&draining)))
		e.serve(httpslo.Handler(e.Tracker.Tracker, mux))
		e.get("/row")
		e.recorded(route + " failed 1")
	})
}

func TestMethod(t *testing.T) {
	protocols(t, "method FOOBAR/pattern without method", func(e *rig) {
		mux := http.NewServeMux()
		mux.HandleFunc("/any", func(http.ResponseWriter, *http.Request) {})
		e.serve(httpslo.Handler(e.Tracker.Tracker, mux))
		e.do("FOOBAR", "/any")
		e.recorded("/any 2xx-3xx 1")
	})
	protocols(t, "method FOOBAR/pattern with method", func(e *rig) {
		e.row(func(http.ResponseWriter, *http.Request) {})
		e.do("FOOBAR", "/row")
		e.recorded("unmatched unmatched 1")
	})
	protocols(t, "method FOOBAR/namer", func(e *rig) {
		e.row(func(http.ResponseWriter, *http.Request) {}, httpslo.WithNamer(func(r *http.Request) string {
			return httpslo.Method(r) + " /row"
		}))
		e.do("FOOBAR", "/row")
		e.do("GET", "/row")
		e.recorded("_OTHER /row 4xx 1", route+" 2xx-3xx 1")
	})
}

func TestOneSeries(t *testing.T) {
	protocols(t, "5 Host headers, 5 raw paths", func(e *rig) {
		t := e.t
		mux := http.NewServeMux()
		mux.HandleFunc("GET /items/{id}", func(http.ResponseWriter, *http.Request) {})
		e.serve(httpslo.Handler(e.Tracker.Tracker, mux))
		for i := range 5 {
			req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, fmt.Sprintf("%s/items/%d?q=%d", e.url, i, i), nil)
			if err != nil {
				t.Fatal(err)
			}
			req.Host = fmt.Sprintf("host%d.example", i)
			e.send(req)
		}
		e.recorded("GET /items/{id} 2xx-3xx 5")
	})
}

func TestNoPattern(t *testing.T) {
	protocols(t, "no pattern, final status 404 or 405", func(e *rig) {
		t := e.t
		e.row(func(http.ResponseWriter, *http.Request) {})
		if got := e.get("/wp-login.php"); got != 404 {
			t.Errorf("GET /wp-login.php: %d, want 404", got)
		}
		if got := e.do(http.MethodPost, "/row"); got != 405 {
			t.Errorf("POST /row: %d, want 405", got)
		}
		e.recorded("unmatched unmatched 2")
		e.Want("service", 0, 0, 2)
		if got := e.Budget("service").Status().Excluded; len(got) != 1 || got[0] != (budget.ReasonCount{Reason: "unmatched", Count: 2}) {
			t.Errorf("excluded %v, want 2 unmatched", got)
		}
	})
	protocols(t, "no pattern, any other status", func(e *rig) {
		t := e.t
		e.serve(httpslo.Handler(e.Tracker.Tracker, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			switch r.URL.Path {
			case "/500":
				w.WriteHeader(http.StatusInternalServerError)
			case "/403":
				w.WriteHeader(http.StatusForbidden)
			case "/panic":
				w.WriteHeader(http.StatusNotFound)
				panic("boom")
			}
		})))
		for _, path := range []string{"/", "/500", "/403", "/panic"} {
			e.get(path)
		}
		e.recorded("unnamed 2xx-3xx 1", "unnamed 4xx 1", "unnamed 5xx 1", "unnamed failed 1")
		e.Want("service", 2, 2, 0)
		if got := e.Report().Self.Unnamed; got != 4 {
			t.Errorf("Self.Unnamed = %d, want 4", got)
		}
	})
	protocols(t, "redirects of the mux", func(e *rig) {
		t := e.t
		mux := http.NewServeMux()
		mux.HandleFunc("/tree/", func(http.ResponseWriter, *http.Request) {})
		mux.HandleFunc("/any/{x}/", func(http.ResponseWriter, *http.Request) {})
		e.serve(httpslo.Handler(e.Tracker.Tracker, mux))
		for _, path := range []string{"/tree", "/any/17"} {
			if got := e.get(path); got < 300 || got > 399 {
				t.Errorf("GET %s: %d, want a redirect", path, got)
			}
		}
		e.recorded("/tree/ 2xx-3xx 1", "/any/{x}/ 2xx-3xx 1")
	})
	t.Run("a CONNECT that the mux redirects names no path", func(t *testing.T) {
		e := newRig(t, 1)
		mux := http.NewServeMux()
		mux.HandleFunc("/any/{x}/", func(http.ResponseWriter, *http.Request) {})
		e.serve(httpslo.Handler(e.Tracker.Tracker, mux))
		conn, err := net.Dial("tcp", strings.TrimPrefix(e.url, "http://"))
		if err != nil {
			t.Fatal(err)
		}
		defer func() { _ = conn.Close() }()
		for _, path := range []string{"/any/secret", "/any/secret/"} {
			say(conn, fmt.Sprintf("CONNECT %s HTTP/1.1\r\nHost: a\r\n\r\n", path))
			if _, err := http.ReadResponse(bufio.NewReader(conn), nil); err != nil {
				t.Fatal(err)
			}
			<-e.over
		}
		e.recorded("unnamed 2xx-3xx 1", "/any/{x}/ 2xx-3xx 1")
	})
}

func TestHealth(t *testing.T) {
	for _, path := range httpslo.DefaultHealthPaths() {
		protocols(t, "health checks"+path, func(e *rig) {
			mux := http.NewServeMux()
			mux.HandleFunc("/healthz", func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusServiceUnavailable) })
			mux.HandleFunc("GET /metrics", func(http.ResponseWriter, *http.Request) {})
			e.serve(httpslo.Handler(e.Tracker.Tracker, mux))
			e.get(path)
			e.do(http.MethodPost, path)
			switch path {
			case "/healthz":
				e.recorded("/healthz health 2")
			case "/metrics":
				e.recorded("GET /metrics health 1", "unmatched health 1")
			default:
				e.recorded("unmatched health 2")
			}
			e.Want("service", 0, 0, 2)
		})
	}
	protocols(t, "health checks/the list is replaced", func(e *rig) {
		mux := http.NewServeMux()
		mux.HandleFunc("/healthz", func(http.ResponseWriter, *http.Request) {})
		mux.HandleFunc("/alive", func(_ http.ResponseWriter, r *http.Request) { r.URL.Path = "/elsewhere" })
		e.serve(httpslo.Handler(e.Tracker.Tracker, mux, httpslo.WithHealthPaths("/alive")))
		e.get("/healthz")
		e.get("/alive")
		e.recorded("/alive health 1", "/healthz 2xx-3xx 1")
	})
	protocols(t, "health checks/a list of many", func(e *rig) {
		var paths []string
		for i := range 40 {
			paths = append(paths, fmt.Sprintf("/check/%d", i))
		}
		e.serve(httpslo.Route(e.Tracker.Tracker, "/", http.HandlerFunc(func(http.ResponseWriter, *http.Request) {}), httpslo.WithHealthPaths(paths...)))
		e.get("/check/39")
		e.get("/check/40")
		e.recorded("/ 2xx-3xx 1", "/ health 1")
	})
	protocols(t, "health checks/a Route", func(e *rig) {
		e.serve(httpslo.Route(e.Tracker.Tracker, "GET /ping", http.HandlerFunc(func(http.ResponseWriter, *http.Request) { panic("boom") })))
		e.get("/ping")
		e.recorded("GET /ping health 1")
	})
}

func TestTwoTrackers(t *testing.T) {
	protocols(t, "two different trackers on one request", func(e *rig) {
		t := e.t
		other := newRig(t, e.proto)
		mux := http.NewServeMux()
		mux.Handle(route, httpslo.Route(other.Tracker.Tracker, route, http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			w.WriteHeader(http.StatusBadGateway)
		})))
		inner := httpslo.Handler(other.Tracker.Tracker, mux, httpslo.WithMarking())
		e.serve(httpslo.Handler(e.Tracker.Tracker, inner))
		e.get("/row")
		e.recorded(route + " 5xx 1")
		checkRecorded(t, other.Tracker, route+" 5xx 1")
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

// TestEarlyHintsReachTheClient: what is ignored is still passed on.
func TestEarlyHintsReachTheClient(t *testing.T) {
	protocols(t, "103", func(e *rig) {
		t := e.t
		e.row(func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Link", "</style.css>; rel=preload")
			w.WriteHeader(http.StatusEarlyHints)
		})
		hints := 0
		ctx := httptrace.WithClientTrace(t.Context(), &httptrace.ClientTrace{Got1xxResponse: func(code int, h textproto.MIMEHeader) error {
			if code == http.StatusEarlyHints && h.Get("Link") != "" {
				hints++
			}
			return nil
		}})
		req, err := http.NewRequestWithContext(ctx, http.MethodGet, e.url+"/row", nil)
		if err != nil {
			t.Fatal(err)
		}
		if e.send(req); hints != 1 {
			t.Errorf("the client got %d early hints, want 1", hints)
		}
	})
}

// TestClosedTracker: requests go on, and nothing is recorded.
func TestClosedTracker(t *testing.T) {
	for layering, wrap := range layerings {
		protocols(t, layering, func(e *rig) {
			t := e.t
			e.serve(wrap(e.Tracker.Tracker, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				e.Close()
				d := httpslo.Detach(w)
				httpslo.Event(w).Bad("late")
				w.WriteHeader(http.StatusTeapot)
				d.Done(slo.Bad)
			})))
			for range 2 {
				if got := e.get("/row"); got != http.StatusTeapot {
					t.Errorf("client saw %d, want 418", got)
				}
			}
			for _, o := range e.Report().Operations {
				if n := o.Requests(); n != 0 {
					t.Errorf("%s recorded %d requests after Close", o.Name, n)
				}
			}
		})
	}
}
