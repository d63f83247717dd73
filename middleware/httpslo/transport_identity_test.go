package httpslo_test

import (
	"math/rand/v2"
	"testing"
)

// TestTransportIdentity: a client sees the same through the transport and without:
// informational responses, status, headers, body, trailers, and the error that cuts it.
func TestTransportIdentity(t *testing.T) {
	bothProtocols(t, "client", func(t wire) {
		c := newCaller(t.T, t.proto, script)
		through := c.client.Transport
		rng := rand.New(rand.NewPCG(10, 11))
		n := exchanges() / 8
		for seed := range n {
			method, headers := randomRequest(rng)
			want := exchange(t.T, c.bare, seeded(c.server.URL, seed), method, headers)
			got := exchange(t.T, through, seeded(c.server.URL, seed), method, headers)
			if !same([]byte(got), []byte(want)) {
				t.Fatalf("%s seed %d\nwithout the transport:\n%.2000s\nwith it:\n%.2000s", method, seed, want, got)
			}
		}
		if got := c.Budget("availability").Counts(); got.Valid()+got.Excluded != uint64(n) {
			t.Errorf("%+v counted, want %d calls", got, n)
		}
	})
}
