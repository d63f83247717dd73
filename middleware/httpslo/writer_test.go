package httpslo

import (
	"bufio"
	"errors"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"unsafe"

	"github.com/seed-abb722f7/nines/budget/budgettest"
	"github.com/seed-abb722f7/nines/slo"
)

func newTracker(t *testing.T) *budgettest.Tracker {
	t.Helper()
	return budgettest.New(t, slo.Objective{Name: "all", Of: slo.All, SLI: slo.Availability(), Target: slo.Percent(99)})
}

// everything is a writer with all optional interfaces, which notes what is called.
type everything struct {
	header http.Header
	calls  []string
}

var errCalled = errors.New("called")

func (e *everything) note(call string)            { e.calls = append(e.calls, call) }
func (e *everything) Header() http.Header         { return e.header }
func (e *everything) WriteHeader(int)             { e.note("WriteHeader") }
func (e *everything) Write(p []byte) (int, error) { e.note("Write"); return len(p), errCalled }
func (e *everything) Flush()                      { e.note("Flush") }
func (e *everything) FlushError() error           { e.note("FlushError"); return errCalled }
func (e *everything) Hijack() (net.Conn, *bufio.ReadWriter, error) {
	e.note("Hijack")
	return nil, nil, errCalled
}
func (e *everything) ReadFrom(io.Reader) (int64, error) { e.note("ReadFrom"); return 7, errCalled }
func (e *everything) WriteString(s string) (int, error) {
	e.note("WriteString")
	return len(s), errCalled
}
func (e *everything) Push(string, *http.PushOptions) error { e.note("Push"); return errCalled }
func (e *everything) CloseNotify() <-chan bool             { e.note("CloseNotify"); return nil }

// bare is a writer with no interface but its own. Each fake has one method more than the fake
// inside it, which is that of all.
type bare struct {
	http.ResponseWriter
	all *everything
}

// interfaces returns the set that w has, as bits, found without the code under test.
func interfaces(w http.ResponseWriter) (mask uint) {
	for i, has := range []func() bool{
		func() bool { _, ok := w.(http.Flusher); return ok },
		func() bool { _, ok := w.(interface{ FlushError() error }); return ok },
		func() bool { _, ok := w.(http.Hijacker); return ok },
		func() bool { _, ok := w.(io.ReaderFrom); return ok },
		func() bool { _, ok := w.(io.StringWriter); return ok },
		func() bool { _, ok := w.(http.Pusher); return ok },
		func() bool { _, ok := w.(http.CloseNotifier); return ok }, //nolint:staticcheck // deprecated, and wrapped all the same
	} {
		if has() {
			mask |= 1 << i
		}
	}
	return mask
}

// TestMatrix: for every set of interfaces underneath, the handler sees the same set, and
// what it calls arrives there with its results.
func TestMatrix(t *testing.T) {
	b := newTracker(t)
	for mask := range uint(1 << 7) {
		all := &everything{header: http.Header{}}
		under := fakes[mask](bare{all, all})
		if got := interfaces(under); got != mask {
			t.Fatalf("the fake for %07b has %07b", mask, got)
		}
		want := mask
		if mask&(canFlush|canFlushError) == canFlushError {
			want &^= canFlushError // found through Unwrap, see below
		}
		served := false
		Route(b.Tracker, "/", http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			served = true
			if got := interfaces(w); got != want {
				t.Errorf("under %07b: the handler sees %07b, want %07b", mask, got, want)
			}
			if got := w.(interface{ Unwrap() http.ResponseWriter }).Unwrap(); got != under {
				t.Errorf("under %07b: Unwrap = %v, want the writer underneath", mask, got)
			}
			callAll(t, all, w, want)
			err := http.NewResponseController(w).Flush()
			switch {
			case mask&canFlushError != 0 && !errors.Is(err, errCalled),
				mask&(canFlush|canFlushError) == canFlush && err != nil,
				mask&(canFlush|canFlushError) == 0 && !errors.Is(err, http.ErrNotSupported):
				t.Errorf("under %07b: ResponseController.Flush = %v", mask, err)
			}
		})).ServeHTTP(under, httptest.NewRequest(http.MethodGet, "/", nil))
		if !served {
			t.Fatalf("under %07b: the handler was not called", mask)
		}
	}
}

// callAll calls each interface in mask and checks that the call arrives, and its error
// comes back.
func callAll(t *testing.T, all *everything, w http.ResponseWriter, mask uint) {
	t.Helper()
	for _, c := range []struct {
		bit  uint
		name string
		call func() error
	}{
		{0, "Write", func() error { _, err := w.Write([]byte("x")); return err }},
		{0, "WriteHeader", func() error { w.WriteHeader(http.StatusOK); return errCalled }},
		{canFlush, "Flush", func() error { w.(http.Flusher).Flush(); return errCalled }},
		{canFlushError, "FlushError", func() error { return w.(errorFlusher).FlushError() }},
		{canHijack, "Hijack", func() error { _, _, err := w.(http.Hijacker).Hijack(); return err }},
		{canReadFrom, "ReadFrom", func() error {
			n, err := w.(io.ReaderFrom).ReadFrom(strings.NewReader(""))
			if n != 7 {
				t.Errorf("ReadFrom = %d, want 7", n)
			}
			return err
		}},
		{canWriteString, "WriteString", func() error { _, err := w.(io.StringWriter).WriteString("x"); return err }},
		{canPush, "Push", func() error { return w.(http.Pusher).Push("/x", nil) }},
		{canCloseNotify, "CloseNotify", func() error {
			w.(http.CloseNotifier).CloseNotify() //nolint:staticcheck // deprecated, and wrapped all the same
			return errCalled
		}},
	} {
		if c.bit != 0 && mask&c.bit == 0 {
			continue
		}
		all.calls = nil
		if err := c.call(); !errors.Is(err, errCalled) || !slices.Equal(all.calls, []string{c.name}) {
			t.Errorf("under %07b: %s called %v and returned %v", mask, c.name, all.calls, err)
		}
	}
}

// TestResponseSize: a request costs one object of this size.
func TestResponseSize(t *testing.T) {
	if got := unsafe.Sizeof(response{}); got > 96 {
		t.Errorf("a response takes %d bytes, want at most 96", got)
	}
}

func TestShapesAllocateNothing(t *testing.T) {
	x := &response{under: &everything{}}
	var w http.ResponseWriter
	if got := testing.AllocsPerRun(100, func() { w = shapeOf(x, abilitiesOf(x.under)) }); got != 0 || w == nil {
		t.Errorf("shapeOf allocates %v times, want 0", got)
	}
}

// A circle is a writer that unwraps to itself.
type circle struct{ http.ResponseWriter }

func (c *circle) Unwrap() http.ResponseWriter { return c }

// A nothing is a writer that unwraps to nil.
type nothing struct{ http.ResponseWriter }

func (nothing) Unwrap() http.ResponseWriter { return nil }

func TestFindEnds(t *testing.T) {
	b := newTracker(t)
	for _, w := range []http.ResponseWriter{&circle{httptest.NewRecorder()}, nothing{httptest.NewRecorder()}} {
		if Event(w) != nil || Detach(w) != nil {
			t.Errorf("%T: found a request where there is none", w)
		}
		Established(w)
		Route(b.Tracker, "/", http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			w.WriteHeader(http.StatusNoContent)
		})).ServeHTTP(w, httptest.NewRequest(http.MethodGet, "/", nil))
	}
	b.Want("all", 2, 0, 0)
	if Event(nil) != nil || Detach(nil) != nil {
		t.Error("found a request in nil")
	}
	Established(nil)
}
