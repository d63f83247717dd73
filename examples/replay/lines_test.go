package main

import (
	"bytes"
	"compress/gzip"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"testing"
	"testing/iotest"
)

// readAll reads lines as text, and those that are too long as "TOO LONG".
func readAll(in io.Reader) (lines []string, err error) {
	l, err := newLineReader(in)
	if err != nil {
		return nil, err
	}
	for {
		line, tooLong, err := l.next()
		switch {
		case errors.Is(err, io.EOF):
			return lines, nil
		case err != nil:
			return lines, err
		case tooLong:
			lines = append(lines, "TOO LONG")
		default:
			lines = append(lines, string(line))
		}
		if l.number != uint64(len(lines)) {
			return lines, fmt.Errorf("line %d has number %d", len(lines), l.number)
		}
	}
}

func compress(t *testing.T, text string) []byte {
	t.Helper()
	var b bytes.Buffer
	z := gzip.NewWriter(&b)
	if _, err := io.WriteString(z, text); err != nil {
		t.Fatal(err)
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func TestLineReader(t *testing.T) {
	fits := strings.Repeat("x", maxLine-1)
	for _, c := range []struct {
		name, text string
		want       []string
	}{
		{"empty", "", nil},
		{"one byte", "a", []string{"a"}},
		{"no end", "a\nb", []string{"a", "b"}},
		{"an end", "a\nb\n", []string{"a", "b"}},
		{"empty lines", "\n\na\n\n", []string{"", "", "a", ""}},
		{"CRLF is the parser's business", "a\r\n", []string{"a\r"}},
		{"begins like gzip", "\x1f", []string{"\x1f"}},
		{"longest", fits + "\nb\n", []string{fits, "b"}},
		{"too long", fits + "x\nb\n", []string{"TOO LONG", "b"}},
		{"much too long", strings.Repeat("y", 3*maxLine+5) + "\nb\n", []string{"TOO LONG", "b"}},
		{"too long at the end", "a\n" + fits + "xx", []string{"a", "TOO LONG"}},
		{"too long to the byte at the end", "a\n" + fits + "x", []string{"a", "TOO LONG"}},
		{"NUL", "a\x00b\n\x00\n", []string{"a\x00b", "\x00"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			packed := compress(t, c.text)
			for name, in := range map[string]io.Reader{
				"plain":               strings.NewReader(c.text),
				"plain, in bits":      iotest.HalfReader(strings.NewReader(c.text)),
				"gzip":                bytes.NewReader(packed),
				"gzip, byte for byte": iotest.OneByteReader(bytes.NewReader(packed)),
			} {
				if got, err := readAll(in); err != nil || !slices.Equal(got, c.want) {
					t.Errorf("%s: %d lines, %v, want %d lines", name, len(got), err, len(c.want))
				}
			}
		})
	}
}

// TestLineReaderJoinedFiles reads what "cat access.log.1.gz access.log.2.gz" writes.
func TestLineReaderJoinedFiles(t *testing.T) {
	joined := append(compress(t, "a\nb\n"), compress(t, "c\n")...)
	if got, err := readAll(bytes.NewReader(joined)); err != nil || !slices.Equal(got, []string{"a", "b", "c"}) {
		t.Errorf("two gzip files in one: %q, %v, want a, b, c", got, err)
	}
}

func TestLineReaderUnreadable(t *testing.T) {
	packed := compress(t, strings.Repeat("a line of some length\n", 1000))
	damaged := slices.Clone(packed)
	damaged[len(damaged)-6] ^= 0xff // of the checksum
	broken := errors.New("the disk is gone")
	for _, c := range []struct {
		name string
		in   io.Reader
		want string
	}{
		{"gzip in name only", strings.NewReader("\x1f\x8bnothing of the kind"), "looks like gzip data: gzip: invalid header"},
		{"cut off in the header", bytes.NewReader(packed[:5]), "looks like gzip data: the compressed data is cut off"},
		{"cut off", bytes.NewReader(packed[:len(packed)-9]), "the compressed data is cut off: unexpected EOF"},
		{"damaged", bytes.NewReader(damaged), "gzip: invalid checksum"},
		{"broken", io.MultiReader(strings.NewReader("a\nb\n"), iotest.ErrReader(broken)), "after line 2: the disk is gone"},
		{"broken at once", iotest.ErrReader(broken), "after line 0: the disk is gone"},
	} {
		if got, err := readAll(c.in); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %d lines, error %v, want %q", c.name, len(got), err, c.want)
		}
	}
}
