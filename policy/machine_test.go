package policy

import (
	"math/rand/v2"
	"slices"
	"testing"
	"time"
)

// modelRules are the rules of the model: two pages, two tickets.
var modelRules = []check{
	{severity: Page, quiet: 2 * time.Second},
	{severity: Ticket, quiet: 3 * time.Second},
	{severity: Page, quiet: 5 * time.Second},
	{severity: Ticket, quiet: 6 * time.Second},
}

// A tickInput is what the rules say at one tick.
type tickInput struct {
	truths  [4]truth
	watched time.Duration
}

// A model says by looking back over everything that ever happened what a machine keeps in
// a few variables. It is slow, and follows the sentences of the machine's comment.
type model struct {
	ticks        []tickInput
	open         map[Severity]int // since which tick; absent: closed
	pageOpenAt   []bool           // by tick, once the page episode has been decided
	ticketOpenAt []bool
}

func (m *model) holds(rule, tick int) bool {
	return tick >= 0 && m.ticks[tick].truths[rule].holds
}

// quiet returns for how long a rule has been known not to hold.
func (m *model) quiet(rule int) (d time.Duration) {
	for k := len(m.ticks) - 1; k >= 0 && !m.holds(rule, k); k-- {
		if !m.ticks[k].truths[rule].blind && (k == 0 || !m.holds(rule, k-1)) {
			d += m.ticks[k].watched
		}
	}
	return d
}

// spent reports whether a ticket rule has been part of a page episode, and of no ticket
// episode, since it became true.
func (m *model) spent(rule int) bool {
	for k := len(m.ticks) - 2; k >= 0 && m.holds(rule, k); k-- {
		if m.pageOpenAt[k] && !m.ticketOpenAt[k] {
			return true
		}
	}
	return false
}

func (m *model) step(in tickInput) (page, ticket change) {
	m.ticks = append(m.ticks, in)
	now := len(m.ticks) - 1
	decide := func(severity Severity, mayOpen func(rule int) bool) change {
		since, open := m.open[severity]
		if !open {
			for i, r := range modelRules {
				if r.severity == severity && m.holds(i, now) && mayOpen(i) {
					m.open[severity] = now
					return opened
				}
			}
			return unchanged
		}
		for i, r := range modelRules {
			belongs := false
			for k := since; k <= now; k++ {
				belongs = belongs || r.severity == severity && m.holds(i, k)
			}
			if belongs && (m.holds(i, now) || m.quiet(i) < r.quiet) {
				return unchanged
			}
		}
		delete(m.open, severity)
		return closed
	}
	page = decide(Page, func(int) bool { return true })
	_, paging := m.open[Page]
	m.pageOpenAt = append(m.pageOpenAt, paging)
	ticket = decide(Ticket, func(rule int) bool { return !paging && !m.spent(rule) })
	_, ticketing := m.open[Ticket]
	m.ticketOpenAt = append(m.ticketOpenAt, ticketing)
	return page, ticket
}

// checkMachine runs a machine and the model side by side.
func checkMachine(t *testing.T, script []tickInput) {
	t.Helper()
	machine, reference := newMachine(modelRules), &model{open: map[Severity]int{}}
	last := map[Severity]change{Page: closed, Ticket: closed}
	for k, in := range script {
		page, ticket := machine.step(slices.Clone(in.truths[:]), in.watched)
		wantPage, wantTicket := reference.step(in)
		if page != wantPage || ticket != wantTicket {
			t.Fatalf("tick %d of %v: step() = %v, %v, want %v, %v", k, script[:k+1], page, ticket, wantPage, wantTicket)
		}
		for _, e := range []struct {
			severity Severity
			change   change
			episode  *episode
		}{{Page, page, &machine.page}, {Ticket, ticket, &machine.ticket}} {
			if e.change != unchanged {
				if e.change == last[e.severity] {
					t.Fatalf("tick %d: %v twice in a row for the %v episode", k, e.change, e.severity)
				}
				last[e.severity] = e.change
			}
			for i, r := range modelRules {
				holds := in.truths[i].holds && r.severity == e.severity
				switch {
				case holds && e.severity == Page && !e.episode.open:
					t.Fatalf("tick %d: page rule %d holds and no page episode is open", k, i)
				case holds && e.severity == Ticket && !machine.page.open && !machine.ticket.open && !machine.runs[i].spent:
					t.Fatalf("tick %d: ticket rule %d holds, is not spent, and no episode is open", k, i)
				case holds && e.episode.open && !e.episode.member[i]:
					t.Fatalf("tick %d: rule %d holds and does not belong to the open %v episode", k, i, e.severity)
				}
			}
		}
	}
}

func script(data []byte) (in []tickInput) {
	for ; len(data) >= 2; data = data[2:] {
		tick := tickInput{watched: time.Duration(data[1]&3) * time.Second}
		for i := range tick.truths {
			tick.truths[i].holds = data[0]>>i&1 != 0
			tick.truths[i].blind = !tick.truths[i].holds && data[0]>>(4+i)&1 != 0
		}
		in = append(in, tick)
	}
	return in[:min(len(in), 200)]
}

func FuzzMachineMatchesModel(f *testing.F) {
	f.Add([]byte{0b0001, 1, 0b0011, 1, 0b0010, 1, 0b0000, 1, 0b0000, 1, 0, 1, 0, 1})
	f.Add([]byte{0b0010, 1, 0b0111, 1, 0b0000, 1, 0b0100_0000, 3, 0, 3, 0, 3, 0, 3})
	f.Fuzz(func(t *testing.T, data []byte) { checkMachine(t, script(data)) })
}

func TestMachineMatchesModelOnRandomIncidents(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	for range 2000 {
		// Truths that last: independent coins per tick would hardly ever stay false for long.
		data := make([]byte, 2*(1+r.IntN(100)))
		var b byte
		for i := 0; i < len(data); i += 2 {
			for bit := range 8 {
				if r.IntN(6) == 0 {
					b ^= 1 << bit
				}
			}
			data[i], data[i+1] = b, byte(r.IntN(4))
		}
		checkMachine(t, script(data))
	}
}

// TestMachineSentences plays what package documentation says, one sentence at a time. A
// line is "page rules, ticket rules: what happens"; each tick is a second, letters that
// are shown hold: F and S are the fast and the slow page rule (2 s and 5 s), t and u the
// ticket rules (3 s and 6 s), a ? after them that the others are blind.
func TestMachineSentences(t *testing.T) {
	for _, tt := range []struct {
		name  string
		ticks []string // what holds, and after "/" what changes
	}{
		{"a page resolves when its last rule has been false for its short window", []string{"F/+page", "F", "", "", "/-page", ""}},
		{"a slower page rule joins", []string{"F/+page", "FS", "S", "", "", "", "", "", "/-page"}},
		{"a faster page rule joins", []string{"S/+page", "SF", "", "", "", "", "", "/-page"}},
		{"a ticket rule joins an open page and opens nothing when it ends", []string{"F/+page", "Ft", "t", "t", "t/-page", "t", "t"}},
		{"it may open one after it was false once", []string{"F/+page", "Ft", "t", "t", "t/-page", "t", "", "t/+ticket"}},
		{"a ticket rule joins an open ticket", []string{"t/+ticket", "tu", "u", "", "", "", "", "", "", "/-ticket"}},
		{"a page during a ticket is a breach of its own", []string{"t/+ticket", "tF/+page", "t", "t", "t/-page", "", "", "", "/-ticket"}},
		{"a ticket that becomes true together with a page belongs to it", []string{"Ft/+page", "t", "t", "t/-page", "t"}},
		{"a page that comes back before it is resolved goes on", []string{"F/+page", "", "", "F", "", "", "/-page"}},
		{"nothing is resolved while nothing is known", []string{"F/+page", "?", "?", "?", "?", "", "/-page"}},
		{"nor does what was quiet before count again", []string{"F/+page", "", "", "?", "?", "/-page"}},
	} {
		m := newMachine(modelRules)
		for k, line := range tt.ticks {
			var truths [4]truth
			want := ""
			rules := line
			for i, c := range line {
				if c == '/' {
					rules, want = line[:i], line[i+1:]
				}
			}
			for _, c := range rules {
				if i := slices.Index([]rune("FtSu"), c); i >= 0 {
					truths[i].holds = true
				} else {
					for i := range truths {
						truths[i].blind = !truths[i].holds
					}
				}
			}
			page, ticket := m.step(truths[:], time.Second)
			got := map[change]string{opened: "+page", closed: "-page"}[page] + map[change]string{opened: "+ticket", closed: "-ticket"}[ticket]
			if got != want {
				t.Errorf("%s: tick %d of %q: got %q, want %q", tt.name, k, tt.ticks, got, want)
				break
			}
		}
	}
}

// TestMachineDoubt: a rule that need not be quiet for any time ends its episode at once, but
// not for want of anything to judge.
func TestMachineDoubt(t *testing.T) {
	m := newMachine([]check{{severity: Page}})
	for k, tt := range []struct {
		now  truth
		want change
	}{
		{truth{holds: true}, opened},
		{truth{}, closed},
		{truth{holds: true}, opened},
		{truth{blind: true}, unchanged},
		{truth{blind: true}, unchanged},
		{truth{}, closed},
		{truth{holds: true}, opened},
		{truth{blind: true}, unchanged},
		{truth{holds: true}, unchanged},
		{truth{}, closed},
		{truth{blind: true}, unchanged},
	} {
		if page, _ := m.step([]truth{tt.now}, time.Second); page != tt.want {
			t.Fatalf("tick %d: step(%+v) = %v, want %v", k, tt.now, page, tt.want)
		}
	}
}

func TestMachineCountsWhatJoined(t *testing.T) {
	m := newMachine(modelRules)
	hold := func(rules ...int) []truth {
		list := make([]truth, len(modelRules))
		for _, i := range rules {
			list[i].holds = true
		}
		return list
	}
	m.step(hold(0), time.Second)
	m.step(hold(0, 2), time.Second)
	m.step(hold(1, 2), time.Second)
	m.step(hold(0, 1, 2), time.Second)
	if got := m.page.joined; got != 3 || m.page.by != 0 || m.ticket.open {
		t.Errorf("joined = %d by rule %d, ticket open %v, want 3 (the slow page rule, a ticket rule, the fast page rule again) by 0, false", got, m.page.by, m.ticket.open)
	}
}
