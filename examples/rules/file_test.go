package main

import (
	"bytes"
	"os"
	"path/filepath"
	"reflect"
	"testing"
	"time"

	"github.com/seed-abb722f7/nines/examples/internal/cli"
	"github.com/seed-abb722f7/nines/slo"
)

// The shop's file says what objectives.go says.
func TestFileOfShop(t *testing.T) {
	if got, want := printed(t, "-file", "testdata/shop.yaml"), printed(t); !bytes.Equal(got, want) {
		t.Errorf("the rules of the file are\n%s\nwant those of the shop\n%s", got, want)
	}
}

func TestReadFile(t *testing.T) {
	file := filepath.Join(t.TempDir(), "o.yaml")
	write(t, file, `service: pay
objectives:
- {name: a, of: rpc /pay.v1.Card/Charge, sli: latency 0.3s, target: "99.95%", window: month Europe/Berlin, region: eu, priority: P1, shadow: true}
- {name: b, of: events refunds, sli: freshness, target: 99.9%, links: [{name: runbook, url: "https://b.example"}]}
- {name: c, of: dependency bank, sli: fidelity, target: 0.9}
`)
	service, got, err := readFile(file)
	if err != nil {
		t.Fatal(err)
	}
	berlin, err := time.LoadLocation("Europe/Berlin")
	if err != nil {
		t.Fatal(err)
	}
	want := []slo.Objective{
		{
			Name: "a", Of: slo.RPC("/pay.v1.Card/Charge"), SLI: slo.Latency(300 * time.Millisecond), Target: slo.Percent(99.95),
			Window: slo.Month(berlin), Region: "eu", Priority: "P1", Shadow: true,
		},
		{
			Name: "b", Of: slo.Events("refunds"), SLI: slo.Freshness(), Target: slo.Percent(99.9),
			Links: []slo.Link{{Name: "runbook", URL: "https://b.example"}},
		},
		{Name: "c", Of: slo.Dependency("bank"), SLI: slo.Fidelity(), Target: slo.Percent(90)},
	}
	if service != "pay" || len(got) != len(want) {
		t.Fatalf("readFile = %q, %v, want pay, %v", service, got, want)
	}
	for i := range want {
		g, w := got[i], want[i]
		if g.Window.String() != w.Window.String() {
			t.Errorf("objectives[%d].Window = %v, want %v", i, g.Window, w.Window)
		}
		g.Window, w.Window = slo.Window{}, slo.Window{} // a location is not comparable
		if !reflect.DeepEqual(g, w) {
			t.Errorf("objectives[%d] = %+v, want %+v", i, g, w)
		}
	}
}

// What is wrong with a file is said with its field and its value.
func TestRefusesFile(t *testing.T) {
	const good = "service: s\nobjectives:\n- {name: a, of: all, sli: availability, target: 99%"
	file := filepath.Join(t.TempDir(), "o.yaml")
	for _, tt := range []struct{ text, want string }{
		{"", file + ": the file is empty: want service and objectives"},
		{"service: [", file + ": yaml: line 1: did not find expected node content"},
		{"service: s\nowner: me\n", file + ": line 2: field owner not found in the document"},
		{good + ", windw: 28d}", file + ": line 3: field windw not found in an objective"},
		{good + ", of: each}", file + `: line 3: mapping key "of" already defined at line 3`},
		{good + ", shadow: maybe}", file + ": line 3: cannot unmarshal !!str `maybe` into bool"},
		{good + "}\n---\nservice: t", file + ": there is a second document: want one"},
		{good + "}\n---\n: [ bad", file + ": there is a second document: want one\nyaml: line 4: did not find expected key"},
		{
			"service: s\nobjectives:\n- {name: a, of: ftp x, sli: speed, target: 101%, window: soon}",
			file + `: objectives[0].of is "ftp x": want "http POST /checkout", "rpc /shop.v1.Cart/Add", "events orders", "dependency payments", "all" or "each"` + "\n" +
				file + `: objectives[0].sli is "speed": want "availability", "latency 300ms", "correctness", "freshness", "completeness", "fidelity", "durability" or "throughput"` + "\n" +
				file + `: objectives[0].target is "101%": want a percentage above 1 and below 100` + "\n" +
				file + `: objectives[0].window is "soon": want a window such as "28d", "month Europe/Berlin" or "4w from 2025-12-29 Europe/Berlin"`,
		},
		{good + ", window: 10ms}", `rulesslo: Objectives[0] "a".Window is 10ms: want at least a second: Prometheus looks no closer`},
		{
			"service: s\nobjectives:\n- {name: a, of: all, sli: availability, target: 99%}\n- {name: b, of: all, sli: latency x, target: 99%}",
			file + `: objectives[1].sli is "latency x": want "availability", "latency 300ms", "correctness", "freshness", "completeness", "fidelity", "durability" or "throughput"`,
		},
		{"service: s\nobjectives:\n- {name: a, of: http, sli: availability, target: 99%}", file + `: objectives[0].of is "http": want "http POST /checkout", "rpc /shop.v1.Cart/Add", "events orders", "dependency payments", "all" or "each"`},
		{"service: s\n", `rulesslo: Objectives is []: want at least one objective`},
	} {
		write(t, file, tt.text)
		var stdout, stderr bytes.Buffer
		if code := run([]string{"-file", file}, &stdout, &stderr); code != cli.Usage || stderr.String() != "rules: "+tt.want+"\n" || stdout.Len() > 0 {
			t.Errorf("run on %q = %d, and said\n%swant %d and\nrules: %s", tt.text, code, &stderr, cli.Usage, tt.want)
		}
	}
}

func write(t *testing.T, file, text string) {
	t.Helper()
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}
