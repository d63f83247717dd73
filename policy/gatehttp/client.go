package gatehttp

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"mime"
	"net/http"
	"net/url"
	"time"

	"github.com/seed-abb722f7/nines/policy"
)

// A Client asks a gate that a [Handler] serves. URL is required. It is a plain value; its
// methods may be called from several goroutines at once.
//
// An error says that the gate could not be asked, or that its answer cannot be believed: it is
// no decision, and the decision beside it is zero, which needs a person.
type Client struct {
	// URL is where the handler is served, such as "http://127.0.0.1:9090/gate".
	URL string

	// Token is what a POST has to bring; empty is none, which does for Decide.
	Token string

	// HTTP makes the requests. Nil is a client that waits ten seconds. Redirects are not
	// followed: a gate that has moved is not the gate.
	HTTP *http.Client
}

// patience is how long a client without one of its own waits.
const patience = 10 * time.Second

// maxAnswer bounds what is read of an answer: a decision about hundreds of error budgets.
const maxAnswer = 1 << 20

// Decide asks whether a change may be deployed, and changes nothing.
func (c Client) Decide(ctx context.Context, change policy.Change) (d policy.Decision, err error) {
	u, err := c.parse()
	if err != nil {
		return d, err
	}
	u.RawQuery = url.Values{"kind": {change.Kind.String()}, "id": {change.ID}}.Encode()
	return c.decision(ctx, http.MethodGet, u.String(), nil, change)
}

// parse reads the URL. Its error does not show it: there may be a password in it.
func (c Client) parse() (*url.URL, error) {
	u, err := url.Parse(c.URL)
	var wrong *url.Error
	switch {
	case errors.As(err, &wrong):
		return nil, fmt.Errorf("gatehttp: the URL of the gate: %w", wrong.Err)
	case err != nil || u.Opaque != "":
		return nil, errors.New(`gatehttp: the URL of the gate: want one such as "http://127.0.0.1:9090/gate"`)
	}
	return u, nil
}

// Begin begins a deployment, see [policy.Gate.Begin].
func (c Client) Begin(ctx context.Context, change policy.Change) (policy.Decision, error) {
	return c.decision(ctx, http.MethodPost, c.URL, newMessage(begin, change), change)
}

// Override begins a deployment that the gate would not let through, see [policy.Gate.Override].
func (c Client) Override(ctx context.Context, change policy.Change, by, why string) (policy.Decision, error) {
	m := newMessage(override, change)
	m.By, m.Why = by, why
	return c.decision(ctx, http.MethodPost, c.URL, m, change)
}

// Done records that a change was deployed, see [policy.Gate.Done].
func (c Client) Done(ctx context.Context, change policy.Change) (policy.Grant, error) {
	return c.grant(ctx, done, change)
}

// Cancel gives back what Begin took, see [policy.Gate.Cancel].
func (c Client) Cancel(ctx context.Context, change policy.Change) (policy.Grant, error) {
	return c.grant(ctx, cancel, change)
}

func newMessage(action string, change policy.Change) *message {
	return &message{Action: action, Kind: change.Kind.String(), ID: change.ID}
}

// decision asks for a decision, and believes it only if the status says the same and it is
// about the change that was asked about.
func (c Client) decision(ctx context.Context, method, to string, m *message, change policy.Change) (policy.Decision, error) {
	var d policy.Decision
	status, err := c.do(ctx, method, to, m, &d)
	switch {
	case err != nil:
		return policy.Decision{}, err
	case status != statusOf(d.Outcome) || len(d.Reasons) == 0 || d.Change != change:
		return policy.Decision{}, fmt.Errorf("gatehttp: status %d does not fit the decision in it: %v", status, d)
	}
	return d, nil
}

func (c Client) grant(ctx context.Context, action string, change policy.Change) (g policy.Grant, err error) {
	status, err := c.do(ctx, http.MethodPost, c.URL, newMessage(action, change), &g)
	switch {
	case err != nil:
		return policy.Grant{}, err
	case status != http.StatusOK || g.Change != change:
		return policy.Grant{}, fmt.Errorf("gatehttp: status %d does not fit the deployment in it: %v", status, g)
	}
	return g, nil
}

// do sends a question and reads the answer. Statuses that no answer comes with are errors.
func (c Client) do(ctx context.Context, method, to string, m *message, answer any) (status int, err error) {
	var body []byte
	if m != nil {
		if body, err = json.Marshal(m); err != nil {
			return 0, fmt.Errorf("gatehttp: %w", err)
		}
	}
	if _, err := c.parse(); err != nil {
		return 0, err
	}
	req, err := http.NewRequestWithContext(ctx, method, to, bytes.NewReader(body))
	if err != nil {
		return 0, fmt.Errorf("gatehttp: %w", err)
	}
	if m != nil {
		req.Header.Set("Content-Type", "application/json")
	}
	if c.Token != "" {
		req.Header.Set("Authorization", "Bearer "+c.Token)
	}
	resp, err := c.client().Do(req)
	if err != nil {
		return 0, fmt.Errorf("gatehttp: %w", err)
	}
	defer func() { _ = resp.Body.Close() }() // it was read
	text, err := io.ReadAll(io.LimitReader(resp.Body, maxAnswer+1))
	switch kind, _, _ := mime.ParseMediaType(resp.Header.Get("Content-Type")); {
	case err != nil:
		return 0, fmt.Errorf("gatehttp: %w", err)
	case len(text) > maxAnswer:
		return 0, fmt.Errorf("gatehttp: the answer has more than %d bytes", maxAnswer)
	case kind != "application/json":
		return 0, fmt.Errorf("gatehttp: %s, which no gate answers: content type %.64q", resp.Status, kind)
	}
	var f failure
	if json.Unmarshal(text, &f) == nil && f.Error != "" {
		return 0, fmt.Errorf("gatehttp: %s: %.512s", resp.Status, f.Error)
	}
	if err := json.Unmarshal(text, answer); err != nil {
		return 0, fmt.Errorf("gatehttp: %s, and an answer that cannot be read: %w", resp.Status, err)
	}
	return resp.StatusCode, nil
}

// client returns one that follows no redirect.
func (c Client) client() *http.Client {
	own := http.Client{Timeout: patience}
	if c.HTTP != nil {
		own = *c.HTTP
	}
	own.CheckRedirect = func(*http.Request, []*http.Request) error { return errMoved }
	return &own
}

var errMoved = errors.New("the gate answers with a redirect, which is not followed")
