package thirdparty

import (
	"bytes"
	"context"
	"encoding/binary"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/coder/websocket"

	"github.com/seed-abb722f7/nines/budget/budgettest"
	"github.com/seed-abb722f7/nines/middleware/httpslo"
	"github.com/seed-abb722f7/nines/slo"
)

const echoRoute = "GET /echo"

func echoObjectives() []slo.Objective {
	return []slo.Objective{
		{Name: "served", Of: slo.HTTP(echoRoute), SLI: slo.Latency(time.Second), Target: slo.Percent(90)},
		{Name: "called", Of: slo.Dependency("echo"), SLI: slo.Latency(time.Second), Target: slo.Percent(90)},
		{Name: "calls", Of: slo.Dependency("echo"), SLI: slo.Availability(), Target: slo.Percent(90)},
	}
}

// echoBack sends every message back until its client leaves.
func echoBack(w http.ResponseWriter, r *http.Request) {
	c, err := websocket.Accept(w, r, nil)
	if err != nil {
		return // Accept has answered
	}
	defer func() { _ = c.CloseNow() }()
	for {
		kind, message, err := c.Read(r.Context())
		if err != nil {
			return
		}
		if err := c.Write(r.Context(), kind, message); err != nil {
			return
		}
	}
}

// echoServers are one without the middleware, and one with it, which says when a request
// was recorded: no server waits for the handlers of hijacked connections.
func echoServers(t *testing.T, b *budgettest.Tracker) (servers [2]*httptest.Server, over chan struct{}) {
	t.Helper()
	over = make(chan struct{}, 16)
	for i := range servers {
		mux := http.NewServeMux()
		mux.HandleFunc(echoRoute, echoBack)
		var h http.Handler = mux
		if i == 1 {
			counted := serveMux(b.Tracker, mux)
			h = http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				defer func() { over <- struct{}{} }()
				counted.ServeHTTP(w, r)
			})
		}
		servers[i] = httptest.NewUnstartedServer(h)
		servers[i].Config.ErrorLog = log.New(io.Discard, "", 0)
		servers[i].Start()
		t.Cleanup(servers[i].Close)
	}
	return servers, over
}

// frame is a frame of a client (RFC 6455, section 5.2), masked with zeros.
func frame(opcode byte, payload []byte) []byte {
	f := []byte{0x80 | opcode, 0x80 | 126}
	f = binary.BigEndian.AppendUint16(f, uint16(len(payload))) //nolint:gosec // they are short
	f = append(f, 0, 0, 0, 0)
	return append(f, payload...)
}

var date = regexp.MustCompile(`Date: [^\r]*\r\n`)

// TestWebsocketWire: the bytes of a conversation are the same with the middleware and
// without, handshake included.
func TestWebsocketWire(t *testing.T) {
	b := budgettest.New(t, echoObjectives()...)
	servers, over := echoServers(t, b)
	for _, tt := range []struct {
		name    string
		headers string
		frames  [][]byte
	}{
		{"echo and close", "Sec-WebSocket-Version: 13\r\n", [][]byte{
			frame(1, []byte("hello")), frame(2, bytes.Repeat([]byte{0, 1, 2}, 5000)), frame(9, []byte("ping")), frame(8, []byte{3, 0xe8}),
		}},
		{"compression asked for", "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Extensions: permessage-deflate\r\n", [][]byte{
			frame(1, []byte("hello")), frame(8, []byte{3, 0xe8}),
		}},
		{"a frame that is not allowed", "Sec-WebSocket-Version: 13\r\n", [][]byte{frame(3, []byte("reserved"))}},
		{"an unknown version", "Sec-WebSocket-Version: 7\r\n", nil},
		{"another origin", "Sec-WebSocket-Version: 13\r\nOrigin: http://elsewhere.example\r\n", nil},
	} {
		t.Run(tt.name, func(t *testing.T) {
			var got [2]string
			for i, s := range servers {
				conn, err := net.Dial("tcp", s.Listener.Addr().String())
				if err != nil {
					t.Fatal(err)
				}
				request := fmt.Sprintf("GET /echo HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Key: %s\r\n%s\r\n",
					"dGhlIHNhbXBsZSBub25jZQ==", tt.headers)
				if tt.frames == nil {
					request = strings.Replace(request, "Connection: Upgrade", "Connection: Upgrade, close", 1)
				}
				if _, err := conn.Write(append([]byte(request), bytes.Join(tt.frames, nil)...)); err != nil {
					t.Fatal(err)
				}
				all, err := io.ReadAll(conn)
				if err != nil {
					t.Fatal(err)
				}
				_ = conn.Close()
				got[i] = date.ReplaceAllString(string(all), "")
			}
			if got[0] != got[1] || got[0] == "" {
				t.Errorf("without the middleware:\n%q\nwith it:\n%q", got[0], got[1])
			}
		})
	}
	for range 5 {
		<-over
	}
	b.Want("served", 5, 0, 0) // a refusal is the client's fault
}

// TestWebsocketEcho: a client of the library converses through the server's middleware, the
// client's transport and a reverse proxy between; each conversation is one event, with the
// latency of its establishment.
func TestWebsocketEcho(t *testing.T) {
	b := budgettest.New(t, echoObjectives()...)
	servers, over := echoServers(t, b)
	server := servers[1]
	target, err := url.Parse(server.URL)
	if err != nil {
		t.Fatal(err)
	}
	transport := httpslo.Transport(b.Tracker, &http.Transport{}, httpslo.WithDependency("echo"))
	proxy := httptest.NewServer(&httputil.ReverseProxy{
		Rewrite:   func(r *httputil.ProxyRequest) { r.SetURL(target) },
		Transport: transport,
	})
	t.Cleanup(proxy.Close)
	for _, tt := range []struct {
		url    string
		client *http.Client
	}{
		{server.URL, http.DefaultClient},
		{server.URL, &http.Client{Transport: transport}},
		{proxy.URL, http.DefaultClient},
	} {
		ctx, cancel := context.WithCancel(t.Context())
		c, resp, err := websocket.Dial(ctx, tt.url+"/echo", &websocket.DialOptions{HTTPClient: tt.client})
		if err != nil {
			t.Fatal(err)
		}
		if resp.StatusCode != http.StatusSwitchingProtocols {
			t.Errorf("status %d, want 101", resp.StatusCode)
		}
		for i := range 10 {
			want := strings.Repeat(fmt.Sprint(i), 1000*i+1)
			if err := c.Write(ctx, websocket.MessageText, []byte(want)); err != nil {
				t.Fatal(err)
			}
			if _, got, err := c.Read(ctx); err != nil || string(got) != want {
				t.Fatalf("message %d came back as %.20q, %v", i, got, err)
			}
			b.Advance(time.Hour) // how long it lasts is nobody's business
			if s := b.Budget("served").Status(); s.InFlight != 1 || s.StalledFor > 0 {
				t.Errorf("%d in flight, stalled for %v, want the conversation and no stall", s.InFlight, s.StalledFor)
			}
		}
		if err := c.Close(websocket.StatusNormalClosure, ""); err != nil {
			t.Error(err)
		}
		cancel()
		<-over
	}
	b.Want("served", 3, 0, 0)
	b.Want("called", 2, 0, 0)
	b.Want("calls", 2, 0, 0)
}
