package slo_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/seed-abb722f7/nines/slo"
)

func TestFieldErrorText(t *testing.T) {
	for _, tt := range []struct {
		in   slo.FieldError
		want string
	}{
		{slo.FieldError{Field: "Window", Value: time.Second, Reason: "want more"}, "slo: Window is 1s: want more"},
		{slo.FieldError{Field: "Limit", Value: -1, Reason: "want more", Package: "budget"}, "budget: Limit is -1: want more"},
		{slo.FieldError{Field: "Name", Value: "a\nb", Reason: "want less"}, `slo: Name is "a\nb": want less`},
		{slo.FieldError{Field: "Of", Value: slo.HTTP("a\nb"), Reason: "want a route"}, `slo: Of is slo.HTTP("a\nb"): want a route`},
		{slo.FieldError{Field: "Link", Value: struct{ A string }{"a\nb"}, Reason: "want less"}, `slo: Link is "{a\nb}": want less`},
		{slo.FieldError{Field: "Link", Value: struct{ A string }{"\xff"}, Reason: "want less"}, `slo: Link is "{\xff}": want less`},
		{slo.FieldError{Field: "Value", Value: nil, Reason: "want one"}, "slo: Value is <nil>: want one"},
		{slo.FieldError{Field: "Name", Value: strings.Repeat("x", 1<<20), Reason: "want less"}, `slo: Name is "` + strings.Repeat("x", 32) + `...": want less`},
		{slo.FieldError{Field: "Name", Value: strings.Repeat("\x80", 1<<20), Reason: "want less"}, `slo: Name is "` + strings.Repeat(`\x80`, 28) + `...": want less`},
		{slo.FieldError{Field: "List", Value: make([]int, 1<<10), Reason: "want less"}, `slo: List is [0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0...: want less`},
	} {
		if got := tt.in.Error(); got != tt.want {
			t.Errorf("Error() = %s\nwant %s", got, tt.want)
		}
	}
}

func TestFieldErrorIsInvalid(t *testing.T) {
	err := error(&slo.FieldError{Field: "Window"})
	for name, err := range map[string]error{
		"itself":  err,
		"wrapped": fmt.Errorf("budget: %w", err),
		"joined":  errors.Join(errors.New("other"), err),
	} {
		if !errors.Is(err, slo.ErrInvalid) {
			t.Errorf("%s: errors.Is(ErrInvalid) = false, want true", name)
		}
		var field *slo.FieldError
		if !errors.As(err, &field) || field.Field != "Window" {
			t.Errorf("%s: errors.As finds %v, want the field", name, field)
		}
	}
	if errors.Is(err, errors.ErrUnsupported) {
		t.Error("errors.Is(ErrUnsupported) = true, want false")
	}
}
