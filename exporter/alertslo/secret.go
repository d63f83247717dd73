package alertslo

import (
	"fmt"
	"io"
)

// A Secret is a password, a token or a key. However it is printed or encoded, it shows
// nothing of itself: string(secret) has it. Empty is none.
type Secret string

const hidden = "[secret]"

// String returns "[secret]", and "" if there is none.
func (s Secret) String() string {
	if s == "" {
		return ""
	}
	return hidden
}

// Format writes what String returns, whatever the verb.
func (s Secret) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, s.String()) }

// MarshalText writes what String returns.
func (s Secret) MarshalText() ([]byte, error) { return []byte(s.String()), nil }
