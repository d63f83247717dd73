package alertslo

import (
	"bytes"
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/seed-abb722f7/nines/policy"
)

const (
	// requestTimeout bounds a request, whatever the client allows.
	requestTimeout = 10 * time.Second

	maxAnswer = 64 << 10 // what is read of an answer, so that its connection is used again
	maxShown  = 256      // what is shown of one
	minSecret = 6        // of the parts of an address: what is shorter is an ordinary word
)

// An endpoint is where JSON is posted.
type endpoint struct {
	url     *url.URL
	client  *http.Client
	header  http.Header
	secrets []string // never to be shown
}

// authority is how a request says who it is from.
type authority struct {
	username        string
	password, token Secret
}

// parse parses the address of an endpoint, and refuses what no request can be made of. What is
// shown of the address in an error is what cannot be secret.
func parse(raw string, refuse func(value any, reason string)) *url.URL {
	u, err := url.Parse(raw)
	const want = "want an address such as http://127.0.0.1:9093"
	switch {
	case raw == "":
		refuse(raw, want)
	case err != nil:
		refuse(hidden, want+"; it cannot be parsed")
	case u.Scheme != "http" && u.Scheme != "https":
		refuse(shown(u), want+", with http or https in front")
	case u.Host == "":
		refuse(shown(u), want+", with a host")
	case u.User != nil:
		refuse(shown(u), "want no user in the address, where it would be shown: there are fields for that")
	default:
		return u
	}
	return nil
}

// shown returns what may be shown of an address: paths, queries and users may be secret, as
// those of Slack are.
func shown(u *url.URL) string {
	text := u.Scheme
	switch {
	case u.Host != "":
		text += "://" + u.Host
	case u.Opaque != "" && strings.Trim(u.Opaque, "0123456789") == "": // host:port
		text += ":" + u.Opaque
	}
	if u.User != nil || u.RawQuery != "" || strings.Trim(u.Path, "/") != "" {
		text += " " + hidden
	}
	return text
}

// check refuses what no header can carry, and what contradicts itself.
func (a authority) check(refuse reject) {
	if a.token != "" && (a.username != "" || a.password != "") {
		refuse("Token", a.token, "want either a token or a user with a password")
	}
	if a.password != "" && a.username == "" {
		refuse("Username", "", "want the name that the password belongs to")
	}
	for field, s := range map[string]string{"Token": string(a.token), "Username": a.username, "Password": string(a.password)} {
		if strings.ContainsAny(s, "\r\n") {
			refuse(field, Secret(s), "want no line breaks, such as one at the end of a file")
		}
	}
}

func newEndpoint(u *url.URL, client *http.Client, a authority) endpoint {
	e := endpoint{url: u, header: http.Header{"Content-Type": {"application/json"}, "User-Agent": {"nines-alertslo"}}}
	own := http.Client{}
	if client != nil {
		own = *client
	}
	own.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	e.client = &own
	switch {
	case a.token != "":
		e.header.Set("Authorization", "Bearer "+string(a.token))
		e.secrets = []string{string(a.token)}
	case a.username != "":
		pair := base64.StdEncoding.EncodeToString([]byte(a.username + ":" + string(a.password)))
		e.header.Set("Authorization", "Basic "+pair)
		e.secrets = []string{pair}
		if a.password != "" {
			e.secrets = append(e.secrets, string(a.password))
		}
	}
	for _, part := range append(strings.Split(u.Path, "/"), u.RawQuery) {
		if len(part) >= minSecret {
			e.secrets = append(e.secrets, part)
		}
	}
	return e
}

// post sends a body once. The error is policy.ErrPermanent if the same would be refused
// again. A client of the user's that panics has failed.
func (e *endpoint) post(ctx context.Context, body []byte, header http.Header) (err error) {
	defer func() {
		if v := recover(); v != nil {
			err = e.safe(fmt.Sprintf("the HTTP client panicked: %v", v), nil)
		}
	}()
	ctx, cancel := context.WithTimeout(ctx, requestTimeout)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, e.url.String(), bytes.NewReader(body))
	if err != nil {
		return e.safe("the request cannot be made", policy.ErrPermanent)
	}
	req.Header = e.header.Clone()
	maps.Copy(req.Header, header)
	resp, err := e.client.Do(req)
	if err != nil {
		var with *url.Error // which would show the address
		if errors.As(err, &with) {
			err = with.Err
		}
		return e.safe(err.Error(), nil)
	}
	defer func() { _ = resp.Body.Close() }()                      // it was read
	answer, _ := io.ReadAll(io.LimitReader(resp.Body, maxAnswer)) // it is only shown
	switch status := resp.StatusCode; {
	case status >= 200 && status < 300:
		return nil
	case status == http.StatusRequestTimeout, status == http.StatusTooManyRequests, status >= 500:
		return e.safe(words(status, answer), nil)
	case status >= 300 && status < 400:
		return e.safe(fmt.Sprintf("status %d: redirects are not followed", status), policy.ErrPermanent)
	default:
		return e.safe(words(status, answer), policy.ErrPermanent)
	}
}

func words(status int, answer []byte) string {
	text := fmt.Sprintf("status %d", status)
	if answer = bytes.TrimSpace(answer); len(answer) > 0 {
		text += fmt.Sprintf(": %q", answer[:min(len(answer), 4*maxShown)])
	}
	return text
}

// safe makes an error that shows no secret, and does not hold on to what may.
func (e *endpoint) safe(text string, kind error) error {
	for _, s := range e.secrets {
		text = strings.ReplaceAll(text, s, hidden)
	}
	text = strings.ToValidUTF8(text[:min(len(text), maxShown)], "") // afterwards: half a secret is one
	if kind != nil {
		return fmt.Errorf("alertslo: %s: %w", text, kind)
	}
	return fmt.Errorf("alertslo: %s", text)
}
