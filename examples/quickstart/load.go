package main

import (
	"fmt"
	"net/http"

	"github.com/seed-abb722f7/nines/examples/internal/live"
)

// pace leaves room for searches to be slow without holding up the others.
var pace = live.Pace{Rate: 250, InFlight: 64}

// mix is the traffic, over and over. Weights show in the number of lines.
var mix = [...]func(n int) live.Request{
	home, item, search, item, cart, item, home, item, checkout, item,
	search, home, item, search, item, checkout, item, cart, search, item,
	home, search, item, noSuchPage,
}

func request(method, path, operation string) live.Request {
	return live.Request{Method: method, Path: path, Operation: operation}
}

func home(int) live.Request     { return request(http.MethodGet, "/", "GET /{$}") }
func search(int) live.Request   { return request(http.MethodGet, "/search?q=tea", "GET /search") }
func cart(int) live.Request     { return request(http.MethodPost, "/cart", "POST /cart") }
func checkout(int) live.Request { return request(http.MethodPost, "/checkout", "POST /checkout") }

// item asks for one in five items in vain.
func item(n int) live.Request {
	return request(http.MethodGet, fmt.Sprintf("/items/%d", n%(items*5/4)+1), "GET /items/{id}")
}

// noSuchPage is what robots ask for. The path never becomes part of a name.
func noSuchPage(n int) live.Request {
	return request(http.MethodGet, fmt.Sprintf("/wp-admin/%d", n), live.Unmatched)
}
