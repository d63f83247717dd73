package alertslo

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"log/slog"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/seed-abb722f7/nines/policy"
)

// The headers of a webhook's requests.
const (
	// HeaderTimestamp is when a request was made, in seconds since 1970.
	HeaderTimestamp = "Nines-Timestamp"

	// HeaderSignature is "v1=" and the signature, see [Verify]. It is absent without a key.
	HeaderSignature = "Nines-Signature"

	// HeaderIdempotencyKey names a piece of news. It is the same in every try to deliver it, and
	// differs from that of all other news: what has it twice was sent twice.
	HeaderIdempotencyKey = "Idempotency-Key"
)

// A Webhook is sent every piece of news of a breach, in order, as a POST of JSON:
//
//	{"version": 1, "scope": "single", "breach": {"key": "shop/checkout/page", "state": "started", ...}}
//
// breach is what policy.Breach.MarshalJSON writes, and what a receiver written in Go reads into a
// policy.Breach. With [PerInstance] scope is "instance",
// instance is its name, and severity is never page. Any status from 200 to 299 takes it. 408,
// 429, 5xx and no answer are tried again; anything else is given up at once. At most 1,024 pieces
// of news wait; later ones are dropped and counted.
//
// What waits when the process ends is lost, and a receiver is not told again of what an
// earlier process told it.
type Webhook struct {
	// URL is where it is sent. Only its scheme and host are ever shown.
	URL string

	// Key signs every request, see [Verify]: at least 16 bytes, better 32 of chance. Empty signs
	// nothing.
	Key Secret

	// Token is a bearer token; or Username and Password are for basic authentication. Empty
	// is none.
	Token    Secret
	Username string
	Password Secret

	// Retry says how often and after which pauses a piece of news is sent again. The zero
	// Backoff tries five times, within about 15 seconds.
	Retry policy.Backoff

	// HTTP makes the requests, each within ten seconds. Redirects are not followed. Nil is
	// http.DefaultTransport.
	HTTP *http.Client

	// Logger receives a line when the webhook begins to fail, and when it is back. Nil means
	// slog.Default.
	Logger *slog.Logger
}

// minKey is the least of a key that cannot be guessed.
const minKey = 16

type message struct {
	Version  int           `json:"version"`
	Scope    string        `json:"scope"`
	Instance string        `json:"instance,omitempty"`
	Breach   policy.Breach `json:"breach"`
}

func (w Webhook) open(n *Notifier, refuse reject) []deliverer {
	who := authority{w.Username, w.Password, w.Token}
	who.check(refuse)
	if w.Key != "" && len(w.Key) < minKey {
		refuse("Key", w.Key, fmt.Sprintf("want at least %d bytes", minKey))
	}
	u := parse(w.URL, func(value any, reason string) { refuse("URL", value, reason) })
	if u == nil {
		return nil
	}
	to := newEndpoint(u, w.HTTP, who)
	if w.Key != "" {
		to.secrets = append(to.secrets, string(w.Key))
	}
	logger := w.Logger
	if logger == nil {
		logger = slog.Default()
	}
	q := newQueue(n, "webhook "+u.Scheme+"://"+u.Host)
	retry, gaveUp := w.Retry, w.Retry.GaveUp
	retry.GaveUp = func(b policy.Breach, err error) {
		q.counters.dropped.Add(1)
		if gaveUp != nil {
			defer func() { _ = recover() }()
			gaveUp(b, err)
		}
	}
	q.deliver = retry.Retry(func(ctx context.Context, b policy.Breach) error {
		body, id, err := n.scope.message(b)
		if err == nil {
			err = to.post(ctx, body, headers(w.Key, id, body, time.Now()))
		}
		q.counters.note(logger, 1, err)
		return err
	})
	return []deliverer{q}
}

// message returns a piece of news as a webhook sends it, and its idempotency key.
func (s Scope) message(b policy.Breach) (body []byte, id string, err error) {
	id = s.newsID(&b)
	b.Severity = s.severity(&b)
	m := message{Version: 1, Scope: "single", Instance: s.instance, Breach: b}
	if s.instance != "" {
		m.Scope = "instance"
	}
	if body, err = json.Marshal(m); err != nil {
		return nil, "", fmt.Errorf("alertslo: %w: %w", err, policy.ErrPermanent)
	}
	return body, id, nil
}

// newsID names a piece of news: a breach starts and ends once; while it goes on there may be
// much to tell.
func (s Scope) newsID(b *policy.Breach) string {
	parts := []string{s.instance, b.ID, b.State.String()}
	if b.State == policy.Ongoing || b.State == policy.Stale {
		parts = append(parts, b.At.UTC().Format(time.RFC3339Nano))
	}
	sum := sha256.Sum256([]byte(strings.Join(parts, "\n"))) // names may have what headers may not
	return hex.EncodeToString(sum[:16])
}

func headers(key Secret, id string, body []byte, now time.Time) http.Header {
	stamp := strconv.FormatInt(now.Unix(), 10)
	h := http.Header{}
	h.Set(HeaderTimestamp, stamp)
	h.Set(HeaderIdempotencyKey, id)
	if key != "" {
		h.Set(HeaderSignature, signatureOf(key, stamp, id, body))
	}
	return h
}
