package main

import (
	"bufio"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"
)

// results are what go test printed.
type results struct {
	machine map[string]string // cpu, goos, goarch
	procs   string            // GOMAXPROCS, as in the names
	names   []string          // in order of appearance, without "Benchmark"
	rows    map[string]*samples
}

// samples are the figures of one benchmark, one of each run.
type samples struct{ ns, bytes, allocs []float64 }

// median returns the middle, or the mean of the two in the middle; 0 of nothing.
func median(of []float64) float64 {
	if len(of) == 0 {
		return 0
	}
	s := slices.Sorted(slices.Values(of))
	return (s[(len(s)-1)/2] + s[len(s)/2]) / 2
}

// parse reads lines such as
//
//	BenchmarkHTTP/nines/serial-2   12345   93.1 ns/op   96 B/op   1 allocs/op
func parse(in io.Reader) (*results, error) {
	r := &results{machine: map[string]string{}, rows: map[string]*samples{}}
	lines := bufio.NewScanner(in)
	for lines.Scan() {
		line := lines.Text()
		switch {
		case strings.HasPrefix(line, "--- FAIL"), strings.HasPrefix(line, "FAIL"):
			return nil, fmt.Errorf("the benchmarks failed: %s", line)
		case strings.HasPrefix(line, "Benchmark"):
			if err := r.add(strings.Fields(line)); err != nil {
				return nil, fmt.Errorf("%q: %w", line, err)
			}
		default:
			if key, value, ok := strings.Cut(line, ": "); ok {
				r.machine[key] = value
			}
		}
	}
	if err := lines.Err(); err != nil {
		return nil, err
	}
	if len(r.rows) == 0 {
		return nil, fmt.Errorf("no benchmark in the input")
	}
	return r, nil
}

// add reads a line of pairs, a figure and its unit each.
func (r *results) add(fields []string) error {
	if len(fields) < 4 {
		return fmt.Errorf("want a name, a number of runs and figures")
	}
	name := strings.TrimPrefix(fields[0], "Benchmark")
	if i := strings.LastIndexByte(name, '-'); i >= 0 && !strings.Contains(name[i:], "/") {
		name, r.procs = name[:i], name[i+1:]
	}
	row := r.rows[name]
	if row == nil {
		row = &samples{}
		r.rows[name] = row
		r.names = append(r.names, name)
	}
	for i := 2; i+1 < len(fields); i += 2 {
		figure, err := strconv.ParseFloat(fields[i], 64)
		if err != nil {
			return err
		}
		switch fields[i+1] {
		case "ns/op":
			row.ns = append(row.ns, figure)
		case "B/op":
			row.bytes = append(row.bytes, figure)
		case "allocs/op":
			row.allocs = append(row.allocs, figure)
		}
	}
	return nil
}
