package stripe

import "slices"

// Refit returns a layout that has all these edges, besides those of the first layout. Other
// edges that came later are given up. The cell of such an edge is taken by a later Refit for
// an edge in the same bucket of the first layout; until then the edge can come back as if it
// had never gone. So a bucket of the first layout never has more spare cells than two
// successive Refits have edges in it. Edges below 1 are ignored. It returns l itself if
// nothing would change.
func (l *Layout) Refit(needed []int64) *Layout {
	spares := slices.Clone(l.spares)
	for i := range spares {
		spares[i].vacant = !slices.Contains(needed, spares[i].edge)
	}
	for _, edge := range needed {
		if _, have := slices.BinarySearch(l.origin.edges, edge); have || edge < 1 || slices.Contains(spares, spare{edge: edge}) {
			continue
		}
		if i := l.free(spares, edge); i >= 0 {
			spares[i] = spare{edge: edge}
		} else {
			spares = append(spares, spare{edge: edge})
		}
	}
	if slices.Equal(spares, l.spares) {
		return l
	}
	return refitted(l.origin, spares)
}

// free returns a spare cell for the edge, one that has been vacant before and still is; -1 if
// there is none.
func (l *Layout) free(spares []spare, edge int64) int {
	bucket := l.Cut(edge).cells
	return slices.IndexFunc(spares[:len(l.spares)], func(s spare) bool {
		return s.vacant && l.Cut(s.edge).cells == bucket && slices.Contains(l.spares, s)
	})
}

// refitted returns the layout of these edges.
func refitted(origin *Layout, spares []spare) *Layout {
	l := &Layout{origin: origin, blockBits: origin.blockBits, spares: spares}
	l.edges = slices.Clone(origin.edges)
	for _, s := range spares {
		if !s.vacant {
			l.edges = append(l.edges, s.edge)
		}
	}
	slices.Sort(l.edges)
	l.indexSlots()
	l.cells = make([]uint32, l.Len())
	l.places = make([]uint32, l.base()+len(spares))
	for i, edge := range origin.edges {
		l.places[i] = uint32(l.search(uint64(edge)))
		l.cells[l.places[i]] = uint32(i)
	}
	last := len(origin.edges)
	l.places[last] = uint32(len(l.edges))
	l.cells[len(l.edges)] = uint32(last)
	for i, s := range spares {
		l.places[l.base()+i] = uint32(l.search(uint64(s.edge)))
		if !s.vacant {
			l.cells[l.places[l.base()+i]] = uint32(l.base() + i)
		}
	}
	return l
}

// Refit has the table count by another layout, which Refit made of the one it has. Counts
// stay: what was recorded before, in a bucket that an edge came to split, counts as above
// that edge. No reading may run meanwhile; writers may.
//
// Lost: nothing. Misplaced, within a bucket of the first layout: what a writer counts that
// chose its cell before two Refits and comes to count after the second, if that gave the
// cell to another edge.
//
// Held by TestConcurrentRefits.
func (t *Table) Refit(to *Layout) {
	t.mu.Lock()
	defer t.mu.Unlock()
	from := t.layout.Load()
	if from == to {
		return
	}
	t.eachColumn(func(c *column) {
		for i, s := range from.spares {
			if to.spares[i].edge != s.edge { // it was vacant, and now it is needed
				if n := c.spare(i).Swap(0); n > 0 {
					c.add(from.cell(s.edge), n, from)
				}
			}
		}
		c.reserve(len(to.spares))
	})
	t.layout.Store(to)
}

// eachColumn calls f for every column. The caller holds the lock, so that none is added.
func (t *Table) eachColumn(f func(*column)) {
	for _, s := range *t.stripes.Load() {
		for k := range s.columns {
			if c := s.columns[k].Load(); c != nil {
				f(c)
			}
		}
	}
}
