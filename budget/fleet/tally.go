package fleet

import (
	"time"

	"github.com/prometheus/common/model"
)

// mostTiles bounds what one query answers, whatever the length of a window: its coverage is
// then exact to a fifth of a percent, and where a process restarted so much of it is read
// sample by sample.
const mostTiles = 480

// A span is a stretch of time, in milliseconds since 1970, as Prometheus counts.
type span struct{ from, to int64 }

// cut returns the tiles of the span: how many there are, and how long each is. Together they
// are never shorter than the span, and longer by less than a millisecond each.
func (s span) cut() (n int, step time.Duration) {
	ms := max(s.to-s.from, 1)
	n = int(min(mostTiles, max(ms/1000, 1))) // nobody scrapes more than once a second
	return n, time.Duration((ms+int64(n)-1)/int64(n)) * time.Millisecond
}

// A tally is what all series of a counter grew by in a span, tile by tile.
type tally struct {
	from, to int64 // the span, and less than a percent more
	step     time.Duration
	tiles    int
	label    model.LabelName // that alive is told by
	epoch    int64           // what processes have counted since then counts

	series map[string]*track
	starts map[string]*track           // by replica: when its process began, in seconds
	alive  map[model.LabelValue][]bool // whether a series had a sample not long before the end of each tile
}

// A track is what is known of one series.
type track struct {
	metric  model.Metric
	replica string
	cursor  cursor
	tiles   []tile
	grew    []float64 // by tile; of a counter
}

// A tile is what is known of a series in one tile.
type tile struct {
	there  bool
	first  float64 // the lowest value, which is the first unless the counter was reset
	last   float64
	resets bool
}

// A cursor goes through the values of a counter, oldest first.
type cursor struct {
	seen  bool
	value float64
	start float64 // of the process that counted; 0 is not known
}

// enter goes to the next value and returns by how much the counter grew: from zero, if another
// process has begun to count. fromZero says whether what a series begins with has been counted
// since.
func (c *cursor) enter(value, start float64, fromZero bool) (grew float64) {
	switch {
	case !c.seen && !fromZero:
	case !c.seen, value < c.value, start != 0 && c.start != 0 && start != c.start:
		grew = value
	default:
		grew = value - c.value
	}
	c.leave(value, start)
	return grew
}

// leave goes to a value whatever was before.
func (c *cursor) leave(value, start float64) {
	c.seen, c.value = true, value
	if start != 0 {
		c.start = start
	}
}

func newTally(s span, label model.LabelName) *tally {
	t := &tally{to: s.to, label: label, series: map[string]*track{}, starts: map[string]*track{}, alive: map[model.LabelValue][]bool{}}
	t.tiles, t.step = s.cut()
	t.from = t.end(-1)
	t.epoch = t.from - (t.to-t.from)/100
	return t
}

// end returns when a tile ends; that before the first ends where the span begins.
func (t *tally) end(i int) int64 { return t.to - int64(t.tiles-1-i)*t.step.Milliseconds() }

// length returns how long the span is.
func (t *tally) length() time.Duration { return time.Duration(t.to-t.from) * time.Millisecond }

// track returns the series of an answer.
func (t *tally) track(m model.Metric, of map[string]*track, key string) *track {
	have, ok := of[key]
	if !ok {
		have = &track{metric: m, replica: replica(m), tiles: make([]tile, t.tiles)}
		of[key] = have
	}
	return have
}

// take notes one value of an answer, in tile i; -1 is what was before the span.
func (t *tally) take(m model.Metric, i int, value float64) {
	stat := string(m[statLabel])
	if stat == aliveStat {
		key := m[t.label]
		if t.alive[key] == nil {
			t.alive[key] = make([]bool, t.tiles)
		}
		t.alive[key][i] = value > 0
		return
	}
	x := (*track)(nil)
	if stat == startStat || stat == startLastStat {
		x = t.track(m, t.starts, replica(m))
	} else {
		x = t.track(m, t.series, identity(m))
	}
	if i < 0 {
		x.cursor.leave(value, 0)
		return
	}
	at := &x.tiles[i]
	at.there = true
	switch stat {
	case lastStat, startLastStat:
		at.last = value
	case firstStat, startStat:
		at.first = value
	case resetsStat:
		at.resets = value > 0
	}
}

// flawed returns the tiles in which a series was reset or a process began anew, so that the
// first and the last value do not tell by how much it grew.
func (t *tally) flawed() (list []int) {
	for i := range t.tiles {
		for _, x := range t.series {
			if t.broken(x, i) {
				list = append(list, i)
				break
			}
		}
	}
	return list
}

func (t *tally) broken(x *track, i int) bool {
	if !x.tiles[i].there {
		return false
	}
	if x.tiles[i].resets {
		return true
	}
	s := t.starts[x.replica]
	return s != nil && s.tiles[i].there && s.tiles[i].first != s.tiles[i].last
}

// sum works out by how much each series grew in each tile, given the samples of those that are
// flawed.
func (t *tally) sum(samples map[int][]*model.SampleStream) {
	edge := t.edge()
	byTile := make(map[int]map[string]*model.SampleStream, len(samples))
	for i, streams := range samples {
		byTile[i] = map[string]*model.SampleStream{}
		for _, s := range streams {
			if s.Metric[model.MetricNameLabel] == startMetric {
				byTile[i][startMetric+replica(s.Metric)] = s
			} else {
				byTile[i][identity(s.Metric)] = s
			}
		}
	}
	for key, x := range t.series {
		x.grew = make([]float64, t.tiles)
		began := t.starts[x.replica]
		if began != nil && began.cursor.seen && x.cursor.seen {
			x.cursor.start = began.cursor.value
		}
		for i := range x.tiles {
			at := &x.tiles[i]
			if !at.there {
				continue
			}
			if t.broken(x, i) {
				x.grew[i] = t.follow(x, byTile[i][key], byTile[i][startMetric+x.replica], i > edge)
				continue
			}
			start := 0.0
			if began != nil && began.tiles[i].there {
				start = began.tiles[i].last
			}
			x.grew[i] = x.cursor.enter(at.first, start, t.fromZero(start, i > edge)) + at.last - at.first
			x.cursor.leave(at.last, start)
		}
	}
}

// follow goes through the samples of a series in one tile. The start of a process is scraped
// with its counters.
func (t *tally) follow(x *track, counts, starts *model.SampleStream, late bool) (grew float64) {
	if counts == nil {
		return 0
	}
	at := map[model.Time]float64{}
	if starts != nil {
		for _, s := range starts.Values {
			at[s.Timestamp] = float64(s.Value)
		}
	}
	for _, s := range counts.Values {
		start := at[s.Timestamp]
		grew += x.cursor.enter(float64(s.Value), start, t.fromZero(start, late))
	}
	return grew
}

// edge returns the tile in which all data begins; -1 if it began before.
func (t *tally) edge() int {
	edge := t.tiles
	for _, x := range t.series {
		if x.cursor.seen {
			return -1
		}
		for i := range x.tiles[:min(edge, t.tiles)] {
			if x.tiles[i].there {
				edge = i
				break
			}
		}
	}
	return edge
}

// fromZero reports whether all that a series begins with was counted in the span: if its
// process began there, or less than a percent of the span before. Where that is not known, it
// is so of series that are later than the first data; those may have been there long before,
// and the server does not keep what is so old.
func (t *tally) fromZero(start float64, late bool) bool {
	if start == 0 {
		return late
	}
	return start*1000 >= float64(t.epoch)
}

// follows lets the tally go on where the one before it ended, as if they were one.
func (t *tally) follows(before *tally) {
	t.epoch = before.epoch
	for key, x := range before.series {
		t.series[key] = &track{metric: x.metric, replica: x.replica, cursor: x.cursor, tiles: make([]tile, t.tiles)}
	}
}

// observed returns for how much of the span there were samples of what the label says.
func (t *tally) observed(of model.LabelValue) (d time.Duration) {
	for _, there := range t.alive[of] {
		if there {
			d += t.step
		}
	}
	return d
}
