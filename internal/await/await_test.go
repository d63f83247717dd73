package await_test

import (
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/seed-abb722f7/nines/internal/await"
)

func TestUntil(t *testing.T) {
	for _, c := range []struct {
		soAfter int // questions
		asked   int
		want    error
	}{
		{1, 1, nil},
		{3, 3, nil},
		{1000, 20, context.DeadlineExceeded}, // of a second less a moment
	} {
		synctest.Test(t, func(t *testing.T) {
			ctx, cancel := context.WithTimeout(t.Context(), time.Second-time.Millisecond)
			defer cancel()
			asked := 0
			err := await.Until(ctx, func(context.Context) bool {
				asked++
				return asked >= c.soAfter
			})
			if asked != c.asked || !errors.Is(err, c.want) {
				t.Errorf("Until, so the %dth time: %v after %d questions, want %v after %d", c.soAfter, err, asked, c.want, c.asked)
			}
		})
	}
}

func TestOK(t *testing.T) {
	var status atomic.Int64
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(int(status.Load())) }))
	defer server.Close()
	for s, want := range map[int]bool{http.StatusOK: true, http.StatusServiceUnavailable: false, http.StatusNoContent: false} {
		status.Store(int64(s))
		if got := await.OK(server.URL)(t.Context()); got != want {
			t.Errorf("OK of an answer %d = %v, want %v", s, got, want)
		}
	}
	if server.Close(); await.OK(server.URL)(t.Context()) || await.OK("\x00")(t.Context()) {
		t.Error("OK of what does not answer, or is no URL, is true")
	}
}
