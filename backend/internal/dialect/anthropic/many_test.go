package anthropic_test

import (
	"bytes"
	"fmt"
	"testing"

	"headwater/backend/internal/dialect"
	"headwater/backend/internal/dialect/anthropic"
	"headwater/backend/internal/dialect/dialecttest"
)

// A conversation of very many calls whose results come in reverse order takes
// work in proportion to its length.
func TestManyCallsTakeBoundedWork(t *testing.T) { dialecttest.Linear(t, carryCalls) }

// carryCalls takes a conversation of that many calls both ways.
func carryCalls(t *testing.T, many int) {
	t.Helper()
	calls := dialect.Message{Role: dialect.RoleAssistant}
	req := &dialect.Request{Endpoint: dialect.EndpointChat, Messages: []dialect.Message{
		{Role: dialect.RoleUser, Parts: []dialect.Part{{Kind: dialect.PartText, Text: "go"}}}, {},
	}}
	for i := range many {
		calls.Parts = append(calls.Parts, dialect.Part{Kind: dialect.PartToolCall, Call: &dialect.ToolCall{ID: fmt.Sprint("c", i), Name: fmt.Sprint("f", i%7), Args: "{}"}})
		req.Messages = append(req.Messages, dialect.Message{Role: dialect.RoleTool, Parts: []dialect.Part{{Kind: dialect.PartToolResult, CallID: fmt.Sprint("c", many-1-i), Text: "r"}}})
	}
	req.Messages[1] = calls
	wire, err := anthropic.Outbound{}.Encode(req, dialect.Target{Model: "claude-sonnet-4-5"})
	if err != nil || len(wire.Dropped) > 0 {
		t.Fatal(wire.Dropped, err)
	}
	if got := bytes.Count(wire.Body, []byte(`"type":"tool_result"`)); got != many {
		t.Fatalf("%d results were rendered", got)
	}
	if back, err := (anthropic.Inbound{}).Decode(dialect.Operation{Endpoint: dialect.EndpointChat}, wire.Body); err != nil || len(back.Messages) != many+2 {
		t.Fatal("decoding lost messages", err)
	}
	encoder := anthropic.Inbound{}.Encoder(dialect.EncodeOptions{Model: "m", Op: dialect.Operation{Endpoint: dialect.EndpointChat}, Request: &dialect.Request{}})
	var stream []byte
	for i := range many {
		stream = encoder.Event(stream, dialect.Event{Kind: dialect.EventToolStart, Tool: i, CallID: fmt.Sprint("c", i), ToolName: "f"})
	}
	for i := range many {
		stream = encoder.Event(stream, dialect.Event{Kind: dialect.EventToolArgs, Tool: many - 1 - i, Text: `{"a":1}`})
	}
	stream = encoder.Event(stream, dialect.Event{Kind: dialect.EventFinish, Finish: dialect.FinishTools})
	if stream = encoder.Event(stream, dialect.Event{Kind: dialect.EventEnd}); len(stream) < many {
		t.Fatal("the calls were not streamed")
	}
}
