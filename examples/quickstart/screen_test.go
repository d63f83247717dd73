package main

import (
	"bytes"
	"os"
	"path/filepath"
	"testing"
)

func TestScreen(t *testing.T) {
	var b bytes.Buffer
	s := screen{w: &b, terminal: true}
	for _, step := range []struct {
		do   func()
		want string
	}{
		{func() { s.print("hello") }, "hello\n"},
		{func() { s.draw("one", "two") }, "\x1b[?7lone\ntwo\n\x1b[?7h"},
		{func() { s.print("news") }, "\x1b[1A\x1b[1A\r\x1b[Jnews\n\x1b[?7lone\ntwo\n\x1b[?7h"},
		{func() { s.draw("three") }, "\x1b[1A\x1b[1A\r\x1b[J\x1b[?7lthree\n\x1b[?7h"},
		{func() { s.draw() }, "\x1b[1A\r\x1b[J"},
		{func() { s.print("bye") }, "bye\n"},
	} {
		b.Reset()
		step.do()
		if got := b.String(); got != step.want {
			t.Errorf("wrote %q, want %q", got, step.want)
		}
	}
}

// Where nothing can be drawn over, no control sequence is written.
func TestScreenPlain(t *testing.T) {
	var b bytes.Buffer
	s := screen{w: &b}
	s.draw("one", "two")
	s.print("hello")
	s.draw()
	if got, want := b.String(), "hello\n"; got != want {
		t.Errorf("wrote %q, want %q", got, want)
	}
}

func TestIsTerminal(t *testing.T) {
	f, err := os.Create(filepath.Join(t.TempDir(), "out"))
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = f.Close() }()
	if isTerminal(f) || isTerminal(&bytes.Buffer{}) {
		t.Error("a file, or a buffer, is taken for a terminal")
	}
}
