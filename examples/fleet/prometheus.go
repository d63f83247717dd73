package main

import (
	"context"
	"errors"
	"os/exec"
	"path/filepath"
	"strings"

	"github.com/seed-abb722f7/nines/examples/internal/program"
	"github.com/seed-abb722f7/nines/internal/await"
)

const install = `this example starts a real Prometheus, which is not in PATH. Install it:
  Debian, Ubuntu:  apt-get install prometheus
  macOS:           brew install prometheus
  elsewhere:       https://prometheus.io/download/`

// startPrometheus runs a server on loopback that scrapes these addresses every second, and
// returns its URL and what ends it.
func startPrometheus(ctx context.Context, addresses []string) (url string, stop func(), err error) {
	path, err := exec.LookPath("prometheus")
	if err == nil {
		path, err = filepath.Abs(path)
	}
	if err != nil {
		return "", nil, errors.New(install)
	}
	address, err := program.FreeAddress(ctx)
	if err != nil {
		return "", nil, err
	}
	url = "http://" + address
	process, err := program.Start(ctx, program.Config{
		Path: path,
		Args: []string{"--config.file=prometheus.yml", "--storage.tsdb.path=data", "--web.listen-address=" + address, "--log.level=error"},
		Files: map[string]string{
			"prometheus.yml": "global: {scrape_interval: 1s, scrape_timeout: 1s}\nscrape_configs:\n- job_name: shop\n  static_configs:\n  - targets: ['" +
				strings.Join(addresses, "', '") + "']\n",
		},
		Ready: await.OK(url + "/-/ready"),
	})
	if err != nil {
		return "", nil, err
	}
	return url, process.Stop, nil
}
