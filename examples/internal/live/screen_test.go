package live

import (
	"bytes"
	"os"
	"path/filepath"
	"testing"
)

func TestScreen(t *testing.T) {
	var b bytes.Buffer
	s := Screen{w: &b, terminal: true}
	for _, step := range []struct {
		do   func()
		want string
	}{
		{func() { s.Print("hello") }, "hello\n"},
		{func() { s.Draw("one", "two") }, "\x1b[?7lone\ntwo\n\x1b[?7h"},
		{func() { s.Print("news") }, "\x1b[1A\x1b[1A\r\x1b[Jnews\n\x1b[?7lone\ntwo\n\x1b[?7h"},
		{func() { s.Draw("three") }, "\x1b[1A\x1b[1A\r\x1b[J\x1b[?7lthree\n\x1b[?7h"},
		{func() { s.Draw() }, "\x1b[1A\r\x1b[J"},
		{func() { s.Print("bye") }, "bye\n"},
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
	s := Screen{w: &b}
	s.Draw("one", "two")
	s.Print("hello")
	s.Draw()
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

func TestQuiet(t *testing.T) {
	var b bytes.Buffer
	s := NewScreen(&b, true)
	s.Print("hello")
	s.Draw("one")
	if b.Len() > 0 {
		t.Errorf("wrote %q, want nothing", &b)
	}
}
