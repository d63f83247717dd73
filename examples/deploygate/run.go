package main

import (
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/seed-abb722f7/nines/examples/internal/cli"
	"github.com/seed-abb722f7/nines/policy"
	"github.com/seed-abb722f7/nines/policy/gatehttp"
)

// Exit statuses.
const (
	exitAllow   = 0
	exitDeny    = 1
	exitPerson  = 2
	exitUnknown = 3
)

// Where the URL and the token are looked for.
const (
	urlVariable   = "DEPLOY_GATE_URL"
	tokenVariable = "DEPLOY_GATE_TOKEN" //nolint:gosec // the name of a variable
)

var (
	actions = []string{"decide", "begin", "override", "done", "cancel"}
	formats = []string{"text", "report", "json"}
)

// options are what the command line says.
type options struct {
	url, action, format string
	change              policy.Change
	by, why             string
	timeout             time.Duration
}

// run is the program, and returns its exit status.
func run(ctx context.Context, args []string, getenv func(string) string, stdout, stderr io.Writer) int {
	o, err := parseArgs(args, getenv, stdout, stderr)
	switch {
	case errors.Is(err, flag.ErrHelp):
		return exitAllow
	case err != nil:
		return exitUnknown // and has been said
	}
	client := gatehttp.Client{URL: o.url, Token: getenv(tokenVariable), HTTP: &http.Client{Timeout: o.timeout}}
	status, text, err := o.ask(ctx, client)
	if err != nil {
		status, text = exitUnknown, ""
		cli.Say(stderr, "deploygate: %s\n", printable(err.Error()))
		if o.format == "json" {
			text = asJSON(map[string]string{"error": err.Error()})
		}
	}
	if _, err := io.WriteString(stdout, text); err != nil {
		cli.Say(stderr, "deploygate: %v\n", err)
		return exitUnknown // whoever was to read it has not
	}
	return status
}

// ask does what was asked for, and returns what to exit with and what to print.
func (o *options) ask(ctx context.Context, c gatehttp.Client) (status int, text string, err error) {
	var d policy.Decision
	var g policy.Grant
	switch o.action {
	case "begin":
		d, err = c.Begin(ctx, o.change)
	case "override":
		d, err = c.Override(ctx, o.change, o.by, o.why)
	case "done":
		g, err = c.Done(ctx, o.change)
	case "cancel":
		g, err = c.Cancel(ctx, o.change)
	default:
		d, err = c.Decide(ctx, o.change)
	}
	switch {
	case err != nil:
		return exitUnknown, "", err
	case o.action == "done" || o.action == "cancel":
		if o.format == "json" {
			return exitAllow, asJSON(g), nil
		}
		return exitAllow, printable(fmt.Sprintf("%s: %v", o.action, g)) + "\n", nil
	}
	status = map[policy.Outcome]int{policy.Allow: exitAllow, policy.Deny: exitDeny}[d.Outcome]
	if d.Outcome != policy.Allow && d.Outcome != policy.Deny {
		status = exitPerson
	}
	switch o.format {
	case "json":
		text = asJSON(d)
	case "report":
		text = report(d)
	default:
		text = lines(d)
	}
	return status, text, nil
}

func asJSON(v any) string {
	text, err := json.MarshalIndent(v, "", "  ")
	if err != nil {
		return "" // plain values
	}
	return string(text) + "\n"
}

// parseArgs reads the command line. What is wrong with it is written to stderr, what
// -h asks for to stdout.
func parseArgs(args []string, getenv func(string) string, stdout, stderr io.Writer) (o options, err error) {
	flags := cli.NewFlags("deploygate", "-url URL [flags]", "Asks a deploy gate whether a change may be deployed. Exits with 0 for yes, 1 for no, 2 if\n"+
		"a person has to look, and 3 if it could not tell. The token, if one is needed, is in\n$"+tokenVariable+".")
	flags.StringVar(&o.url, "url", getenv(urlVariable), "`URL` of the gate; default $"+urlVariable)
	flags.StringVar(&o.action, "action", "decide", "`action`: "+strings.Join(actions, ", "))
	flags.TextVar(&o.change.Kind, "kind", policy.Feature, "`kind` of the change: feature, fix, security, rollback, emergency")
	flags.StringVar(&o.change.ID, "id", "", "`ID` of the change, such as v2.5.0; every action but decide needs it")
	flags.StringVar(&o.format, "format", "text", "`format` of the answer: "+strings.Join(formats, ", "))
	flags.StringVar(&o.by, "by", "", "`who` overrides the gate")
	flags.StringVar(&o.why, "why", "", "`why` the gate is overridden")
	flags.DurationVar(&o.timeout, "timeout", 10*time.Second, "`time` to wait for the gate")
	err = flags.Parse(args, stdout, stderr, func() error {
		if err := flags.Only(); err != nil {
			return err
		}
		return o.check()
	})
	return o, err
}

func (o *options) check() error {
	switch {
	case o.url == "":
		return errors.New("want -url or $" + urlVariable)
	case !slices.Contains(actions, o.action):
		return fmt.Errorf("-action is %q: want one of %s", o.action, strings.Join(actions, ", "))
	case !slices.Contains(formats, o.format):
		return fmt.Errorf("-format is %q: want one of %s", o.format, strings.Join(formats, ", "))
	case o.action != "decide" && o.change.ID == "":
		return fmt.Errorf("want -id for -action %s", o.action)
	case o.action == "override" && (o.by == "" || o.why == ""):
		return errors.New("want -by and -why for -action override")
	case o.action != "override" && (o.by != "" || o.why != ""):
		return errors.New("want -by and -why for -action override only")
	case o.timeout <= 0:
		return fmt.Errorf("-timeout is %v: want more than none", o.timeout)
	}
	return nil
}
