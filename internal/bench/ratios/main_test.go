package main

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// printed returns what go test prints of every benchmark that a goal names, in two runs: of
// Nines 110 and 90 ns, of the harnesses without anything 10, of all else more ns.
func printed(more float64) string {
	var b strings.Builder
	b.WriteString("goos: linux\ngoarch: amd64\npkg: example.com/bench\ncpu: Some CPU @ 2GHz\n")
	seen := map[string]bool{"": true}
	line := func(name string) {
		if seen[name] {
			return
		}
		seen[name] = true
		for _, off := range []float64{10, -10} {
			v := more
			switch {
			case strings.Contains(name, "/bare/"):
				v, off = 10, 0
			case strings.Contains(name, "/nines"):
				v = 100
			}
			fmt.Fprintf(&b, "Benchmark%s-2   \t   12345\t  %v ns/op\t      96 B/op\t       1 allocs/op\n", name, v+off)
		}
	}
	for _, g := range goals {
		for _, f := range []figure{g.over, g.under} {
			line(f.row)
			line(f.less)
		}
	}
	b.WriteString("PASS\nok  \texample.com/bench\t1.2s\n")
	return b.String()
}

func TestRun(t *testing.T) {
	var out strings.Builder
	if err := run(strings.NewReader(printed(1810)), &out, filepath.Join("..", "go.mod")); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{
		"Some CPU @ 2GHz (linux/amd64), GOMAXPROCS 2, go1.",
		"Compared with github.com/felixge/httpsnoop v",
		"| P1 | HTTP request: otelhttp, metrics only | 1800 | 90.0 | 20.00 | >= 20 | met |\n",
		"| P1 | HTTP request, of two clock readings | 90.0 | 1810 | 0.05 | <= 2.5 | met |\n",
		"| P2 | HTTP request with 5 objectives, of one with 2 | 90.0 | 90.0 | 1.00 | <= 1.1 | met |\n",
		"| P1 | HTTP request | 0 | 0 | <= 1, 96 | met |\n",
		"| P4 | record | 1 | 96 | <= 0, 0 | **missed** |\n",
		"| HTTP/nines/serial | 100 | 90.0, 110 | 1 | 96 |\n",
	} {
		if !strings.Contains(out.String(), want) {
			t.Errorf("the tables lack %q:\n%s", want, &out)
		}
	}
	for _, not := range []string{"seed-abb722f7", "golang.org/x/mod"} {
		if strings.Contains(out.String(), not) {
			t.Errorf("the tables compare with %s:\n%s", not, &out)
		}
	}
}

// TestMissed: a goal that is missed is said, and is no error.
func TestMissed(t *testing.T) {
	var out strings.Builder
	if err := run(strings.NewReader(printed(30)), &out, filepath.Join("..", "go.mod")); err != nil {
		t.Error(err)
	}
	want := "| P1 | HTTP request: otelhttp, metrics only | 20.0 | 90.0 | 0.22 | >= 20 | **missed** |\n"
	if !strings.Contains(out.String(), want) {
		t.Errorf("the tables lack %q:\n%s", want, &out)
	}
}

func TestRunErrors(t *testing.T) {
	empty := filepath.Join(t.TempDir(), "go.mod")
	if err := os.WriteFile(empty, []byte("nonsense"), 0o600); err != nil {
		t.Fatal(err)
	}
	here := filepath.Join("..", "go.mod")
	for _, c := range []struct{ in, mod, want string }{
		{"", here, "no benchmark in the input"},
		{"PASS\n", here, "no benchmark in the input"},
		{printed(1) + "--- FAIL: BenchmarkHTTP/nines\n", here, "the benchmarks failed: --- FAIL: BenchmarkHTTP/nines"},
		{"BenchmarkHTTP/nines/serial-2\n", here, `"BenchmarkHTTP/nines/serial-2": want a name, a number of runs and figures`},
		{"BenchmarkX-2 1 soon ns/op\n", here, `"BenchmarkX-2 1 soon ns/op": strconv.ParseFloat: parsing "soon": invalid syntax`},
		{"BenchmarkX-2 1 5 ns/op\n", here, "no result of HTTP/httpsnoop/serial"},
		{printed(1), filepath.Join(t.TempDir(), "go.mod"), "no such file"},
		{printed(1), empty, "unknown directive"},
	} {
		var out strings.Builder
		err := run(strings.NewReader(c.in), &out, c.mod)
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("run(%.40q, %s) = %v, want %s", c.in, c.mod, err, c.want)
		}
	}
}

func TestMedian(t *testing.T) {
	for _, c := range []struct {
		of   []float64
		want float64
	}{{nil, 0}, {[]float64{3}, 3}, {[]float64{9, 1}, 5}, {[]float64{100, 1, 2}, 2}, {[]float64{4, 1, 3, 2}, 2.5}} {
		if got := median(c.of); got != c.want {
			t.Errorf("median(%v) = %v, want %v", c.of, got, c.want)
		}
	}
}
