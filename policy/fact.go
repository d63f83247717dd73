package policy

// A Fact is something that Config.Enrich knows of a [Breach] and package policy cannot: the
// address of a log, how full the memory is, who has the pager.
type Fact struct{ Name, Value string }
