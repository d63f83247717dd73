package budget

import (
	"runtime/debug"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/seed-abb722f7/nines/slo"
)

// A Marker is something that happened to the service, noted beside its budgets.
type Marker struct {
	At   time.Time
	Kind MarkerKind
	Text string // the version that was deployed, or what was noted
}

// A MarkerKind says what a [Marker] marks.
type MarkerKind uint8

// The kinds of markers.
const (
	DeploymentMarker MarkerKind = iota + 1 // a version began to run
	AnnotationMarker                       // anything else that people want to remember
)

// String returns the kind in lower case; "none" for 0.
func (k MarkerKind) String() string {
	switch k {
	case DeploymentMarker:
		return "deployment"
	case AnnotationMarker:
		return "annotation"
	}
	return "none"
}

const (
	maxMarkers    = 128
	maxMarkerText = 256
	noVersion     = "unknown"
)

// MarkDeployment notes that a version begins to run now: episodes say which deployment came
// before them, and [Budget.SinceDeployment] what was spent since. A live tracker marks the
// version of its own binary when it is made, if the build recorded one; marking another
// then stands beside it. Marking again the version that was marked last, also by an earlier
// process whose history was restored, is a restart and no deployment: it does nothing.
//
// The version is cut after 256 bytes, and bytes that are no UTF-8 are escaped as \xNN; an
// empty one reads "unknown". It is safe for concurrent use, costs a reading of every
// budget, and does nothing when the tracker is nil or closed.
func (t *Tracker) MarkDeployment(version string) { t.markDeployment(version, false) }

func (t *Tracker) markDeployment(version string, own bool) {
	if version == "" {
		version = noVersion
	}
	t.mark(func(e *engine, now time.Duration) {
		m := marker{at: now, kind: DeploymentMarker, own: own, text: markerText(version)}
		if last := e.markers.lastDeployment(own); last.text == m.text {
			return
		}
		e.markers.add(m)
		e.markers.remember(e, m)
	})
}

// Annotate notes something that people will want to see beside the budgets, such as "load
// test began". The text is treated as a version of [Tracker.MarkDeployment] is; an empty
// one is not noted. It is safe for concurrent use, and does nothing when the tracker is nil
// or closed.
func (t *Tracker) Annotate(text string) {
	if text == "" {
		return
	}
	t.mark(func(e *engine, now time.Duration) {
		e.markers.add(marker{at: now, kind: AnnotationMarker, text: markerText(text)})
	})
}

func (t *Tracker) mark(f func(e *engine, now time.Duration)) {
	if t == nil || t.closed.Load() {
		return
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	f(t.engine, t.engine.clock.Engine(t.Now()))
}

// Markers returns the deployments and annotations, oldest first, at most the latest 128 and
// the last deployment always. It is nil when the tracker is nil or closed, or nothing was
// marked.
func (t *Tracker) Markers() []Marker {
	if t == nil || t.closed.Load() {
		return nil
	}
	t.mu.RLock()
	defer t.mu.RUnlock()
	var list []Marker
	for i := range t.engine.markers.list {
		list = append(list, t.engine.showMarker(&t.engine.markers.list[i]))
	}
	return list
}

// A marker is one as it is kept.
type marker struct {
	at   time.Duration // engine time
	kind MarkerKind
	own  bool // the binary's own version
	text string
}

func (e *engine) showMarker(m *marker) Marker {
	return Marker{At: e.clock.Wall(m.at), Kind: m.kind, Text: m.text}
}

// A markerLog keeps the markers of a tracker, and what its objectives had counted at the
// last deployment. It belongs to the engine, under its lock.
type markerLog struct {
	list     []marker
	deployed marker               // the last deployment
	counted  map[string]milestone // by objective, at that moment
}

// A milestone is what an objective had counted at some moment, cumulative.
type milestone struct {
	counts    Counts
	cancelled uint64
}

// add appends a marker and drops the oldest of too many, but never the last deployment.
func (l *markerLog) add(m marker) {
	if len(l.list) == maxMarkers {
		oldest := 0
		if l.list[0] == l.deployed {
			oldest = 1
		}
		l.list = slices.Delete(l.list, oldest, oldest+1)
	}
	l.list = append(l.list, m)
}

// lastDeployment returns the last marker of the binary's own versions, or of those that the
// service told.
func (l *markerLog) lastDeployment(own bool) marker {
	for _, m := range slices.Backward(l.list) {
		if m.kind == DeploymentMarker && m.own == own {
			return m
		}
	}
	return marker{}
}

// deploymentBefore returns the last deployment not after a moment.
func (l *markerLog) deploymentBefore(at time.Duration) marker {
	for _, m := range slices.Backward(l.list) {
		if m.kind == DeploymentMarker && m.at <= at {
			return m
		}
	}
	return marker{}
}

// delay puts off by a gap what was marked since the clock was found ahead: the gap was before.
func (l *markerLog) delay(since, gap time.Duration) {
	for i := range l.list {
		if l.list[i].at >= since {
			l.list[i].at += gap
		}
	}
	if l.deployed.kind != 0 && l.deployed.at >= since {
		l.deployed.at += gap
	}
}

// remember makes a deployment the last one.
func (l *markerLog) remember(e *engine, m marker) {
	l.deployed = m
	l.counted = make(map[string]milestone, len(e.objectives))
	for _, j := range e.objectives {
		l.counted[j.name] = e.milestone(j)
	}
}

// milestone reads what an objective has counted up to this moment.
func (e *engine) milestone(j *judged) milestone {
	var r reading
	e.live(j, &r)
	return j.milestone(&r)
}

func (j *judged) milestone(r *reading) milestone {
	return milestone{j.counts(&reading{}, r), r.class[slo.Cancelled]}
}

// markerText returns a text as it can be kept and shown.
func markerText(text string) string {
	if len(text) > maxMarkerText {
		cut := maxMarkerText
		for cut > maxMarkerText-utf8.UTFMax && !utf8.RuneStart(text[cut]) {
			cut--
		}
		text = strings.Clone(text[:cut]) // do not keep the rest alive
	}
	return canonical(text)
}

// ownVersion returns the version of the running binary as its build recorded it: that of
// its module, or else the revision; "" if neither is known.
func ownVersion(info *debug.BuildInfo, ok bool) string {
	if !ok {
		return ""
	}
	if v := info.Main.Version; v != "" && v != "(devel)" {
		return v
	}
	var revision, modified string
	for _, s := range info.Settings {
		switch s.Key {
		case "vcs.revision":
			revision = s.Value
		case "vcs.modified":
			modified = s.Value
		}
	}
	if revision != "" && modified == "true" {
		revision += "+dirty"
	}
	return revision
}
