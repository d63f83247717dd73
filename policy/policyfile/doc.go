// Package policyfile reads and writes error budget policies as YAML.
//
//	p, err := policyfile.Load("error-budget-policy.yaml")
//	enforcer, err := policy.Enforce(tracker, p, policy.EnforceConfig{})
//
// A document says what a [policy.Policy] says, under these names; everything but policy, and
// one of tiers and clauses, may be left out:
//
//	policy: payments
//	version: "3"
//	purpose: Checkouts work while features ship.
//	services: [shop]
//	owner: payments              # of the objectives, as are objectives, target and window
//	objectives: [checkout-availability]
//	target: 99.9%
//	window: 30d
//	tiers:                       # the best first
//	  - name: green
//	    at_least: 50%
//	    deploys_per_day: 2       # or unlimited; 0 is a freeze
//	    permits: [experimental-features]
//	  - name: yellow
//	    at_least: 10%
//	    deploys_per_day: 1
//	    risk: medium             # low, medium or high
//	    requires: [staging-validation]
//	  - name: red                # whatever is below
//	    deploys_per_day: 0
//	    leave_after: 24h
//	    actions: [Focus on reliability]
//	clauses:
//	  - name: fast burn
//	    when: {spent: 30%, within: 24h}
//	    hold: 1h
//	    then:
//	      - do: stop production  # see policy.ConsequenceKind
//	        automated: true
//	      - do: finish action item
//	        text: at the top of the backlog
//	        traceable: true
//	        due: 7d
//	        link: https://board.example
//	  - name: paged
//	    when: {rule: 1h/5m}
//	    then: [{do: escalate}]
//	  - name: dead letters
//	    when: {signal: dead letters}
//	    then: [{do: create action item}]
//	  - name: outage
//	    when: {manual: a priority 1 outage}
//	    then: [{do: postmortem}]
//	escalation: the head of engineering decides
//	agreed_by: [dev, ops, product owner]
//	enacted: 2025-03-01
//	review: {by: 2025-06-01, after: [outage]}
//	links: [{name: wiki, url: https://wiki.example/policy}]
//	notes: {cost centre: "4711"}
//
// The form that many guides print is read too: error_budget_policy with service, slo_target,
// window, thresholds of green, yellow and red (min and max in per cent, and actions in words) and
// alerts. Of its actions those are understood that say what a machine can hold to: "2
// deployments per day allowed", "Feature freeze", "Experimental features permitted", "Require
// staging validation"; all are kept as they are. Each tier has to say how many deployments a
// day it allows. All its numbers are percentages, with or without the sign. A threshold includes its
// min, so exactly 50 is green. An alert becomes a clause that communicates, when no more than its
// threshold is left.
//
// Reading is strict: unknown fields, fields given twice, anchors and aliases, tags, more than one
// document, more than [MaxSize] bytes, and numbers in any but plain digits are refused, with
// the line.
package policyfile
