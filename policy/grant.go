package policy

import (
	"encoding/json"
	"fmt"
	"log/slog"
	"time"
)

// A Grant is a deployment that a [Gate] has let through, or that was recorded with it. It is a
// plain value; the zero Grant is none.
type Grant struct {
	Change Change
	State  GrantState

	// At is when it was granted, Expires until when the deployment may begin.
	At, Expires time.Time

	// Day is the day whose deploys it is one of, such as "2025-03-03" in GateConfig.Location;
	// Number which of the features of that day, from 1. It is 0 of other kinds, which are not
	// counted.
	Day    string
	Number int

	// By and Why are who overrode the gate and why; empty if nobody had to.
	By, Why string
}

// A GrantState is where a [Grant] stands. The zero GrantState is none.
type GrantState uint8

// The states.
const (
	GrantBegun GrantState = iota + 1 // the deployment may begin, or is under way
	GrantDone                        // it has been deployed
)

// String returns "begun" or "done"; "none" for the zero GrantState, "unknown grant" outside the
// set.
func (s GrantState) String() string { return nameOf(grantNames[:], int(s), "unknown grant") }

// MarshalText writes what String returns.
func (s GrantState) MarshalText() ([]byte, error) { return []byte(s.String()), nil }

// UnmarshalText reads what String returns. The error matches slo.ErrInvalid, and leaves s
// unchanged.
func (s *GrantState) UnmarshalText(text []byte) error {
	i, err := indexOf(grantNames[:], string(text), "GrantState")
	if err == nil {
		*s = GrantState(i)
	}
	return err
}

var grantNames = [...]string{0: "none", GrantBegun: "begun", GrantDone: "done"}

// String returns such as "feature v2.5.0 begun at 2025-03-03 12:00, 1 of 2025-03-03".
func (g Grant) String() string {
	s := fmt.Sprintf("%v %v at %s", g.Change, g.State, g.At.UTC().Format("2006-01-02 15:04"))
	if g.Number > 0 {
		s += fmt.Sprintf(", feature %d of %s", g.Number, g.Day)
	}
	if g.By != "" {
		s += fmt.Sprintf(", overridden by %s: %s", g.By, g.Why)
	}
	return s
}

// LogValue returns what a log needs; who overrode the gate is left out where nobody did.
func (g Grant) LogValue() slog.Value {
	attrs := []slog.Attr{
		slog.String("kind", g.Change.Kind.String()), slog.String("change", g.Change.ID), slog.String("state", g.State.String()),
		slog.Time("at", g.At), slog.String("day", g.Day), slog.Int("number", g.Number),
	}
	if g.By != "" {
		attrs = append(attrs, slog.String("by", g.By), slog.String("why", g.Why))
	}
	return slog.GroupValue(attrs...)
}

type grantJSON struct {
	Change  Change     `json:"change"`
	State   GrantState `json:"state"`
	At      string     `json:"at"`
	Expires string     `json:"expires"`
	Day     string     `json:"day"`
	Number  int        `json:"number"`
	By      string     `json:"by,omitempty"`
	Why     string     `json:"why,omitempty"`
}

// MarshalJSON writes the grant with snake-case names that stay as they are.
func (g Grant) MarshalJSON() ([]byte, error) {
	return json.Marshal(grantJSON{g.Change, g.State, stamp(g.At), stamp(g.Expires), g.Day, g.Number, g.By, g.Why})
}

// UnmarshalJSON reads what MarshalJSON writes.
func (g *Grant) UnmarshalJSON(text []byte) error {
	var j grantJSON
	if err := json.Unmarshal(text, &j); err != nil {
		return err
	}
	*g = Grant{j.Change, j.State, unstamp(j.At), unstamp(j.Expires), j.Day, j.Number, j.By, j.Why}
	return nil
}
