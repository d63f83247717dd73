package live

import (
	"context"
	"testing"
	"testing/synctest"
	"time"
)

func TestWork(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
		defer cancel()
		began := time.Now()
		for _, want := range []time.Duration{40 * time.Second, time.Minute, time.Minute} { // then ctx has ended
			Work(ctx, 40*time.Second)
			if took := time.Since(began); took != want {
				t.Errorf("Work ends after %v, want %v", took, want)
			}
		}
	})
}
