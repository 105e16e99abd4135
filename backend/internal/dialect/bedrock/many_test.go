package bedrock_test

import (
	"bytes"
	"fmt"
	"testing"

	"headwater/backend/internal/dialect"
	"headwater/backend/internal/dialect/bedrock"
	"headwater/backend/internal/dialect/dialecttest"
)

// A conversation of very many calls whose results come in reverse order takes
// work in proportion to its length, and so does a stream of them.
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
	wire, err := bedrock.Outbound{}.Encode(req, dialect.Target{Model: "anthropic.claude-sonnet-4-5-20250929-v1:0"})
	if err != nil || len(wire.Dropped) > 0 {
		t.Fatal(wire.Dropped, err)
	}
	if got := bytes.Count(wire.Body, []byte(`"toolResult"`)); got != many {
		t.Fatalf("%d results were rendered", got)
	}
	decoder := bedrock.Outbound{}.Decoder(dialect.Operation{Endpoint: dialect.EndpointChat})
	var events []dialect.Event
	event := func(name, data string) {
		if events, err = decoder.Event(events[:0], name, []byte(data)); err != nil {
			t.Fatal(err)
		}
	}
	for i := range many {
		event("contentBlockStart", fmt.Sprintf(`{"contentBlockIndex":%d,"start":{"toolUse":{"toolUseId":"c%d","name":"f"}}}`, i, i))
	}
	for i := range many {
		event("contentBlockDelta", fmt.Sprintf(`{"contentBlockIndex":%d,"delta":{"toolUse":{"input":"{}"}}}`, many-1-i))
		if len(events) != 1 || events[0].Tool != many-1-i {
			t.Fatalf("the arguments of call %d came as %v", many-1-i, events)
		}
	}
}
