package gemini_test

import (
	"bytes"
	"fmt"
	"testing"

	"headwater/backend/internal/dialect"
	"headwater/backend/internal/dialect/dialecttest"
	"headwater/backend/internal/dialect/gemini"
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
	wire, err := gemini.Outbound{}.Encode(req, dialect.Target{Model: "gemini-2.5-flash"})
	if err != nil || len(wire.Dropped) > 0 {
		t.Fatal(wire.Dropped, err)
	}
	if got := bytes.Count(wire.Body, []byte(`"functionResponse"`)); got != many {
		t.Fatalf("%d results were rendered", got)
	}
	var body bytes.Buffer
	body.WriteString(`{"contents":[{"role":"user","parts":[{"text":"go"}]},{"role":"model","parts":[`)
	for i := range many {
		fmt.Fprintf(&body, `{"functionCall":{"name":"f%d"}},`, i)
	}
	body.WriteString(`{"text":"."}]},{"role":"user","parts":[{"text":"on"}`)
	for i := range many {
		fmt.Fprintf(&body, `,{"functionResponse":{"name":"f%d","response":{}}}`, many-1-i)
	}
	body.WriteString(`]}]}`)
	back, err := gemini.Inbound{}.Decode(dialect.Operation{Endpoint: dialect.EndpointChat, Model: "m"}, body.Bytes())
	if err != nil {
		t.Fatal(err)
	}
	for i := range many {
		if got, want := back.Messages[2].Parts[i].CallID, fmt.Sprintf("call_1_%d", many-1-i); got != want {
			t.Fatalf("result %d answers %s, not %s", i, got, want)
		}
	}
	encoder := gemini.Inbound{}.Encoder(dialect.EncodeOptions{Model: "m", Op: dialect.Operation{Endpoint: dialect.EndpointChat}, Request: &dialect.Request{}})
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
