package main

import (
	"bufio"
	"compress/gzip"
	"encoding/json"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// recorded is a real log of 10,000 lines, which is not part of the project.
var recorded = filepath.Join("..", "..", "..", "shared", "data", "access.log.gz")

// recordedLog opens it, or skips the test.
func recordedLog(t *testing.T) *gzip.Reader {
	t.Helper()
	f, err := os.Open(recorded)
	if err != nil {
		t.Skipf("needs a recorded access log beside the project: %v", err)
	}
	t.Cleanup(func() { _ = f.Close() })
	z, err := gzip.NewReader(f)
	if err != nil {
		t.Fatal(err)
	}
	return z
}

// TestRunRecordedTraffic holds the figures of a real log against a count that shares no
// code with this program: lines are judged by one regular expression for the whole line.
func TestRunRecordedTraffic(t *testing.T) {
	z := recordedLog(t)
	var (
		whole     = regexp.MustCompile(`^\S+ \S+ \S+ \[[^]]+\] "([A-Z]+) (/+[^/?# "]*)[^ "]* HTTP/1\.[01]" ([1-5]\d\d) (?:\d+|-) "[^"]*" "[^"]*"$`)
		malformed []int
		statuses  = map[string]int{}
		bad       = map[string]int{} // by method and first folder
		folders   = map[string]int{} // likewise, all that is not 404
		n         int
	)
	for s := bufio.NewScanner(z); s.Scan(); {
		n++
		m := whole.FindStringSubmatch(s.Text())
		if m == nil {
			malformed = append(malformed, n)
			continue
		}
		statuses[m[3]]++
		folder := m[1] + " /" + strings.TrimLeft(m[2], "/")
		if m[3] >= "500" {
			bad[folder]++
		}
		if m[3] != "404" && m[3] != "405" {
			folders[folder]++
		}
	}
	good := n - len(malformed) - statuses["500"] - statuses["404"]

	var rep report
	if err := json.Unmarshal([]byte(mustRun(t, "", "-json", "-depth", "1", recorded)), &rep); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		name             string
		got, want, known int
	}{
		{"lines", int(rep.Lines), n, 10_000},
		{"malformed", int(rep.Malformed), len(malformed), 1},
		{"bad", int(rep.Bad), statuses["500"], 3},
		{"excluded", int(rep.Excluded), statuses["404"], 213},
		{"unmatched", int(rep.ExcludedReasons["unmatched"]), statuses["404"], 213},
		{"good", int(rep.Good), good, 9_783},
		{"late", int(rep.Late), 0, 0},
	} {
		if c.got != c.want || c.got != c.known {
			t.Errorf("%s = %d, counted independently %d, known %d", c.name, c.got, c.want, c.known)
		}
	}
	if want := (malformedLine{8899, "the user agent has no closing quote"}); !slices.Equal(rep.MalformedLines, []malformedLine{want}) || !slices.Equal(malformed, []int{8899}) {
		t.Errorf("malformed lines %v, counted independently %v, want %v", rep.MalformedLines, malformed, want)
	}
	checkSums(t, &rep)
	for _, o := range rep.Operations {
		if o.Reserved {
			continue
		}
		folder := strings.TrimSuffix(o.Name, "/...")
		folders[folder] -= int(o.Requests)
		bad[folder] -= int(o.Bad)
	}
	for folder, left := range folders {
		if left != 0 || bad[folder] != 0 {
			t.Errorf("%s: counted independently %d requests and %d bad ones more than the operations have", folder, left, bad[folder])
		}
	}
	if got, want := rep.From.String()+" "+rep.To.String(), "2015-05-17 10:05:00 +0000 UTC 2015-05-20 21:05:59 +0000 UTC"; got != want {
		t.Errorf("from, to = %s, want %s", got, want)
	}
}
