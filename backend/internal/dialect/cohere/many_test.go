package cohere_test

import (
	"bytes"
	"fmt"
	"testing"

	"headwater/backend/internal/dialect"
	"headwater/backend/internal/dialect/cohere"
	"headwater/backend/internal/dialect/dialecttest"
)

// A conversation of very many calls whose results come in reverse order takes
// work in proportion to its length, and so does an answer of many citations.
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
	wire, err := cohere.Outbound{}.Encode(req, dialect.Target{Model: "command-a-03-2025"})
	if err != nil || len(wire.Dropped) > 0 {
		t.Fatal(wire.Dropped, err)
	}
	if got := bytes.Count(wire.Body, []byte(`"tool_call_id"`)); got != many {
		t.Fatalf("%d results were rendered", got)
	}
	var body bytes.Buffer
	body.WriteString(`{"message":{"content":[{"type":"text","text":"t"}`)
	for range many {
		body.WriteString(`,{"type":"text","text":"t"}`)
	}
	body.WriteString(`],"citations":[{"sources":[{"id":"s"}]}`)
	for i := range many {
		fmt.Fprintf(&body, `,{"content_index":%d,"sources":[{"id":"s%d"}]}`, i+1, i+1)
	}
	body.WriteString(`]},"finish_reason":"COMPLETE"}`)
	answer, err := cohere.Outbound{}.Decoder(dialect.Operation{Endpoint: dialect.EndpointChat}).Answer(body.Bytes())
	if err != nil {
		t.Fatal(err)
	}
	for i, p := range answer.Choices[0].Parts {
		if len(p.Citations) != 1 || i > 0 && p.Citations[0].Title != fmt.Sprint("s", i) {
			t.Fatalf("text %d cites %v", i, p.Citations)
		}
	}
}
