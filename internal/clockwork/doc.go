// Package clockwork derives engine time from the two clocks of a machine.
//
// Engine time is what windows are indexed by. Only the monotonic clock advances it
// and it never goes back; an offset maps it to wall time. It reads no clock itself:
// its owner hands it both readings, so that live use, replay and tests are one code.
package clockwork
