package escape

import "strings"

// LinkAnnotation names the annotation of a link, of lower-case letters, digits and underscores:
// of "runbook" it is runbook_url, which tools know.
func LinkAnnotation(name string) string {
	safe := strings.Map(func(r rune) rune {
		switch {
		case r >= 'a' && r <= 'z', r >= '0' && r <= '9':
			return r
		case r >= 'A' && r <= 'Z':
			return r - 'A' + 'a'
		}
		return '_'
	}, name)
	if safe == "" || safe[0] >= '0' && safe[0] <= '9' {
		safe = "_" + safe
	}
	return safe + "_url"
}
