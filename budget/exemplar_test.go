package budget

import (
	"encoding/binary"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/seed-abb722f7/nines/slo"
)

const goodTraceparent = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"

func TestParseTraceparent(t *testing.T) {
	for _, tt := range []struct {
		header  string
		ok      bool
		sampled bool
	}{
		{goodTraceparent, true, true},
		{"00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-00", true, false},
		{"00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-03", true, true},
		{"cc-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01", true, true},
		{"cc-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01-what-the-future-brings", true, true},
		{"cc-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01.what", false, false},
		{goodTraceparent + "-x", false, false},
		{goodTraceparent + "0", false, false},
		{"ff-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01", false, false},
		{"00-00000000000000000000000000000000-b7ad6b7169203331-01", false, false},
		{"00-0af7651916cd43dd8448eb211c80319c-0000000000000000-01", false, false},
		{"00-0AF7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01", false, false},
		{"00-0gf7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01", false, false},
		{"00_0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01", false, false},
		{"00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-0", false, false},
		{"0.-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01", false, false},
		{strings.Repeat("-", 55), false, false},
		{"", false, false},
	} {
		c, ok := ParseTraceparent(tt.header)
		if ok != tt.ok || c.Sampled != tt.sampled || c.IsValid() != tt.ok {
			t.Errorf("ParseTraceparent(%q) = %+v, %v, want ok %v, sampled %v", tt.header, c, ok, tt.ok, tt.sampled)
		}
		if ok && (c.traceID() != tt.header[3:35] || c.spanID() != tt.header[36:52]) {
			t.Errorf("ParseTraceparent(%q) = %s, %s", tt.header, c.traceID(), c.spanID())
		}
	}
	if c, ok := ParseTrace("0af7651916cd43dd8448eb211c80319c", "b7ad6b7169203331"); !ok || !c.Sampled {
		t.Errorf("ParseTrace = %+v, %v, want it sampled", c, ok)
	}
	if c, ok := ParseTrace("0af7651916cd43dd8448eb211c80319c", ""); ok || c != (TraceContext{}) {
		t.Errorf("ParseTrace without a span = %+v, %v, want nothing", c, ok)
	}
}

// traced returns a trace that tells its number.
func traced(n int) (c TraceContext) {
	binary.BigEndian.PutUint64(c.TraceID[8:], uint64(n))
	c.TraceID[0], c.SpanID[7] = 1, 1
	return c
}

func (c TraceContext) number() int { return int(binary.BigEndian.Uint64(c.TraceID[8:])) }

// finish records an event as middleware does.
func finish(o *Operation, trace TraceContext, class slo.Class, d time.Duration) bool {
	o.Start()
	notable := o.FinishEvent(nil, class, d)
	if notable {
		o.AddExemplar(trace, nil, class, d)
	}
	return notable
}

// What is worth an exemplar is what some objective calls bad, and what exceeds a threshold.
func TestNotableEvents(t *testing.T) {
	strict := slo.Objective{Name: "strict", Of: slo.HTTP("GET /b"), SLI: slo.Availability(slo.Strict(), slo.WithCancelled(slo.BadAfter(time.Second))), Target: slo.Percent(99)}
	s := simulate(t, latency, strict)
	for _, tt := range []struct {
		name  string
		class slo.Class
		d     time.Duration
		want  bool
	}{
		{"GET /a", slo.Success, 400 * time.Millisecond, false},
		{"GET /a", slo.Success, 401 * time.Millisecond, true},
		{"GET /a", slo.ServerError, 0, true},
		{"GET /a", slo.ClientError, 0, false},
		{"GET /a", slo.Health, time.Minute, false},
		{"GET /a", slo.NumClasses, 0, true},
		{"GET /b", slo.Success, time.Minute, false},
		{"GET /b", slo.Cancelled, time.Second, false},
		{"GET /b", slo.Cancelled, 2 * time.Second, true},
		{"GET /c", slo.ServerError, 0, true},
		{"GET /c", slo.Success, time.Minute, false},
	} {
		if got := finish(s.HTTP(tt.name), traced(1), tt.class, tt.d); got != tt.want {
			t.Errorf("FinishEvent of %s, %v after %v = %v, want %v", tt.name, tt.class, tt.d, got, tt.want)
		}
	}
	all := latency
	all.Of = slo.All
	s = simulate(t, all)
	for _, name := range []string{"GET /a", "GET /b"} {
		if !finish(s.HTTP(name), traced(1), slo.Success, time.Second) {
			t.Errorf("FinishEvent of %s, too slow for all requests = false, want true", name)
		}
	}
}

// The last eight of each kind are kept, newest first, and a flood of slow events does not
// push out the bad.
func TestExemplars(t *testing.T) {
	s := simulate(t, availability, latency)
	a, b := s.Budget("availability"), s.Budget("latency")
	if got := a.Exemplars(); got != nil {
		t.Errorf("before any: %v, want nil", got)
	}
	o := s.HTTP("GET /a")
	var times []time.Time
	for i := range 20 {
		finish(o, traced(i), slo.ServerError, time.Millisecond)
		times = append(times, s.Time())
		s.Advance(700 * time.Millisecond)
	}
	finish(o, TraceContext{}, slo.ServerError, 0) // without a trace it is not kept
	for i := range 1000 {
		finish(o, traced(100+i), slo.Success, time.Second)
	}
	list := a.Exemplars()
	if len(list) != keptExemplars {
		t.Fatalf("%d exemplars, want %d", len(list), keptExemplars)
	}
	for i, x := range list {
		n := 19 - i
		want := Exemplar{times[n], "GET /a", traceHex(n), "0000000000000001", false, slo.ServerError, time.Millisecond}
		if !x.At.Equal(want.At) || x.TraceID != want.TraceID || x.SpanID != want.SpanID || x.Class != want.Class || x.Latency != want.Latency || x.Operation != want.Operation || x.Sampled {
			t.Errorf("exemplar %d: %+v, want %+v", i, x, want)
		}
	}
	if list := b.Exemplars(); len(list) != keptExemplars || list[0].Latency != time.Second {
		t.Errorf("of the latency objective: %+v, want eight that took a second", list)
	}
	for _, op := range s.Report().Operations {
		if want := map[bool]int{true: 2 * keptExemplars}[op.Name == "GET /a"]; len(op.Exemplars) != want {
			t.Errorf("reported of %s: %d exemplars, want %d", op.Name, len(op.Exemplars), want)
		}
	}
	s.StepWall(time.Hour) // after a suspend they are where they were
	s.Advance(2 * time.Minute)
	if got := a.Exemplars()[0].At; !got.Equal(times[19]) {
		t.Errorf("after a suspend: at %v, want %v as before", got, times[19])
	}
	s.Close()
	o.AddExemplar(traced(1), nil, slo.ServerError, 0)
	if got := a.Exemplars(); got != nil {
		t.Errorf("closed: %v, want nil", got)
	}
	var none *Operation
	none.AddExemplar(traced(1), nil, slo.ServerError, 0)
}

func traceHex(n int) string { c := traced(n); return c.traceID() }

// An episode keeps the traces of its first bad events and of its last.
func TestTracesOfAnEpisode(t *testing.T) {
	for _, o := range []slo.Objective{availability, everything} {
		s := simulate(t, o)
		op := s.HTTP("GET /a")
		finish(op, traced(1000), slo.ServerError, 0)
		for range 2 * 3600 {
			finish(op, TraceContext{}, slo.Success, 0)
			s.Advance(time.Second)
		}
		for i := range 100 {
			finish(op, traced(i), slo.ServerError, 0)
			finish(op, traced(i), slo.ServerError, 0)
			finish(op, traced(2000), slo.Success, 0)
			s.Advance(time.Second)
		}
		list := s.Budget(o.Name).Episodes()
		got := strings.Join(list[len(list)-1].Traces, " ")
		var want []string
		for _, i := range []int{0, 1, 2, 3, 96, 97, 98, 99} {
			want = append(want, traceHex(i))
		}
		if got != strings.Join(want, " ") {
			t.Errorf("%s: traces %s, want %s", o.Name, got, want)
		}
	}
}

// An event that ends while another is being kept is left out: nothing waits.
func TestAddExemplarDoesNotWait(t *testing.T) {
	s := simulate(t, availability)
	o := s.HTTP("GET /a")
	finish(o, traced(1), slo.ServerError, 0)
	kept := o.exemplars.Load()
	kept.mu.Lock() // as another event does
	back := returns(func() { finish(o, traced(2), slo.ServerError, 0) })
	kept.mu.Unlock()
	if !back {
		t.Fatal("AddExemplar waits for another event")
	}
	finish(o, traced(3), slo.ServerError, 0)
	for i, want := range []int{1, 3} {
		if got := o.recent(); len(got) != 2 || got[i].trace != traced(want) {
			t.Errorf("exemplars %+v, want those of the first and the third event", got)
		}
	}
}

// What is read while others add is whole.
func TestConcurrentSafeExemplars(t *testing.T) {
	tr, err := New(Config{Objectives: []slo.Objective{availability}})
	if err != nil {
		t.Fatal(err)
	}
	defer tr.Close()
	o := tr.HTTP("GET /a")
	var wg sync.WaitGroup
	for i := range 8 {
		wg.Go(func() {
			for n := range 2000 {
				c := traced(i*2000 + n)
				c.SpanID[0] = byte(c.number())
				o.Start()
				if o.FinishEvent(nil, slo.ServerError, time.Duration(c.number())) {
					o.AddExemplar(c, nil, slo.ServerError, time.Duration(c.number()))
				}
			}
		})
	}
	for range 500 {
		for _, x := range o.recent() {
			if n := x.trace.number(); x.latency != time.Duration(n) || x.trace.SpanID[0] != byte(n) {
				t.Fatalf("a torn exemplar: %+v", x)
			}
		}
		tr.Budget("availability").Exemplars()
	}
	wg.Wait()
	if got := tr.Budget("availability").Counts(); got.Bad != 16_000 {
		t.Errorf("%+v, want 16000 bad", got)
	}
}
