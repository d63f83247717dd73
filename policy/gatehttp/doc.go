// Package gatehttp serves a deploy gate over HTTP, and asks one.
//
//	gate := policy.NewGate(tracker, policy.GateConfig{Policy: enforcer})
//	handler, err := gatehttp.New(gate, gatehttp.Config{Token: os.Getenv("GATE_TOKEN")})
//	admin.Handle("/gate", handler) // not where users can reach it
//
// A GET asks and changes nothing:
//
//	curl -f 'http://127.0.0.1:9090/gate?kind=feature&id=v2.5.0'
//
// A POST begins a deployment, overrides the gate, or records that a deployment is done or was
// cancelled. It takes a form or JSON, and always the token:
//
//	curl -f -H "Authorization: Bearer $GATE_TOKEN" -d action=begin -d kind=feature -d id=v2.5.0 http://127.0.0.1:9090/gate
//	curl -f -H "Authorization: Bearer $GATE_TOKEN" -d action=done -d kind=feature -d id=v2.5.0 http://127.0.0.1:9090/gate
//
// actions are begin, override (which needs by and why), done and cancel. The answer is JSON:
// of GET, begin and override a policy.Decision, of done and cancel a policy.Grant, else
// {"error": "..."}. The status says the same:
//
//	200  allow; or done, or cancelled
//	400  the question cannot be understood
//	401  the token is missing or wrong
//	403  deny
//	404  cancel: there is no such deployment under way
//	405  another method, or POST to a handler that is ReadOnly
//	409  a person has to look
//	413  more than 16 KiB were sent
//	415  what was sent is neither a form nor JSON
//
// so that curl -f fails unless the change may be deployed. [Client] asks from Go; the program in
// examples/deploygate from a shell.
package gatehttp
