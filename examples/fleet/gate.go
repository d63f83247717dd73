package main

import (
	"context"
	"time"

	"github.com/prometheus/client_golang/api"

	"github.com/seed-abb722f7/nines/budget/fleet"
	"github.com/seed-abb722f7/nines/policy"
)

// newReader returns a reader of all replicas.
func newReader(prometheus string) (*fleet.Reader, error) {
	client, err := api.NewClient(api.Config{Address: prometheus})
	if err != nil {
		return nil, err
	}
	return fleet.NewReader(fleet.Config{Client: client, Service: "shop", Objectives: objectives, CacheFor: time.Second})
}

// decide asks whether a feature may be deployed, by the error budgets of a reader.
func decide(ctx context.Context, from policy.StatusReader) policy.Decision {
	gate := policy.NewGate(from, policy.GateConfig{
		MinObserved: time.Second, // an hour, the default, is for processes that live longer
	})
	return gate.Decide(ctx, policy.Change{Kind: policy.Feature, ID: "gift-cards"})
}
