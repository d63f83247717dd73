package golden

import "testing"

func TestFirstDifference(t *testing.T) {
	for _, c := range []struct{ got, want, said string }{
		{"a\nb\nc", "a\nx\ny", "got  b\nwant x"},
		{"a\nb", "a", "one is longer"},
		{"", "a", "got  \nwant a"},
	} {
		if said := firstDifference(c.got, c.want); said != c.said {
			t.Errorf("firstDifference(%q, %q) = %q, want %q", c.got, c.want, said, c.said)
		}
	}
}
