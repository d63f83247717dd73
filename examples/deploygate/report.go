package main

import (
	"fmt"
	"strconv"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/seed-abb722f7/nines/policy"
)

// printable replaces what could do something to a terminal: the names in an answer are
// somebody else's.
func printable(s string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsPrint(r) {
			return r
		}
		return '?'
	}, s)
}

// lines says in a few lines what a decision is, and what it goes by.
func lines(d policy.Decision) string {
	var b strings.Builder
	line := func(text string) { b.WriteString(printable(text) + "\n") }
	line(d.String())
	about := []string{"risk " + d.Risk.String()}
	if d.Tier != "" {
		about = append([]string{"tier " + d.Tier + " of " + d.Policy}, about...)
		about = append(about, deploys(d.Deploys))
	}
	line("  " + strings.Join(about, ", "))
	for _, r := range d.Requires {
		line("  requires " + r)
	}
	line(fmt.Sprintf("  by what one %s saw until %s; good until %s", d.Scope, clock(d.At), clock(d.Expires)))
	return b.String()
}

func clock(t time.Time) string { return t.UTC().Format(time.RFC3339) }

func deploys(d policy.Deploys) string {
	switch d.PerDay {
	case policy.Unlimited:
		return fmt.Sprintf("%d deploys on %s, without a limit", d.Used, d.Day)
	case 0:
		return "no deploys"
	}
	return fmt.Sprintf("%d of %d deploys left on %s", d.Left(), d.PerDay, d.Day)
}

// width is how many characters there are between the sides of the box.
const width = 66

// report draws a decision as a box: what is left of each error budget, whether the change may be
// deployed, and what to do.
func report(d policy.Decision) string {
	b := &box{}
	b.rule('╔', '╗')
	title := "ERROR BUDGET REPORT"
	b.row(strings.Repeat(" ", (width-2-len(title))/2) + title)
	for _, r := range d.Reasons {
		if r.Objective == "" {
			continue
		}
		b.rule('╠', '╣')
		b.fold("", r.Objective)
		b.pair("  SLI", sli(r))
		if r.Target.Err() == nil {
			b.pair("  Target", fmt.Sprintf("%v over %v", r.Target, r.Window))
		}
		consumed, remaining, status := budgetOf(r)
		b.pair("  Budget consumed", consumed)
		b.pair("  Budget remaining", remaining)
		b.pair("  Status", status)
	}
	b.rule('╠', '╣')
	b.pair("Change", d.Change.String())
	b.pair("Deployment status", map[policy.Outcome]string{policy.Allow: "ALLOWED", policy.Deny: "BLOCKED", policy.NeedsPerson: "NEEDS A PERSON"}[d.Outcome])
	b.pair("Risk level", strings.ToUpper(d.Risk.String()))
	if d.Tier != "" {
		b.pair("Policy", d.Policy+", tier "+d.Tier)
		b.pair("Deployments", deploys(d.Deploys))
	}
	b.pair("Recommendation", recommendation(d))
	b.pair("Good until", clock(d.Expires))
	b.rule('╚', '╝')
	return b.String()
}

func sli(r policy.Reason) string {
	ratio, ok := r.Counts.SLI()
	if !ok {
		return "-"
	}
	return fmt.Sprintf("%s of %d events", percent(ratio, 7), r.Counts.Valid())
}

// percent writes a ratio with so many digits, and without an exponent.
func percent(ratio float64, digits int) string {
	rounded, _ := strconv.ParseFloat(strconv.FormatFloat(100*ratio, 'g', digits, 64), 64) // its own text
	return strconv.FormatFloat(rounded, 'f', -1, 64) + " %"
}

// healthyFrom is the share of an error budget from which on the usual reports call it healthy.
const healthyFrom = 0.1

// budgetOf says how an error budget stands, in the words of the usual reports; of one that is not
// known, why.
func budgetOf(r policy.Reason) (consumed, remaining, status string) {
	if r.Counts.Valid() == 0 {
		return "-", "-", "UNKNOWN: " + r.Text
	}
	consumed, remaining = percent(1-r.Remaining, 4), percent(r.Remaining, 4)
	switch r.Code {
	case policy.CodeBudgetLeft, policy.CodePartialCoverage, policy.CodeExhausted, policy.CodeFrozen, policy.CodeTier:
	default:
		return consumed, remaining, "UNKNOWN: " + r.Text
	}
	switch {
	case r.Remaining >= healthyFrom:
		status = "HEALTHY"
	case r.Remaining > 0:
		status = "WARNING"
	default:
		status = "CRITICAL"
	}
	if r.Coverage < 1 {
		status += fmt.Sprintf(", by %s of the window", percent(r.Coverage, 4))
	}
	return consumed, remaining, status
}

// recommendation says what to do, and why.
func recommendation(d policy.Decision) string {
	why := "nothing is known"
	if len(d.Reasons) > 0 {
		why = d.Reasons[0].String()
	}
	switch d.Outcome {
	case policy.Allow:
		text := "Deploy: " + why + "."
		if len(d.Requires) > 0 {
			text += " Before that: " + strings.Join(d.Requires, ", ") + "."
		}
		return text
	case policy.Deny:
		return "Do not deploy: " + why + ". Work on reliability; a fix, a rollback or a security change may go ahead."
	}
	return "Have a person look: " + why + "."
}

// A box is drawn line by line.
type box struct{ strings.Builder }

func (b *box) rule(left, right rune) {
	b.WriteString(string(left) + strings.Repeat("═", width) + string(right) + "\n")
}

// row writes one line between the sides.
func (b *box) row(text string) {
	b.WriteString("║ " + text + strings.Repeat(" ", max(width-1-utf8.RuneCountInString(text), 0)) + "║\n")
}

// column is where values begin.
const column = 20

// pair writes a name and its value, over as many lines as it takes.
func (b *box) pair(name, value string) { b.fold(fmt.Sprintf("%-*s", column, name+":"), value) }

// fold writes text after what stands in front of its first line.
func (b *box) fold(first, text string) {
	indent := utf8.RuneCountInString(first)
	for _, part := range fold(printable(text), width-2-indent) {
		b.row(first + part)
		first = strings.Repeat(" ", indent)
	}
}

// fold breaks a text into lines of at most n characters, between words where it can.
func fold(text string, n int) (lines []string) {
	line := ""
	for word := range strings.FieldsSeq(text) {
		for utf8.RuneCountInString(word) > n {
			if line != "" {
				lines, line = append(lines, line), ""
			}
			runes := []rune(word)
			lines, word = append(lines, string(runes[:n])), string(runes[n:])
		}
		switch {
		case line == "":
			line = word
		case utf8.RuneCountInString(line)+1+utf8.RuneCountInString(word) <= n:
			line += " " + word
		default:
			lines, line = append(lines, line), word
		}
	}
	return append(lines, line)
}
