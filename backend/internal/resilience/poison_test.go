//go:build linux

package resilience

import (
	"context"
	"fmt"
	"testing"
	"time"

	"headwater/backend/hw"
)

// Story 15: one app asks what no upstream survives, each time something else,
// beside another app whose calls are good ones.
func TestPoisonOfOneApp(t *testing.T) {
	s := begin(t, 15)
	config := configured{}.tenant("acme").appOf("acme", "poisoner", "").appOf("acme", "neighbour", "").route("fast", "one", "two")
	for _, name := range []string{"one", "two"} {
		config.upstream(name, "openai-compatible", cuedUpstream(t, name))
	}
	sv := newService(t)
	sv.apply(config)
	c := sv.caller(t)

	var poison, good crowd
	ctx, cancel := context.WithTimeout(t.Context(), pick(5*time.Minute, 4*time.Second))
	defer cancel()
	drive(ctx, 40, func(i int) {
		calls := context.WithoutCancel(ctx)
		if i%2 == 0 {
			poison.add(c.as(keyOf("poisoner")).ask(calls, question{model: "fast", stream: i%4 == 0, prompt: fmt.Sprintf("%d [one:status-500] [two:status-500]", i)}))
			return
		}
		good.add(c.as(keyOf("neighbour")).ask(calls, question{model: "fast", stream: i%4 == 1, prompt: fmt.Sprint("hello ", i)}))
	})

	s.none("calls of the other app that were not served, beside poison of one app at 20/s", unserved(good.all), len(good.all))
	rows := sv.awaitCalls(len(poison.all) + len(good.all))
	var moved []string
	for _, h := range good.all {
		if row := rows[h.id]; row.Tier != 1 || len(row.Attempts) != 1 {
			moved = append(moved, fmt.Sprintf("%+v", row))
		}
	}
	s.none("calls of the other app that were answered by anything but the first tier at once", moved, len(good.all))
	var spared []string
	for _, h := range poison.all {
		if row := rows[h.id]; row.Status < 500 || len(row.Attempts) != 2 || row.Attempts[0].Class != hw.ClassFailed || row.Attempts[1].Class != hw.ClassFailed {
			spared = append(spared, h.String())
		}
	}
	s.none("poison that did not fail on both upstreams", spared, len(poison.all))
	s.none("breakers that opened", sv.openings(), len(sv.health()))
	sick, of := sv.sickTargets()
	s.none("targets that are neither healthy nor unknown afterwards", sick, of)
}
