package main

import (
	"strings"
	"testing"

	"github.com/seed-abb722f7/nines/slo"
)

func TestOperationName(t *testing.T) {
	for _, c := range []struct {
		method, target string
		depth          int
		want           string
	}{
		{"GET", "/", 2, "GET /"},
		{"GET", "//", 2, "GET /"},
		{"GET", "/?flav=rss20", 2, "GET /"},
		{"GET", "/favicon.ico", 2, "GET /favicon.ico"},
		{"GET", "/about", 2, "GET /about"},
		{"GET", "/about/", 2, "GET /about"},
		{"GET", "/about#team", 2, "GET /about"},
		{"GET", "/users/42", 2, "GET /users/{id}"},
		{"GET", "/users/42/orders", 2, "GET /users/{id}/..."},
		{"GET", "/users/42/orders", 3, "GET /users/{id}/orders"},
		{"GET", "/api/v1/users/42", 2, "GET /api/v1/..."},
		{"GET", "/api/v1/users/42", 4, "GET /api/v1/users/{id}"},
		{"GET", "/a/b", 1, "GET /a/..."},
		{"GET", "/42/x", 1, "GET /{id}/..."},
		{"GET", "/o/9b2d7c1e-5f0a-4c1b-9d3e-0a1b2c3d4e5f", 2, "GET /o/{id}"},
		{"GET", "/o/9B2D7C1E5F0A", 2, "GET /o/{id}"},
		{"GET", "/o/e3b0c44", 2, "GET /o/e3b0c44"}, // too short for a hash
		{"GET", "/o/facade", 2, "GET /o/facade"},   // a word
		{"GET", "/o/defaced-facades", 2, "GET /o/defaced-facades"},
		{"GET", "/archive/2015-05-17", 2, "GET /archive/{id}"},
		{"GET", "/download/1.25.0", 2, "GET /download/{id}"},
		{"GET", "/tag/c%2B%2B", 2, "GET /tag/{id}"},
		{"GET", `/tag/\"x\"`, 2, "GET /tag/{id}"},
		{"GET", "/tag/gr\xc3\xbcn", 2, "GET /tag/{id}"},
		{"GET", "/@alice", 2, "GET /{id}"},
		{"GET", "/~alice", 2, "GET /~alice"},
		{"POST", "/books:batchGet", 2, "POST /books:batchGet"},
		{"GET", "/blog/" + strings.Repeat("long-", 7), 2, "GET /blog/{id}"},
		{"GET", "/images/logo.png", 2, "GET /images/..."},
		{"GET", "/images/web/2009/banner.png", 4, "GET /images/..."},
		{"GET", "/api/.well-known", 2, "GET /api/.well-known"},
		{"GET", "/api/v1.2", 2, "GET /api/v1.2"}, // no extension
		{"GET", "/docs/index.html/", 2, "GET /docs/index.html"},
		{"GET", "http://example.com/users/42?x=/y", 2, "GET /users/{id}"},
		{"GET", "http://example.com", 2, "GET /"},
		{"OPTIONS", "*", 2, "OPTIONS *"},
		{"CONNECT", "example.com:443", 2, ""},
		{"BREW", "/pot", 2, "_OTHER /pot"},
		{"get", "/pot", 2, "_OTHER /pot"},
		{"", "", 2, ""},
		{"QUIT", "now", 2, ""},
	} {
		if got := operationName(c.method, c.target, c.depth); got != c.want {
			t.Errorf("operationName(%q, %q, %d) = %q, want %q", c.method, c.target, c.depth, got, c.want)
		}
		checkName(t, c.method, c.target, c.depth)
	}
}

// checkName holds the bounds of a name.
func checkName(t *testing.T, method, target string, depth int) {
	t.Helper()
	name := operationName(method, target, depth)
	if name == "" {
		return
	}
	m, path, ok := strings.Cut(name, " ")
	if !ok || m == "" || path == "" {
		t.Errorf("operationName(%q, %q, %d) = %q, want a method and a path", method, target, depth, name)
	}
	if n := strings.Count(path, "/"); n > depth+1 || len(path) > 40*(depth+1) {
		t.Errorf("operationName(%q, %q, %d) = %q, which is too long", method, target, depth, name)
	}
	for i := range len(name) {
		if name[i] < ' ' || name[i] > '~' {
			t.Errorf("operationName(%q, %q, %d) = %q, want printable ASCII", method, target, depth, name)
		}
	}
}

func TestClass(t *testing.T) {
	for _, c := range []struct {
		target string
		status int
		want   slo.Class
	}{
		{"/", 101, slo.Success},
		{"/", 200, slo.Success},
		{"/", 399, slo.Success},
		{"/", 400, slo.ClientError},
		{"/", 404, slo.Unmatched},
		{"/", 405, slo.Unmatched},
		{"/", 410, slo.ClientError},
		{"/", 429, slo.TooManyRequests},
		{"/", 499, slo.Cancelled},
		{"/", 500, slo.ServerError},
		{"/", 999, slo.ServerError},
		{"", 408, slo.ClientError},
		{"/healthz", 200, slo.Health},
		{"/livez", 500, slo.Health},
		{"/readyz?verbose", 503, slo.Health},
		{"/health", 499, slo.Health},
		{"/ping", 200, slo.Health},
		{"/metrics", 200, slo.Health},
		{"http://example.com/metrics", 200, slo.Health},
		{"/metrics", 404, slo.Health},
		{"/healthz/deep", 200, slo.Success},
		{"/shop/health", 500, slo.ServerError},
	} {
		e := entry{target: c.target, status: c.status}
		if got := e.class(); got != c.want {
			t.Errorf("class of %d %q = %v, want %v", c.status, c.target, got, c.want)
		}
	}
}
