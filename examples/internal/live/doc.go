// Package live is what the examples share that keep error budgets under traffic: a screen
// with a table of the budgets, what is told meanwhile, and the counts at the end. There is
// nothing in it about how to use Nines but the table: look at the examples themselves.
package live
