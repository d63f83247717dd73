package fleet

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"net"
	"net/url"
	"strconv"
	"strings"
	"unicode"

	v1 "github.com/prometheus/client_golang/api/prometheus/v1"
)

// A failure says why there is no answer.
type failure struct {
	unknown Unknown
	why     string
}

func (f *failure) Error() string { return string(f.unknown) + ": " + f.why }

// failed makes a failure of an error of the client.
func failed(err error) *failure {
	var known *failure
	if errors.As(err, &known) {
		return known
	}
	f := &failure{unknown: Unreadable, why: line(err.Error())}
	var answer *v1.Error
	var timeout net.Error
	var request *url.Error
	switch {
	case errors.Is(err, context.DeadlineExceeded), errors.Is(err, context.Canceled):
		f.unknown = TimedOut
	case errors.As(err, &answer):
		kind, text := reason(answer)
		f.why = line(cmp.Or(text, err.Error()))
		switch kind {
		case v1.ErrTimeout, v1.ErrCanceled:
			f.unknown = TimedOut
		case v1.ErrBadResponse:
		default:
			f.unknown = Refused
		}
	case errors.As(err, &timeout) && timeout.Timeout():
		f.unknown = TimedOut
	case errors.As(err, &request), errors.As(err, &timeout):
		f.unknown = Unreachable
	}
	return f
}

// reason returns what the server said. Of a status such as 503, with which Prometheus tells
// that a query took too long, the client leaves that to us.
func reason(e *v1.Error) (kind v1.ErrorType, text string) {
	var said struct {
		ErrorType v1.ErrorType `json:"errorType"`
		Error     string       `json:"error"`
	}
	if err := json.Unmarshal([]byte(e.Detail), &said); err != nil || said.ErrorType == "" {
		return e.Type, ""
	}
	return said.ErrorType, string(said.ErrorType) + ": " + said.Error
}

// longest bounds what is shown of a text that somebody else wrote, in bytes.
const longest = 300

// line returns a text as one line that is not too long.
func line(s string) string {
	if len(s) > longest {
		s = strings.ToValidUTF8(s[:longest], "") + "..."
	}
	if strings.ContainsFunc(s, func(r rune) bool { return !unicode.IsPrint(r) }) {
		return strings.Trim(strconv.Quote(s), `"`)
	}
	return s
}
