package main

import (
	"errors"
	"fmt"
	"strconv"
	"strings"

	"github.com/seed-abb722f7/nines/slo"
)

// A targetFlag is a target in percent, with or without the sign.
type targetFlag struct{ slo.Target }

// Set takes the flag's value.
func (f *targetFlag) Set(s string) error {
	number := strings.TrimSpace(strings.TrimSuffix(s, "%"))
	if _, err := strconv.ParseFloat(number, 64); err != nil {
		return errors.New("want a percentage such as 99.95")
	}
	t, err := slo.ParseTarget(number + "%")
	if err != nil {
		return reason(err)
	}
	f.Target = t
	return nil
}

// A windowFlag is a window in the form of slo.ParseWindow.
type windowFlag struct{ slo.Window }

// Set takes the flag's value.
func (f *windowFlag) Set(s string) error {
	w, err := slo.ParseWindow(s)
	if err != nil {
		return reason(err)
	}
	f.Window = w
	return nil
}

// A methodFlag is a budgeting method, as slo.Method prints it.
type methodFlag struct{ slo.Method }

// Set takes the flag's value.
func (f *methodFlag) Set(s string) error {
	words := strings.Fields(strings.ToLower(s))
	want := errors.New(`want "occurrences", "timeslices 1m 95%" (slices of a minute, good if 95 % of their requests are) or "ratiotimeslices 1m"`)
	if len(words) == 1 && words[0] == "occurrences" {
		f.Method = slo.Method{}
		return nil
	}
	if len(words) < 2 {
		return want
	}
	length, err := slo.ParseDuration(words[1])
	if err != nil {
		return reason(err)
	}
	switch {
	case words[0] == "ratiotimeslices" && len(words) == 2:
		f.Method = slo.RatioTimeslices(length)
		return nil
	case words[0] == "timeslices" && len(words) == 3:
		var target targetFlag
		if err := target.Set(words[2]); err != nil {
			return fmt.Errorf("of a slice: %w", err)
		}
		f.Method = slo.Timeslices(length, target.Target)
		return nil
	}
	return want
}

// reason returns what would have been accepted: package flag names the flag and its value.
func reason(err error) error {
	if refused := (*slo.FieldError)(nil); errors.As(err, &refused) {
		return errors.New(refused.Reason)
	}
	return err
}
