// Package alertslo tells people of breaches: through Alertmanager, through a webhook of your
// own, and in the log.
//
//	notifier, err := alertslo.New(alertslo.Single, alertslo.Alertmanager{URLs: []string{"http://alertmanager:9093"}})
//	if err != nil {
//		log.Fatal(err)
//	}
//	defer notifier.Close() // deferred first, so it runs last
//	watcher, err := policy.Watch(tracker, policy.Config{})
//	if err != nil {
//		log.Fatal(err)
//	}
//	defer watcher.Close()
//	notifier.Attach(watcher)
//
// The notifier is made before the watcher, because deferred calls run last in, first out: the
// watcher closes first, so that what it has decided and not told yet is among what is sent.
//
// A breach is what one process saw, so [New] wants to be told who may alert, and has no
// default: [Single] if exactly one process has these objectives, else [PerInstance], by which
// alerts name their process and never page. With more than one replica, paging belongs to
// rules over summed counters (package rulesslo).
//
// Every destination, and each Alertmanager of several, has a goroutine of its own, a bound on
// what waits for it, retries with growing pauses, and counters ([Notifier.Stats]): one that
// is slow, down or broken holds up no other, nor the watcher, nor requests.
//
// Slack, PagerDuty, e-mail and the like are Alertmanager's business: it groups, silences and
// repeats. docs/alertmanager.md has a configuration for both.
package alertslo
