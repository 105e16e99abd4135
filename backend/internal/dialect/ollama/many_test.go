package ollama_test

import (
	"bytes"
	"fmt"
	"testing"

	"headwater/backend/internal/dialect"
	"headwater/backend/internal/dialect/dialecttest"
	"headwater/backend/internal/dialect/ollama"
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
	wire, err := ollama.Outbound{}.Encode(req, dialect.Target{Model: "m"})
	if err != nil || len(wire.Dropped) > 0 {
		t.Fatal(wire.Dropped, err)
	}
	if got := bytes.Count(wire.Body, []byte(`"tool_call_id"`)); got != many {
		t.Fatalf("%d results were rendered", got)
	}
	var body bytes.Buffer
	body.WriteString(`{"model":"m","messages":[{"role":"user","content":"go"},{"role":"assistant","tool_calls":[`)
	for i := range many {
		if i > 0 {
			body.WriteByte(',')
		}
		fmt.Fprintf(&body, `{"id":"c%d","function":{"name":"f","arguments":{}}}`, i)
	}
	body.WriteString("]}")
	for i := range many {
		fmt.Fprintf(&body, `,{"role":"tool","tool_call_id":"c%d","content":"r"}`, many-1-i)
	}
	body.WriteString("]}")
	back, err := ollama.Inbound{}.Decode(dialect.Operation{Endpoint: dialect.EndpointChat}, body.Bytes())
	if err != nil {
		t.Fatal(err)
	}
	for i := range many {
		if got, want := back.Messages[2+i].Parts[0].CallID, fmt.Sprint("c", many-1-i); got != want {
			t.Fatalf("result %d answers %s, not %s", i, got, want)
		}
	}
	encoder := ollama.Inbound{}.Encoder(dialect.EncodeOptions{Model: "m", Op: dialect.Operation{Endpoint: dialect.EndpointChat}, Request: &dialect.Request{}})
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
