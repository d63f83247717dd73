// Package prometheus pins a current Prometheus, newer than the one that Debian has: .ci/run
// builds it and runs the tests against it that start a server. It has no code.
package prometheus
