package main

import (
	"time"

	"github.com/seed-abb722f7/nines/slo"
)

// objectives are what the shop of examples/quickstart declares. A service would have them in a
// package of its own, and both its main and the program that writes the rules would import
// that.
func objectives(window slo.Window) []slo.Objective {
	return []slo.Objective{
		{
			Name: "checkout-availability", Of: slo.HTTP("POST /checkout"), SLI: slo.Availability(), Target: slo.Percent(97),
			Window: window, Owner: "payments", Description: "People who want to pay can.",
		},
		{
			Name: "search-latency", Of: slo.HTTP("GET /search"), SLI: slo.Latency(100 * time.Millisecond), Target: slo.Percent(80),
			Window: window, Owner: "search",
		},
		{
			Name: "shop-availability", Of: slo.All, SLI: slo.Availability(), Target: slo.Percent(97),
			Window: window, Owner: "shop",
		},
		{
			Name: "availability", Of: slo.Each, SLI: slo.Availability(), Target: slo.Percent(95),
			Window: window, Owner: "catalogue",
		},
	}
}
