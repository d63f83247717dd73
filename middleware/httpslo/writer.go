package httpslo

import (
	"bufio"
	"errors"
	"io"
	"io/fs"
	"net"
	"net/http"
	"os"
	"strings"
	"sync/atomic"
	"time"

	"github.com/seed-abb722f7/nines/budget"
	"github.com/seed-abb722f7/nines/slo"
)

// A response is one request under way: the one allocation that the middleware makes for
// it, and what the handler's ResponseWriter is made of (see shapeOf). It is never used
// again: a handler that keeps its writer for too long can hurt no other request.
//
// Like any ResponseWriter it belongs to the handler until that returns, then to finish.
// What may be touched from elsewhere, the event, looks after itself.
//
// The fields fit 96 bytes, a size class of the allocator: TestResponseSize.
type response struct {
	under    http.ResponseWriter
	r        *http.Request // as given to the handler
	event    slo.Event
	layer    *layer            // the innermost that has a say in the verdict
	op       *budget.Operation // where the request is in flight: the name, once bound, else a guess
	detached *Detached
	clock    time.Duration // the tracker's, when the request began; once established, the latency
	written  int64
	served   int64  // of written, what was given while the context was alive
	status   uint16 // the first final status, 0 until one is sent
	flags    uint16

	// Set by Unwrap, which http.ResponseController may call from any goroutine, beside a
	// write: whoever has the writer underneath may change its header.
	unwrapped atomic.Bool
}

// The flags of a response.
const (
	bound         = 1 << iota // op is the name, not a guess
	established               // it is a stream, and clock its latency
	hijacked                  // the connection is not HTTP any more
	headerUsed                // the handler has seen the header, and may have changed it
	aliveAtCommit             // the context was alive when the status was sent
	aliveAtWrite              // the context was alive when the last write began
	writeFailed               // a write failed
	writeTimedOut             // a write met the server's own deadline
	headMethod                // the request came in as HEAD
	healthPath                // the request came in for a health path
	finished                  // the handler has returned
	layered                   // a layer further in has a say in the verdict
)

// exchange makes a response known through any of its shapes.
func (x *response) exchange() *response { return x }

// maxWrappers is how many writers deep one is looked for: more than any server stacks, and
// a bound for writers that unwrap in a circle.
const maxWrappers = 64

// find returns the innermost response that w leads to, of the tracker if one is given; nil
// if there is none.
func find(w http.ResponseWriter, of *budget.Tracker) *response {
	for range maxWrappers {
		if c, ok := w.(interface{ exchange() *response }); ok {
			if x := c.exchange(); of == nil || x.layer.tracker == of {
				return x
			}
		}
		u, ok := w.(unwrapper)
		if !ok {
			return nil
		}
		w = u.Unwrap()
	}
	return nil
}

// Header is http.ResponseWriter's.
func (x *response) Header() http.Header {
	x.flags |= headerUsed
	return x.under.Header()
}

// WriteHeader is http.ResponseWriter's.
func (x *response) WriteHeader(code int) {
	if code <= 999 && (code >= 200 || code == http.StatusSwitchingProtocols && x.r.ProtoMajor < 2) {
		x.begin(code)
	}
	x.under.WriteHeader(code)
}

// Write is http.ResponseWriter's.
func (x *response) Write(p []byte) (int, error) {
	x.look()
	x.commit(http.StatusOK)
	n, err := x.under.Write(p)
	x.wrote(int64(n), err)
	return n, err
}

// Unwrap is for http.ResponseController, which sets deadlines through it.
func (x *response) Unwrap() http.ResponseWriter {
	x.unwrapped.Store(true)
	return x.under
}

// begin is commit where nothing is written.
func (x *response) begin(code int) {
	if x.status == 0 {
		x.look()
		x.commit(code)
	}
}

// commit notes the first final status, after a look. It comes before the writer underneath has
// it: asked for its header afterwards, net/http would copy it.
func (x *response) commit(code int) {
	if x.status != 0 || x.flags&hijacked != 0 {
		return
	}
	x.status = uint16(code)
	if x.flags&aliveAtWrite != 0 {
		x.flags |= aliveAtCommit
	}
	// The header was untouched if the handler never saw it, and then the type is the
	// default one. Asking all the same would make net/http allocate.
	if (x.flags&headerUsed != 0 || x.unwrapped.Load()) && code >= 200 && code < 300 && isEventStream(x.under.Header()) {
		x.establish()
	}
}

// wrote notes what became of a write.
func (x *response) wrote(n int64, err error) {
	x.written += n
	if err != nil {
		x.flags |= writeFailed
		if isWriteTimeout(err) {
			x.flags |= writeTimedOut
		}
	}
	if x.flags&aliveAtWrite != 0 {
		x.served = x.written
	}
}

// isWriteTimeout reports whether a write met the server's own deadline, upon which net/http
// cancels the context as if the client had gone. The error of a readFrom may be its
// source's, which says that it was reading.
func isWriteTimeout(err error) bool {
	if !errors.Is(err, os.ErrDeadlineExceeded) {
		return false
	}
	for ; err != nil; err = errors.Unwrap(err) {
		switch e := err.(type) { //nolint:errorlint // each link of the chain in turn
		case *net.OpError:
			if e.Op == "read" {
				return false
			}
		case *fs.PathError:
			if e.Op == "read" {
				return false
			}
		}
	}
	return true
}

// look notes whether the client is still there, before something is written: one that has got
// everything may be gone before the write returns.
func (x *response) look() {
	if x.r.Context().Err() == nil {
		x.flags |= aliveAtWrite
	} else {
		x.flags &^= aliveAtWrite
	}
}

// establish notes that the response is a stream from now on. Its latency ends here.
func (x *response) establish() {
	if x.flags&(established|finished) != 0 {
		return
	}
	x.flags |= established
	x.clock = x.layer.tracker.Now() - x.clock
	x.op.StreamBegan()
}

// move takes the request to the operation that it belongs to.
func (x *response) move(op *budget.Operation) {
	if x.op == op {
		return
	}
	if x.flags&established != 0 {
		op.StreamBegan()
		x.op.StreamEnded()
	}
	op.Start()
	x.op.Withdraw()
	x.op = op
}

// isEventStream reports whether the header announces server-sent events (HTML Living
// Standard, section 9.2).
func isEventStream(h http.Header) bool {
	const want = "text/event-stream"
	v := h["Content-Type"]
	if len(v) == 0 || len(v[0]) < len(want) || !strings.EqualFold(v[0][:len(want)], want) {
		return false
	}
	rest := strings.TrimLeft(v[0][len(want):], " \t")
	return rest == "" || rest[0] == ';'
}

// The rest are the optional interfaces, which the shapes of a response expose where the
// writer underneath has them. That it has them, shapeOf has seen.

func (x *response) flush() {
	x.begin(http.StatusOK)
	x.under.(http.Flusher).Flush()
}

func (x *response) flushError() error {
	x.begin(http.StatusOK)
	return x.under.(errorFlusher).FlushError()
}

func (x *response) hijack() (net.Conn, *bufio.ReadWriter, error) {
	conn, rw, err := x.under.(http.Hijacker).Hijack()
	if err == nil {
		x.flags |= hijacked
		x.establish()
	}
	return conn, rw, err
}

// readFrom hands src on as it is, so that net/http can give a file to the kernel. Nothing
// was sent if nothing was read: the status may still be another.
func (x *response) readFrom(src io.Reader) (int64, error) {
	x.look()
	n, err := x.under.(io.ReaderFrom).ReadFrom(src)
	if n > 0 {
		x.commit(http.StatusOK)
	}
	x.wrote(n, err)
	return n, err
}

func (x *response) writeString(s string) (int, error) {
	x.look()
	x.commit(http.StatusOK)
	n, err := x.under.(io.StringWriter).WriteString(s)
	x.wrote(int64(n), err)
	return n, err
}

func (x *response) push(target string, opts *http.PushOptions) error {
	return x.under.(http.Pusher).Push(target, opts)
}

func (x *response) closeNotify() <-chan bool {
	return x.under.(http.CloseNotifier).CloseNotify() //nolint:staticcheck // deprecated, and still what some handlers ask for
}

// An errorFlusher is what http.ResponseController asks for before http.Flusher.
type errorFlusher interface{ FlushError() error }
