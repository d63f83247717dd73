package alertslo_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"testing"
	"time"

	"github.com/seed-abb722f7/nines/exporter/alertslo"
	"github.com/seed-abb722f7/nines/slo"
)

type panicHandler struct{ slog.Handler }

func (panicHandler) Enabled(context.Context, slog.Level) bool { return true }

func (panicHandler) Handle(context.Context, slog.Record) error { panic("mine") }

func panicking() *slog.Logger { return slog.New(panicHandler{slog.DiscardHandler}) }

func TestRefused(t *testing.T) {
	am := func(change func(*alertslo.Alertmanager)) alertslo.Destination {
		a := alertslo.Alertmanager{URLs: []string{"http://am:9093"}}
		change(&a)
		return a
	}
	hook := func(change func(*alertslo.Webhook)) alertslo.Destination {
		w := alertslo.Webhook{URL: "https://hook"}
		change(&w)
		return w
	}
	urls := func(urls ...string) alertslo.Destination {
		return am(func(a *alertslo.Alertmanager) { a.URLs = urls })
	}
	const address = "want an address such as http://127.0.0.1:9093"
	for _, tt := range []struct {
		scope alertslo.Scope
		to    []alertslo.Destination
		want  string
	}{
		{alertslo.Scope{}, []alertslo.Destination{alertslo.Log{}}, `alertslo: scope is "none": want alertslo.Single if exactly one process has these objectives, else alertslo.PerInstance with a name for this one`},
		{alertslo.PerInstance(""), []alertslo.Destination{alertslo.Log{}}, `alertslo: PerInstance(id) is "": want a name for this process, such as that of its pod or host`},
		{alertslo.PerInstance(" \t"), []alertslo.Destination{alertslo.Log{}}, `alertslo: PerInstance(id) is " \t": want a name for this process`},
		{alertslo.PerInstance(strings.Repeat("x", 257)), []alertslo.Destination{alertslo.Log{}}, `alertslo: PerInstance(id) is "xxx`},
		{alertslo.PerInstance(strings.Repeat("x", 257)), []alertslo.Destination{alertslo.Log{}}, "want a name of at most 256 bytes, got 257"},
		{alertslo.Single, nil, `alertslo: destinations is []: want at least one, such as alertslo.Log{}`},
		{alertslo.Single, []alertslo.Destination{nil}, `destinations[0] is "nil": want an Alertmanager, a Webhook or a Log`},
		{alertslo.Single, []alertslo.Destination{urls()}, `alertslo: destinations[0].URLs is []: want at least one, such as http://127.0.0.1:9093`},
		{alertslo.Single, []alertslo.Destination{urls("")}, `alertslo: destinations[0].URLs[0] is "": ` + address},
		{alertslo.Single, []alertslo.Destination{alertslo.Log{}, urls("http://a", "am:9093")}, `alertslo: destinations[1].URLs[1] is "am:9093": ` + address + ", with http or https in front"},
		{alertslo.Single, []alertslo.Destination{urls("ftp://am")}, `URLs[0] is "ftp://am": ` + address + ", with http or https in front"},
		{alertslo.Single, []alertslo.Destination{urls("http:///x")}, `URLs[0] is "http [secret]": ` + address + ", with a host"},
		{alertslo.Single, []alertslo.Destination{urls("http://u:pa55word@am")}, `URLs[0] is "http://am [secret]": want no user in the address`},
		{alertslo.Single, []alertslo.Destination{urls("http://am%zz")}, `URLs[0] is "[secret]": ` + address + "; it cannot be parsed"},
		{alertslo.Single, []alertslo.Destination{urls("http://am?pa55word")}, `URLs[0] is "http://am [secret]": want an address without a query`},
		{alertslo.Single, []alertslo.Destination{urls("http://am", "http://am/")}, `URLs[1] is "http://am [secret]": want every Alertmanager once`},
		{alertslo.Single, []alertslo.Destination{am(func(a *alertslo.Alertmanager) { a.Resend = time.Hour })}, `Resend is 1h0m0s: want at least 1s, at most 1m0s, or zero for that`},
		{alertslo.Single, []alertslo.Destination{am(func(a *alertslo.Alertmanager) { a.Resend = time.Millisecond })}, `Resend is 1ms: want at least 1s`},
		{alertslo.Single, []alertslo.Destination{am(func(a *alertslo.Alertmanager) { a.Labels = map[string]string{"a-b": "c"} })}, `Labels is "a-b": want a name of letters`},
		{alertslo.Single, []alertslo.Destination{am(func(a *alertslo.Alertmanager) { a.Labels = map[string]string{"severity": "page"} })}, `Labels is "severity": want another name`},
		{alertslo.Single, []alertslo.Destination{am(func(a *alertslo.Alertmanager) { a.Labels = map[string]string{"a": strings.Repeat("x", 257)} })}, `want at most 256 bytes`},
		{alertslo.Single, []alertslo.Destination{am(func(a *alertslo.Alertmanager) { a.GeneratorURL = "shop" })}, `GeneratorURL is "shop": want an address such as https://shop.example.com/budgets`},
		{alertslo.Single, []alertslo.Destination{am(func(a *alertslo.Alertmanager) { a.Token, a.Username = "pa55word", "me" })}, `Token is [secret]: want either a token or a user with a password`},
		{alertslo.Single, []alertslo.Destination{am(func(a *alertslo.Alertmanager) { a.Password = "pa55word" })}, `Username is "": want the name that the password belongs to`},
		{alertslo.Single, []alertslo.Destination{am(func(a *alertslo.Alertmanager) { a.Token = "pa55word\n" })}, `Token is [secret]: want no line breaks`},
		{alertslo.Single, []alertslo.Destination{hook(func(w *alertslo.Webhook) { w.URL = "hook" })}, `destinations[0].URL is "`},
		{alertslo.Single, []alertslo.Destination{hook(func(w *alertslo.Webhook) { w.Key = "pa55word" })}, `Key is [secret]: want at least 16 bytes`},
	} {
		n, err := alertslo.New(tt.scope, tt.to...)
		if n != nil || !errors.Is(err, slo.ErrInvalid) || !strings.Contains(fmt.Sprint(err), tt.want) {
			t.Errorf("New(%v, %v): %v, want an error with %s", tt.scope, tt.to, err, tt.want)
		}
		if strings.Contains(fmt.Sprint(err), "pa55word") {
			t.Errorf("a secret is in the error: %v", err)
		}
	}
}

// TestSecret: however it is printed, a secret shows nothing.
func TestSecret(t *testing.T) {
	w := alertslo.Webhook{URL: "http://hook", Key: "pa55word", Token: "pa55word", Password: "pa55word"}
	text, err := json.Marshal(struct{ S alertslo.Secret }{w.Key})
	if err != nil || string(text) != `{"S":"[secret]"}` {
		t.Errorf("json.Marshal = %s, %v, want [secret]", text, err)
	}
	log := &book{}
	log.logger().Info("x", "secret", w.Key, "all", w)
	for _, got := range []string{fmt.Sprint(w), fmt.Sprintf("%+v %#v %x %q %d", w, w, w.Key, w.Key, w.Key), log.String()} {
		if strings.Contains(got, "pa55") || strings.Contains(got, fmt.Sprintf("%x", "pa55")) {
			t.Errorf("a secret is in %s", got)
		}
	}
	if got := fmt.Sprint(alertslo.Secret("")); got != "" {
		t.Errorf("no secret prints %q, want nothing", got)
	}
	if got := fmt.Sprint(alertslo.Single, alertslo.PerInstance("a"), alertslo.PerInstance("")); got != "single per instance a per instance" {
		t.Errorf("scopes print %q", got)
	}
}
