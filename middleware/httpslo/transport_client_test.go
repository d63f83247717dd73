package httpslo_test

import (
	"bufio"
	"context"
	"io"
	"net/http"
	"net/http/httptest"
	"reflect"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/seed-abb722f7/nines/budget"
	"github.com/seed-abb722f7/nines/budget/budgettest"
	"github.com/seed-abb722f7/nines/internal/recorded"
	"github.com/seed-abb722f7/nines/middleware/httpslo"
)

// A base is a transport of the test's own.
type base func(*http.Request) (*http.Response, error)

func (b base) RoundTrip(r *http.Request) (*http.Response, error) { return b(r) }

func respond(body io.ReadCloser) base {
	return func(r *http.Request) (*http.Response, error) {
		return &http.Response{StatusCode: http.StatusOK, Header: http.Header{}, Body: body, Request: r}, nil
	}
}

func TestTransportNil(t *testing.T) {
	if got := httpslo.Transport(nil, nil); got != http.DefaultTransport {
		t.Errorf("Transport(nil, nil) = %v, want http.DefaultTransport", got)
	}
	own := &http.Transport{}
	if got := httpslo.Transport(nil, own, httpslo.WithBlame()); got != own {
		t.Errorf("Transport(nil, own) = %v, want own", got)
	}
	b := budgettest.New(t, dependencies()...)
	s := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {}))
	defer s.Close()
	client := &http.Client{Transport: httpslo.Transport(b.Tracker, nil)}
	resp, err := client.Get(s.URL)
	if err != nil {
		t.Fatal(err)
	}
	_ = resp.Body.Close()
	client.CloseIdleConnections()
	recorded.Check(t, b.Tracker, "dependency:"+strings.TrimPrefix(s.URL, "http://")+" 2xx-3xx 1")

	asked := 0
	x := httpslo.Transport(b.Tracker, base(func(r *http.Request) (*http.Response, error) {
		asked++
		return nil, errPanic
	}))
	for _, r := range []*http.Request{nil, {}} {
		if _, err := x.RoundTrip(r); err != errPanic { //nolint:errorlint // the very error
			t.Errorf("RoundTrip(%v) = %v, want what base says", r, err)
		}
	}
	x = httpslo.Transport(b.Tracker, base(func(*http.Request) (*http.Response, error) { return nil, nil }), httpslo.WithDependency("payments"))
	if resp, err := x.RoundTrip(newRequest("GET", "/")); resp != nil || err != nil {
		t.Errorf("RoundTrip = %v, %v, want what base returns", resp, err)
	}
	if asked != 2 || b.Budget("availability").Counts() != (budget.Counts{Bad: 1}) {
		t.Errorf("base was asked %d times, want 2; payments has %+v, want the missing response", asked, b.Budget("availability").Counts())
	}
}

// TestTransportNames: dependencies are named by host, by option, or by the namer.
func TestTransportNames(t *testing.T) {
	for _, tt := range []struct {
		url, want string
		options   []httpslo.TransportOption
	}{
		{"http://pay.example/charge?a=b", "pay.example", nil},
		{"http://PAY.example:80/", "pay.example", nil},
		{"https://user:secret@pay.example:443/", "pay.example", nil},
		{"https://pay.example:80/", "pay.example:80", nil},
		{"http://pay.example:8080/", "pay.example:8080", nil},
		{"http://[::1]:8080/", "[::1]:8080", nil},
		{"/nowhere", "_OTHER", nil},
		{"http://pay.example/", "payments", []httpslo.TransportOption{httpslo.WithDependency("payments")}},
		{"http://pay.example/", "payments", []httpslo.TransportOption{httpslo.WithDependency("payments"), httpslo.WithDependencyNamer(func(*http.Request) string { return "x" })}},
		{"http://pay.example/v1", "host pay.example", []httpslo.TransportOption{httpslo.WithDependencyNamer(func(r *http.Request) string { return "host " + r.URL.Host })}},
		{"http://pay.example/", "pay.example", []httpslo.TransportOption{httpslo.WithDependencyNamer(func(*http.Request) string { return "" })}},
		{"http://pay.example/", "pay.example", []httpslo.TransportOption{httpslo.WithDependencyNamer(func(*http.Request) string { panic("x") })}},
	} {
		b := budgettest.New(t, dependencies()...)
		x := httpslo.Transport(b.Tracker, respond(http.NoBody), tt.options...)
		r, err := http.NewRequestWithContext(t.Context(), "GET", tt.url, nil)
		if err != nil {
			t.Fatal(err)
		}
		r.Host = "other.example" // what is asked for, not who is asked
		if _, err := x.RoundTrip(r); err != nil {
			t.Fatal(err)
		}
		recorded.Check(t, b.Tracker, "dependency:"+tt.want+" 2xx-3xx 1")
	}
}

// TestTransportRedirects: each hop is a call, of the dependency that it reaches.
func TestTransportRedirects(t *testing.T) {
	other := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { _, _ = io.Copy(w, r.Body) }))
	defer other.Close()
	c := newCaller(t, 1, func(w http.ResponseWriter, r *http.Request) {
		http.Redirect(w, r, other.URL, http.StatusTemporaryRedirect)
	})
	c.client.CheckRedirect = nil
	c.client.Transport = httpslo.Transport(c.Tracker.Tracker, nil)
	resp, err := c.client.Post(c.server.URL, "text/plain", strings.NewReader("sent twice"))
	if err != nil {
		t.Fatal(err)
	}
	if got, err := io.ReadAll(resp.Body); err != nil || string(got) != "sent twice" {
		t.Errorf("got %q, %v", got, err)
	}
	_ = resp.Body.Close()
	http.DefaultTransport.(*http.Transport).CloseIdleConnections()
	name := func(s *httptest.Server) string { return "dependency:" + strings.TrimPrefix(s.URL, "http://") }
	c.recorded(name(c.server)+" 2xx-3xx 1", name(other)+" 2xx-3xx 1")
}

// TestTransportUpgrade: what comes after 101 is not HTTP, and its body is left as it is.
func TestTransportUpgrade(t *testing.T) {
	c := newCaller(t, 1, func(w http.ResponseWriter, _ *http.Request) {
		conn, rw, err := http.NewResponseController(w).Hijack()
		if err != nil {
			t.Error(err)
			return
		}
		defer func() { _ = conn.Close() }()
		say(rw, "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: echo\r\n\r\n")
		_ = rw.Flush()
		_, _ = io.Copy(conn, rw)
	})
	for _, transport := range []http.RoundTripper{c.bare, c.client.Transport} {
		r := c.request(t.Context(), http.MethodGet)
		r.Header.Set("Connection", "Upgrade")
		r.Header.Set("Upgrade", "echo")
		resp, err := transport.RoundTrip(r)
		if err != nil {
			t.Fatal(err)
		}
		if resp.StatusCode != http.StatusSwitchingProtocols {
			t.Fatalf("status %d, want 101", resp.StatusCode)
		}
		if got := reflect.TypeOf(resp.Body).String(); got != "*http.readWriteCloserBody" {
			t.Errorf("the body is %s, want net/http's own", got)
		}
		conn := resp.Body.(io.ReadWriteCloser)
		say(conn, "hello\n")
		if line, err := bufio.NewReader(conn).ReadString('\n'); line != "hello\n" || err != nil {
			t.Errorf("echoed %q, %v", line, err)
		}
		_ = conn.Close()
	}
	c.recorded(payments + " 2xx-3xx 1") // of the one through our transport
}

// A textBody has WriteTo.
type textBody struct {
	*strings.Reader
	closed int
}

func (b *textBody) Close() error { b.closed++; return nil }

// brokenBody has WriteTo, which fails.
type brokenBody struct{ io.ReadCloser }

func (brokenBody) WriteTo(w io.Writer) (int64, error) {
	_, _ = w.Write([]byte("half"))
	return 4, io.ErrUnexpectedEOF
}

type brokenWriter struct{}

func (brokenWriter) Write([]byte) (int, error) { return 0, io.ErrClosedPipe }

// TestTransportBody: the body has WriteTo if it had it before, never otherwise, and the error
// of a writer is not the dependency's.
func TestTransportBody(t *testing.T) {
	send := func(body io.ReadCloser) (*budgettest.Tracker, *http.Response) {
		b := budgettest.New(t, dependencies()...)
		resp, err := httpslo.Transport(b.Tracker, respond(body), httpslo.WithDependency("payments")).RoundTrip(newRequest("GET", "/"))
		if err != nil {
			t.Fatal(err)
		}
		return b, resp
	}

	b, resp := send(http.NoBody)
	if resp.Body != http.NoBody {
		t.Error("http.NoBody became another")
	}
	b.Want("availability", 1, 0, 0)

	b, resp = send(nil)
	if resp.Body != nil {
		t.Error("no body became one")
	}
	b.Want("availability", 1, 0, 0)

	b, resp = send(io.NopCloser(struct{ io.Reader }{strings.NewReader("text")}))
	if _, ok := resp.Body.(io.WriterTo); ok {
		t.Error("the body has a WriteTo that it had not")
	}
	if _, ok := resp.Body.(io.Writer); ok {
		t.Error("the body has a Write that it had not")
	}
	b.Want("availability", 0, 0, 0)
	if got, err := io.ReadAll(resp.Body); string(got) != "text" || err != nil {
		t.Errorf("read %q, %v", got, err)
	}
	b.Want("availability", 1, 0, 0)

	text := &textBody{Reader: strings.NewReader("text")}
	b, resp = send(text)
	var out strings.Builder
	if n, err := resp.Body.(io.WriterTo).WriteTo(&out); n != 4 || err != nil || out.String() != "text" {
		t.Errorf("WriteTo = %d, %v, wrote %q", n, err, out.String())
	}
	b.Want("availability", 1, 0, 0)
	_ = resp.Body.Close()
	if text.closed != 1 {
		t.Errorf("closed %d times, want 1", text.closed)
	}
	b.Want("availability", 1, 0, 0)

	conn := struct {
		io.ReadCloser
		io.Writer
	}{io.NopCloser(strings.NewReader("text")), io.Discard}
	b, resp = send(conn)
	if resp.Body != conn {
		t.Error("a body that can be written to became another")
	}
	b.Want("availability", 1, 0, 0)

	b, resp = send(brokenBody{io.NopCloser(nil)})
	if n, err := resp.Body.(io.WriterTo).WriteTo(&out); n != 4 || err != io.ErrUnexpectedEOF { //nolint:errorlint // the very error
		t.Errorf("WriteTo = %d, %v", n, err)
	}
	b.Want("availability", 0, 1, 0)

	b, resp = send(&textBody{Reader: strings.NewReader("text")})
	if _, err := resp.Body.(io.WriterTo).WriteTo(brokenWriter{}); err != io.ErrClosedPipe { //nolint:errorlint // the very error
		t.Errorf("WriteTo = %v, want the writer's error", err)
	}
	b.Want("availability", 0, 0, 0)
	_ = resp.Body.Close()
	b.Want("availability", 1, 0, 0)
}

// TestTransportClose: a call whose response is closed before its end is over then. What its
// body says of that, or a read meets that is under way, is no failure of the dependency.
func TestTransportClose(t *testing.T) {
	b := budgettest.New(t, dependencies()...)
	from, to := io.Pipe()
	defer to.Close() //nolint:errcheck // never fails
	resp, err := httpslo.Transport(b.Tracker, respond(closeFails{from}), httpslo.WithDependency("payments")).RoundTrip(newRequest("GET", "/"))
	if err != nil {
		t.Fatal(err)
	}
	read := make(chan error)
	go func() {
		_, err := resp.Body.Read(make([]byte, 1))
		read <- err
	}()
	if _, err := to.Write([]byte("x")); err != nil || <-read != nil {
		t.Fatal("nothing came through")
	}
	go func() {
		_, err := resp.Body.Read(make([]byte, 1))
		read <- err
	}()
	if err := resp.Body.Close(); err != io.ErrNoProgress { //nolint:errorlint // the very error
		t.Errorf("Close = %v, want the body's error", err)
	}
	if err := <-read; err == nil {
		t.Error("the read under way met nothing")
	}
	b.Want("availability", 1, 0, 0)
}

// closeFails is a body that cannot be closed well.
type closeFails struct{ io.ReadCloser }

func (b closeFails) Close() error {
	_ = b.ReadCloser.Close()
	return io.ErrNoProgress
}

// TestTransportRequest: base gets the request as it is but for the context, which has all
// that it had, and the response tells the request that was made.
func TestTransportRequest(t *testing.T) {
	b := budgettest.New(t, dependencies()...)
	type key struct{}
	ctx, cancel := context.WithTimeout(context.WithValue(t.Context(), key{}, "value"), time.Hour)
	defer cancel()
	r := newRequest("POST", "/").WithContext(ctx)
	var got *http.Request
	x := httpslo.Transport(b.Tracker, base(func(r *http.Request) (*http.Response, error) {
		got = r
		return respond(http.NoBody)(r)
	}))
	resp, err := x.RoundTrip(r)
	if err != nil {
		t.Fatal(err)
	}
	if resp.Request != r {
		t.Error("Response.Request is not the request that was made")
	}
	if r.Context() != ctx {
		t.Error("the request that was made has another context now")
	}
	if got.Method != "POST" || got.Body != r.Body || got.Context().Value(key{}) != "value" || got.Context().Done() != ctx.Done() {
		t.Error("base got another request")
	}
}

// TestTransportPanic: a panic of base passes through as it is, and so does runtime.Goexit.
func TestTransportPanic(t *testing.T) {
	b := budgettest.New(t, dependencies()...)
	through := func(f func()) http.RoundTripper {
		return httpslo.Transport(b.Tracker, base(func(*http.Request) (*http.Response, error) {
			f()
			return nil, nil
		}), httpslo.WithDependency("payments"))
	}
	func() {
		defer func() {
			if v := recover(); v != errPanic { //nolint:errorlint // the very value
				t.Errorf("the panic arrived as %v", v)
			}
		}()
		_, _ = through(func() { panic(errPanic) }).RoundTrip(newRequest("GET", "/"))
	}()
	done := make(chan struct{})
	go func() {
		defer close(done)
		_, _ = through(runtime.Goexit).RoundTrip(newRequest("GET", "/"))
		t.Error("Goexit was held up")
	}()
	<-done
	recorded.Check(t, b.Tracker, payments+" failed 2")
}
