package realprom

import (
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"github.com/seed-abb722f7/nines/internal/await"
)

// An Alertmanager is one on a loopback port, with data of its own, that can be killed and
// started again.
type Alertmanager struct {
	URL string // such as "http://127.0.0.1:35511"; it stays the same

	tb      testing.TB
	program string
	dir     string
	address string
	log     *tail
	cmd     *exec.Cmd
	ended   chan struct{}
}

// alertmanager is what Debian calls the program.
const alertmanager = "prometheus-alertmanager"

// StartAlertmanager runs an Alertmanager with this configuration. It writes its log of
// notifications to the disk every second, and is not a member of a cluster. It returns when
// it is ready; it is stopped when the test ends.
func StartAlertmanager(tb testing.TB, config string) *Alertmanager {
	tb.Helper()
	a := &Alertmanager{
		tb: tb, program: require(tb, alertmanager), dir: tb.TempDir(), address: "127.0.0.1:0",
		log: &tail{},
	}
	write(tb, a.dir, "alertmanager.yml", []byte(config))
	a.Start()
	tb.Cleanup(func() {
		if a.cmd != nil {
			stop(a.cmd, a.ended)
		}
	})
	return a
}

// Start starts it again, where it was.
func (a *Alertmanager) Start() {
	a.tb.Helper()
	cmd := exec.Command(a.program,
		"--config.file="+filepath.Join(a.dir, "alertmanager.yml"), "--storage.path="+filepath.Join(a.dir, "data"),
		"--web.listen-address="+a.address, "--cluster.listen-address=", "--data.maintenance-interval=1s")
	stderr, err := cmd.StderrPipe()
	if err != nil {
		a.tb.Fatalf("realprom: %v", err)
	}
	if err := cmd.Start(); err != nil {
		a.tb.Fatalf("realprom: %v", err)
	}
	address, ended := make(chan string, 1), make(chan struct{})
	go func() {
		defer close(ended)
		a.log.follow(stderr, address)
		_ = cmd.Wait() // how it ends is in the log
	}()
	a.cmd, a.ended = cmd, ended

	ctx, cancel := context.WithTimeout(a.tb.Context(), patience)
	defer cancel()
	select {
	case a.address = <-address:
		a.URL = "http://" + a.address
	case <-ended:
		a.tb.Fatalf("realprom: the Alertmanager ended at once:\n%s", a.log)
	case <-ctx.Done():
		a.tb.Fatalf("realprom: no address after %v:\n%s", patience, a.log)
	}
	if err := await.Until(ctx, await.OK(a.URL+"/-/ready")); err != nil {
		a.tb.Fatalf("realprom: not ready: %v\n%s", err, a.log)
	}
}

// Remember waits until what it has notified of is on the disk.
func (a *Alertmanager) Remember() {
	a.tb.Helper()
	since := time.Now()
	ctx, cancel := context.WithTimeout(a.tb.Context(), patience)
	defer cancel()
	file := filepath.Join(a.dir, "data", "nflog")
	if err := await.Until(ctx, func(context.Context) bool {
		info, err := os.Stat(file)
		return err == nil && info.Size() > 0 && info.ModTime().After(since)
	}); err != nil {
		a.tb.Fatalf("realprom: no log of notifications: %v\n%s", err, a.log)
	}
}

// Kill ends it as kill -9 does.
func (a *Alertmanager) Kill() {
	_ = a.cmd.Process.Kill() // an error means that it has ended
	<-a.ended
	a.cmd = nil
}

// CheckAlertmanager has amtool check a configuration.
func CheckAlertmanager(tb testing.TB, config string) {
	tb.Helper()
	cmd := exec.CommandContext(tb.Context(), require(tb, "amtool"), "check-config", write(tb, tb.TempDir(), "alertmanager.yml", []byte(config)))
	if out, err := cmd.CombinedOutput(); err != nil {
		tb.Errorf("amtool check-config: %v\n%.4000s", err, out)
	}
}

// WaitUntil asks until it is so, and ends the test if that does not come.
func WaitUntil(tb testing.TB, what string, so func() bool) {
	tb.Helper()
	ctx, cancel := context.WithTimeout(tb.Context(), patience)
	defer cancel()
	if err := await.Until(ctx, func(context.Context) bool { return so() }); err != nil {
		tb.Fatalf("realprom: %s: %v", what, err)
	}
}
