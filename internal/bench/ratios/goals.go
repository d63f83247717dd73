package main

// A figure is a row of the results, less one of the same harness that measures nothing.
type figure struct{ row, less string }

// A goal is a ratio of two figures, and what it is meant to be.
type goal struct {
	id, what string
	over     figure // divided by
	under    figure
	atLeast  float64
	atMost   float64 // 0 if atLeast is meant
}

// A limit is the most that a row may allocate more than its bare harness.
type limit struct {
	id, what      string
	of            figure
	allocs, bytes float64
}

// Figures that several goals name.
var (
	httpNines  = figure{"HTTP/nines/serial", "HTTP/bare/serial"}
	unaryNines = figure{"Unary/nines/serial", "Unary/bare/serial"}
	record     = figure{"Record/nines/serial", ""}
	recordBoth = figure{"Record/nines-contended/parallel", ""}
)

func http(row string) figure { return figure{"HTTP/" + row + "/serial", "HTTP/bare/serial"} }

// goals are what Nines promises itself.
var goals = []goal{
	{id: "P1", what: "HTTP request: httpsnoop alone", over: http("httpsnoop"), under: httpNines, atLeast: 2.5},
	{id: "P1", what: "HTTP request: promhttp, duration and counter", over: http("promhttp-duration-counter"), under: httpNines, atLeast: 5},
	{id: "P1", what: "HTTP request: go-http-metrics, duration only", over: http("go-http-metrics-duration"), under: httpNines, atLeast: 2},
	{id: "P1", what: "HTTP request: otelhttp, metrics only", over: http("otelhttp"), under: httpNines, atLeast: 20},
	{id: "P1", what: "HTTP request, of two clock readings", over: httpNines, under: figure{"Clock/two-readings/serial", ""}, atMost: 2.5},
	{id: "P2", what: "HTTP request with 5 objectives, of one with 2", over: http("nines-5-objectives"), under: httpNines, atMost: 1.1},
	{id: "P2", what: "HTTP request beside 1,000 operations, of one alone", over: http("nines-1000-operations"), under: httpNines, atMost: 1.1},
	{
		id: "P3", what: "gRPC unary call: go-grpc-middleware with histogram",
		over: figure{"Unary/grpcprom-histogram/serial", "Unary/bare/serial"}, under: unaryNines, atLeast: 5,
	},
	{
		id: "P3", what: "gRPC unary call: otelgrpc, metrics only",
		over: figure{"Stats/otelgrpc/serial", "Stats/bare/serial"}, under: unaryNines, atLeast: 10,
	},
	{id: "P4", what: "record, of one Counter.Inc", over: record, under: figure{"Record/prom-counter/serial", ""}, atMost: 3},
	{id: "P4", what: "record from all processors: Counter.Inc", over: figure{"Record/prom-counter/parallel", ""}, under: recordBoth, atLeast: 1},
	{id: "P4", what: "record: Counter and Histogram of 20", over: figure{"Record/prom-counter-histogram20/serial", ""}, under: record, atLeast: 1.5},
	{id: "P4", what: "record from all processors: Counter and Histogram of 20", over: figure{"Record/prom-counter-histogram20/parallel", ""}, under: recordBoth, atLeast: 10},
}

var limits = []limit{
	{"P1", "HTTP request", httpNines, 1, 96},
	{"P3", "gRPC unary call", unaryNines, 0, 0},
	{"P4", "record", record, 0, 0},
}
