package budget

import (
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"time"

	"github.com/seed-abb722f7/nines/slo"
)

// A snapshot is a header of twenty bytes (magic, version, length of the payload, CRC-32C of
// everything else) and a payload of varints and strings, in the order of history. Numbers
// that only grow are written as differences. Version 1 ends after the scopes; later ones go
// on with parts, each a name and a length.
const (
	snapshotMagic   = "nines\x00"
	snapshotVersion = 2
	snapshotHeader  = len(snapshotMagic) + 2 + 8 + 4
)

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

// Snapshot returns the tracker's history as one versioned, checksummed blob, for
// Config.Restore of the next process: windows, gaps, periods, episodes, causes, markers and
// how every objective was judged, up to the last event recorded before the call. Latencies
// by operation, requests in flight and exported counters are not part of it; what is
// attached adds its own (see [Hook]). Take it when the service has drained, before Close;
// it is nil when the tracker is nil or closed. It holds the tracker's lock while it is
// written, about 10 KiB for a busy operation.
func (t *Tracker) Snapshot() []byte {
	if t == nil || t.closed.Load() {
		return nil
	}
	kept := t.save() // without the lock: what is attached reads the tracker
	t.mu.Lock()
	defer t.mu.Unlock()
	t.engine.advance(t.Now(), t.wall())
	h := t.engine.remember()
	h.kept = kept
	return h.encode()
}

func (h *history) encode() []byte {
	w := writer{b: make([]byte, snapshotHeader, 1<<12)}
	w.int(h.wall.UnixNano())
	w.int(int64(h.engine))
	w.uint(uint64(len(h.gaps)))
	for _, g := range h.gaps {
		w.int(int64(g.from))
		w.int(int64(g.to))
	}
	w.uint(uint64(len(h.objectives)))
	for _, in := range h.objectives {
		w.string(in.name)
		w.string(in.judgement)
		w.string(in.renewed)
		w.int(int64(in.since))
		w.totals(in.opening)
		w.uint(in.late)
		w.uint(in.gone)
	}
	w.uint(uint64(len(h.scopes)))
	for _, s := range h.scopes {
		w.uint(uint64(s.kind))
		w.string(s.name)
		w.uint(uint64(len(s.series)))
		for _, x := range s.series {
			x.encode(&w)
		}
	}
	w.uint(uint64(len(historyParts)))
	for _, part := range historyParts {
		var own writer
		part.encode(h, &own)
		w.string(part.name)
		w.string(string(own.b))
	}
	sealSnapshot(w.b)
	return w.b
}

// sealSnapshot fills in the header of a payload that follows it.
func sealSnapshot(b []byte) {
	copy(b, snapshotMagic)
	binary.BigEndian.PutUint16(b[len(snapshotMagic):], snapshotVersion)
	binary.BigEndian.PutUint64(b[len(snapshotMagic)+2:], uint64(len(b)-snapshotHeader))
	binary.BigEndian.PutUint32(b[snapshotHeader-4:], checksum(b))
}

func (x *seriesHistory) encode(w *writer) {
	w.uint(uint64(x.classes))
	w.int(int64(x.edge))
	w.uint(x.base)
	w.uint(x.last - x.base)
	w.uint(uint64(len(x.points)))
	at, value := time.Duration(0), x.base
	for _, p := range x.points {
		w.int(int64(p.at - at))
		w.uint(p.value - value)
		at, value = p.at, p.value
	}
}

// checksum covers everything but itself.
func checksum(b []byte) uint32 {
	return crc32.Update(crc32.Checksum(b[:snapshotHeader-4], castagnoli), castagnoli, b[snapshotHeader:])
}

// decode reads a snapshot; nil for an empty one. The error matches slo.ErrInvalid and says
// why; nothing of a refused snapshot is used.
func decode(b []byte) (*history, error) {
	if len(b) == 0 {
		return nil, nil
	}
	refuse := func(reason string) (*history, error) {
		return nil, &slo.FieldError{Package: "budget", Field: "Restore", Value: fmt.Sprintf("%d bytes", len(b)), Reason: reason}
	}
	if len(b) < snapshotHeader || string(b[:len(snapshotMagic)]) != snapshotMagic {
		return refuse("want what Tracker.Snapshot returned: this is not a snapshot, or only its beginning")
	}
	version := binary.BigEndian.Uint16(b[len(snapshotMagic):])
	if version < 1 || version > snapshotVersion {
		return refuse(fmt.Sprintf("want a snapshot of version %d or before: this one is of version %d", snapshotVersion, version))
	}
	if n := binary.BigEndian.Uint64(b[len(snapshotMagic)+2:]); n != uint64(len(b)-snapshotHeader) {
		return refuse(fmt.Sprintf("want a whole snapshot: its header promises %d bytes more than the %d of the header", n, snapshotHeader))
	}
	if binary.BigEndian.Uint32(b[snapshotHeader-4:]) != checksum(b) {
		return refuse("want a snapshot as it was written: the checksum does not fit")
	}
	r := reader{b: b[snapshotHeader:]}
	h := r.history()
	if version > 1 {
		r.parts(h)
	}
	if r.err == nil && len(r.b) > 0 {
		r.err = errors.New("something follows its end")
	}
	if r.err != nil {
		return refuse("want a snapshot that can be read: " + r.err.Error())
	}
	return h, nil
}

type writer struct{ b []byte }

func (w *writer) uint(v uint64) { w.b = binary.AppendUvarint(w.b, v) }
func (w *writer) int(v int64)   { w.b = binary.AppendVarint(w.b, v) }

func (w *writer) string(s string) {
	w.uint(uint64(len(s)))
	w.b = append(w.b, s...)
}

// A reader reads what a writer wrote. After the first error everything is zero.
type reader struct {
	b   []byte
	err error
}

const wantMore = "it ends too early"

// longestEngine is a century: beyond, times would not fit a time.Duration.
const longestEngine = 100 * 365 * slo.Day

func (r *reader) uint() uint64 {
	v, n := binary.Uvarint(r.b)
	return r.take(v, n)
}

func (r *reader) int() int64 {
	v, n := binary.Varint(r.b)
	return int64(r.take(uint64(v), n))
}

func (r *reader) take(v uint64, n int) uint64 {
	r.check(n > 0, wantMore)
	if n <= 0 {
		return 0
	}
	r.b = r.b[n:]
	return v
}

func (r *reader) string() string {
	n := r.count(1)
	s := string(r.b[:n])
	r.b = r.b[n:]
	return s
}

// count reads how many things of at least size bytes follow: never more than can.
func (r *reader) count(size int) int {
	n := r.uint()
	if r.check(n <= uint64(len(r.b)/size), wantMore); r.err != nil {
		return 0
	}
	return int(n)
}

func (r *reader) history() *history {
	h := &history{wall: time.Unix(0, r.int()), engine: time.Duration(r.int())}
	r.check(h.engine >= 0 && h.engine <= longestEngine, "its engine time is out of range")
	for range r.count(2) {
		g := gap{time.Duration(r.int()), time.Duration(r.int())}
		r.check(g.from >= 0 && g.from <= g.to && g.to <= h.engine, "a gap in it is out of range")
		h.gaps = append(h.gaps, g)
	}
	r.check(len(h.gaps) <= maxGaps, "it has too many gaps")
	for range r.count(8) {
		in := inheritance{name: r.string(), judgement: r.string(), renewed: r.string(), since: time.Duration(r.int())}
		r.check(in.since >= 0 && in.since <= h.engine, "an objective in it began out of range")
		in.opening = r.totals()
		in.late, in.gone = r.uint(), r.uint()
		h.objectives = append(h.objectives, in)
	}
	for range r.count(3) {
		s := scopeHistory{kind: slo.SourceKind(r.uint()), name: r.string()}
		for range r.count(5) {
			s.series = append(s.series, r.series(h.engine))
		}
		h.scopes = append(h.scopes, s)
	}
	return h
}

// A historyPart is one of the things that a snapshot carries besides the counts. Its decoder
// gets what its encoder wrote, checks all of it and reads to the end.
type historyPart struct {
	name   string
	encode func(*history, *writer)
	decode func(*history, *reader)
}

// historyParts are the parts of this version, in the order in which they are written.
var historyParts = []historyPart{
	{"reach", func(h *history, w *writer) { w.int(int64(h.reach)) }, func(h *history, r *reader) {
		h.reach = time.Duration(r.int())
		r.check(h.reach >= 0 && h.reach <= h.engine, "its history begins out of range")
	}},
	{"periods", encodeAccounts, decodeAccounts},
	{"targets", encodeTargets, decodeTargets}, // of periods, which come first
	{"slices", encodeSlices, decodeSlices},
	{"attached", encodeKeepsakes, decodeKeepsakes},
	{"markers", encodeMarkers, decodeMarkers},
	{"causes", encodeCauses, decodeCauses},
	{"episodes", encodeEpisodes, decodeEpisodes},
}

// parts reads the parts that follow the scopes. One of which this version knows nothing was
// written by a later one of the same format, and is left out.
func (r *reader) parts(h *history) {
	for range r.count(2) {
		name, own := r.string(), reader{b: []byte(r.string())}
		for _, part := range historyParts {
			if part.name == name && r.err == nil {
				part.decode(h, &own)
				own.check(len(own.b) == 0, "something follows the end of its "+name)
				r.check(own.err == nil, fmt.Sprint(own.err))
			}
		}
	}
}

// check keeps the first thing that is wrong.
func (r *reader) check(ok bool, wrong string) {
	if !ok && r.err == nil {
		r.err, r.b = errors.New(wrong), nil
	}
}

func (r *reader) class() slo.Class {
	c := r.uint()
	r.check(c < uint64(slo.NumClasses), "it names a class of which this version knows nothing")
	return slo.Class(min(c, uint64(slo.NumClasses)-1))
}

func (r *reader) series(engine time.Duration) seriesHistory {
	x := seriesHistory{classes: classSet(r.uint()), edge: time.Duration(r.int()), base: r.uint()}
	x.last = x.base + r.uint()
	r.check(x.classes != 0 && x.classes < 1<<slo.NumClasses, "it counts classes of which this version knows nothing")
	r.check(x.edge > 0 || x.edge == 0 && x.classes&(x.classes-1) == 0, "it counts what no class is")
	at, value := time.Duration(0), x.base
	for range r.count(2) {
		step := time.Duration(r.int())
		at += step
		value += r.uint()
		r.check(step >= 0 && at >= 0 && at <= engine && value <= x.last, "its history is out of order")
		x.points = append(x.points, historyPoint{at, value})
	}
	return x
}
