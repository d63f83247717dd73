package stripe

import (
	"sync"
	"sync/atomic"
)

// A token makes the choice of a stripe stick to a processor: sync.Pool hands a
// goroutine the token that was last put back on its processor. Choosing at random
// instead drags every stripe's cache lines from core to core and measured slower
// than no stripes at all.
type token struct{ stripe uint32 }

var (
	nextToken atomic.Uint32
	tokens    = sync.Pool{New: func() any { return &token{stripe: nextToken.Add(1)} }}
)

// choose returns the stripe of several that this processor counts in, and the token
// that says so, which must be released.
func choose(stripes []*stripe) (*stripe, *token) {
	tok := tokens.Get().(*token)
	return tok.of(stripes), tok
}

// of returns the stripe that a token means; stripes are a power of two.
func (t *token) of(stripes []*stripe) *stripe { return stripes[int(t.stripe)&(len(stripes)-1)] }

func release(tok *token) {
	if tok != nil {
		tokens.Put(tok)
	}
}
