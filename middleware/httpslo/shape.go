package httpslo

import (
	"io"
	"net/http"
)

//go:generate go run gen_shapes.go

// The optional interfaces of a ResponseWriter, as bits of a shape.
const (
	canFlush = 1 << iota
	canFlushError
	canHijack
	canReadFrom
	canWriteString
	canPush
	canCloseNotify
)

// shapeOf returns x as a ResponseWriter with exactly the optional interfaces that the
// writer underneath has: never one hidden, because handlers would fall back to something
// slower or fail; never one invented, because they would believe it. It allocates nothing.
//
// FlushError counts only beside Flush; alone, http.ResponseController finds it through
// Unwrap.
func shapeOf(x *response) http.ResponseWriter {
	var mask uint
	if _, ok := x.under.(http.Flusher); ok {
		mask |= canFlush
		if _, ok := x.under.(errorFlusher); ok {
			mask |= canFlushError
		}
	}
	if _, ok := x.under.(http.Hijacker); ok {
		mask |= canHijack
	}
	if _, ok := x.under.(io.ReaderFrom); ok {
		mask |= canReadFrom
	}
	if _, ok := x.under.(io.StringWriter); ok {
		mask |= canWriteString
	}
	if _, ok := x.under.(http.Pusher); ok {
		mask |= canPush
	}
	if _, ok := x.under.(http.CloseNotifier); ok { //nolint:staticcheck // deprecated, and still what some handlers ask for
		mask |= canCloseNotify
	}
	return shape(x, mask)
}
