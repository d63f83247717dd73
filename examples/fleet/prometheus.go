package main

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"time"

	"github.com/seed-abb722f7/nines/internal/await"
)

const install = `this example starts a real Prometheus, which is not in PATH. Install it:
  Debian, Ubuntu:  apt-get install prometheus
  macOS:           brew install prometheus
  elsewhere:       https://prometheus.io/download/`

// startPrometheus runs a server on loopback that scrapes these addresses every second, and
// returns its URL and what ends it.
func startPrometheus(ctx context.Context, addresses []string) (url string, stop func(), err error) {
	program, err := exec.LookPath("prometheus")
	if err != nil {
		return "", nil, errors.New(install)
	}
	dir, err := os.MkdirTemp("", "nines-fleet-")
	if err != nil {
		return "", nil, err
	}
	config := filepath.Join(dir, "prometheus.yml")
	text := "global: {scrape_interval: 1s, scrape_timeout: 1s}\nscrape_configs:\n- job_name: shop\n  static_configs:\n  - targets: ['" +
		strings.Join(addresses, "', '") + "']\n"
	address, err := freeAddress(ctx)
	if err == nil {
		err = os.WriteFile(config, []byte(text), 0o600)
	}
	if err != nil {
		return "", nil, errors.Join(err, os.RemoveAll(dir))
	}
	cmd := exec.Command(program, "--config.file="+config, "--storage.tsdb.path="+filepath.Join(dir, "data"),
		"--web.listen-address="+address, "--log.level=error")
	if err := cmd.Start(); err != nil {
		return "", nil, errors.Join(err, os.RemoveAll(dir))
	}
	stop = func() {
		_ = cmd.Process.Signal(syscall.SIGTERM) // an error means that it has ended
		_ = cmd.Wait()
		_ = os.RemoveAll(dir)
	}
	url = "http://" + address
	if err := until(ctx, await.OK(url+"/-/ready")); err != nil {
		stop()
		return "", nil, fmt.Errorf("prometheus is not ready: %w", err)
	}
	return url, stop, nil
}

// freeAddress returns a port that was free a moment ago: the server has no way to tell which
// one it chose but its log.
func freeAddress(ctx context.Context) (string, error) {
	l, err := (&net.ListenConfig{}).Listen(ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		return "", err
	}
	return l.Addr().String(), l.Close()
}

// patience is how long anything may take that takes a second or two.
const patience = time.Minute

// until waits for something to hold.
func until(ctx context.Context, holds func(context.Context) bool) error {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	return await.Until(ctx, holds)
}
