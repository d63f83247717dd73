package escape_test

import (
	"testing"

	"github.com/seed-abb722f7/nines/internal/escape"
)

func TestUTF8(t *testing.T) {
	for in, want := range map[string]string{
		"": "", "checkout": "checkout", "caf\xe9": `caf\xe9`, "\xff\xfe": `\xff\xfe`, "日本\xe8": `日本\xe8`,
		"\ufffd": "\ufffd", "\x00\n": "\x00\n", `\xff`: `\xff`, "\xed\xa0\x80": `\xed\xa0\x80`,
	} {
		if got := escape.UTF8(in); got != want {
			t.Errorf("UTF8(%q) = %q, want %q", in, got, want)
		}
	}
}
