package alertslo

import (
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/seed-abb722f7/nines/policy"
)

const (
	// keepResolved is how long the end of a breach is sent again, as Prometheus does: an
	// Alertmanager that was away must hear of it too.
	keepResolved = 15 * time.Minute

	// maxAlerts bounds the breaches on the board: thousands of error budgets in one process,
	// each with a page and a ticket.
	maxAlerts = 4096
)

// A board has the latest of every breach that is open, or was until a while ago. What is told
// to Alertmanager is read from it, so that there is nothing to queue and nothing to lose: it
// follows the news, and is compared with what the watchers say is open.
type board struct {
	mu      sync.Mutex
	feeds   []*feed
	dropped atomic.Uint64 // breaches for which there was no room
	count   int
}

// A feed is what came of one watcher, by the keys of breaches: there is one breach of a key
// at a time, and the next takes the place of one that ended.
type feed struct {
	watcher *policy.Watcher
	entries map[string]*entry
	news    uint64 // how much was heard
}

type entry struct {
	breach policy.Breach // Resolved, or open
	until  time.Time     // it is resolved, and sent until then
	gone   time.Time     // it is not open any more, and nobody has told
}

func (b *board) attach(w *policy.Watcher) *feed {
	f := &feed{watcher: w, entries: map[string]*entry{}}
	b.mu.Lock()
	defer b.mu.Unlock()
	b.feeds = append(b.feeds, f)
	return f
}

func (b *board) detach(f *feed) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if i := slices.Index(b.feeds, f); i >= 0 {
		b.feeds = slices.Delete(b.feeds, i, i+1)
		b.count -= len(f.entries)
		clear(f.entries)
	}
}

// hear takes a piece of news.
func (b *board) hear(f *feed, news policy.Breach) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if slices.Contains(b.feeds, f) {
		f.news++
		b.put(f, news, time.Now())
	}
}

// put takes what is known of a breach. What has ended stays ended. The caller holds the lock.
func (b *board) put(f *feed, news policy.Breach, now time.Time) {
	e := f.entries[news.Key]
	switch {
	case e == nil && b.count >= maxAlerts:
		b.dropped.Add(1)
		return
	case e == nil:
		e = &entry{}
		f.entries[news.Key] = e
		b.count++
	case e.breach.ID == news.ID && !e.breach.Open():
		return
	case e.breach.ID == news.ID && news.Facts == nil:
		news.Facts = e.breach.Facts // only what is delivered has them
	}
	e.breach, e.gone = news, time.Time{}
	if !news.Open() {
		e.until = now.Add(keepResolved)
	}
}

// compare brings a feed up to what its watcher says is open: news may have been dropped, and
// that of an earlier process was told to that one.
func (b *board) compare(f *feed, patience time.Duration) {
	b.mu.Lock()
	before := f.news
	b.mu.Unlock()
	b.follow(f, before, f.watcher.Active(), patience) // which takes locks of the watcher's, and is called with none of ours
}

// follow takes what was open when so much news had been heard. If there was more since, it is
// out of date, and would put an incident in the place of the next.
func (b *board) follow(f *feed, before uint64, active []policy.Breach, patience time.Duration) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if f.news != before || !slices.Contains(b.feeds, f) {
		return
	}
	now := time.Now()
	open := map[string]bool{}
	for _, breach := range active {
		if breach.Told { // the watcher is not to be overtaken, nor is a snooze
			open[breach.ID] = true
			b.put(f, breach, now)
		}
	}
	for key, e := range f.entries {
		switch {
		case !e.breach.Open():
			if now.After(e.until) {
				delete(f.entries, key)
				b.count--
			}
		case open[e.breach.ID]:
		case e.gone.IsZero():
			e.gone = now // the news of its end is under way
		case now.Sub(e.gone) >= patience:
			e.breach.State, e.breach.Resolved = policy.Resolved, e.gone
			e.until = now.Add(keepResolved)
		}
	}
}

// alerts returns all breaches in the order of their keys. Of two watchers that have the same
// key, what is open counts.
func (b *board) alerts(patience time.Duration) (all []policy.Breach) {
	b.mu.Lock()
	feeds := slices.Clone(b.feeds)
	b.mu.Unlock()
	for _, f := range feeds {
		b.compare(f, patience)
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	for _, f := range b.feeds {
		for _, e := range f.entries {
			all = append(all, e.breach)
		}
	}
	slices.SortFunc(all, func(x, y policy.Breach) int {
		if c := strings.Compare(x.Key, y.Key); c != 0 {
			return c
		}
		switch {
		case x.Open() == y.Open():
			return x.Started.Compare(y.Started)
		case x.Open():
			return -1
		}
		return 1
	})
	return slices.CompactFunc(all, func(x, y policy.Breach) bool { return x.Key == y.Key })
}
