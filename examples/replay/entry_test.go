package main

import (
	"fmt"
	"strings"
	"testing"
	"time"
)

// noon is when most test lines were logged.
var noon = time.Date(2024, 3, 1, 12, 0, 0, 0, time.UTC)

// logLine makes a line in the common log format.
func logLine(at time.Time, request string, status int) string {
	return fmt.Sprintf(`192.0.2.7 - - [%s] "%s" %d 512`, at.Format(timeLayout), request, status)
}

func TestParseLine(t *testing.T) {
	const (
		head = `192.0.2.7 - - [01/Mar/2024:12:00:00 +0000] `
		agnt = ` "-" "Mozilla/5.0"`
	)
	for _, c := range []struct {
		name, line     string
		method, target string
		status         int
		last           string
	}{
		{"common", head + `"GET / HTTP/1.1" 200 512`, "GET", "/", 200, ""},
		{"combined", head + `"GET /a?b=c HTTP/1.0" 304 0 "http://example.com/" "Mozilla/5.0 (X11)"`, "GET", "/a?b=c", 304, ""},
		{"no size", head + `"GET / HTTP/1.1" 304 -` + agnt, "GET", "/", 304, ""},
		{"HTTP/2", head + `"POST /cart HTTP/2.0" 201 5` + agnt, "POST", "/cart", 201, ""},
		{"HTTP/0.9", head + `"GET /old" 200 5`, "GET", "/old", 200, ""},
		{"CRLF", head + `"GET / HTTP/1.1" 200 512` + agnt + "\r", "GET", "/", 200, ""},
		{"spaces at the end", head + `"GET / HTTP/1.1" 200 512  `, "GET", "/", 200, ""},
		{"several spaces", head + `  "GET / HTTP/1.1"  200   512`, "GET", "/", 200, ""},
		{"IPv6", `2001:db8::17 - - [01/Mar/2024:12:00:00 +0000] "GET / HTTP/1.1" 200 512`, "GET", "/", 200, ""},
		{"host name", `client.example.com - - [01/Mar/2024:12:00:00 +0000] "GET / HTTP/1.1" 200 512`, "GET", "/", 200, ""},
		{"user", `192.0.2.7 ident alice [01/Mar/2024:12:00:00 +0000] "GET / HTTP/1.1" 200 512`, "GET", "/", 200, ""},
		{"user with spaces", `192.0.2.7 - Jane Q. Doe [01/Mar/2024:12:00:00 +0000] "GET / HTTP/1.1" 200 512`, "GET", "/", 200, ""},
		{"user with brackets", `192.0.2.7 - a [31/Feb/2024] b [01/Mar/2024:12:00:00 +0000] "GET / HTTP/1.1" 200 512`, "GET", "/", 200, ""},
		{"user with a quote", `192.0.2.7 - a \"b\" [01/Mar/2024:12:00:00 +0000] "GET / HTTP/1.1" 200 512`, "GET", "/", 200, ""},
		{"another zone", `192.0.2.7 - - [01/Mar/2024:04:00:00 -0800] "GET / HTTP/1.1" 200 512`, "GET", "/", 200, ""},
		{"time in the request", head + `"GET /[02/Mar/2024:12:00:00 +0000] HTTP/1.1" 404 512`, "GET", "/[02/Mar/2024:12:00:00 +0000]", 404, ""},
		{"quotes in the request", head + `"GET /\"x\" HTTP/1.1" 404 512` + agnt, "GET", `/\"x\"`, 404, ""},
		{"backslash ends the request", head + `"GET /x\\" 404 512`, "GET", `/x\\`, 404, ""},
		{"quotes in the agent", head + `"GET / HTTP/1.1" 200 512 "-" "say \"hi\" \\"`, "GET", "/", 200, ""},
		{"spaces in the path", head + `"GET /a b c HTTP/1.1" 200 512`, "GET", "/a b c", 200, ""},
		{"protocol in the path", head + `"GET /a HTTP/9 b HTTP/1.1" 200 512`, "GET", "/a HTTP/9 b", 200, ""},
		{"no request", head + `"-" 408 -` + agnt, "", "", 408, ""},
		{"empty request", head + `"" 400 0`, "", "", 400, ""},
		{"TLS greeting", head + `"\x16\x03\x01" 400 157 "-" "-"`, "", "", 400, ""},
		{"method alone", head + `"GET  HTTP/1.1" 400 157`, "", "", 400, ""},
		{"first status", head + `"GET / HTTP/1.1" 100 0`, "GET", "/", 100, ""},
		{"last status", head + `"GET / HTTP/1.1" 999 0`, "GET", "/", 999, ""},
		{"common with time", head + `"GET / HTTP/1.1" 200 512 0.042`, "GET", "/", 200, "0.042"},
		{"combined with time", head + `"GET / HTTP/1.1" 200 512` + agnt + ` 0.042`, "GET", "/", 200, "0.042"},
		{"more fields and time", head + `"GET / HTTP/1.1" 200 512` + agnt + ` "203.0.113.9" TLSv1.3 0.042`, "GET", "/", 200, "0.042"},
		{"a quoted field at the end", head + `"GET / HTTP/1.1" 200 512` + agnt + ` 0.042 "203.0.113.9"`, "GET", "/", 200, ""},
		{"longest year", `h - - [31/Dec/2199:23:59:59 +0000] "GET / HTTP/1.1" 200 512`, "GET", "/", 200, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			e, err := parseLine(c.line)
			if err != nil {
				t.Fatalf("parseLine(%q): %v", c.line, err)
			}
			if e.method != c.method || e.target != c.target || e.status != c.status || e.last != c.last {
				t.Errorf("parseLine(%q) = %q %q %d %q, want %q %q %d %q",
					c.line, e.method, e.target, e.status, e.last, c.method, c.target, c.status, c.last)
			}
			if c.name != "longest year" && !e.at.Equal(noon) {
				t.Errorf("parseLine(%q): time is %v, want %v", c.line, e.at, noon)
			}
		})
	}
}

func TestParseLineMalformed(t *testing.T) {
	const (
		head    = `192.0.2.7 - - [01/Mar/2024:12:00:00 +0000] `
		request = `"GET / HTTP/1.1" `
	)
	for _, c := range []struct{ line, want string }{
		{"", "empty line"},
		{" \t\r", "empty line"},
		{"\x00\x00\x00", "NUL byte in column 1"},
		{head + request + "200 5\x0012", "NUL byte in column 66"},
		{"Mar  1 12:00:00 web sshd[311]: Accepted publickey", "no request in quotes"},
		{`192.0.2.7 - - "GET / HTTP/1.1" 200 512`, "no time in brackets before the request"},
		{`192.0.2.7 - - 01/Mar/2024:12:00:00 +0000] "GET / HTTP/1.1" 200 512`, "no time in brackets before the request"},
		{`192.0.2.7 - - [01/Mar/2024:12:00:00 +0000 "GET / HTTP/1.1" 200 512`, "no time in brackets before the request"},
		{`192.0.2.7 - - [31/Feb/2024:12:00:00 +0000] "GET / HTTP/1.1" 200 512`, `bad time "31/Feb/2024:12:00:00 +0000"`},
		{`192.0.2.7 - - [01/Mar/2024:25:00:00 +0000] "GET / HTTP/1.1" 200 512`, `bad time "01/Mar/2024:25:00:00 +0000"`},
		{`192.0.2.7 - - [2024-03-01T12:00:00Z] "GET / HTTP/1.1" 200 512`, `bad time "2024-03-01T12:00:00Z": want one like 02/Jan/2006:15:04:05 -0700`},
		{`192.0.2.7 - - [] "GET / HTTP/1.1" 200 512`, `bad time ""`},
		{`h - - [01/Jan/0001:00:00:00 +0000] "GET / HTTP/1.1" 200 512`, "want a year from 1970 to 2199"},
		{`h - - [01/Jan/2200:00:00:00 +0000] "GET / HTTP/1.1" 200 512`, "want a year from 1970 to 2199"},
		{` [01/Mar/2024:12:00:00 +0000] "GET / HTTP/1.1" 200 512`, "want host, ident and user before the time"},
		{`192.0.2.7 - [01/Mar/2024:12:00:00 +0000] "GET / HTTP/1.1" 200 512`, "want host, ident and user before the time"},
		{head + `GET / HTTP/1.1 200 512`, "no request in quotes"},
		{head + `"GET / HTTP/1.1`, "the request has no closing quote"},
		{head + `"GET / HTTP/1.1\"`, "the request has no closing quote"},
		{head + `"GET / HTTP/1.1\`, "the request has no closing quote"},
		{head + `"GET / HTTP/1.1"`, "the status is missing"},
		{head + `"GET / HTTP/1.1"200 512`, "want a space before the status"},
		{head + request + `99 512`, `bad status "99": want 100 to 999`},
		{head + request + `1000 512`, `bad status "1000": want 100 to 999`},
		{head + request + `+200 512`, `bad status "+200"`},
		{head + request + `000 512`, `bad status "000"`},
		{head + request + `OK 512`, `bad status "OK"`},
		{head + request + `"200" 512`, `bad status "200"`},
		{head + request + `20000000000000000000000000000000000000000000000 1`, `bad status "2000000000000000000000000000000000000000..."`},
		{head + request + `200`, "the size is missing"},
		{head + request + `200 -5`, `bad size "-5": want a number or -`},
		{head + request + `200 "512"`, `bad size "512"`},
		{head + request + `200 512 "http://exam`, "the referrer has no closing quote"},
		{head + request + `200 512 "http://example.com/"`, "the user agent is missing"},
		{head + request + `200 512 "http://example.com/" Mozilla/5.0`, "the user agent is not in quotes"},
		{head + request + `200 512 "-" "Mozilla/5.0 (X`, "the user agent has no closing quote"},
		{head + request + `200 512 "-" "Mozilla "x" y"`, "want a space before the last field"},
		{head + request + `200 512 "-" "-" "203.0.`, "the last field has no closing quote"},
	} {
		e, err := parseLine(c.line)
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("parseLine(%q) = %+v, %v, want an error with %q", c.line, e, err, c.want)
		}
	}
}

// FuzzParseLine holds that no line is too odd to be judged, and that what is read can be
// used: every figure in range, and a message that fits a terminal.
func FuzzParseLine(f *testing.F) {
	for _, line := range []string{
		logLine(noon, "GET /users/17 HTTP/1.1", 200), logLine(noon, "-", 408) + ` "-" "x\"y" 0.123`,
		logLine(noon, `GET /\" HTTP/1.1`, 404) + ` "-"`, "\x00", ` [ "`, `a b c [] "" `, `a b c [01/Mar/2024:12:00:00 +0000] "" 200 - "" "\`,
	} {
		f.Add(line)
	}
	f.Fuzz(func(t *testing.T, line string) {
		e, err := parseLine(line)
		if err != nil {
			if message := err.Error(); message == "" || len(message) > 300 || strings.ContainsAny(message, "\x00\n\x1b") {
				t.Errorf("parseLine(%q): message %q", line, message)
			}
			return
		}
		if y := e.at.Year(); y < firstYear || y > lastYear || e.status < firstStatus || e.status > lastStatus {
			t.Errorf("parseLine(%q) = %+v", line, e)
		}
		if (e.method == "") != (e.target == "") || strings.Contains(e.method, " ") {
			t.Errorf("parseLine(%q): method %q, target %q", line, e.method, e.target)
		}
		for depth := 1; depth <= 4; depth++ {
			checkName(t, e.method, e.target, depth)
		}
		for _, unit := range []timeFormat{timeSeconds, "ms", "us"} {
			if took, err := unit.took(&e); took < 0 || err != nil && took != 0 {
				t.Errorf("took of %q = %v, %v", line, took, err)
			}
		}
	})
}

// FuzzLineRoundTrip holds that what Apache writes is read back, whatever clients and
// users are called.
func FuzzLineRoundTrip(f *testing.F) {
	f.Add("::1", "Jane [x] Doe", int64(0), "GET", "/a b?c=d", uint16(200), uint32(12), "ref", `agent "q" \`, uint32(5))
	f.Add("h", "-", int64(1e9), "POST", "/", uint16(503), uint32(0), "", "", uint32(0))
	f.Fuzz(func(t *testing.T, host, user string, second int64, method, target string, status uint16, size uint32, referrer, agent string, millis uint32) {
		host, method = word(host), word(method)
		if user = escape(user); strings.TrimSpace(user) == "" {
			user = "-"
		}
		at := time.Unix(mod(second, time.Date(lastYear, 1, 1, 0, 0, 0, 0, time.UTC).Unix()), 0).UTC()
		code := firstStatus + int(status)%(lastStatus-firstStatus+1)
		target = "/" + escape(target)
		for _, protocol := range []string{" HTTP/1.1", " HTTP/2.0"} {
			line := fmt.Sprintf(`%s - %s [%s] "%s %s%s" %d %d "%s" "%s" %d.%03d`, host, user, at.Format(timeLayout),
				method, target, protocol, code, size, escape(referrer), escape(agent), millis/1000, millis%1000)
			e, err := parseLine(line)
			if err != nil {
				t.Fatalf("parseLine(%q): %v", line, err)
			}
			if !e.at.Equal(at) || e.method != method || e.target != target || e.status != code {
				t.Errorf("parseLine(%q) = %+v, want %v %q %q %d", line, e, at, method, target, code)
			}
			if took, err := timeSeconds.took(&e); err != nil || took != time.Duration(millis)*time.Millisecond {
				t.Errorf("took of %q = %v, %v, want %d ms", line, took, err, millis)
			}
		}
	})
}

// escape writes a text as Apache does.
func escape(s string) string {
	var b strings.Builder
	for i := range len(s) {
		switch c := s[i]; {
		case c == '"' || c == '\\':
			b.WriteByte('\\')
			b.WriteByte(c)
		case c < ' ' || c > '~':
			fmt.Fprintf(&b, `\x%02x`, c)
		default:
			b.WriteByte(c)
		}
	}
	return b.String()
}

// word is escape for what cannot hold a space, nor be empty.
func word(s string) string { return "w" + strings.ReplaceAll(escape(s), " ", "+") }

func mod(a, n int64) int64 { return ((a % n) + n) % n }
