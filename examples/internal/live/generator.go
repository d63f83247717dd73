package live

import (
	"context"
	"io"
	"net/http"

	"github.com/seed-abb722f7/nines/slo"
)

// Unmatched is the operation of requests that no route matches.
const Unmatched = "unmatched"

// A Request is one over HTTP that a load generator can send. What it is for is what the routes
// of the service promise, not what the tracker made of it.
type Request struct {
	Method, Path string
	Operation    string
}

// A Generator sends requests over real connections, and counts what comes back. Make it with
// [NewGenerator].
type Generator struct {
	Tally
	url    string
	pace   Pace
	mix    []func(n int) Request
	client http.Client
}

// NewGenerator returns a generator for the service at a URL, such as http://127.0.0.1:8080.
// The mix is its traffic, over and over; each is called with the number of the request.
func NewGenerator(url string, pace Pace, mix ...func(n int) Request) *Generator {
	return &Generator{url: url, pace: pace, mix: mix, client: http.Client{
		Transport: &http.Transport{MaxIdleConns: pace.InFlight, MaxIdleConnsPerHost: pace.InFlight}, // and no proxy
	}}
}

// Run sends requests until ctx ends, and returns when each was answered: what ctx ends is
// the sending, not the requests.
func (g *Generator) Run(ctx context.Context) {
	defer g.client.CloseIdleConnections()
	g.pace.Run(ctx, func(ctx context.Context, n int) { g.send(ctx, g.mix[n%len(g.mix)](n)) })
}

// send sends one request and counts the answer.
func (g *Generator) send(ctx context.Context, what Request) {
	req, err := http.NewRequestWithContext(ctx, what.Method, g.url+what.Path, http.NoBody)
	if err != nil {
		g.Lose(err)
		return
	}
	resp, err := g.client.Do(req)
	if err != nil {
		g.Lose(err)
		return
	}
	_, err = io.Copy(io.Discard, resp.Body) // to the end, so that the connection is used again
	_ = resp.Body.Close()                   // it was read
	if err != nil {
		g.Lose(err)
		return
	}
	g.Add(Outcome{Operation: what.Operation, Class: class(what, resp.StatusCode)})
}

// class says in the words of metrics what a response means. It is written out here, apart
// from slo.StatusClass, because it is there to check that.
func class(what Request, status int) slo.Class {
	switch {
	case what.Operation == Unmatched && status == http.StatusNotFound:
		return slo.Unmatched
	case status >= 200 && status < 400:
		return slo.Success
	case status >= 400 && status < 500:
		return slo.ClientError
	}
	return slo.ServerError
}
