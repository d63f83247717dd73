// Package policy says what follows from a spent error budget: who is told while it
// burns, and what may still be deployed once it is gone.
//
// [Watch] attaches rules to a budget.Tracker. Without configuration every objective has
// burn-rate rules fitted to its own window and target ([DefaultRules]), and every source of
// requests two health rules. A [Rule] of your own has a [Criterion]: a [BurnRate], a [Level]
// of the budget, a [Depletion] within some time, what happens [AfterDeployment], a function of
// yours ([Func]), and more. A rule that holds opens a [Breach]; burn-rate rules that follow join
// it, so that one incident is one breach, and it is resolved once its rules have been quiet for
// a while. [Watcher.OnBreach] delivers what happens to breaches, off the request path and off
// the tick; [Watcher.Active] lists what is open; [Breach.FactSheet] writes the facts of an
// incident down. What is open goes on after a restart, and when objectives change.
//
// [Enforce] puts an error budget [Policy] in force: tiers (green, yellow, red) that say what
// may be deployed and what is permitted ([Enforcer.Permits], for feature flags), and clauses
// that say what follows from which condition, with an audit log of both. Package
// policy/policyfile reads policies from YAML.
//
// [Gate.Decide] answers a deployment with allow, deny or needs a person, and says why.
// It is closed by default: what is not known never looks healthy. [Gate.Begin] takes one of
// the deploys that the policy allows in a day. Package policy/gatehttp serves a gate.
//
// Everything here speaks for one process: what it saw, not what the fleet sees. Paging
// for more than one replica belongs to rules over summed counters, as package README
// says on its first screen. What is left of an error budget is package budget's business.
package policy
