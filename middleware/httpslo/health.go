package httpslo

import "slices"

// DefaultHealthPaths returns the URL paths of health checks and scrapes: /healthz, /livez,
// /readyz, /health, /ping and /metrics. Three probes a second would dilute 10 failures in
// 1,000 real requests from 1 % to 0.004 %. [WithHealthPaths] replaces the list.
func DefaultHealthPaths() []string {
	return []string{"/healthz", "/livez", "/readyz", "/health", "/ping", "/metrics"}
}

var defaultHealth = newHealthPaths(DefaultHealthPaths())

// fewPaths is how many paths are compared one by one: almost all differ in length, which
// is cheaper to see than a hash is to compute.
const fewPaths = 16

// healthPaths is a set of paths.
type healthPaths struct {
	few  []string
	many map[string]struct{}
}

func newHealthPaths(paths []string) (h healthPaths) {
	if len(paths) <= fewPaths {
		h.few = slices.Clone(paths)
		return h
	}
	h.many = make(map[string]struct{}, len(paths))
	for _, p := range paths {
		h.many[p] = struct{}{}
	}
	return h
}

// list returns the paths, for people.
func (h healthPaths) list() []string {
	paths := slices.Clone(h.few)
	for p := range h.many {
		paths = append(paths, p)
	}
	slices.Sort(paths)
	return paths
}

func (h healthPaths) has(path string) bool {
	if h.many == nil {
		return slices.Contains(h.few, path)
	}
	_, ok := h.many[path]
	return ok
}
