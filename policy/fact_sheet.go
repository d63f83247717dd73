package policy

import (
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"github.com/seed-abb722f7/nines/budget"
	"github.com/seed-abb722f7/nines/slo"
)

// FactSheet writes what is known of the incident as Markdown, for the postmortem: when it was,
// how far the objective was broken, what it cost, what happened in which order, and what was
// deployed before. Times are in UTC. What people have to find out is not in it. The error is
// the writer's.
func (b Breach) FactSheet(w io.Writer) error {
	s := &sheet{}
	s.line("# %s: %s", b.Name, b.headline())
	s.facts(&b)
	s.budget(&b)
	s.episodes(&b)
	s.timeline(&b)
	s.rules(&b)
	s.dependencies(&b)
	s.list(&b)
	_, err := io.WriteString(w, s.text.String())
	return err
}

// headline says what kind of incident it was, and how long.
func (b *Breach) headline() string {
	text := b.Severity.String()
	if b.Priority != "" {
		text = b.Priority + " " + text
	}
	if b.Open() {
		return text + ", " + b.State.String()
	}
	return text + ", " + plain(b.Duration)
}

// A sheet is Markdown under way.
type sheet struct{ text strings.Builder }

// line writes a line; arguments that are strings are escaped.
func (s *sheet) line(format string, args ...any) {
	for i, a := range args {
		if text, ok := a.(string); ok {
			args[i] = markdown(text)
		}
	}
	fmt.Fprintf(&s.text, format+"\n", args...)
}

// row writes a row of two columns, unless there is nothing in the second.
func (s *sheet) row(name, value string) {
	if value != "" {
		s.line("| %s | %s |", name, value)
	}
}

func (s *sheet) table(title string, columns ...string) {
	s.line("\n## %s\n", title)
	s.text.WriteString("| " + strings.Join(columns, " | ") + " |\n|" + strings.Repeat(" --- |", len(columns)) + "\n")
}

func (s *sheet) facts(b *Breach) {
	o := &b.Objective
	s.table("What it was", "", "")
	s.row("Incident", b.ID)
	s.row("Service", b.Service)
	s.row("Environment", b.Environment)
	s.row("Region", o.Region)
	s.row("Owner", o.Owner)
	s.row("Objective", fmt.Sprintf("%s of %s: %s over %s", o.SLI, name(b.Operation), o.Target, o.Window))
	s.row("Whose experience", o.Description)
	s.row("Opened by", b.Rule)
	s.row("Priority", b.priority())
	s.row("Started", clock(b.Started))
	if len(b.Episodes) > 0 && b.Episodes[0].Start.Before(b.Started) {
		s.row("Noticed after", plain(b.Started.Sub(b.Episodes[0].Start)))
	}
	s.row("Resolved", clock(b.Resolved))
	s.row("Duration", plain(b.Duration))
	if b.Suppressed > 0 {
		s.row("Not told before it", fmt.Sprintf("%d of the same key, snoozed", b.Suppressed))
	}
	if b.Joined > 0 {
		s.row("Rules that joined", fmt.Sprint(b.Joined))
	}
}

func (b *Breach) priority() string {
	if b.Priority == "" {
		return ""
	}
	return b.Priority + " (" + b.PriorityOrigin.String() + ": " + b.PriorityReason + ")"
}

func (s *sheet) budget(b *Breach) {
	s.table("The error budget at "+clock(b.At), "", "")
	s.row("Known", b.Known.String())
	s.row("Good events", fmt.Sprint(b.Counts.Good))
	s.row("Bad events", fmt.Sprint(b.Counts.Bad))
	s.row("Excluded events", fmt.Sprint(b.Counts.Excluded))
	s.row("Window observed", percent(b.Coverage))
	switch b.Known {
	case budget.NoSuchObjective, budget.Stale, budget.NoEvents:
	default:
		s.row("SLI", percent(b.SLI))
		s.row("Budget left", percent(b.Remaining))
		if b.WillExhaust {
			s.row("Projected exhaustion", exhaustion(b.ProjectedExhaustion))
		}
	}
	if b.Peak > 0 {
		s.row("Peak burn rate", number(b.Peak))
	}
}

// exhaustion says when nothing remains.
func exhaustion(in time.Duration) string {
	if in == 0 {
		return "exhausted"
	}
	return "in " + plain(in)
}

func (s *sheet) episodes(b *Breach) {
	for i := range b.Episodes {
		e := &b.Episodes[i]
		s.table("Episode of "+clock(e.Start), "", "")
		if e.Open {
			s.row("End", "it may go on")
		} else {
			s.row("End", clock(e.End))
		}
		s.row("Duration", plain(e.Lasted))
		s.row("Cost", percent(e.Cost)+" of the error budget")
		s.row("Speed", percent(e.Speed())+" of the error budget per hour")
		s.row("Peak burn rate", number(e.Peak))
		s.row("Bad events", fmt.Sprintf("%d of %d", e.Counts.Bad, e.Counts.Valid()))
		for _, o := range e.Operations {
			s.row(name(o.Operation), fmt.Sprintf("%d bad events", o.Bad))
		}
		for _, c := range e.Causes {
			s.row("Cause: "+c.Cause, fmt.Sprintf("%d bad events", c.Count))
		}
		s.row("Traces", strings.Join(e.Traces, ", "))
		if e.Deployment.Kind != 0 {
			s.row("Deployed before it", e.Deployment.Text+" at "+clock(e.Deployment.At))
		}
	}
}

func name(operation string) string {
	if operation == "" {
		return "all requests"
	}
	return operation
}

func (s *sheet) timeline(b *Breach) {
	s.table("Timeline", "Time", "What happened")
	for _, e := range b.everything() {
		s.line("| %s | %s |", clock(e.At), e.Text)
	}
}

// everything returns the timeline with what was deployed and noted, and where episodes began
// and ended.
func (b *Breach) everything() []TimelineEntry {
	var all []TimelineEntry
	for i := range b.Episodes {
		e := &b.Episodes[i]
		all = append(all, TimelineEntry{e.Start, "the budget begins to be spent fast"})
		if !e.Open {
			all = append(all, TimelineEntry{e.End, "the last bad event of that episode"})
		}
	}
	for _, m := range b.Markers {
		all = append(all, TimelineEntry{m.At, m.Kind.String() + ": " + m.Text})
	}
	for i, e := range b.Timeline {
		if b.Omitted > 0 && i == maxTimeline/2 {
			all = append(all, TimelineEntry{e.At, fmt.Sprintf("%d entries before this are missing", b.Omitted)})
		}
		all = append(all, e)
	}
	slices.SortStableFunc(all, func(a, b TimelineEntry) int { return a.At.Compare(b.At) })
	return all
}

func (s *sheet) rules(b *Breach) {
	s.table("Rules", "Rule", "Severity", "Long window", "Short window", "Reason")
	for _, r := range b.Rules {
		s.line("| %s | %s | %s | %s | %s |", r.Rule, r.Severity.String(), counted(r.Long), counted(r.Short), r.Reason)
	}
}

// counted writes the counts of a window.
func counted(w budget.Window) string {
	if w.Length == 0 {
		return ""
	}
	return fmt.Sprintf("%s: %d bad of %d", slo.FormatDuration(w.Length.Truncate(time.Second)), w.Counts.Bad, w.Counts.Valid())
}

func (s *sheet) dependencies(b *Breach) {
	if len(b.Dependencies) == 0 {
		return
	}
	s.table("Dependencies", "Dependency", "State")
	for _, d := range b.Dependencies {
		_, state, _ := strings.Cut(d.String(), d.Name+": ")
		s.line("| %s | %s |", d.Name, state)
	}
}

// list writes what was added by others.
func (s *sheet) list(b *Breach) {
	if len(b.Facts) > 0 {
		s.table("Facts", "", "")
		for _, f := range b.Facts {
			s.line("| %s | %s |", f.Name, f.Value)
		}
	}
	if len(b.Objective.Links) > 0 {
		s.line("\n## Links\n")
		for _, l := range b.Objective.Links {
			s.line("- %s: <%v>", l.Name, link(l.URL))
		}
	}
}

// clock writes a time to the second; "" for the zero time.
func clock(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.UTC().Format("2006-01-02 15:04:05")
}

// plain writes a length to the second, or to the millisecond if it is shorter than a minute.
func plain(d time.Duration) string {
	if d < time.Minute {
		return d.Round(time.Millisecond).String()
	}
	return d.Round(time.Second).String()
}

// markdown keeps text from being anything but text: on one line, in one cell.
func markdown(text string) string { return markdownEscapes.Replace(text) }

// A link is an address that stays one inside of < and >.
type link string

func (l link) String() string { return linkEscapes.Replace(string(l)) }

var linkEscapes = strings.NewReplacer("<", "%3C", ">", "%3E", "\n", "%0A", "\r", "%0D", " ", "%20")

var markdownEscapes = strings.NewReplacer(
	"\r\n", " ", "\n", " ", "\r", " ", "|", `\|`, `\`, `\\`, "`", "\\`", "*", `\*`, "_", `\_`,
	"[", `\[`, "]", `\]`, "<", `\<`, ">", `\>`, "#", `\#`, "&", `\&`)
