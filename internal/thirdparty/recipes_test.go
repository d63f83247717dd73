package thirdparty

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestRecipes: the code in docs/routers.md is the code that is tested here.
func TestRecipes(t *testing.T) {
	page, err := os.ReadFile(filepath.Join("..", "..", "docs", "routers.md"))
	if err != nil {
		t.Fatal(err)
	}
	files, err := filepath.Glob("*_test.go")
	if err != nil {
		t.Fatal(err)
	}
	var tested strings.Builder
	for _, name := range files {
		source, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		tested.Write(source)
	}
	parts := strings.Split(string(page), "```go\n")
	if got, want := len(parts)-1, 9; got != want {
		t.Errorf("docs/routers.md has %d pieces of code, want %d", got, want)
	}
	for _, part := range parts[1:] {
		code, _, ok := strings.Cut(part, "```")
		if !ok || !strings.Contains(tested.String(), code) {
			t.Errorf("docs/routers.md has code that is not tested as it stands:\n%s", code)
		}
	}
}

// TestRecipesAreShown: and the other way round, every recipe is shown.
func TestRecipesAreShown(t *testing.T) {
	page, err := os.ReadFile(filepath.Join("..", "..", "docs", "routers.md"))
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"servemux", "chi", "gin", "echo", "gorilla", "connect"} {
		source, err := os.ReadFile(name + "_test.go")
		if err != nil {
			t.Fatal(err)
		}
		_, code, _ := strings.Cut(string(source), "\n)\n")
		for f := range strings.SplitSeq(strings.TrimSpace(code), "\n\n") {
			if strings.Contains(f, "func Test") {
				break // the rest of the file
			}
			if !strings.Contains(string(page), f) {
				t.Errorf("docs/routers.md does not show\n%s", f)
			}
		}
	}
}
