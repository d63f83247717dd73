package main

import (
	"context"
	"errors"
	"fmt"
	"os/exec"
	"path/filepath"
	"strings"
)

const install = `this example starts a real OpenTelemetry Collector, and %s. Build a small one, in the root of the checkout:
  go build -C internal/otlp -o /tmp/otelcol ./otelcol
  go run ./examples/otel -collector /tmp/otelcol
or install otelcol, otelcol-contrib, or a Prometheus from 2.47 on, as its makers build it (Debian's takes no OTLP):
  https://opentelemetry.io/docs/collector/install/
  https://prometheus.io/download/`

// candidates are looked for in PATH.
var candidates = []string{"otelcol", "otelcol-contrib", "prometheus"}

// A component is a program that takes OTLP.
type component struct {
	path, version string
	receiver      string // flag that makes a Prometheus take OTLP; a collector needs none
}

// find returns the program that is wanted, by name or path, or else the first candidate in
// PATH. The error says how to get one.
func find(ctx context.Context, wanted string) (component, error) {
	if wanted != "" {
		p, err := look(ctx, wanted)
		if err != nil {
			return p, fmt.Errorf("-collector is %q: want the name or path of an otelcol, or of a Prometheus that takes OTLP: %w", wanted, err)
		}
		return p, nil
	}
	why := []string{"there is none in PATH"}
	for _, name := range candidates {
		p, err := look(ctx, name)
		switch {
		case err == nil:
			return p, nil
		case !errors.Is(err, exec.ErrNotFound):
			why = append(why, "("+err.Error()+")")
		}
	}
	return component{}, fmt.Errorf(install, strings.Join(why, " "))
}

// look asks a program what it is.
func look(ctx context.Context, name string) (p component, err error) {
	if p.path, err = exec.LookPath(name); err != nil {
		return p, err
	}
	if p.path, err = filepath.Abs(p.path); err != nil {
		return p, err
	}
	said, err := p.ask(ctx, "--version")
	if err != nil {
		return p, err
	}
	p.version, _, _ = strings.Cut(said, "\n")
	p.version, _, _ = strings.Cut(p.version, " (") // of a Prometheus, where it was built from
	switch {
	case strings.HasPrefix(p.version, "prometheus, version "):
		p.receiver, err = p.receiverFlag(ctx)
		return p, err
	case strings.Contains(p.version, "otelcol"):
		return p, nil
	}
	return p, fmt.Errorf("%s says that it is %q", p.path, p.version)
}

// receiverFlag returns the flag that makes a Prometheus take OTLP. What it can do is in what it
// says of its flags, not in its version: distributions build it without.
func (p component) receiverFlag(ctx context.Context) (string, error) {
	help, err := p.ask(ctx, "--help")
	if err != nil {
		return "", err
	}
	for _, r := range [...]struct{ known, flag string }{
		{"web.enable-otlp-receiver", "--web.enable-otlp-receiver"},      // from 3.0 on
		{"otlp-write-receiver", "--enable-feature=otlp-write-receiver"}, // from 2.47 on
	} {
		if strings.Contains(help, r.known) {
			return r.flag, nil
		}
	}
	return "", fmt.Errorf("%s is %s, which takes no OTLP", p.path, p.version)
}

// ask returns what the program says, on whichever stream.
func (p component) ask(ctx context.Context, flag string) (string, error) {
	out, err := exec.CommandContext(ctx, p.path, flag).CombinedOutput()
	said := strings.TrimSpace(string(out))
	if err != nil {
		return "", fmt.Errorf("%s %s: %w: %.200s", p.path, flag, err, said)
	}
	return said, nil
}
