package gateway

import (
	"context"
	"encoding/json"
	"time"

	"headwater/backend/hw"
	"headwater/backend/internal/dialect"
	"headwater/backend/internal/route"
	"headwater/backend/internal/snapshot"
)

// paidTime bounds a question of our own.
const paidTime = 30 * time.Second

// ourApp asks the questions that are nobody's. Its hash is one that no app has.
var ourApp = &snapshot.App{Tenant: &snapshot.Tenant{}, Enabled: true, Hash: 1}

// TestPaid tests a target that is out of use with a question of our own, for
// one token. It has a row in the log, with the endpoint hw.EndpointTest. A
// target without a model cannot be asked.
func (g *Gateway) TestPaid(ctx context.Context, target *snapshot.Target) {
	now := time.Now()
	view := g.Health.View(&target.Target, now)
	if target.Model == "" || !view.Probe {
		return
	}
	body, err := question(target.Model)
	if err != nil {
		g.Log.Error("asking a question of our own", "error", err)
		return
	}
	asking, cancel := context.WithTimeout(ctx, paidTime)
	defer cancel()
	c := &Call{
		id: hw.NewID(hw.PrefixCall), start: now, ctx: asking, snap: g.Snapshots.Load(), in: g.Inbound[len(g.Inbound)-1],
		op: dialect.Operation{Endpoint: dialect.EndpointChat}, key: &snapshot.Key{App: ourApp}, body: body, peek: dialect.Peek{Model: target.Model},
		route: &snapshot.Route{}, deadline: now.Add(paidTime), states: g.Health, planner: g.Planner,
	}
	a, asked := g.test(c, route.Candidate{Target: target, View: view, Probe: true}) //nolint:contextcheck // the call carries its context
	if !asked {
		return
	}
	c.attempts = []hw.Attempt{a}
	c.status = testStatus(a)
	row := &hw.Call{
		ID: c.id, StartedAt: now.UTC(), Dialect: c.in.Name(), Endpoint: hw.EndpointTest, Asked: target.Model,
		Status: c.status, BytesIn: int64(len(body)), TotalMs: ms(time.Since(now)), Attempts: c.attempts,
	}
	if a.Class != hw.ClassOK {
		row.Error = a.Cause
	}
	g.noteServed(c, row)
	g.Calls.Record(row)
}

// testStatus is what a caller would have seen.
func testStatus(a hw.Attempt) int {
	if a.Class == hw.ClassOK {
		return 200
	}
	return hw.CodeNoHealthyUpstream.Info().Status
}

// question is the smallest thing that makes a model answer. Models that reason
// know the bound by another name.
func question(model string) ([]byte, error) {
	bound := "max_tokens"
	if reasons(model) {
		bound = "max_completion_tokens"
	}
	return json.Marshal(map[string]any{ //nolint:wrapcheck // cannot fail
		"model": model, bound: dialect.SmallBound(reasons(model)),
		"messages": []map[string]string{{"role": "user", "content": dialect.SmallWords}},
	})
}
