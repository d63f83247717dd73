package gatehttp

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"mime"
	"net/http"
	"net/url"

	"github.com/seed-abb722f7/nines/policy"
)

// What may be asked for.
const (
	decide   = "decide" // GET
	begin    = "begin"
	override = "override"
	done     = "done"
	cancel   = "cancel"
)

// maxBody bounds what is read of a request: many times what it takes.
const maxBody = 16 << 10

// A question is what somebody wants to know, or to have done.
type question struct {
	action  string
	change  policy.Change
	by, why string
}

// A message is a question as it is sent.
type message struct {
	Action string `json:"action"`
	Kind   string `json:"kind"`
	ID     string `json:"id"`
	By     string `json:"by,omitempty"`
	Why    string `json:"why,omitempty"`
}

// read reads what a request asks for, and says with which status it is refused.
func read(w http.ResponseWriter, r *http.Request) (q question, status int, err error) {
	if r.Method != http.MethodPost {
		m, err := fromForm(r.URL.Query(), "kind", "id")
		m.Action = decide
		return m.question(err)
	}
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxBody))
	var large *http.MaxBytesError
	switch {
	case errors.As(err, &large):
		return q, http.StatusRequestEntityTooLarge, fmt.Errorf("want at most %d bytes", maxBody)
	case err != nil:
		return q, http.StatusBadRequest, errors.New("what was sent could not be read")
	case r.URL.RawQuery != "":
		return q, http.StatusBadRequest, errors.New("want everything in the body of a POST, and nothing in its URL")
	}
	var m message
	kind, _, _ := mime.ParseMediaType(r.Header.Get("Content-Type"))
	switch kind {
	case "application/json":
		m, err = fromJSON(body)
	case "application/x-www-form-urlencoded":
		var values url.Values
		if values, err = url.ParseQuery(string(body)); err == nil {
			m, err = fromForm(values, "action", "kind", "id", "by", "why")
		}
	default:
		return q, http.StatusUnsupportedMediaType, errors.New("want application/json or application/x-www-form-urlencoded")
	}
	if err == nil && m.Action == decide {
		err = errors.New("want a GET to decide")
	}
	return m.question(err)
}

// fromForm reads fields, each at most once, and no others.
func fromForm(values url.Values, fields ...string) (m message, err error) {
	for name, all := range values {
		known := false
		for _, f := range fields {
			known = known || f == name
		}
		if !known || len(all) != 1 {
			return m, fmt.Errorf("want each of %q at most once, and nothing else: got %q", fields, name)
		}
	}
	return message{values.Get("action"), values.Get("kind"), values.Get("id"), values.Get("by"), values.Get("why")}, nil
}

// fromJSON reads one object, with no other fields.
func fromJSON(body []byte) (m message, err error) {
	d := json.NewDecoder(bytes.NewReader(body))
	d.DisallowUnknownFields()
	if err := d.Decode(&m); err != nil {
		return m, fmt.Errorf("want an object with action, kind, id, by and why: %w", err)
	}
	if _, err := d.Token(); !errors.Is(err, io.EOF) {
		return m, errors.New("want one object and nothing after it")
	}
	return m, nil
}

// question checks what was read.
func (m message) question(err error) (question, int, error) {
	q := question{action: m.Action, change: policy.Change{ID: m.ID}, by: m.By, why: m.Why}
	if err == nil && m.Kind != "" { // without one the gate says what it wants
		err = q.change.Kind.UnmarshalText([]byte(m.Kind))
	}
	switch m.Action {
	case decide, begin, override, done, cancel:
	default:
		err = errors.Join(err, errors.New("want an action: begin, override, done or cancel"))
	}
	if err == nil && (m.By != "" || m.Why != "") && m.Action != override {
		err = errors.New("want by and why of an override only")
	}
	if err != nil {
		return question{}, http.StatusBadRequest, err
	}
	return q, 0, nil
}
