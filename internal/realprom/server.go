package realprom

import (
	"bufio"
	"context"
	"io"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/seed-abb722f7/nines/internal/await"
)

// patience is how long a server may take for anything. It takes a second or two
// unless the machine is very busy.
const patience = time.Minute

// A Server is a Prometheus on a loopback port, with data of its own.
type Server struct {
	URL string // such as "http://127.0.0.1:35511"

	tb  testing.TB
	log *tail
}

// Start runs a Prometheus server with this configuration (see [ScrapeConfig]), and flags
// beside those that every test needs, such as [Backfill] returns. It returns when the
// server is ready, which is stopped when the test ends.
func Start(tb testing.TB, config string, flags ...string) *Server {
	tb.Helper()
	program := require(tb, "prometheus")
	dir := tb.TempDir()
	flags = append([]string{"--config.file=" + write(tb, dir, "prometheus.yml", []byte(config)), "--web.listen-address=127.0.0.1:0"}, flags...)
	if !slices.ContainsFunc(flags, func(f string) bool { return strings.HasPrefix(f, "--storage.tsdb.path=") }) {
		flags = append(flags, "--storage.tsdb.path="+filepath.Join(dir, "data"))
	}
	cmd := exec.Command(program, flags...)
	stderr, err := cmd.StderrPipe()
	if err != nil {
		tb.Fatalf("realprom: %v", err)
	}
	if err := cmd.Start(); err != nil {
		tb.Fatalf("realprom: %v", err)
	}
	s := &Server{tb: tb, log: &tail{}}
	address, ended := make(chan string, 1), make(chan struct{})
	go func() {
		defer close(ended)
		s.log.follow(stderr, address)
		_ = cmd.Wait() // how it ends is in the log
	}()
	tb.Cleanup(func() { stop(cmd, ended) })

	ctx, cancel := context.WithTimeout(tb.Context(), patience)
	defer cancel()
	select {
	case a := <-address:
		s.URL = "http://" + a
	case <-ended:
		tb.Fatalf("realprom: the server ended at once:\n%s", s.log)
	case <-ctx.Done():
		tb.Fatalf("realprom: no address after %v:\n%s", patience, s.log)
	}
	if err := await.Until(ctx, await.OK(s.URL+"/-/ready")); err != nil {
		tb.Fatalf("realprom: not ready: %v\n%s", err, s.log)
	}
	return s
}

// stop asks the server to end, and makes it.
func stop(cmd *exec.Cmd, ended <-chan struct{}) {
	_ = cmd.Process.Signal(syscall.SIGTERM) // an error means that it has ended
	timer := time.NewTimer(patience)
	defer timer.Stop()
	select {
	case <-ended:
	case <-timer.C:
		_ = cmd.Process.Kill()
		<-ended
	}
}

// listening matches the line of the log that tells the port.
var listening = regexp.MustCompile(`msg="Listening on".* address=(\S+)`)

// A tail keeps the last lines of a log.
type tail struct {
	mu    sync.Mutex
	lines []string
}

// follow reads the log to its end, and sends the first address found in it.
func (l *tail) follow(r io.Reader, address chan<- string) {
	lines := bufio.NewScanner(r)
	for lines.Scan() {
		if m := listening.FindStringSubmatch(lines.Text()); m != nil && address != nil {
			address <- m[1]
			address = nil
		}
		l.mu.Lock()
		l.lines = append(l.lines[max(0, len(l.lines)-19):], lines.Text())
		l.mu.Unlock()
	}
	_, _ = io.Copy(io.Discard, r) // a line too long for the scanner must not block the server
}

// String returns the last lines.
func (l *tail) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return strings.Join(l.lines, "\n")
}
