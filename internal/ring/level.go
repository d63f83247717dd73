package ring

// What each takes on a 64-bit machine.
const (
	seriesBytes = 40
	levelBytes  = 48
	pointBytes  = 8
	headerBytes = 24
)

// A point says that the count became a value at some time. It has the lower half of
// the value only: the upper half is the same for all points of a level, but for the
// while after the count went past a multiple of 2^32.
type point struct{ time, lower uint32 }

// A level is a ring of points, the oldest at head.
type level struct {
	points  []point
	uppers  *[]uint32 // upper halves of the values, in step with points; nil while all are upper
	upper   uint32
	head, n int32
}

// index returns where the i-th oldest point is.
func (l *level) index(i int) int {
	i += int(l.head)
	if i >= len(l.points) {
		i -= len(l.points)
	}
	return i
}

func (l *level) oldest() uint32 { return l.points[l.head].time }

// value returns the value of the point at an index.
func (l *level) value(index int) uint64 {
	upper := l.upper
	if l.uppers != nil {
		upper = (*l.uppers)[index]
	}
	return uint64(upper)<<32 | uint64(l.points[index].lower)
}

// at returns the value of the newest point that is at least so old; the oldest is.
func (l *level) at(now, age uint32) uint64 {
	points, i := l.points, int(l.head) // is old enough
	for n := int(l.n); n > 1; {
		half := n / 2
		j := i + half
		if j >= len(points) {
			j -= len(points)
		}
		if now-points[j].time >= age {
			i = j
		}
		n -= half
	}
	return l.value(i)
}

// pop removes the oldest point.
func (l *level) pop() (time uint32, v uint64) {
	time, v = l.oldest(), l.value(int(l.head))
	l.head = int32(l.index(1))
	l.n--
	if l.uppers != nil {
		l.narrow()
	}
	return time, v
}

// put appends a point. Of each span of 2^bits units it keeps the last, which is the
// value at the span's end.
func (l *level) put(time uint32, v uint64, bits int) {
	if l.n == 0 || l.points[l.index(int(l.n)-1)].time>>bits != time>>bits {
		if int(l.n) == len(l.points) {
			l.grow()
		}
		l.n++
	}
	i := l.index(int(l.n) - 1)
	l.points[i] = point{time, uint32(v)}
	upper := uint32(v >> 32)
	switch {
	case l.uppers != nil:
		(*l.uppers)[i] = upper
	case l.n == 1:
		l.upper = upper
	case l.upper != upper:
		l.widen()
		(*l.uppers)[i] = upper
	}
}

// grow makes room for more points: by doubling up to 64, then by 48. So a dense level
// stops at 112, of which it needs perLevel + 2, and level 0 at 304, of which it needs
// 3*perLevel + 1 if ticks do not come faster than slots.
func (l *level) grow() {
	size := max(4, 2*int(l.n))
	if size > 64 {
		size = int(l.n) + 48
	}
	points := make([]point, size)
	moved := copy(points, l.points[l.head:])
	copy(points[moved:], l.points[:l.head])
	if l.uppers != nil {
		uppers := make([]uint32, size)
		moved := copy(uppers, (*l.uppers)[l.head:])
		copy(uppers[moved:], (*l.uppers)[:l.head])
		l.uppers = &uppers
	}
	l.points, l.head = points, 0
}

// widen gives every point an upper half of its own.
func (l *level) widen() {
	uppers := make([]uint32, len(l.points))
	for i := range uppers {
		uppers[i] = l.upper
	}
	l.uppers = &uppers
}

// narrow takes them back once all are equal again.
func (l *level) narrow() {
	if l.n == 0 {
		l.uppers = nil
		return
	}
	upper := (*l.uppers)[l.head]
	for i := int(l.n) - 1; i > 0; i-- { // the newest differs first
		if (*l.uppers)[l.index(i)] != upper {
			return
		}
	}
	l.upper, l.uppers = upper, nil
}

// bytes returns what the level has allocated.
func (l *level) bytes() int {
	n := pointBytes * cap(l.points)
	if l.uppers != nil {
		n += headerBytes + 4*cap(*l.uppers)
	}
	return n
}
