package budget

import (
	"fmt"
	"runtime/debug"
	"strings"
	"sync"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/seed-abb722f7/nines/slo"
)

// An outage right after a deployment belongs to it, and what was spent since is exact.
func TestSpentSinceADeployment(t *testing.T) {
	p := afterFourWeeks(t, 1000)
	if _, ok := p.Budget("jobs").SinceDeployment(); ok {
		t.Error("SinceDeployment() before any: ok, want false")
	}
	p.MarkDeployment("v1")
	p.spend(0.1, 2*time.Hour)
	p.spend(0, 3*time.Hour)
	p.Advance(20 * time.Second)
	p.MarkDeployment("v2")
	at := p.Time()
	p.spend(0.3, 90*time.Minute)
	p.Annotate("paged")
	p.Events("jobs").Bad()
	s, ok := p.Budget("jobs").SinceDeployment()
	if !ok || s.Deployment != (Marker{at, DeploymentMarker, "v2"}) {
		t.Fatalf("SinceDeployment() = %+v, %v, want v2 at %v", s, ok, at)
	}
	if want := (Counts{Good: 90*1000 - 12096, Bad: 12097}); s.After.Counts != want || s.After.Length != 90*time.Minute || s.After.Coverage() != 1 {
		t.Errorf("after: %+v, want %+v in 90m, all observed", s.After, want)
	}
	if want := (Counts{Good: 90 * 1000}); s.Before.Counts != want || s.Before.Length != 90*time.Minute || s.Before.BurnRate != 0 {
		t.Errorf("before: %+v, want %+v in 90m", s.Before, want)
	}
	if !near(s.Spent, 0.3, 0.3*percent) || !near(s.After.BurnRate, 134.4, 0.1) {
		t.Errorf("spent %v at a burn rate of %v, want 0.3 at 134.4", s.Spent, s.After.BurnRate)
	}
	list := p.episodes()
	if len(list) != 2 || list[0].Deployment.Text != "v1" || list[1].Deployment.Text != "v2" {
		t.Errorf("episodes %v, want one after each deployment", list)
	}
	var got []string
	for _, m := range p.Markers() {
		got = append(got, fmt.Sprintf("%v %s %s", m.At.Sub(at), m.Kind, m.Text))
	}
	if want := "[-5h0m20s deployment v1 0s deployment v2 1h30m0s annotation paged]"; fmt.Sprint(got) != want {
		t.Errorf("markers %v, want %v", got, want)
	}
}

// The time before a deployment is as long as the time after it, as far as history reaches.
func TestBeforeADeployment(t *testing.T) {
	o := availability
	o.Window = slo.Rolling(10 * time.Hour)
	s := simulate(t, o)
	run := func(d time.Duration, class slo.Class) {
		for range d / time.Minute {
			record(s.HTTP("GET /a"), class, 0)
			s.Advance(time.Minute)
		}
	}
	run(2*time.Hour, slo.ServerError)
	run(2*time.Hour, slo.Cancelled)
	s.MarkDeployment("v1")
	run(3*time.Hour, slo.Success)
	got, _ := s.Budget("availability").SinceDeployment()
	if got.Before.Counts != (Counts{Bad: 60, Excluded: 120}) || got.Before.Cancelled != 120 || got.After.Counts != (Counts{Good: 180}) || got.After.Cancelled != 0 {
		t.Errorf("three hours: %+v, want 60 bad and 120 cancelled before, 180 good after", got)
	}
	run(6*time.Hour, slo.Success)
	if got, _ = s.Budget("availability").SinceDeployment(); got.Before.Length != time.Hour || got.Before.Counts != (Counts{Excluded: 60}) {
		t.Errorf("nine hours, of ten that are kept: %+v, want one hour before with 60 excluded", got.Before)
	}
	run(6*time.Hour, slo.Success)
	if got, _ = s.Budget("availability").SinceDeployment(); got.Before.Length != 0 || got.Before.OK || got.After.Counts != (Counts{Good: 15 * 60}) {
		t.Errorf("fifteen hours: %+v, want nothing before, 900 good after", got)
	}
}

func TestMarkingTheSameVersionAgain(t *testing.T) {
	s := simulate(t, availability)
	for _, v := range []string{"v1", "v1", "v2", "v2", "v1", ""} {
		s.MarkDeployment(v)
		s.Annotate("")
	}
	var got []string
	for _, m := range s.Markers() {
		got = append(got, m.Text)
	}
	if want := "[v1 v2 v1 unknown]"; fmt.Sprint(got) != want {
		t.Errorf("markers %v, want %v: a restart is no deployment, and a rollback is one", got, want)
	}
}

// Marks are bounded in number and length, and hold nothing that text exporters cannot carry.
func TestMarkersAreBounded(t *testing.T) {
	s := simulate(t, availability)
	s.MarkDeployment("v1")
	for i := range 3 * maxMarkers {
		s.Annotate(fmt.Sprint(i))
	}
	list := s.Markers()
	if len(list) != maxMarkers || list[0].Text != "v1" || list[1].Text != fmt.Sprint(2*maxMarkers+1) {
		t.Errorf("%d markers, the first %q and %q; want %d, v1 and the latest", len(list), list[0].Text, list[1].Text, maxMarkers)
	}
	for _, tt := range []struct{ text, want string }{
		{strings.Repeat("a", 300), strings.Repeat("a", 256)},
		{strings.Repeat("ä", 200), strings.Repeat("ä", 128)},
		{"a" + strings.Repeat("ä", 200), "a" + strings.Repeat("ä", 127)},
		{"v\xff1", `v\xff1`},
	} {
		s.MarkDeployment(tt.text)
		list := s.Markers()
		if got := list[len(list)-1].Text; got != tt.want || !utf8.ValidString(got) {
			t.Errorf("MarkDeployment(%.20q...) is kept as %q, want %q", tt.text, got, tt.want)
		}
	}
	if got := MarkerKind(9).String(); got != "none" {
		t.Errorf("an unknown kind prints as %q, want none", got)
	}
}

// Marking is safe from any goroutine, and does nothing on nil and closed trackers.
func TestConcurrentSafeMarkers(t *testing.T) {
	var none *Tracker
	none.MarkDeployment("v1")
	none.Annotate("x")
	if got := none.Markers(); got != nil {
		t.Errorf("of nil: %v, want nil", got)
	}
	tr, err := New(Config{Objectives: []slo.Objective{availability}})
	if err != nil {
		t.Fatal(err)
	}
	var wg sync.WaitGroup
	for i := range 8 {
		wg.Go(func() {
			for range 50 {
				tr.MarkDeployment(fmt.Sprint("v", i))
				tr.Annotate("x")
				tr.Markers()
				tr.Budget("availability").SinceDeployment()
				tr.Budget("availability").Episodes()
			}
		})
	}
	wg.Wait()
	if got := len(tr.Markers()); got != maxMarkers {
		t.Errorf("%d markers, want %d", got, maxMarkers)
	}
	tr.Close()
	tr.MarkDeployment("v9")
	if got := tr.Markers(); got != nil {
		t.Errorf("closed: %v, want nil", got)
	}
	if _, ok := tr.Budget("availability").SinceDeployment(); ok {
		t.Error("closed: SinceDeployment() is ok, want false")
	}
}

func TestOwnVersion(t *testing.T) {
	vcs := []debug.BuildSetting{{Key: "vcs.revision", Value: "abc"}, {Key: "vcs.modified", Value: "true"}}
	for _, tt := range []struct {
		info *debug.BuildInfo
		ok   bool
		want string
	}{
		{nil, false, ""},
		{&debug.BuildInfo{}, true, ""},
		{&debug.BuildInfo{Main: debug.Module{Version: "(devel)"}}, true, ""},
		{&debug.BuildInfo{Main: debug.Module{Version: "v1.2.3"}, Settings: vcs}, true, "v1.2.3"},
		{&debug.BuildInfo{Main: debug.Module{Version: "(devel)"}, Settings: vcs}, true, "abc+dirty"},
		{&debug.BuildInfo{Settings: vcs[:1]}, true, "abc"},
	} {
		if got := ownVersion(tt.info, tt.ok); got != tt.want {
			t.Errorf("ownVersion(%+v) = %q, want %q", tt.info, got, tt.want)
		}
	}
}

// What an objective had counted at a deployment is of no use once it judges otherwise, also
// if that happens in the very moment of the deployment.
func TestDeploymentWithAnotherThreshold(t *testing.T) {
	slow := func(s *Simulation) {
		for range 10 {
			record(s.HTTP("GET /a"), slo.Success, 300*time.Millisecond)
		}
		s.Advance(time.Minute)
		s.MarkDeployment("v2")
	}
	o := latency
	o.SLI = slo.Latency(200 * time.Millisecond)
	check := func(name string, s *Simulation) {
		record(s.HTTP("GET /a"), slo.Success, 0)
		s.Advance(time.Minute)
		since, ok := s.Budget("latency").SinceDeployment()
		if want := (Counts{Good: 1}); !ok || since.After.Counts != want || since.Before.Counts != (Counts{}) || since.Spent != 0 {
			t.Errorf("%s: %+v, %v; want %+v since", name, since, ok, want)
		}
	}
	s := simulate(t, latency)
	slow(s)
	must(t, s.Update([]slo.Objective{o}))
	check("by an update", s)
	s = simulate(t, latency)
	slow(s)
	check("by a restart", restart(t, s, 0, Config{Objectives: []slo.Objective{o}}))
}

// Until a minute after a suspend nobody knows that there was one. What was marked in that
// minute happened after it.
func TestMarkerRightAfterASuspend(t *testing.T) {
	s := simulate(t, availability)
	s.MarkDeployment("v1")
	s.Advance(time.Minute)
	s.StepWall(8 * time.Hour)
	s.Advance(10 * time.Second)
	s.MarkDeployment("v2")
	at := s.Time()
	s.Advance(2 * time.Minute)
	if got := s.Markers(); len(got) != 2 || !got[0].At.Equal(noon) || !got[1].At.Equal(at) {
		t.Errorf("markers %v, want v1 at %v and v2 at %v", got, noon, at)
	}
	if got, ok := s.Budget("availability").SinceDeployment(); !ok || got.After.Length != 2*time.Minute || !got.Deployment.At.Equal(at) {
		t.Errorf("since %+v, %v; want two minutes since %v", got, ok, at)
	}
	s.StepWall(time.Hour)
	s.Advance(10 * time.Second)
	s.Annotate("meanwhile")
	s.StepWall(-time.Hour) // it was an error
	at = s.Time()
	s.Advance(2 * time.Minute)
	if got := s.Markers(); len(got) != 3 || !got[2].At.Equal(at) {
		t.Errorf("markers %v, want the last at %v", got, at)
	}
}
