package slo

import "strings"

// ParsePercentile reads the percentile form of a latency objective and normalises
// it to the share form that nines keeps: "p95 < 500ms" is 95 % within 500 ms. The
// percentile may have digits after the point ("p99.9 <= 1s"); < and <= mean the
// same, as a threshold is always within. The latency is as [ParseDuration] has it,
// and at least one microsecond. The error is a [*FieldError] and matches
// [ErrInvalid].
func ParsePercentile(s string) (SLI, Target, error) {
	bad := func(reason string) (SLI, Target, error) {
		return SLI{}, Target{}, &FieldError{Field: "Percentile", Value: s, Reason: reason}
	}
	left, right, ok := strings.Cut(s, "<")
	left = strings.TrimSpace(left)
	if !ok || len(left) < 2 || left[0]|0x20 != 'p' {
		return bad(`want a form such as "p95 < 500ms"`)
	}
	percentile := left[1:]
	if _, _, ok := decimal(percentile, 0); !ok {
		return bad(`want a form such as "p95 < 500ms"`)
	}
	target, err := ParseTarget(percentile + "%")
	if err != nil {
		return bad(`want a percentile above 1 and below 100, with at most 7 digits after the point, such as "p95"`)
	}
	threshold, err := ParseDuration(strings.TrimSpace(strings.TrimPrefix(right, "=")))
	if err != nil || threshold < minLatency {
		return bad(`want a latency of at least 1µs after the "<", such as "500ms"`)
	}
	return Latency(threshold), target, nil
}
