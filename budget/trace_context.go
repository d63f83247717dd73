package budget

import "encoding/hex"

// A TraceContext says where an event is found in a distributed trace. The zero TraceContext
// is none.
type TraceContext struct {
	TraceID [16]byte
	SpanID  [8]byte
	Sampled bool // the trace was recorded, as far as its callers know
}

// ParseTraceparent reads a traceparent header (W3C Trace Context, section 3.2): version,
// trace ID, parent ID and flags in lower-case hexadecimal. ok is false, and nothing is
// returned, unless all of it is as the recommendation wants it. Later versions are read as
// far as they agree with the first. It does not allocate.
func ParseTraceparent(header string) (c TraceContext, ok bool) {
	const length = len("00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01")
	if len(header) < length || header[2] != '-' || header[35] != '-' || header[52] != '-' {
		return TraceContext{}, false
	}
	var version, flags [1]byte
	if !unhex(version[:], header[:2]) || version[0] == 0xff || !unhex(flags[:], header[53:55]) ||
		len(header) > length && (version[0] == 0 || header[length] != '-') {
		return TraceContext{}, false
	}
	c, ok = ParseTrace(header[3:35], header[36:52])
	c.Sampled = ok && flags[0]&1 != 0
	return c, ok
}

// ParseTrace reads a trace ID of 32 and a span ID of 16 lower-case hexadecimal digits, as
// OpenTelemetry prints them. ok is false, and nothing is returned, if either is anything
// else or zero. Sampled is true: who has these at hand records the trace. It does not
// allocate.
func ParseTrace(traceID, spanID string) (c TraceContext, ok bool) {
	if !unhex(c.TraceID[:], traceID) || !unhex(c.SpanID[:], spanID) || !c.IsValid() {
		return TraceContext{}, false
	}
	c.Sampled = true
	return c, true
}

// IsValid reports whether neither ID is zero.
func (c TraceContext) IsValid() bool { return c.TraceID != [16]byte{} && c.SpanID != [8]byte{} }

// unhex fills dst with lower-case hexadecimal digits, two to a byte.
func unhex(dst []byte, digits string) bool {
	if len(digits) != 2*len(dst) {
		return false
	}
	for i := range dst {
		high, low := digit(digits[2*i]), digit(digits[2*i+1])
		if high > 15 || low > 15 {
			return false
		}
		dst[i] = high<<4 | low
	}
	return true
}

// digit returns the value of a hexadecimal digit; 255 if it is none, or upper case.
func digit(c byte) byte {
	switch {
	case c >= '0' && c <= '9':
		return c - '0'
	case c >= 'a' && c <= 'f':
		return c - 'a' + 10
	}
	return 255
}

func (c *TraceContext) traceID() string { return hex.EncodeToString(c.TraceID[:]) }

func (c *TraceContext) spanID() string { return hex.EncodeToString(c.SpanID[:]) }
