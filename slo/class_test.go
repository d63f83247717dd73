package slo_test

import (
	"net/http"
	"strings"
	"testing"

	"github.com/seed-abb722f7/nines/slo"
)

func TestStatusClass(t *testing.T) {
	for code := 100; code <= 999; code++ {
		want := slo.Success
		switch {
		case code == 429:
			want = slo.TooManyRequests
		case code >= 400 && code <= 499:
			want = slo.ClientError
		case code >= 500:
			want = slo.ServerError
		}
		if got := slo.StatusClass(code); got != want {
			t.Errorf("StatusClass(%d) = %v, want %v", code, got, want)
		}
	}
	for code, want := range map[int]slo.Class{
		http.StatusSwitchingProtocols:  slo.Success,
		http.StatusNotModified:         slo.Success,
		http.StatusNotFound:            slo.ClientError,
		http.StatusTooManyRequests:     slo.TooManyRequests,
		http.StatusServiceUnavailable:  slo.ServerError,
		600:                            slo.ServerError,
		0:                              slo.ServerError, // no status must not look healthy
		99:                             slo.ServerError,
		-1:                             slo.ServerError,
		1000:                           slo.ServerError,
		int(^uint(0) >> 1):             slo.ServerError,
		-int(^uint(0)>>1) - 1:          slo.ServerError,
		http.StatusInternalServerError: slo.ServerError,
	} {
		if got := slo.StatusClass(code); got != want {
			t.Errorf("StatusClass(%d) = %v, want %v", code, got, want)
		}
	}
}

// The names are those of google.golang.org/grpc/codes, in the order of the codes.
var rpcNames = []string{
	"OK", "CANCELLED", "UNKNOWN", "INVALID_ARGUMENT", "DEADLINE_EXCEEDED", "NOT_FOUND", "ALREADY_EXISTS",
	"PERMISSION_DENIED", "RESOURCE_EXHAUSTED", "FAILED_PRECONDITION", "ABORTED", "OUT_OF_RANGE",
	"UNIMPLEMENTED", "INTERNAL", "UNAVAILABLE", "DATA_LOSS", "UNAUTHENTICATED",
}

func TestRPCClass(t *testing.T) {
	for code, want := range rpcNames {
		if got := slo.RPCClass(uint32(code)).String(); got != want {
			t.Errorf("RPCClass(%d) = %s, want %s", code, got, want)
		}
	}
	if got, want := slo.RPCClass(16), slo.NumClasses-1; got != want {
		t.Errorf("RPCClass(16) = %v, want the last class, %v", got, want)
	}
	for _, code := range []uint32{17, 18, 255, 256, 1<<31 - 1, 1 << 31, 1<<32 - 1} {
		if got := slo.RPCClass(code); got != slo.RPCUnknown {
			t.Errorf("RPCClass(%d) = %v, want UNKNOWN", code, got)
		}
	}
}

func TestClassNames(t *testing.T) {
	seen := make(map[string]slo.Class)
	for c := range slo.NumClasses {
		name := c.String()
		if name == "" || strings.TrimSpace(name) != name || name == "unknown class" {
			t.Errorf("Class(%d).String() = %q, want a name", c, name)
		}
		if other, taken := seen[name]; taken {
			t.Errorf("classes %d and %d are both %q, want a name each", other, c, name)
		}
		seen[name] = c
	}
	for _, c := range []slo.Class{slo.NumClasses, slo.NumClasses + 1, 255} {
		if got, want := c.String(), "unknown class"; got != want {
			t.Errorf("Class(%d).String() = %q, want %q", c, got, want)
		}
	}
	for class, want := range map[slo.Class]string{
		slo.Success: "2xx-3xx", slo.ClientError: "4xx", slo.TooManyRequests: "429", slo.ServerError: "5xx",
		slo.Failed: "failed", slo.Cancelled: "cancelled", slo.Degraded: "degraded", slo.Exempt: "excluded",
		slo.Unmatched: "unmatched", slo.Health: "health", slo.Shutdown: "shutdown",
		slo.EventGood: "good", slo.EventBad: "bad", slo.RPCDeadlineExceeded: "DEADLINE_EXCEEDED",
	} {
		if got := class.String(); got != want {
			t.Errorf("Class(%d).String() = %q, want %q", class, got, want)
		}
	}
}

// The set is recorded in bits of 64, and in the order in which it was first written
// to disk.
func TestClassesKeepTheirNumbers(t *testing.T) {
	if slo.NumClasses != 30 {
		t.Errorf("NumClasses = %d, want 30", slo.NumClasses)
	}
	for class, want := range map[slo.Class]uint8{
		slo.Success: 0, slo.ServerError: 3, slo.Cancelled: 5, slo.Exempt: 10, slo.EventBad: 12,
		slo.RPCOK: 13, slo.RPCUnauthenticated: 29,
	} {
		if uint8(class) != want {
			t.Errorf("%v is class %d, want %d", class, class, want)
		}
	}
}

func TestReason(t *testing.T) {
	for class, want := range map[slo.Class]string{
		slo.Cancelled: "cancelled", slo.Unmatched: "unmatched", slo.Health: "health",
		slo.Shutdown: "shutdown", slo.Exempt: "handler",
		slo.TooManyRequests: "429", slo.RPCNotFound: "NOT_FOUND", slo.Class(200): "unknown class",
	} {
		if got := class.Reason(); got != want {
			t.Errorf("%v.Reason() = %q, want %q", class, got, want)
		}
	}
	// What is excluded by default has one of the five reasons that are documented.
	documented := map[string]bool{"cancelled": true, "unmatched": true, "health": true, "shutdown": true, "handler": true}
	defaults := slo.DefaultVerdicts()
	for c := range slo.NumClasses {
		if defaults[c] == slo.Excluded && !documented[c.Reason()] {
			t.Errorf("%v is excluded under the reason %q, want a documented one", c, c.Reason())
		}
	}
}
