package main

import (
	"context"
	"fmt"
	"io"
	"net/http"

	"github.com/seed-abb722f7/nines/examples/internal/live"
	"github.com/seed-abb722f7/nines/slo"
)

// pace leaves room for searches to be slow without holding up the others.
var pace = live.Pace{Rate: 250, InFlight: 64}

// unmatched is the operation of requests that no route matches.
const unmatched = "unmatched"

// mix is the traffic, over and over. Weights show in the number of lines.
var mix = [...]func(n int) request{
	home, item, search, item, cart, item, home, item, checkout, item,
	search, home, item, search, item, checkout, item, cart, search, item,
	home, search, item, noSuchPage,
}

// A request is one that the load generator can send. What it is for is what the shop's
// routes promise, not what the tracker made of it.
type request struct {
	method, path string
	operation    string
}

func home(int) request     { return request{http.MethodGet, "/", "GET /{$}"} }
func search(int) request   { return request{http.MethodGet, "/search?q=tea", "GET /search"} }
func cart(int) request     { return request{http.MethodPost, "/cart", "POST /cart"} }
func checkout(int) request { return request{http.MethodPost, "/checkout", "POST /checkout"} }

// item asks for one in five items in vain.
func item(n int) request {
	return request{http.MethodGet, fmt.Sprintf("/items/%d", n%(items*5/4)+1), "GET /items/{id}"}
}

// noSuchPage is what robots ask for. The path never becomes part of a name.
func noSuchPage(n int) request {
	return request{http.MethodGet, fmt.Sprintf("/wp-admin/%d", n), unmatched}
}

// A generator sends requests over real connections, and counts what comes back.
type generator struct {
	live.Tally
	url    string
	client http.Client
}

func newGenerator(url string) *generator {
	return &generator{url: url, client: http.Client{
		Transport: &http.Transport{MaxIdleConns: pace.InFlight, MaxIdleConnsPerHost: pace.InFlight}, // and no proxy
	}}
}

// run sends requests until ctx ends, and returns when each was answered: what ctx ends is
// the sending, not the requests.
func (g *generator) run(ctx context.Context) {
	defer g.client.CloseIdleConnections()
	pace.Run(ctx, func(ctx context.Context, n int) { g.send(ctx, mix[n%len(mix)](n)) })
}

// send sends one request and counts the answer.
func (g *generator) send(ctx context.Context, what request) {
	req, err := http.NewRequestWithContext(ctx, what.method, g.url+what.path, http.NoBody)
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
	g.Add(live.Outcome{Operation: what.operation, Class: class(what, resp.StatusCode)})
}

// class says in the words of metrics what a response means. It is written out here, apart
// from slo.StatusClass, because it is there to check that.
func class(what request, status int) slo.Class {
	switch {
	case what.operation == unmatched && status == http.StatusNotFound:
		return slo.Unmatched
	case status >= 200 && status < 400:
		return slo.Success
	case status >= 400 && status < 500:
		return slo.ClientError
	}
	return slo.ServerError
}
