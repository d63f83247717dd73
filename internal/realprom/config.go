package realprom

import (
	"fmt"
	"maps"
	"os/exec"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// Discovered returns the labels that [ScrapeConfig] attaches to every target, as
// discovery in a cluster does.
func Discovered() map[string]string {
	return map[string]string{
		"service": "discovered-service", "endpoint": "discovered-endpoint",
		"namespace": "discovered-namespace", "pod": "discovered-pod",
		"container": "discovered-container", "node": "discovered-node",
	}
}

// ScrapeConfig returns the configuration of a server that scrapes /metrics of each
// address (host:port) every second, under relabelling that sets [Discovered] and the
// job nines. It keeps the default of labels that clash: the target's stays, and the
// exporter's is renamed to exported_*.
func ScrapeConfig(addresses ...string) string {
	var b strings.Builder
	b.WriteString("global: {scrape_interval: 1s, scrape_timeout: 1s}\nscrape_configs:\n- job_name: nines\n  static_configs:\n")
	for _, a := range addresses {
		fmt.Fprintf(&b, "  - targets: [%s]\n", strconv.Quote(a))
	}
	b.WriteString("  relabel_configs:\n")
	discovered := Discovered()
	for _, name := range slices.Sorted(maps.Keys(discovered)) {
		fmt.Fprintf(&b, "  - {target_label: %s, replacement: %s}\n", name, discovered[name])
	}
	return b.String()
}

// Native returns the configuration, and the flags for [Start], of a server that asks for
// protobuf and takes native histograms: a setting as of Prometheus 3.8, a feature before.
func Native(tb testing.TB, config string) (changed string, flags []string) {
	tb.Helper()
	const global, setting = "global: {", "scrape_native_histograms: true, "
	changed = strings.Replace(config, global, global+setting, 1)
	file := write(tb, tb.TempDir(), "prometheus.yml", []byte(changed))
	if out, err := exec.CommandContext(tb.Context(), require(tb, "promtool"), "check", "config", file).CombinedOutput(); err != nil {
		if !strings.Contains(string(out), "scrape_native_histograms not found") {
			tb.Fatalf("realprom: promtool check config: %v\n%.4000s", err, out)
		}
		return config, []string{"--enable-feature=native-histograms"}
	}
	return changed, nil
}
