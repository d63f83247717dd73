package realprom

import (
	"context"
	"encoding/json"
	"fmt"
	"math"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/seed-abb722f7/nines/internal/await"
)

// A Sample is one series of an answer.
type Sample struct {
	Labels map[string]string `json:"labels"` // __name__ among them
	Value  float64           `json:"value"`
}

// Query evaluates an expression, an instant vector, as of now.
func (s *Server) Query(ctx context.Context, expression string) ([]Sample, error) {
	return s.query(ctx, url.Values{"query": {expression}})
}

// QueryAt evaluates an expression, an instant vector, as of some time. What fails ends the
// test.
func (s *Server) QueryAt(expression string, at time.Time) []Sample {
	s.tb.Helper()
	samples, err := s.query(s.tb.Context(), url.Values{
		"query": {expression}, "time": {strconv.FormatFloat(float64(at.UnixMilli())/1000, 'f', 3, 64)},
	})
	if err != nil {
		s.tb.Fatal(err)
	}
	return samples
}

func (s *Server) query(ctx context.Context, values url.Values) ([]Sample, error) {
	var answer struct {
		Result []struct {
			Metric map[string]string `json:"metric"`
			Value  [2]any            `json:"value"` // time, and the value as a string
		} `json:"result"`
	}
	if err := s.Get(ctx, "/api/v1/query", values, &answer); err != nil {
		return nil, err
	}
	samples := make([]Sample, len(answer.Result))
	for i, r := range answer.Result {
		samples[i].Labels = r.Metric
		if r.Value[1] == nil {
			samples[i].Value = math.NaN() // a native histogram
			continue
		}
		v, err := strconv.ParseFloat(fmt.Sprint(r.Value[1]), 64)
		if err != nil {
			return nil, fmt.Errorf("realprom: query %s: %w", values.Get("query"), err)
		}
		samples[i].Value = v
	}
	return samples, nil
}

// Get asks the server's API, such as "/api/v1/rules", and decodes the data of the answer.
func (s *Server) Get(ctx context.Context, path string, values url.Values, data any) error {
	// Expressions may be longer than an address, which the API takes as a form.
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, s.URL+path, http.NoBody)
	if len(values) > 0 {
		req, err = http.NewRequestWithContext(ctx, http.MethodPost, s.URL+path, strings.NewReader(values.Encode()))
	}
	if err != nil {
		return fmt.Errorf("realprom: %w", err)
	}
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return fmt.Errorf("realprom: %w", err)
	}
	defer func() { _ = resp.Body.Close() }()
	answer := struct {
		Error string `json:"error"`
		Data  any    `json:"data"`
	}{Data: data}
	if err := json.NewDecoder(resp.Body).Decode(&answer); err != nil {
		return fmt.Errorf("realprom: %s %v: %s: %w", path, values, resp.Status, err)
	}
	if resp.StatusCode != http.StatusOK {
		return fmt.Errorf("realprom: %s %v: %s: %s", path, values, resp.Status, answer.Error)
	}
	return nil
}

// WaitFor evaluates an expression until enough says that the answer will do, and
// returns that answer. It ends the test, with the last answer, if that does not come.
func (s *Server) WaitFor(expression string, enough func([]Sample) bool) []Sample {
	s.tb.Helper()
	ctx, cancel := context.WithTimeout(s.tb.Context(), patience)
	defer cancel()
	var last []Sample
	var failed error
	err := await.Until(ctx, func(ctx context.Context) bool {
		answer, err := s.Query(ctx, expression)
		if err != nil {
			failed = err
			return false
		}
		last, failed = answer, nil
		return enough(answer)
	})
	if err != nil {
		s.tb.Fatalf("realprom: %s: %v; the last answer was %v, %v; the server's last words:\n%s", expression, err, last, failed, s.log)
	}
	return last
}

// WaitForValue waits until an expression has exactly one sample, of this value.
func (s *Server) WaitForValue(expression string, want float64) {
	s.tb.Helper()
	s.WaitFor(expression, func(answer []Sample) bool { return len(answer) == 1 && answer[0].Value == want })
}
