package program

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/signal"
	"strings"
	"syscall"
	"testing"
)

// The tests start themselves: what they do then is in the environment.
const role = "NINES_PROGRAM_TEST"

func TestMain(m *testing.M) {
	switch os.Getenv(role) {
	case "":
		os.Exit(m.Run())
	case "end":
		fmt.Fprintf(os.Stderr, "%s\nno such %s\n", strings.Repeat("x", enough), os.Args[1])
		os.Exit(1)
	case "serve": // until told to end, with a file to prove that it runs in its folder
		ended := make(chan os.Signal, 1)
		signal.Notify(ended, syscall.SIGTERM)
		text, err := os.ReadFile("greeting")
		if err == nil {
			err = os.WriteFile(os.Args[1], text, 0o600)
		}
		if err != nil {
			panic(err)
		}
		<-ended
	}
}

// self is the config of a program that plays a role. Its folder is in a folder that is returned.
func self(t *testing.T, plays string, c Config) (_ Config, tmp string) {
	t.Helper()
	path, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	tmp = t.TempDir()
	t.Setenv("TMPDIR", tmp)
	t.Setenv(role, plays)
	c.Path = path
	return c, tmp
}

// empty wants a folder to be that.
func empty(t *testing.T, dir string) {
	t.Helper()
	entries, err := os.ReadDir(dir)
	if err != nil || len(entries) > 0 {
		t.Errorf("%s has %v, %v, want nothing", dir, entries, err)
	}
}

func TestStartsInFolder(t *testing.T) {
	out := t.TempDir() + "/out"
	said := func() string {
		text, _ := os.ReadFile(out)
		return string(text)
	}
	c, tmp := self(t, "serve", Config{
		Args: []string{out}, Files: map[string]string{"greeting": "hello"},
		Ready: func(context.Context) bool { return said() == "hello" },
	})
	p, err := Start(t.Context(), c)
	if err != nil {
		t.Fatal(err)
	}
	if p.over() {
		t.Errorf("it has ended by itself: %s", p.said.text())
	}
	p.Stop()
	if !p.over() {
		t.Error("it runs after Stop")
	}
	p.Stop() // again, of one that has ended
	empty(t, tmp)
}

func TestSaysWhyItEnded(t *testing.T) {
	c, tmp := self(t, "end", Config{Args: []string{"config"}, Ready: func(context.Context) bool { return false }})
	p, err := Start(t.Context(), c)
	if p != nil || err == nil || !strings.Contains(err.Error(), " ended at once: x") || !strings.HasSuffix(err.Error(), "x\nno such config") {
		t.Errorf("Start = %v, %v, want an error that ends with what the program said last", p, err)
	}
	if err != nil && len(err.Error()) > enough+100 {
		t.Errorf("the error has %d bytes, want what was said last only", len(err.Error()))
	}
	empty(t, tmp)
}

func TestStopsIfInterrupted(t *testing.T) {
	ctx, interrupt := context.WithCancel(t.Context())
	out := t.TempDir() + "/out"
	c, tmp := self(t, "serve", Config{Args: []string{out}, Files: map[string]string{"greeting": "hello"}, Ready: func(context.Context) bool {
		if _, err := os.Stat(out); err == nil { // it listens to signals by then
			interrupt()
		}
		return false
	}})
	if p, err := Start(ctx, c); p != nil || !errors.Is(err, context.Canceled) {
		t.Errorf("Start = %v, %v, want %v", p, err, context.Canceled)
	}
	empty(t, tmp)
}

func TestCannotStart(t *testing.T) {
	c, tmp := self(t, "serve", Config{})
	c.Path = tmp + "/none"
	if p, err := Start(t.Context(), c); p != nil || !errors.Is(err, os.ErrNotExist) {
		t.Errorf("Start = %v, %v, want %v", p, err, os.ErrNotExist)
	}
	c.Files = map[string]string{"no/folder": ""}
	if p, err := Start(t.Context(), c); p != nil || !errors.Is(err, os.ErrNotExist) {
		t.Errorf("Start = %v, %v, want %v", p, err, os.ErrNotExist)
	}
	empty(t, tmp)
}
