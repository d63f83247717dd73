// Package escape makes any bytes fit for places that take UTF-8 only.
package escape
