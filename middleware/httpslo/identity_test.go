package httpslo_test

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"log"
	"math/rand/v2"
	"net"
	"net/http"
	"net/http/httptest"
	"net/http/httptrace"
	"net/textproto"
	"regexp"
	"sort"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/seed-abb722f7/nines/budget/budgettest"
	"github.com/seed-abb722f7/nines/middleware/httpslo"
)

// script answers as a random but reproducible handler does: the seed is in the query.
func script(w http.ResponseWriter, r *http.Request) {
	seed, err := strconv.ParseUint(r.URL.Query().Get("seed"), 10, 64)
	if err != nil {
		panic(err)
	}
	rng := rand.New(rand.NewPCG(seed, 5))
	text := func() string { return strings.Repeat("nines ", rng.IntN(1+1<<rng.IntN(12))) }
	w.Header()["Date"] = nil // the one header that time makes differ
	trailers := rng.IntN(4) == 0
	if trailers {
		w.Header().Set("Trailer", "X-Sum")
	}
	for range rng.IntN(7) {
		switch rng.IntN(12) {
		case 0:
			w.WriteHeader(http.StatusEarlyHints)
		case 1:
			w.WriteHeader([]int{200, 201, 204, 206, 301, 304, 400, 404, 418, 500, 503, 599}[rng.IntN(12)])
		case 2:
			_, _ = w.Write([]byte(text()))
		case 3:
			_, _ = io.WriteString(w, text())
		case 4:
			_, _ = io.Copy(w, io.LimitReader(strings.NewReader(text()), 3000))
		case 5:
			if f, ok := w.(http.Flusher); ok {
				f.Flush()
			}
		case 6:
			_ = http.NewResponseController(w).Flush()
		case 7:
			w.Header().Set("Content-Type", []string{"text/plain", "text/event-stream", "application/json"}[rng.IntN(3)])
		case 8:
			w.Header().Set("Content-Length", []string{"0", "5", "100", "junk"}[rng.IntN(4)])
		case 9:
			http.Error(w, text(), 400+rng.IntN(200))
			return
		case 10:
			http.ServeContent(w, r, "file.txt", time.Unix(1_000_000_000, 0), strings.NewReader(text()))
			return
		case 11:
			if rng.IntN(8) == 0 {
				panic(http.ErrAbortHandler)
			}
			w.Header().Add("X-Word", text()[:0]+"v")
		}
	}
	if trailers {
		w.Header().Set("X-Sum", "7")
		w.Header().Set(http.TrailerPrefix+"X-Late", "8")
	}
}

// exchanges is how many random exchanges are compared.
func exchanges() int {
	if testing.Short() || raceEnabled {
		return 1_000
	}
	return 10_000
}

// request returns the method and the headers of a random request.
func randomRequest(rng *rand.Rand) (method string, headers map[string]string) {
	headers = map[string]string{}
	if rng.IntN(3) == 0 {
		headers["Range"] = []string{"bytes=0-9", "bytes=-5", "bytes=2-3,7-9", "bytes=9999999-", "junk"}[rng.IntN(5)]
	}
	if rng.IntN(4) == 0 {
		headers["If-Modified-Since"] = time.Unix(1_000_000_000, 0).UTC().Format(http.TimeFormat)
	}
	return []string{"GET", "GET", "HEAD", "POST"}[rng.IntN(4)], headers
}

// TestByteIdentity: over HTTP/1.1 the bytes on the wire are the same with the middleware
// and without.
func TestByteIdentity(t *testing.T) {
	b := budgettest.New(t, objectives()...)
	var servers [2]*httptest.Server
	for i, h := range []http.Handler{http.HandlerFunc(script), httpslo.Handler(b.Tracker, http.HandlerFunc(script))} {
		servers[i] = httptest.NewUnstartedServer(h)
		servers[i].Config.ErrorLog = log.New(io.Discard, "", 0)
		servers[i].Start()
		defer servers[i].Close()
	}
	rng := rand.New(rand.NewPCG(6, 7))
	n := exchanges()
	for seed := range n {
		method, headers := randomRequest(rng)
		var req strings.Builder
		fmt.Fprintf(&req, "%s /?seed=%d HTTP/1.1\r\nHost: a\r\nConnection: close\r\n", method, seed)
		for k, v := range headers {
			fmt.Fprintf(&req, "%s: %s\r\n", k, v)
		}
		req.WriteString("\r\n")
		var got [2][]byte
		for i, s := range servers {
			conn, err := net.Dial("tcp", s.Listener.Addr().String())
			if err != nil {
				t.Fatal(err)
			}
			if _, err := io.WriteString(conn, req.String()); err != nil {
				t.Fatal(err)
			}
			got[i], err = io.ReadAll(conn)
			if err != nil {
				t.Fatal(err)
			}
			_ = conn.Close()
		}
		if !same(got[0], got[1]) {
			t.Fatalf("%s\nwithout the middleware:\n%q\nwith it:\n%q", req.String(), got[0], got[1])
		}
	}
	for _, s := range servers {
		s.Close()
	}
	total := uint64(0)
	for _, o := range b.Report().Operations {
		total += o.Requests()
	}
	if total != uint64(n) {
		t.Errorf("%d requests counted, want %d", total, n)
	}
}

// boundary is the random one of a multipart response, which differs in any case.
var boundary = regexp.MustCompile("[0-9a-f]{60}")

func same(a, b []byte) bool {
	return bytes.Equal(boundary.ReplaceAll(a, nil), boundary.ReplaceAll(b, nil))
}

// TestExchangeIdentity: over HTTP/2 a client sees the same: informational responses,
// status, headers, body, trailers, and the error that cuts it.
func TestExchangeIdentity(t *testing.T) {
	b := budgettest.New(t, objectives()...)
	var servers [2]*httptest.Server
	for i, h := range []http.Handler{http.HandlerFunc(script), httpslo.Handler(b.Tracker, http.HandlerFunc(script))} {
		servers[i] = httptest.NewUnstartedServer(h)
		servers[i].Config.ErrorLog = log.New(io.Discard, "", 0)
		servers[i].EnableHTTP2 = true
		servers[i].StartTLS()
		defer servers[i].Close()
	}
	rng := rand.New(rand.NewPCG(8, 9))
	for seed := range exchanges() / 4 {
		method, headers := randomRequest(rng)
		var got [2]string
		for i, s := range servers {
			got[i] = exchange(t, s.Client().Transport, seeded(s.URL, seed), method, headers)
		}
		if !same([]byte(got[0]), []byte(got[1])) {
			t.Fatalf("%s seed %d\nwithout the middleware:\n%s\nwith it:\n%s", method, seed, got[0], got[1])
		}
	}
}

// seeded is the URL at which script behaves as the seed says.
func seeded(url string, seed int) string { return fmt.Sprintf("%s/?seed=%d", url, seed) }

// exchange returns all that a client sees of one exchange.
func exchange(t *testing.T, through http.RoundTripper, url, method string, headers map[string]string) string {
	t.Helper()
	var seen strings.Builder
	ctx := httptrace.WithClientTrace(context.Background(), &httptrace.ClientTrace{
		Got1xxResponse: func(code int, h textproto.MIMEHeader) error {
			fmt.Fprintf(&seen, "%d %s\r\n", code, sorted(http.Header(h)))
			return nil
		},
	})
	req, err := http.NewRequestWithContext(ctx, method, url, nil)
	if err != nil {
		t.Fatal(err)
	}
	for k, v := range headers {
		req.Header.Set(k, v)
	}
	resp, err := through.RoundTrip(req)
	if err != nil {
		// Stream numbers are the connection's own.
		fmt.Fprintf(&seen, "no response: %T", err)
		return seen.String()
	}
	body, err := io.ReadAll(resp.Body)
	_ = resp.Body.Close()
	fmt.Fprintf(&seen, "%d %s\r\n%s\r\n%T %s", resp.StatusCode, sorted(resp.Header), body, err, sorted(resp.Trailer))
	return seen.String()
}

func sorted(h http.Header) string {
	var lines []string
	for k, v := range h {
		lines = append(lines, fmt.Sprintf("%s: %q\r\n", k, v))
	}
	sort.Strings(lines)
	return strings.Join(lines, "")
}
