package realprom

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"strconv"
)

// A Sample is one series of an answer.
type Sample struct {
	Labels map[string]string // __name__ among them
	Value  float64
}

// Query evaluates an expression, an instant vector, as of now.
func (s *Server) Query(ctx context.Context, expression string) ([]Sample, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet,
		s.URL+"/api/v1/query?query="+url.QueryEscape(expression), http.NoBody)
	if err != nil {
		return nil, fmt.Errorf("realprom: %w", err)
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return nil, fmt.Errorf("realprom: %w", err)
	}
	defer func() { _ = resp.Body.Close() }()
	var answer struct {
		Error string `json:"error"`
		Data  struct {
			Result []struct {
				Metric map[string]string `json:"metric"`
				Value  [2]any            `json:"value"` // time, and the value as a string
			} `json:"result"`
		} `json:"data"`
	}
	if err := json.NewDecoder(resp.Body).Decode(&answer); err != nil {
		return nil, fmt.Errorf("realprom: query %s: %s: %w", expression, resp.Status, err)
	}
	if resp.StatusCode != http.StatusOK {
		return nil, fmt.Errorf("realprom: query %s: %s: %s", expression, resp.Status, answer.Error)
	}
	samples := make([]Sample, len(answer.Data.Result))
	for i, r := range answer.Data.Result {
		v, err := strconv.ParseFloat(fmt.Sprint(r.Value[1]), 64)
		if err != nil {
			return nil, fmt.Errorf("realprom: query %s: %w", expression, err)
		}
		samples[i] = Sample{Labels: r.Metric, Value: v}
	}
	return samples, nil
}

// WaitFor evaluates an expression until enough says that the answer will do, and
// returns that answer. It ends the test, with the last answer, if that does not come.
func (s *Server) WaitFor(expression string, enough func([]Sample) bool) []Sample {
	s.tb.Helper()
	ctx, cancel := context.WithTimeout(s.tb.Context(), patience)
	defer cancel()
	var last []Sample
	var failed error
	err := poll(ctx, func(ctx context.Context) bool {
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
