package program

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
	"time"
)

// A Config says what to start.
type Config struct {
	Path  string                     // of the program: absolute, because it runs in a folder of its own
	Args  []string                   // files of the folder go by their names
	Files map[string]string          // text of the files that are in the folder, by name
	Ready func(context.Context) bool // whether the program does what it is there for
}

// A Process is a program that runs.
type Process struct {
	cmd   *exec.Cmd
	dir   string
	said  tail
	ended chan struct{}
}

// Start starts a program in a temporary folder, and returns when it is ready. Stop must
// follow. The error is what the program said if it has ended by then, or that of ctx.
func Start(ctx context.Context, c Config) (*Process, error) {
	dir, err := os.MkdirTemp("", "nines-"+filepath.Base(c.Path)+"-")
	if err != nil {
		return nil, err
	}
	p := &Process{dir: dir, ended: make(chan struct{})}
	for name, text := range c.Files {
		err = errors.Join(err, os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600))
	}
	p.cmd = exec.Command(c.Path, c.Args...) // not of ctx, which would kill it
	p.cmd.Dir, p.cmd.Stderr = dir, &p.said
	if err == nil {
		err = p.cmd.Start()
	}
	if err != nil {
		return nil, errors.Join(err, os.RemoveAll(dir))
	}
	go func() {
		defer close(p.ended)
		_ = p.cmd.Wait() // how it ended is in what it said
	}()
	if err := Until(ctx, func(ctx context.Context) bool { return p.over() || c.Ready(ctx) }); err != nil {
		p.Stop()
		return nil, fmt.Errorf("%s is not ready: %w", filepath.Base(c.Path), err)
	}
	if p.over() {
		p.Stop()
		return nil, fmt.Errorf("%s ended at once: %s", filepath.Base(c.Path), p.said.text())
	}
	return p, nil
}

// over reports whether the program has ended.
func (p *Process) over() bool {
	select {
	case <-p.ended:
		return true
	default:
		return false
	}
}

// grace is how long a program may take to end by itself.
const grace = 10 * time.Second

// Stop ends the program and removes its folder. Of one that has ended, only that.
func (p *Process) Stop() {
	if p.cmd.Process.Signal(syscall.SIGTERM) != nil { // it has ended, or this is Windows
		_ = p.cmd.Process.Kill()
	}
	timer := time.NewTimer(grace)
	defer timer.Stop()
	select {
	case <-p.ended:
	case <-timer.C:
		_ = p.cmd.Process.Kill()
		<-p.ended
	}
	_ = os.RemoveAll(p.dir)
}
