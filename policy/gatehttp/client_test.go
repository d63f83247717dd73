package gatehttp_test

import (
	"context"
	"strings"
	"testing"

	"github.com/seed-abb722f7/nines/policy"
	"github.com/seed-abb722f7/nines/policy/gatehttp"
)

// TestClientKeepsSecrets: no error shows the token, or a password in the URL.
func TestClientKeepsSecrets(t *testing.T) {
	change := policy.Change{Kind: policy.Feature, ID: "v2"}
	for _, url := range []string{
		"http://alice:hunter2@ho st/gate", "http://alice:hunter2@127.0.0.1:1/gate", "http://alice:hunter2@127.0.0.1:x/gate", "alice:hunter2@127.0.0.1", "ftp://alice:hunter2@127.0.0.1/",
	} {
		c := gatehttp.Client{URL: url, Token: "token-of-16-bytes"}
		_, decide := c.Decide(context.Background(), change)
		_, begin := c.Begin(context.Background(), change)
		_, done := c.Done(context.Background(), change)
		for _, err := range []error{decide, begin, done} {
			if err == nil || strings.Contains(err.Error(), "hunter2") || strings.Contains(err.Error(), "token-of") {
				t.Errorf("%s: error %v, want one without secrets", url, err)
			}
		}
	}
}
