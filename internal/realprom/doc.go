// Package realprom runs the real Prometheus programs for tests: a server that
// scrapes what a test exports, promtool, and Alertmanager with amtool.
//
// Where a program is missing, tests skip with a word on what to install; with
// NINES_REQUIRE_COMPONENTS=1 in the environment they fail instead.
package realprom
