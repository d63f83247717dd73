// Package escape makes any bytes fit for places that do not take all: UTF-8, and names of
// annotations.
package escape
