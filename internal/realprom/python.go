package realprom

import (
	"bytes"
	"encoding/json"
	"os"
	"os/exec"
	"testing"
)

// A Format is one that the Python client reads.
type Format string

// The formats.
const (
	Text        Format = "prometheus_client.parser"
	OpenMetrics Format = "prometheus_client.openmetrics.parser"
)

const parseWithPython = `
import importlib, json, sys
parser = importlib.import_module(sys.argv[1])
text = sys.stdin.buffer.read().decode("utf-8")
for family in parser.text_string_to_metric_families(text):
    for s in family.samples:
        print(json.dumps({"labels": dict(s.labels, __name__=s.name), "value": float(s.value)}))
`

// Parse has the Python client of Prometheus read a page of metrics, with the strictest
// parser of OpenMetrics there is, and returns what it read. What it does not like fails the
// test.
func Parse(tb testing.TB, format Format, page []byte) (samples []Sample) {
	tb.Helper()
	cmd := exec.CommandContext(tb.Context(), python(tb), "-c", parseWithPython, string(format))
	cmd.Stdin = bytes.NewReader(page)
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		tb.Errorf("%s: %v\n%.4000s", format, err, stderr.String())
		return nil
	}
	lines := json.NewDecoder(bytes.NewReader(out))
	for lines.More() {
		var s Sample
		if err := lines.Decode(&s); err != nil {
			tb.Errorf("%s: %v", format, err)
			return nil
		}
		samples = append(samples, s)
	}
	return samples
}

// python returns an interpreter that has the client: Debian's, whatever else is installed.
func python(tb testing.TB) string {
	tb.Helper()
	const system = "/usr/bin/python3"
	if err := exec.CommandContext(tb.Context(), system, "-c", "import prometheus_client").Run(); err == nil {
		return system
	}
	const missing = "the Python client is missing: install the package python3-prometheus-client, such as by apt-get install python3-prometheus-client"
	if os.Getenv("NINES_REQUIRE_COMPONENTS") == "1" {
		tb.Fatal(missing)
	}
	tb.Skip(missing)
	return ""
}
