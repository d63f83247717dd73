package httpslo

import (
	"maps"
	"slices"
)

// DefaultHealthPaths returns the URL paths of health checks and scrapes: /healthz, /livez,
// /readyz, /health, /ping and /metrics. Three probes a second would dilute 10 failures in
// 1,000 real requests from 1 % to 0.004 %. [WithHealthPaths] replaces the list.
func DefaultHealthPaths() []string {
	return []string{"/healthz", "/livez", "/readyz", "/health", "/ping", "/metrics"}
}

var defaultHealth = newHealthPaths(DefaultHealthPaths())

// healthPaths is a set of paths, with the set of their lengths: most paths have a length that
// none of these has, which is cheaper to see than a hash is to compute.
type healthPaths struct {
	lengths uint64 // one bit each; the last stands for all that is longer
	paths   map[string]struct{}
}

func lengthBit(path string) uint64 { return 1 << min(len(path), 63) }

func newHealthPaths(paths []string) healthPaths {
	h := healthPaths{paths: make(map[string]struct{}, len(paths))}
	for _, p := range paths {
		h.lengths |= lengthBit(p)
		h.paths[p] = struct{}{}
	}
	return h
}

// list returns the paths, for people.
func (h healthPaths) list() []string { return slices.Sorted(maps.Keys(h.paths)) }

func (h *healthPaths) has(path string) bool {
	if h.lengths&lengthBit(path) == 0 {
		return false
	}
	_, ok := h.paths[path]
	return ok
}
