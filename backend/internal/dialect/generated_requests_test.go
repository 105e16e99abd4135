package dialect_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"testing"

	"headwater/backend/hw"
	"headwater/backend/internal/dialect"
	"headwater/backend/internal/dialect/dialecttest"
)

// request is a conversation as no client sent it yet: turns in any order, calls
// and their results, some of them orphans where wild is true.
func (g generator) request(wild bool) *dialect.Request {
	req := &dialect.Request{Endpoint: dialect.EndpointChat, Model: "m", Stream: g.oneIn(2)}
	for range 1 + g.IntN(3) {
		req.Tools = append(req.Tools, dialect.Tool{
			Name: fmt.Sprintf("tool_%d", len(req.Tools)), Description: g.text(),
			Schema: json.RawMessage(`{"type":"object","properties":{"city":{"type":"string"}},"required":["city"]}`),
		})
	}
	if g.oneIn(3) {
		req.Messages = append(req.Messages, dialect.Message{Role: dialect.RoleSystem, Parts: []dialect.Part{{Kind: dialect.PartText, Text: "Be brief." + g.text()}}})
	}
	calls := 0
	for range 1 + g.IntN(5) {
		req.Messages = append(req.Messages, g.userTurn())
		if g.oneIn(2) {
			req.Messages = append(req.Messages, g.callTurns(&calls, wild)...)
		}
		if g.oneIn(2) {
			req.Messages = append(req.Messages, dialect.Message{Role: dialect.RoleAssistant, Parts: []dialect.Part{{Kind: dialect.PartText, Text: "So " + g.text()}}})
		}
	}
	if wild {
		g.Shuffle(len(req.Messages), func(i, j int) { req.Messages[i], req.Messages[j] = req.Messages[j], req.Messages[i] })
	} else {
		req.Messages = append(req.Messages, g.userTurn())
	}
	g.bounds(req)
	return req
}

func (g generator) bounds(req *dialect.Request) {
	if g.oneIn(2) {
		req.MaxTokens = 1 + g.IntN(4000)
	}
	if g.oneIn(2) {
		req.Temperature = new(float64(g.IntN(10)) / 10)
	}
	if g.oneIn(3) {
		req.Stop = []string{"END", "STOP"}[:1+g.IntN(2)]
	}
	if g.oneIn(3) {
		req.TopP = new(0.5)
	}
	if g.oneIn(3) {
		req.TopK = new(1 + g.IntN(50))
	}
	if g.oneIn(4) {
		req.Seed = new(g.Int64N(1000))
	}
	if g.oneIn(4) {
		req.Effort = g.one("low", "medium", "high")
	}
	switch g.IntN(5) {
	case 0:
		req.Choice = dialect.ToolChoice{Mode: "required"}
	case 1:
		req.Choice = dialect.ToolChoice{Mode: "none"}
	case 2:
		req.Choice = dialect.ToolChoice{Mode: "named", Name: "tool_0"}
	}
}

func (g generator) userTurn() dialect.Message {
	m := dialect.Message{Role: dialect.RoleUser, Parts: []dialect.Part{{Kind: dialect.PartText, Text: "Please " + g.text()}}}
	if g.oneIn(4) {
		m.Parts = append(m.Parts, dialect.Part{Kind: dialect.PartImage, MIME: "image/png", Data: "iVBORw0KGgo="})
	}
	return m
}

// callTurns are a turn that calls tools and the turns with their results.
func (g generator) callTurns(calls *int, wild bool) []dialect.Message {
	turn := dialect.Message{Role: dialect.RoleAssistant}
	if g.oneIn(2) {
		turn.Parts = append(turn.Parts, dialect.Part{Kind: dialect.PartText, Text: "Let me see " + g.text()})
	}
	var results []dialect.Message
	for range 1 + g.IntN(3) {
		id := fmt.Sprintf("call_%d", *calls)
		*calls++
		turn.Parts = append(turn.Parts, dialect.Part{Kind: dialect.PartToolCall, Call: &dialect.ToolCall{ID: id, Name: "tool_0", Args: g.args()}})
		if wild && g.oneIn(4) {
			continue // an orphan
		}
		results = append(results, dialect.Message{Role: dialect.RoleTool, Parts: []dialect.Part{{
			Kind: dialect.PartToolResult, CallID: id, Text: "It is " + g.text(), IsError: g.oneIn(5),
		}}})
	}
	return append([]dialect.Message{turn}, results...)
}

// TestEveryGeneratedRequestReachesEveryUpstream renders generated requests: in
// the order the dialect demands, whatever order they came in, and with the same
// meaning where they were in order.
func TestEveryGeneratedRequestReachesEveryUpstream(t *testing.T) {
	for _, up := range upstreams() {
		for _, wild := range []bool{false, true} {
			t.Run(fmt.Sprintf("to %s, wild %v", up.name, wild), func(t *testing.T) {
				failures := failures{}
				defer failures.report(t)
				for seed := range uint64(rounds) {
					req := newGenerator(seed).request(wild)
					wire, err := up.out.Encode(req, dialect.Target{Model: "the-model"})
					if err != nil {
						if e, ok := errors.AsType[*hw.Error](err); !ok || e.Code == hw.CodeInternal || !wild {
							failures.add("refused: "+err.Error(), seed, nil)
						}
						continue
					}
					if !json.Valid(wire.Body) {
						failures.add("no JSON", seed, wire.Body)
					}
					if problem := wireChecks[up.name](wire.Body); problem != "" {
						failures.add(problem, seed, wire.Body)
					}
					for _, change := range roundTrip(t, up, decodedRequest{&dialecttest.Record{}, req}, wire) {
						if !wild {
							failures.add(change, seed, wire.Body)
						}
					}
				}
			})
		}
	}
}
