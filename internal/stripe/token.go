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

// pick returns the stripe to count in. The token is nil while there is one stripe.
func (t *Table) pick() (*stripe, *token) {
	stripes := *t.stripes.Load()
	if len(stripes) == 1 {
		return stripes[0], nil
	}
	tok := tokens.Get().(*token)
	return stripes[int(tok.stripe)&(len(stripes)-1)], tok
}

func release(tok *token) {
	if tok != nil {
		tokens.Put(tok)
	}
}
