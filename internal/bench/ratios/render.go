package main

import (
	"errors"
	"fmt"
	"os"
	"runtime"
	"slices"
	"strings"

	"golang.org/x/mod/modfile"
)

// compared returns the modules that a go.mod requires itself, such as
// "github.com/felixge/httpsnoop@v1.1.0", but for Nines and what only this program needs.
func compared(file string) ([]string, error) {
	data, err := os.ReadFile(file)
	if err != nil {
		return nil, err
	}
	mod, err := modfile.Parse(file, data, nil)
	if err != nil {
		return nil, err
	}
	var versions []string
	for _, r := range mod.Require {
		replaced := slices.ContainsFunc(mod.Replace, func(x *modfile.Replace) bool { return x.Old.Path == r.Mod.Path })
		if !r.Indirect && !replaced && r.Mod.Path != "golang.org/x/mod" {
			versions = append(versions, r.Mod.String())
		}
	}
	return versions, nil
}

// render returns the tables, and which rows they lack.
func render(r *results, versions []string) (string, error) {
	var b strings.Builder
	var missing []error
	fmt.Fprintf(&b, "%s (%s/%s), GOMAXPROCS %s, %s.\n", r.machine["cpu"], r.machine["goos"], r.machine["goarch"], r.procs, runtime.Version())
	fmt.Fprintf(&b, "Compared with %s.\n", strings.ReplaceAll(strings.Join(versions, ", "), "@", " "))
	b.WriteString("Overheads are medians, less the same harness without anything.\n\n")

	b.WriteString("| Goal | What | ns | Nines, or base, ns | Ratio | Wanted | |\n|---|---|---:|---:|---:|---|---|\n")
	for _, g := range goals {
		over, err1 := r.ns(g.over)
		under, err2 := r.ns(g.under)
		if err := errors.Join(err1, err2); err != nil {
			missing = append(missing, err)
			continue
		}
		wanted, met := fmt.Sprintf(">= %v", g.atLeast), over >= g.atLeast*under
		if g.atMost > 0 {
			wanted, met = fmt.Sprintf("<= %v", g.atMost), over <= g.atMost*under
		}
		fmt.Fprintf(&b, "| %s | %s | %s | %s | %.2f | %s | %s |\n", g.id, g.what, ns(over), ns(under), over/under, wanted, verdict(met))
	}
	b.WriteString("\n| Goal | What | Allocations | Bytes | Wanted | |\n|---|---|---:|---:|---|---|\n")
	for _, l := range limits {
		of, less := r.rows[l.of.row], r.rows[l.of.less]
		if of == nil || l.of.less != "" && less == nil {
			missing = append(missing, fmt.Errorf("no result of %s, or of %s", l.of.row, l.of.less))
			continue
		}
		allocs, bytes := median(of.allocs), median(of.bytes)
		if less != nil {
			allocs, bytes = allocs-median(less.allocs), bytes-median(less.bytes)
		}
		fmt.Fprintf(&b, "| %s | %s | %v | %v | <= %v, %v | %s |\n", l.id, l.what, allocs, bytes, l.allocs, l.bytes,
			verdict(allocs <= l.allocs && bytes <= l.bytes))
	}

	b.WriteString("\n| Benchmark | Median, ns | From, to | Allocations | Bytes |\n|---|---:|---|---:|---:|\n")
	for _, name := range r.names {
		s := r.rows[name]
		fmt.Fprintf(&b, "| %s | %s | %s, %s | %v | %v |\n", name, ns(median(s.ns)), ns(slices.Min(s.ns)), ns(slices.Max(s.ns)), median(s.allocs), median(s.bytes))
	}
	return b.String(), errors.Join(missing...)
}

// ns returns the median of a figure.
func (r *results) ns(f figure) (float64, error) {
	row := r.rows[f.row]
	if row == nil {
		return 0, fmt.Errorf("no result of %s", f.row)
	}
	if f.less == "" {
		return median(row.ns), nil
	}
	less := r.rows[f.less]
	if less == nil {
		return 0, fmt.Errorf("no result of %s", f.less)
	}
	return median(row.ns) - median(less.ns), nil
}

// ns writes nanoseconds with three figures, as more would be noise.
func ns(v float64) string {
	switch {
	case v >= 100:
		return fmt.Sprintf("%.0f", v)
	case v >= 10:
		return fmt.Sprintf("%.1f", v)
	}
	return fmt.Sprintf("%.2f", v)
}

func verdict(met bool) string {
	if met {
		return "met"
	}
	return "**missed**"
}
