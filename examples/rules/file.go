package main

import (
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"go.yaml.in/yaml/v3"

	"github.com/seed-abb722f7/nines/slo"
)

// A document is what a file of objectives says, in the words of main.go.
type document struct {
	Service    string  `yaml:"service"`
	Objectives []entry `yaml:"objectives"`
}

type entry struct {
	Name        string     `yaml:"name"`
	Of          string     `yaml:"of"`
	SLI         string     `yaml:"sli"`
	Target      string     `yaml:"target"`
	Window      string     `yaml:"window"`
	Owner       string     `yaml:"owner"`
	Region      string     `yaml:"region"`
	Priority    string     `yaml:"priority"`
	Description string     `yaml:"description"`
	Shadow      bool       `yaml:"shadow"`
	Links       []slo.Link `yaml:"links"`
}

// readFile returns the service and its objectives. The error has everything that is wrong with
// how the file is written; what it says is for rulesslo.New to judge.
func readFile(path string) (service string, objectives []slo.Objective, err error) {
	f, err := os.Open(path)
	if err != nil {
		return "", nil, err
	}
	defer func() { _ = f.Close() }() // it was read
	d, err := decode(f)
	if err != nil {
		return "", nil, fmt.Errorf("%s: %w", path, err)
	}
	var errs []error
	for i, e := range d.Objectives {
		o, wrong := e.objective()
		for _, err := range wrong {
			errs = append(errs, fmt.Errorf("%s: objectives[%d].%w", path, i, err))
		}
		objectives = append(objectives, o)
	}
	return d.Service, objectives, errors.Join(errs...)
}

// decode reads the one document of a file, which has no fields but ours, and each only once.
func decode(r io.Reader) (d document, err error) {
	decoder := yaml.NewDecoder(r)
	decoder.KnownFields(true)
	if err := decoder.Decode(&d); err != nil {
		if errors.Is(err, io.EOF) {
			return d, errors.New("the file is empty: want service and objectives")
		}
		var wrong *yaml.TypeError
		if errors.As(err, &wrong) {
			text := strings.Join(wrong.Errors, "; ")
			return d, errors.New(strings.NewReplacer(" in type main.document", " in the document", " in type main.entry", " in an objective").Replace(text))
		}
		return d, err
	}
	if err := decoder.Decode(new(yaml.Node)); !errors.Is(err, io.EOF) {
		return d, errors.Join(errors.New("there is a second document: want one"), err)
	}
	return d, nil
}

// objective returns what an entry declares, and what of it cannot be read.
func (e entry) objective() (o slo.Objective, wrong []error) {
	o = slo.Objective{
		Name: e.Name, Owner: e.Owner, Region: e.Region, Priority: e.Priority,
		Description: e.Description, Shadow: e.Shadow, Links: e.Links,
	}
	refuse := func(field, value, want string) {
		wrong = append(wrong, fmt.Errorf("%s is %q: want %s", field, value, want))
	}
	var ok bool
	if o.Of, ok = source(e.Of); !ok {
		refuse("of", e.Of, `"http POST /checkout", "rpc /shop.v1.Cart/Add", "events orders", "dependency payments", "all" or "each"`)
	}
	if o.SLI, ok = sli(e.SLI); !ok {
		refuse("sli", e.SLI, `"availability", "latency 300ms", "correctness", "freshness", "completeness", "fidelity", "durability" or "throughput"`)
	}
	var err error
	if o.Target, err = slo.ParseTarget(e.Target); err != nil {
		wrong = append(wrong, inFile("target", e.Target, err))
	}
	if e.Window != "" {
		if o.Window, err = slo.ParseWindow(e.Window); err != nil {
			wrong = append(wrong, inFile("window", e.Window, err))
		}
	}
	return o, wrong
}

// inFile is what package slo says, of a field of the file.
func inFile(field, value string, err error) error {
	var wrong *slo.FieldError
	if errors.As(err, &wrong) {
		return fmt.Errorf("%s is %q: %s", field, value, wrong.Reason)
	}
	return fmt.Errorf("%s is %q: %w", field, value, err)
}

// source reads what an objective is of.
func source(text string) (slo.Source, bool) {
	kind, name, named := strings.Cut(text, " ")
	switch {
	case text == "all":
		return slo.All, true
	case text == "each":
		return slo.Each, true
	case !named || name == "":
		return slo.Source{}, false
	case kind == "http":
		return slo.HTTP(name), true
	case kind == "rpc":
		return slo.RPC(name), true
	case kind == "events":
		return slo.Events(name), true
	case kind == "dependency":
		return slo.Dependency(name), true
	}
	return slo.Source{}, false
}

// plain are the SLIs that need no more than their name.
var plain = map[string]func(...slo.Option) slo.SLI{
	"availability": slo.Availability, "correctness": slo.Correctness, "freshness": slo.Freshness, "completeness": slo.Completeness,
	"fidelity": slo.Fidelity, "durability": slo.Durability, "throughput": slo.Throughput,
}

// sli reads what an objective measures.
func sli(text string) (slo.SLI, bool) {
	if make, ok := plain[text]; ok {
		return make(), true
	}
	threshold, ok := strings.CutPrefix(text, "latency ")
	if !ok {
		return slo.SLI{}, false
	}
	d, err := slo.ParseDuration(threshold)
	return slo.Latency(d), err == nil
}
