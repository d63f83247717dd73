//go:build !race

package httpslo_test

// raceEnabled is false without the race detector.
const raceEnabled = false
