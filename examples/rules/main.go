// Rules prints what Prometheus needs to judge the shop of examples/quickstart, and to page for
// it however many replicas it has:
//
//	go run ./examples/rules > shop.rules.yml              # recording rules and alerts
//	go run ./examples/rules -tests > shop.tests.yml       # then: promtool test rules shop.tests.yml
//	go run ./examples/rules -dashboard > shop.json        # for Grafana: Dashboards, New, Import
//
// The objectives are those that the quickstart declares, over 28 days where it has the
// length of its run. With -window the rules are for another length, and with -interval they
// are evaluated as often as that, which shows something while a quickstart runs.
//
// With -file the rules are for objectives of your own:
//
//	service: shop
//	objectives:
//	  - name: checkout-availability
//	    of: http POST /checkout   # or rpc METHOD, events STREAM, dependency NAME, all, each
//	    sli: availability         # or latency 300ms, correctness, freshness, completeness, ...
//	    target: 99.9%
//	    window: 28d               # the default; owner, region, priority, description, shadow and
//	    owner: payments           # links (name and url) may be left out too
//
// It is read strictly, by file.go: no other fields, and each only once.
//
// It exits with 0, 1 if it cannot write, or 2 if a flag or the file is wrong.
package main

import "os"

func main() { os.Exit(run(os.Args[1:], os.Stdout, os.Stderr)) }
