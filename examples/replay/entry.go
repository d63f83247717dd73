package main

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"
)

// An entry is one line of an access log.
type entry struct {
	at     time.Time
	method string // "" if the request cannot be read
	target string // as it was requested: path and query
	status int
	last   string // the last field, if it comes after those of the format and is not quoted
}

// timeLayout is that of the common log format.
const timeLayout = "02/Jan/2006:15:04:05 -0700"

// Years in which a request may have been logged. They keep the time between two lines
// far from the longest time.Duration, and a garbled year from moving the engine ahead of
// all other lines.
const (
	firstYear = 1970
	lastYear  = 2199
)

// The statuses of a request that net/http would send.
const (
	firstStatus = 100
	lastStatus  = 999
)

// parseLine reads a line in the common log format,
//
//	host ident user [time] "request" status size
//
// or the combined one, in which "referrer" "user agent" follow. Whatever comes after
// that is skipped, quoted or not. In quotes, a backslash takes the meaning from the
// character after it, as Apache writes it. The error says what is wrong with the line.
func parseLine(line string) (entry, error) {
	line = strings.TrimRight(line, " \t\r")
	if line == "" {
		return entry{}, errors.New("empty line")
	}
	if i := strings.IndexByte(line, 0); i >= 0 {
		return entry{}, fmt.Errorf("NUL byte in column %d", i+1)
	}
	at, rest, err := cutTime(line)
	if err != nil {
		return entry{}, err
	}
	e := entry{at: at}
	s := fieldScanner{rest}
	if err := s.request(&e); err != nil {
		return entry{}, err
	}
	if err := s.statusAndSize(&e); err != nil {
		return entry{}, err
	}
	return e, s.extras(&e)
}

// cutTime reads the time and checks what stands before it. It is the bracket before the
// first quote: a user's name may hold spaces and brackets, but no quote that is not
// escaped.
func cutTime(line string) (at time.Time, rest string, err error) {
	head, _, ok := strings.Cut(line, ` "`)
	if !ok {
		return time.Time{}, "", errors.New("no request in quotes")
	}
	rest = line[len(head):]
	head, closed := strings.CutSuffix(strings.TrimRight(head, " "), "]")
	open := strings.LastIndex(head, " [")
	if !closed || open < 0 {
		return time.Time{}, "", errors.New("no time in brackets before the request")
	}
	text := head[open+2:]
	at, err = time.Parse(timeLayout, text)
	if err != nil {
		return time.Time{}, "", fmt.Errorf("bad time %s: want one like %s", quote(text), timeLayout)
	}
	if at.Year() < firstYear || at.Year() > lastYear {
		return time.Time{}, "", fmt.Errorf("bad time %s: want a year from %d to %d", quote(text), firstYear, lastYear)
	}
	host, names, _ := strings.Cut(head[:open], " ")
	ident, user, _ := strings.Cut(names, " ")
	if host == "" || ident == "" || user == "" {
		return time.Time{}, "", errors.New("want host, ident and user before the time")
	}
	return at, rest, nil
}

// A fieldScanner reads the fields after the time one by one.
type fieldScanner struct{ rest string }

// next returns the next field, without its quotes. The name is for errors.
func (s *fieldScanner) next(name string) (text string, quoted bool, err error) {
	text = strings.TrimLeft(s.rest, " ")
	switch {
	case text == "":
		return "", false, fmt.Errorf("the %s is missing", name)
	case len(text) == len(s.rest):
		return "", false, fmt.Errorf("want a space before the %s", name)
	case text[0] != '"':
		text, s.rest = cutAt(text, strings.IndexByte(text, ' '))
		return text, false, nil
	}
	text = text[1:]
	for i := 0; i < len(text); i++ {
		switch text[i] {
		case '\\':
			i++
		case '"':
			s.rest = text[i+1:]
			return text[:i], true, nil
		}
	}
	return "", true, fmt.Errorf("the %s has no closing quote", name)
}

// cutAt cuts text before the index i, or at its end if i is negative.
func cutAt(text string, i int) (before, after string) {
	if i < 0 {
		return text, ""
	}
	return text[:i], text[i:]
}

// request reads the request line. One that is no HTTP is no error: servers log what
// they were sent.
func (s *fieldScanner) request(e *entry) error {
	text, quoted, err := s.next("request")
	if err != nil {
		return err
	}
	if !quoted {
		return errors.New("the request is not in quotes")
	}
	method, target, ok := strings.Cut(text, " ")
	if i := strings.LastIndex(target, " HTTP/"); i >= 0 {
		target = target[:i]
	}
	if ok && method != "" && target != "" {
		e.method, e.target = method, target
	}
	return nil
}

func (s *fieldScanner) statusAndSize(e *entry) error {
	status, quoted, err := s.next("status")
	if err != nil {
		return err
	}
	e.status, err = strconv.Atoi(status)
	if quoted || err != nil || !digits(status) || e.status < firstStatus || e.status > lastStatus {
		return fmt.Errorf("bad status %s: want %d to %d", quote(status), firstStatus, lastStatus)
	}
	size, quoted, err := s.next("size")
	if err != nil {
		return err
	}
	if quoted || size != "-" && !digits(size) {
		return fmt.Errorf("bad size %s: want a number or -", quote(size))
	}
	return nil
}

// extras reads what follows the common format.
func (s *fieldScanner) extras(e *entry) error {
	names := [...]string{"referrer", "user agent"}
	combined, n := false, 0
	for ; s.rest != ""; n++ {
		name := "last field"
		if n < len(names) {
			name = names[n]
		}
		text, quoted, err := s.next(name)
		switch {
		case err != nil:
			return err
		case n == 0:
			combined = quoted
		case n == 1 && combined && !quoted:
			return errors.New("the user agent is not in quotes")
		}
		e.last = ""
		if !quoted {
			e.last = text
		}
	}
	if combined && n == 1 {
		return errors.New("the user agent is missing")
	}
	return nil
}

// digits reports whether s consists of decimal digits.
func digits(s string) bool {
	for i := range len(s) {
		if s[i] < '0' || s[i] > '9' {
			return false
		}
	}
	return s != ""
}

// quote returns s for a message: safe to print, and not too long.
func quote(s string) string {
	const most = 40
	if len(s) > most {
		s = s[:most] + "..."
	}
	return strconv.Quote(s)
}
