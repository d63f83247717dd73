package rulesslo_test

import (
	"encoding/json"
	"regexp"
	"strings"
	"testing"

	"github.com/seed-abb722f7/nines/exporter/rulesslo"
	"github.com/seed-abb722f7/nines/slo"
)

// A panel is what the tests look at of one.
type panel struct {
	ID      int
	Type    string
	Title   string
	GridPos struct{ H, W, X, Y int }
	Targets []struct {
		RefID string
		Expr  string
	}
	Datasource struct{ Type, UID string }
	Collapsed  bool
	Panels     []panel
}

// panels returns all panels of a dashboard, those of collapsed rows among them.
func panels(t *testing.T, dashboard []byte) (list []panel) {
	t.Helper()
	var d struct {
		UID    string
		Title  string
		Panels []panel
	}
	if err := json.Unmarshal(dashboard, &d); err != nil {
		t.Fatal(err)
	}
	if !regexp.MustCompile(`^[a-zA-Z0-9_-]{1,40}$`).MatchString(d.UID) || d.Title == "" {
		t.Errorf("uid %q, title %q, want both as Grafana takes them", d.UID, d.Title)
	}
	for _, p := range d.Panels {
		list = append(list, p)
		list = append(list, p.Panels...)
	}
	return list
}

// queries returns the expressions of all panels.
func queries(t *testing.T, dashboard []byte) (list []string) {
	t.Helper()
	for _, p := range panels(t, dashboard) {
		for _, target := range p.Targets {
			list = append(list, target.Expr)
		}
	}
	return list
}

func TestDashboardIsWellFormed(t *testing.T) {
	ids := map[int]bool{}
	cells := map[[2]int]string{}
	rows := 0
	for _, p := range panels(t, generate(t, shop).Dashboard()) {
		if ids[p.ID] || p.ID == 0 {
			t.Errorf("panel %q: id %d, want one of its own", p.Title, p.ID)
		}
		ids[p.ID] = true
		if p.Type == "row" {
			rows++
			if !p.Collapsed {
				continue
			}
			for _, inside := range p.Panels {
				if inside.GridPos.Y <= p.GridPos.Y {
					t.Errorf("panel %q is not below its row %q", inside.Title, p.Title)
				}
			}
			cells = map[[2]int]string{} // what is open of a row pushes the others down
			continue
		}
		if p.Datasource.Type != "prometheus" || p.Datasource.UID != "${datasource}" || len(p.Targets) == 0 {
			t.Errorf("panel %q: %d queries of %v, want some of the datasource that is chosen", p.Title, len(p.Targets), p.Datasource)
		}
		refs := map[string]bool{}
		for _, target := range p.Targets {
			if refs[target.RefID] || target.RefID == "" {
				t.Errorf("panel %q: reference %q, want one of its own", p.Title, target.RefID)
			}
			refs[target.RefID] = true
		}
		at := p.GridPos
		if at.X < 0 || at.X+at.W > 24 || at.W < 1 || at.H < 1 {
			t.Errorf("panel %q is at %+v, want it within 24 columns", p.Title, at)
		}
		for x := at.X; x < at.X+at.W; x++ {
			for y := at.Y; y < at.Y+at.H; y++ {
				if other, taken := cells[[2]int{x, y}]; taken {
					t.Errorf("panels %q and %q overlap", p.Title, other)
				}
				cells[[2]int{x, y}] = p.Title
			}
		}
	}
	if want := 1 + len(shop.Objectives); rows != want {
		t.Errorf("%d rows, want %d: an overview, and one for each objective", rows, want)
	}
}

// Grafana looks for its variables in queries, also within strings.
func TestDashboardKeepsTextFromGrafana(t *testing.T) {
	for _, name := range []string{"$datasource", "${datasource}", "$__rate_interval", "[[datasource]]", "a$", `\$x`, "[[[["} {
		o := slo.Objective{Name: name, Of: slo.Each, SLI: slo.Availability(), Target: slo.Percent(99)}
		plain := o
		plain.Name, plain.Of = "x"+name, slo.HTTP("/"+name)
		rules := generate(t, rulesslo.Config{Service: name, Objectives: []slo.Objective{o, plain}})
		for _, q := range queries(t, rules.Dashboard()) {
			if rest := strings.ReplaceAll(q, "[$__rate_interval]", ""); strings.ContainsAny(rest, "$") || strings.Contains(rest, "[[") {
				t.Errorf("%q: Grafana would look for a variable in %s", name, q)
			}
		}
	}
}
