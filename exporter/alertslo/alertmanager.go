package alertslo

import (
	"fmt"
	"log/slog"
	"maps"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"time"

	"github.com/seed-abb722f7/nines/internal/escape"
)

const (
	// maxResend is how often an open breach is sent at least: Prometheus does it each minute,
	// and Alertmanager lets an alert end that is not sent again.
	maxResend = time.Minute
	minResend = time.Second

	// lasts is how many times Resend an open alert lasts, as with Prometheus: three that get
	// lost do not resolve it.
	lasts = 4
)

// An Alertmanager is told of every breach, by version 2 of its API (0.16 and later): when it
// starts and ends, and of all that is open at least every minute, whatever the watcher tells.
// What has ended is sent for another 15 minutes. Alertmanager makes one notification for the
// start and one for the end of that, according to its configuration.
//
// Labels are alertname ("ErrorBudgetBreach"), severity ("page" or "ticket"), slo, slo_service,
// and where there are any owner, region, environment, priority if the objective declares it,
// rule if that has breaches of its own, and instance and slo_severity with [PerInstance]. They
// are the same from start to end and after every restart, as startsAt is, if the tracker goes on
// from its snapshot. Annotations have summary, description with the numbers, breach (its ID),
// slo_target, priority with priority_reason, trace_ids, and each link of the objective, such as
// runbook_url; they are up to date with what is sent last.
//
// If the process ends while a breach is open, and none goes on with it, Alertmanager resolves it
// after four times Resend. A breach that begins and ends while an Alertmanager is away is not
// told there.
type Alertmanager struct {
	// URLs are the Alertmanagers, at least one, such as "http://am-1:9093", with the path in
	// front of /api/v2 if there is one. All are told everything, each on its own: those of
	// a cluster agree among themselves on who notifies.
	URLs []string

	// Token is a bearer token; or Username and Password are for basic authentication. Empty
	// is none.
	Token    Secret
	Username string
	Password Secret

	// Labels are added to every alert, for routing. Those that this package sets are refused.
	Labels map[string]string

	// GeneratorURL is where alerts link to: such as a page of the service that shows its
	// error budgets. Empty is none.
	GeneratorURL string

	// Resend is how often what is open is sent again: from a second to a minute. Zero is a
	// minute.
	Resend time.Duration

	// HTTP makes the requests, each within ten seconds; it is for TLS, proxies and tokens that
	// change. Redirects are not followed. Nil is http.DefaultTransport.
	HTTP *http.Client

	// Logger receives a line when an Alertmanager begins to fail, and when it is back. Nil means
	// slog.Default.
	Logger *slog.Logger
}

// labelName is what Alertmanager takes as the name of a label.
var labelName = regexp.MustCompile(`^[a-zA-Z_][a-zA-Z0-9_]*$`)

func (a Alertmanager) open(n *Notifier, refuse reject) (all []deliverer) {
	if len(a.URLs) == 0 {
		refuse("URLs", a.URLs, "want at least one, such as http://127.0.0.1:9093")
	}
	who := authority{a.Username, a.Password, a.Token}
	who.check(refuse)
	labels := map[string]string{}
	for _, name := range slices.Sorted(maps.Keys(a.Labels)) {
		value := a.Labels[name]
		switch {
		case !labelName.MatchString(name):
			refuse("Labels", name, "want a name of letters, digits and _, that does not begin with a digit")
		case slices.Contains(ownLabels[:], name):
			refuse("Labels", name, "want another name: this one is set by this package")
		case len(value) > maxLabel:
			refuse(fmt.Sprintf("Labels[%q]", name), value, fmt.Sprintf("want at most %d bytes", maxLabel))
		case value != "": // which is no label
			labels[name] = escape.UTF8(value)
		}
	}
	if a.GeneratorURL != "" {
		if u, err := url.Parse(a.GeneratorURL); err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Host == "" {
			refuse("GeneratorURL", a.GeneratorURL, "want an address such as https://shop.example.com/budgets")
		}
	}
	resend := a.Resend
	switch {
	case resend == 0:
		resend = maxResend
	case resend < minResend, resend > maxResend:
		refuse("Resend", resend, fmt.Sprintf("want at least %v, at most %v, or zero for that", minResend, maxResend))
	}
	logger := a.Logger
	if logger == nil {
		logger = slog.Default()
	}
	seen := map[string]bool{}
	for i, raw := range a.URLs {
		field := fmt.Sprintf("URLs[%d]", i)
		u := parse(raw, func(value any, reason string) { refuse(field, value, reason) })
		if u == nil {
			continue
		}
		if u.RawQuery != "" || u.Fragment != "" {
			refuse(field, shown(u), "want an address without a query")
			continue
		}
		u = u.JoinPath("/api/v2/alerts")
		if seen[u.String()] {
			refuse(field, shown(u), "want every Alertmanager once")
			continue
		}
		seen[u.String()] = true
		s := &sender{
			notifier: n, endpoint: newEndpoint(u, a.HTTP, who), labels: labels, generator: a.GeneratorURL,
			resend: resend, logger: logger, news: make(chan struct{}, 1),
		}
		s.counters.name = "alertmanager " + u.Scheme + "://" + u.Host
		all = append(all, s)
	}
	return all
}
