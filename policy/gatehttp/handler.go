package gatehttp

import (
	"crypto/sha256"
	"crypto/subtle"
	"encoding/json"
	"fmt"
	"net/http"
	"strings"

	"github.com/seed-abb722f7/nines/policy"
	"github.com/seed-abb722f7/nines/slo"
)

// Config configures a [Handler].
type Config struct {
	// Token is what a POST has to bring, as "Authorization: Bearer" and the token. It is required
	// unless ReadOnly is set, and has at least 16 bytes of printable ASCII without spaces. It is
	// compared in constant time.
	Token string

	// ReadOnly refuses every POST.
	ReadOnly bool

	// GuardReads asks for the token of GET too: decisions tell how much of which error budget is
	// left.
	GuardReads bool
}

// minToken keeps a token from being guessed: 16 random bytes are 128 bits.
const minToken = 16

// A Handler serves a gate. It is safe for concurrent use. Make it with [New].
type Handler struct {
	gate   *policy.Gate
	token  [sha256.Size]byte // its digest is enough
	config Config            // without the token
}

// New returns a handler of a gate. The error joins everything wrong with cfg, never shows the
// token, and matches slo.ErrInvalid. A nil gate is served as one that needs a person.
func New(gate *policy.Gate, cfg Config) (*Handler, error) {
	refuse := func(field string, value any, reason string) error {
		return &slo.FieldError{Package: "gatehttp", Field: field, Value: value, Reason: reason}
	}
	printable := strings.IndexFunc(cfg.Token, func(r rune) bool { return r <= ' ' || r > '~' }) < 0
	switch n := len(cfg.Token); {
	case n == 0 && (!cfg.ReadOnly || cfg.GuardReads):
		return nil, refuse("Token", "", "want a token, as POST begins deployments; or ReadOnly without GuardReads, which needs none")
	case n > 0 && n < minToken:
		return nil, refuse("Token", fmt.Sprintf("%d bytes", n), fmt.Sprintf("want at least %d", minToken))
	case !printable:
		return nil, refuse("Token", fmt.Sprintf("%d bytes", n), "want printable ASCII without spaces, which a header can carry")
	case n > 0 && cfg.ReadOnly && !cfg.GuardReads:
		return nil, refuse("Token", fmt.Sprintf("%d bytes", n), "want none: a handler that is ReadOnly asks for it only with GuardReads")
	}
	h := &Handler{gate: gate, token: sha256.Sum256([]byte(cfg.Token)), config: cfg}
	h.config.Token = ""
	return h, nil
}

// ServeHTTP answers a question, or begins or records a deployment: see the comment of the
// package.
func (h *Handler) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	post := r.Method == http.MethodPost && !h.config.ReadOnly
	switch {
	case !post && r.Method != http.MethodGet && r.Method != http.MethodHead:
		w.Header().Set("Allow", h.allowed())
		fail(w, http.StatusMethodNotAllowed, "want "+h.allowed())
		return
	case (post || h.config.GuardReads) && !h.knows(r):
		w.Header().Set("WWW-Authenticate", "Bearer")
		fail(w, http.StatusUnauthorized, "want the token, as Authorization: Bearer")
		return
	}
	q, status, err := read(w, r)
	if err != nil {
		fail(w, status, err.Error())
		return
	}
	h.answer(w, r, q)
}

func (h *Handler) allowed() string {
	if h.config.ReadOnly {
		return "GET, HEAD"
	}
	return "GET, HEAD, POST"
}

// knows reports whether a request brings the token. It takes as long for a wrong one as for the
// right one: what is compared are digests, whatever their tokens look like.
func (h *Handler) knows(r *http.Request) bool {
	scheme, token, _ := strings.Cut(r.Header.Get("Authorization"), " ")
	digest := sha256.Sum256([]byte(strings.TrimSpace(token)))
	return strings.EqualFold(scheme, "Bearer") && subtle.ConstantTimeCompare(digest[:], h.token[:]) == 1
}

// answer does what was asked for.
func (h *Handler) answer(w http.ResponseWriter, r *http.Request, q question) {
	switch q.action {
	case decide:
		decision(w, h.gate.Decide(r.Context(), q.change))
	case begin:
		decision(w, h.gate.Begin(r.Context(), q.change))
	case override:
		decision(w, h.gate.Override(r.Context(), q.change, q.by, q.why))
	case done:
		if grant, ok := h.gate.Done(q.change); ok {
			reply(w, http.StatusOK, grant)
			return
		}
		fail(w, http.StatusBadRequest, "want the kind and the ID of the change that was deployed")
	case cancel:
		if grant, ok := h.gate.Cancel(q.change); ok {
			reply(w, http.StatusOK, grant)
			return
		}
		fail(w, http.StatusNotFound, "no such deployment is under way")
	}
}

// statusOf returns the status that says what a decision does.
func statusOf(o policy.Outcome) int {
	switch o {
	case policy.Allow:
		return http.StatusOK
	case policy.Deny:
		return http.StatusForbidden
	}
	return http.StatusConflict
}

func decision(w http.ResponseWriter, d policy.Decision) { reply(w, statusOf(d.Outcome), d) }

type failure struct {
	Error string `json:"error"`
}

func fail(w http.ResponseWriter, status int, text string) { reply(w, status, failure{text}) }

// reply writes an answer that nobody is to keep.
func reply(w http.ResponseWriter, status int, answer any) {
	text, err := json.Marshal(answer)
	if err != nil { // what is answered are plain values
		status, text = http.StatusInternalServerError, []byte(`{"error":"the answer cannot be written"}`)
	}
	h := w.Header()
	h.Set("Content-Type", "application/json; charset=utf-8")
	h.Set("Cache-Control", "no-store")
	h.Set("X-Content-Type-Options", "nosniff")
	w.WriteHeader(status)
	_, _ = w.Write(append(text, '\n')) // whoever is not there any more needs no answer
}
