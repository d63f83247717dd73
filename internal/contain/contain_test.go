package contain_test

import (
	"runtime"
	"testing"

	"github.com/seed-abb722f7/nines/internal/contain"
)

type counter int

func (c *counter) Recovered() { *c++ }

func TestCall(t *testing.T) {
	var n counter
	ran := false
	if !contain.Call(&n, func() { ran = true }) || !ran || n != 0 {
		t.Errorf("Call of a function that returns: ran %v, %d counted, want it run and none", ran, n)
	}
	if contain.Call(&n, func() { panic("boom") }) || n != 1 {
		t.Errorf("Call of a function that panics: %d counted, want false and 1", n)
	}
	if contain.Call(&n, func() { panic(nil) }) || n != 2 { //nolint:govet // that is the case
		t.Errorf("Call of a function that panics with nil: %d counted, want false and 2", n)
	}
	done := make(chan bool)
	go func() {
		defer close(done)
		contain.Call(&n, runtime.Goexit)
		t.Error("Goexit was held up")
	}()
	<-done
	if n != 3 {
		t.Errorf("%d counted after a Goexit, want 3", n)
	}
	if got := testing.AllocsPerRun(100, func() { contain.Call(&n, func() { ran = false }) }); got != 0 {
		t.Errorf("Call allocates %v times, want 0", got)
	}
}
