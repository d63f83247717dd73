package policyfile_test

import (
	"fmt"
	"log"

	"github.com/seed-abb722f7/nines/policy"
	"github.com/seed-abb722f7/nines/policy/policyfile"
)

func ExampleParse() {
	p, err := policyfile.Parse([]byte(`
error_budget_policy:
  service: api-service
  slo_target: 99.9
  window: 30d
  thresholds:
    green:
      min: 50
      actions: ["2 deployments per day allowed", "Experimental features permitted"]
    yellow:
      min: 10
      max: 50
      actions: ["1 deployment per day allowed", "Require staging validation"]
    red:
      max: 10
      actions: ["Feature freeze"]
`))
	if err != nil {
		log.Fatal(err)
	}
	for _, t := range p.Tiers {
		fmt.Println(t)
	}
	_, err = policyfile.Parse([]byte("policy: payments\ntiers:\n  - name: green\n    at_least: 50\n    deploys_per_day: 2\n"))
	fmt.Println(err)
	// Output:
	// green: at least 50 % left, 2 deploys a day, permits experimental-features
	// yellow: at least 10 % left, 1 deploy a day, requires staging-validation
	// red: feature freeze
	// policyfile: line 4: tiers[0].at_least is "50": want a percentage such as "50%", with at most 7 digits after the point
}

func ExampleFormat() {
	text, err := policyfile.Format(policy.Policy{Name: "payments", Tiers: policy.DefaultTiers()})
	if err != nil {
		log.Fatal(err)
	}
	fmt.Printf("%s", text)
	// Output:
	// policy: payments
	// tiers:
	//   - name: green
	//     at_least: 50%
	//     deploys_per_day: 2
	//     risk: low
	//     permits:
	//       - experimental-features
	//   - name: yellow
	//     at_least: 10%
	//     deploys_per_day: 1
	//     risk: medium
	//     requires:
	//       - staging-validation
	//   - name: red
	//     deploys_per_day: 0
	//     risk: high
}

func ExampleLoad() {
	_, err := policyfile.Load("error-budget-policy.yaml")
	fmt.Println(err)
	// Output: open error-budget-policy.yaml: no such file or directory
}
