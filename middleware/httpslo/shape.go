package httpslo

import (
	"io"
	"net/http"
	"reflect"
	"sync/atomic"
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
	canUnwrap // not of a shape: there may be a response below
)

// shapeOf returns x as a ResponseWriter with the optional interfaces in mask, which are
// exactly those that the writer underneath has: never one hidden, because handlers would
// fall back to something slower or fail; never one invented, because they would believe
// it. It allocates nothing.
func shapeOf(x *response, mask uint) http.ResponseWriter { return shape(x, mask&^canUnwrap) }

// abilities returns the optional interfaces of w.
//
// FlushError counts only beside Flush; alone, http.ResponseController finds it through
// Unwrap.
func abilities(w http.ResponseWriter) (mask uint) {
	if _, ok := w.(http.Flusher); ok {
		mask |= canFlush
		if _, ok := w.(errorFlusher); ok {
			mask |= canFlushError
		}
	}
	if _, ok := w.(http.Hijacker); ok {
		mask |= canHijack
	}
	if _, ok := w.(io.ReaderFrom); ok {
		mask |= canReadFrom
	}
	if _, ok := w.(io.StringWriter); ok {
		mask |= canWriteString
	}
	if _, ok := w.(http.Pusher); ok {
		mask |= canPush
	}
	if _, ok := w.(http.CloseNotifier); ok { //nolint:staticcheck // deprecated, and still what some handlers ask for
		mask |= canCloseNotify
	}
	if _, ok := w.(unwrapper); ok {
		mask |= canUnwrap
	}
	return mask
}

// An unwrapper is a writer around another, as http.ResponseController knows them.
type unwrapper interface{ Unwrap() http.ResponseWriter }

// A kind is what is known of one type of writer.
type kind struct {
	writer reflect.Type
	mask   uint
}

// kinds are the types of writer that were seen, of which a server has two or three. The
// list is read without a lock, only ever replaced by a longer one, and never longer than
// maxKinds: to look a type up costs a fraction of asking it for eight interfaces.
var kinds atomic.Pointer[[]kind]

const maxKinds = 16

// abilitiesOf is abilities, remembered.
func abilitiesOf(w http.ResponseWriter) uint {
	t := reflect.TypeOf(w)
	known := kinds.Load()
	if known != nil {
		for i := range *known {
			if (*known)[i].writer == t {
				return (*known)[i].mask
			}
		}
	}
	mask := abilities(w)
	if known == nil || len(*known) < maxKinds {
		remember(known, kind{t, mask})
	}
	return mask
}

// remember adds a kind to the list, if there is room. Another request may be quicker: then
// the next one will do.
func remember(known *[]kind, k kind) {
	longer := &[]kind{k}
	if known != nil {
		*longer = append((*known)[:len(*known):len(*known)], k)
	}
	kinds.CompareAndSwap(known, longer)
}
