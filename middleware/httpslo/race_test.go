//go:build race

package httpslo_test

// raceEnabled tells tests of quantity to do less: the race detector makes them slow.
const raceEnabled = true
