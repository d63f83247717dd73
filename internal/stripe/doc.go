// Package stripe keeps cumulative counts that many goroutines add to and few read:
// cells by kind and bucket, in one stripe at first and more under contention.
//
// It knows no service-level words. Nothing here is ever reset, so nothing can be
// lost in a reset: readers take differences of what only grows. Windows over such
// counts are in package ring.
package stripe
