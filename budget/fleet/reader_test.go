package fleet_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/seed-abb722f7/nines/budget"
	"github.com/seed-abb722f7/nines/budget/fleet"
	"github.com/seed-abb722f7/nines/policy"
	"github.com/seed-abb722f7/nines/slo"
)

var shop = []slo.Objective{{
	Name: "checkout", Of: slo.HTTP("POST /checkout"), SLI: slo.Availability(), Target: slo.Percent(99),
	Window: slo.Rolling(time.Hour),
}}

func over(s *server) fleet.Config {
	return fleet.Config{Client: s, Service: "shop", Objectives: shop}
}

func TestReadingSumsReplicas(t *testing.T) {
	got := newReader(t, over(newServer())).Reading(t.Context(), "checkout")
	if want := (budget.Counts{Good: 994, Bad: 6}); got.Counts != want {
		t.Errorf("Counts = %+v, want %+v", got.Counts, want)
	}
	if got.Known != budget.FullyKnown || got.Unknown != "" || got.Doubt != "" {
		t.Errorf("Known, Unknown, Doubt = %v, %q, %q, want known without a doubt", got.Known, got.Unknown, got.Doubt)
	}
	if got.Remaining != 0.4 || got.SLI != 0.994 || !got.Met || got.Exhausted || got.Coverage != 1 {
		t.Errorf("Remaining, SLI, Met, Exhausted, Coverage = %v, %v, %v, %v, %v, want 0.4, 0.994, true, false, 1",
			got.Remaining, got.SLI, got.Met, got.Exhausted, got.Coverage)
	}
	if !got.At.Equal(noon) || !got.Newest.Equal(noon.Add(-10*time.Second)) || got.Replicas != 2 || got.Operation != "POST /checkout" {
		t.Errorf("At, Newest, Replicas, Operation = %v, %v, %d, %q", got.At, got.Newest, got.Replicas, got.Operation)
	}
	if len(got.BurnRates) != 3 || got.BurnRates[0].Length != 5*time.Minute || got.BurnRates[2].BurnRate != 0.6 {
		t.Errorf("BurnRates = %+v, want 5m, 30m and 1h at 0.6", got.BurnRates)
	}
	if !got.WillExhaust || got.ProjectedExhaustion != 40*time.Minute {
		t.Errorf("ProjectedExhaustion = %v, %v, want 40m of an hour's budget at a rate of 0.6", got.ProjectedExhaustion, got.WillExhaust)
	}
}

// Whatever goes wrong has a name, and no gate opens.
func TestUnknowns(t *testing.T) {
	refuse := func(status int, kind, text string) func(*server) {
		return func(s *server) {
			s.do = func(context.Context, url.Values) (int, string, error) {
				return status, fmt.Sprintf(`{"status":"error","errorType":%q,"error":%q}`, kind, text), nil
			}
		}
	}
	fail := func(err error) func(*server) {
		return func(s *server) {
			s.do = func(context.Context, url.Values) (int, string, error) { return 0, "", err }
		}
	}
	say := func(status int, body string) func(*server) {
		return func(s *server) {
			s.do = func(context.Context, url.Values) (int, string, error) { return status, body, nil }
		}
	}
	for _, c := range []struct {
		name    string
		spoil   func(*server)
		unknown fleet.Unknown
		known   budget.Known
		doubt   string
		code    policy.Code
	}{
		{
			"connection refused", fail(&url.Error{Op: "Post", URL: "http://prometheus.example", Err: &net.OpError{Op: "dial", Err: errors.New("connection refused")}}),
			fleet.Unreachable, budget.Stale, "connection refused", policy.CodeStale,
		},
		{
			"connection lost", fail(&url.Error{Op: "Post", URL: "http://prometheus.example", Err: io.ErrUnexpectedEOF}),
			fleet.Unreachable, budget.Stale, "unexpected EOF", policy.CodeStale,
		},
		{
			"dial timeout", fail(&url.Error{Op: "Post", URL: "http://prometheus.example", Err: context.DeadlineExceeded}),
			fleet.TimedOut, budget.Stale, "deadline", policy.CodeStale,
		},
		{
			"query timeout", refuse(503, "timeout", "query timed out in expression evaluation"),
			fleet.TimedOut, budget.Stale, "query timed out", policy.CodeStale,
		},
		{
			"too many samples", refuse(422, "execution", "query processing would load too many samples"),
			fleet.Refused, budget.Stale, "too many samples", policy.CodeStale,
		},
		{"unauthorized", say(401, "who are you?"), fleet.Refused, budget.Stale, "client error: 401", policy.CodeStale},
		{"bad gateway", say(502, "<html>"), fleet.Refused, budget.Stale, "server error: 502", policy.CodeStale},
		{"not JSON", say(200, "<html>hello</html>"), fleet.Unreadable, budget.Stale, "<html>", policy.CodeStale},
		{"not a time", say(200, `{"status":"success","data":{"resultType":"vector","result":[]}}`), fleet.Unreadable, budget.Stale, "asked for the time", policy.CodeStale},
		{"NaN", func(s *server) { s.tiles = ranged(stat("last", "a", "bad"), "NaN") }, fleet.Unreadable, budget.Stale, "NaN", policy.CodeStale},
		{"infinite", func(s *server) { s.base = count("last", "a", "good", "+Inf") }, fleet.Unreadable, budget.Stale, "+Inf", policy.CodeStale},
		{"negative", func(s *server) { s.tiles = ranged(stat("first", "a", "good"), "-1") }, fleet.Unreadable, budget.Stale, "-1", policy.CodeStale},
		{"other times", func(s *server) {
			s.tiles = `{"metric":` + stat("last", "a", "bad") + `,"values":[[1,"1"]]}`
		}, fleet.Unreadable, budget.Stale, "was not asked", policy.CodeStale},
		{
			"nobody", func(s *server) { s.tiles, s.base, s.promises, s.newest = "", "", "", "" },
			fleet.NoSeries, budget.NoSuchObjective, "nobody exports it", policy.CodeNoSuchObjective,
		},
		{"gone", func(s *server) { s.promises, s.newest = "", "" }, fleet.OldSamples, budget.Stale, "no sample in the last 5m0s", policy.CodeStale},
		{
			"old", func(s *server) { s.newest = series(`{"slo":"checkout"}`, seconds(noon.Add(-3*time.Minute))) },
			fleet.OldSamples, budget.Stale, "3m0s old, and at most 2m0s is believed", policy.CodeStale,
		},
		{
			"another target", func(s *server) { s.promises = strings.Replace(s.promises, "0.99", "0.999", 1) },
			fleet.Mismatched, budget.NoSuchObjective, "a target of 0.999, and it is 0.99 here", policy.CodeNoSuchObjective,
		},
		{
			"another SLI", func(s *server) { s.promises = strings.Replace(s.promises, "availability", "latency", 1) },
			fleet.Mismatched, budget.NoSuchObjective, `a sli of "latency", and it is "availability" here`, policy.CodeNoSuchObjective,
		},
		{
			"another window", func(s *server) { s.promises = strings.Replace(s.promises, `"1h"`, `"4w"`, 1) },
			fleet.Mismatched, budget.NoSuchObjective, `a window of "4w", and it is "1h" here`, policy.CodeNoSuchObjective,
		},
		{
			"replica down", func(s *server) { s.down = series(`{"__name__":"up","pod":"c"}`, "0") },
			fleet.Partial, budget.Stale, "1 replicas cannot be scraped", policy.CodeStale,
		},
		{
			"store missing", func(s *server) { s.warnings = "store-3 is unavailable" },
			fleet.Partial, budget.Stale, "the server warns: store-3 is unavailable", policy.CodeStale,
		},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := newServer()
			c.spoil(s)
			r := newReader(t, over(s))
			got := r.Reading(t.Context(), "checkout")
			if got.Unknown != c.unknown || got.Known != c.known || !strings.Contains(got.Doubt, c.doubt) {
				t.Errorf("Unknown, Known, Doubt = %q, %v, %q, want %q, %v, %q", got.Unknown, got.Known, got.Doubt, c.unknown, c.known, c.doubt)
			}
			d := policy.NewGate(r, policy.GateConfig{}).Decide(t.Context(), policy.Change{Kind: policy.Feature, ID: "v2"})
			if d.Outcome != policy.NeedsPerson || d.Reasons[0].Code != c.code || d.Scope != policy.ScopeFleet || !strings.Contains(d.Reasons[0].Text, c.doubt) {
				t.Errorf("Decide = %v, want a person to look, by the scope fleet, because of %s: %s", d, c.code, c.doubt)
			}
		})
	}
}

// Nothing is healthy about an objective of which there is no answer.
func TestUnknownNeverLooksHealthy(t *testing.T) {
	s := newServer()
	s.do = func(context.Context, url.Values) (int, string, error) { return 0, "", io.ErrUnexpectedEOF }
	got := newReader(t, over(s)).Reading(t.Context(), "checkout")
	if got.Remaining != 0 || got.Met || got.Counts != (budget.Counts{}) || got.Coverage != 0 {
		t.Errorf("Remaining, Met, Counts, Coverage = %v, %v, %+v, %v, want nothing", got.Remaining, got.Met, got.Counts, got.Coverage)
	}
	if got.Objective.Name != "checkout" {
		t.Errorf("Objective = %+v, want the declaration", got.Objective)
	}
	got = newReader(t, over(newServer())).Reading(t.Context(), "chekout")
	if got.Known != budget.NoSuchObjective || got.Unknown != fleet.NoSeries || got.Name != "chekout" {
		t.Errorf("a misspelt name: %+v, want no such objective", got)
	}
}

func TestGapsArePartialCoverage(t *testing.T) {
	s := newServer()
	s.do = func(_ context.Context, query url.Values) (int, string, error) {
		if query.Get("step") == "" {
			return 200, "", nil
		}
		return 200, `{"status":"success","data":{"resultType":"matrix","result":[` + s.tiles + `,` +
			ranged(`{"nines_stat":"alive","slo":"checkout"}`, "4") + `]}}`, nil
	}
	got := newReader(t, over(s)).Reading(t.Context(), "checkout")
	if got.Known != budget.PartialCoverage || got.Unknown != fleet.Gaps || got.Observed != 7500*time.Millisecond {
		t.Errorf("Known, Unknown, Observed = %v, %q, %v, want partial coverage: one tile of 480", got.Known, got.Unknown, got.Observed)
	}
	if want := "gaps: there are samples for 0.2083 % of the window"; got.Doubt != want {
		t.Errorf("Doubt = %q, want %q", got.Doubt, want)
	}
}

// However many ask at once, the server is asked once, and not again while the answer is fresh.
func TestOneReadingServesAll(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newServer()
		slow := make(chan struct{})
		s.do = func(_ context.Context, query url.Values) (int, string, error) {
			if query.Get("query") == "time()" {
				<-slow
			}
			return http.StatusOK, "", nil
		}
		r := newReader(t, over(s))
		var askers sync.WaitGroup
		for range 50 {
			askers.Go(func() {
				if got := r.Reading(t.Context(), "checkout"); got.Counts.Good != 994 {
					t.Errorf("Good = %d, want 994", got.Counts.Good)
				}
			})
		}
		synctest.Wait()
		close(slow)
		askers.Wait()
		if n := s.queries.Load(); n != 1 {
			t.Errorf("50 asked at once: %d readings, want 1", n)
		}
		time.Sleep(fleet.DefaultCacheFor - time.Nanosecond)
		r.Statuses()[0].BurnRates[0].Length = 0 // belongs to the caller, not to the cache
		if n := s.queries.Load(); n != 1 {
			t.Errorf("within CacheFor: %d readings, want 1", n)
		}
		if got := r.Reading(t.Context(), "checkout").BurnRates[0].Length; got != 5*time.Minute {
			t.Errorf("a caller changed what others read: a burn window of %v, want 5m", got)
		}
		time.Sleep(time.Nanosecond)
		r.Statuses()
		if n := s.queries.Load(); n != 2 {
			t.Errorf("after CacheFor: %d readings, want 2", n)
		}
	})
}

// Who asks with a deadline is answered by then; the others get the answer when it comes.
func TestContextEndsTheWait(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newServer()
		s.do = func(ctx context.Context, query url.Values) (int, string, error) {
			if query.Get("query") == "time()" {
				select {
				case <-time.After(5 * time.Second):
				case <-ctx.Done():
					return 0, "", ctx.Err()
				}
			}
			return http.StatusOK, "", nil
		}
		r := newReader(t, over(s))
		began := time.Now()
		short, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		var impatient, patient fleet.Reading
		var askers sync.WaitGroup
		askers.Go(func() { impatient = r.Reading(short, "checkout") })
		synctest.Wait()
		askers.Go(func() { patient = r.Reading(t.Context(), "checkout") })
		<-short.Done()
		synctest.Wait()
		if impatient.Unknown != fleet.TimedOut || impatient.Known != budget.Stale {
			t.Errorf("after a second: %q, %v, want %q", impatient.Unknown, impatient.Known, fleet.TimedOut)
		}
		askers.Wait()
		if patient.Counts.Good != 994 || time.Since(began) != 5*time.Second || s.queries.Load() != 1 {
			t.Errorf("who waits has %d good after %v and %d readings, want 994 after 5s and 1", patient.Counts.Good, time.Since(began), s.queries.Load())
		}
		cancel()
		if got := r.Reading(short, "checkout"); got.Counts.Good != 994 {
			t.Errorf("a fresh reading, whatever the context: Good = %d, want 994", got.Counts.Good)
		}
	})
}

// A server that does not answer holds nobody up for longer than Timeout, and is left alone for
// CacheFor.
func TestTimeout(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newServer()
		s.do = func(ctx context.Context, _ url.Values) (int, string, error) {
			<-ctx.Done()
			return 0, "", ctx.Err()
		}
		cfg := over(s)
		cfg.Timeout = 3 * time.Second
		r := newReader(t, cfg)
		began := time.Now()
		for range 3 {
			if got := r.Reading(t.Context(), "checkout"); got.Unknown != fleet.TimedOut {
				t.Errorf("Unknown = %q, want %q", got.Unknown, fleet.TimedOut)
			}
		}
		if took := time.Since(began); took != 3*time.Second || s.queries.Load() != 1 {
			t.Errorf("three readings took %v and %d queries, want 3s and 1", took, s.queries.Load())
		}
	})
}

func TestConfigRefusals(t *testing.T) {
	sliced := shop[0]
	sliced.Method = slo.Timeslices(time.Minute, slo.Percent(95))
	for _, c := range []struct {
		name string
		cfg  fleet.Config
		want string
	}{
		{"client", fleet.Config{Objectives: shop}, "fleet: Client is <nil>: want what api.NewClient returns, of github.com/prometheus/client_golang/api"},
		{"objectives", fleet.Config{Client: newServer()}, `fleet: Objectives is "": want at least one objective`},
		{"objective", fleet.Config{Client: newServer(), Objectives: []slo.Objective{{Name: "x"}}}, "Target is unset"},
		{"slices", fleet.Config{Client: newServer(), Objectives: []slo.Objective{sliced}}, `"checkout".Method is `},
		{"own label", fleet.Config{Client: newServer(), Objectives: shop, Labels: map[string]string{"slo": "x"}}, `fleet: Labels is "slo": want names of labels that tell replicas apart`},
		{"label", fleet.Config{Client: newServer(), Objectives: shop, Labels: map[string]string{"a b": "x"}}, `fleet: Labels is "a b": want names of labels`},
		{"timeout", fleet.Config{Client: newServer(), Objectives: shop, Timeout: -1}, "fleet: Timeout is -1ns: want at most 1h0m0s, or zero for 10s"},
		{"cache", fleet.Config{Client: newServer(), Objectives: shop, CacheFor: 2 * time.Hour}, "fleet: CacheFor is 2h0m0s: want at most 1h0m0s, or zero for 10s"},
		{"stale", fleet.Config{Client: newServer(), Objectives: shop, StaleAfter: time.Hour}, "fleet: StaleAfter is 1h0m0s: want at most 5m0s, or zero for 2m0s"},
	} {
		_, err := fleet.NewReader(c.cfg)
		if !errors.Is(err, slo.ErrInvalid) || !strings.Contains(fmt.Sprint(err), c.want) {
			t.Errorf("%s: NewReader = %v, want %q", c.name, err, c.want)
		}
	}
}
