package nines_test

import (
	"os"
	"strings"
	"testing"
)

// The first block of Go in the README is part of the example above, to the letter.
func TestReadmeShowsTheExample(t *testing.T) {
	readme, err := os.ReadFile("README.md")
	if err != nil {
		t.Fatal(err)
	}
	example, err := os.ReadFile("example_test.go")
	if err != nil {
		t.Fatal(err)
	}
	_, rest, _ := strings.Cut(string(readme), "```go\n")
	block, _, ok := strings.Cut(rest, "```\n")
	if !ok || strings.TrimSpace(block) == "" {
		t.Fatal("README.md has no block of Go")
	}
	var indented strings.Builder
	for line := range strings.Lines(block) {
		if line != "\n" {
			indented.WriteString("\t")
		}
		indented.WriteString(line)
	}
	if !strings.Contains(string(example), indented.String()) {
		t.Errorf("example_test.go does not contain the README's block:\n%s", block)
	}
}
