package anthropic_test

import (
	"encoding/json"
	"errors"
	"testing"

	"headwater/backend/hw"
	"headwater/backend/internal/dialect"
	"headwater/backend/internal/dialect/anthropic"
)

// A request of any bytes is decoded or refused by name, and what was decoded
// can be rendered; passed through, it stays one JSON object.
func FuzzRequest(f *testing.F) {
	f.Add([]byte(`{"model":"m","max_tokens":5,"system":[{"type":"text","text":"s"}],"messages":[{"role":"user","content":[{"type":"tool_result","tool_use_id":"c","content":[{"type":"image","source":{"type":"url","url":"u"}}]}]}]}`))
	f.Add([]byte(`{"model":"m","max_tokens":5,"messages":[{"role":"assistant","content":[{"type":"thinking","thinking":"h","signature":"hw1.gemini.e30"},{"type":"redacted_thinking","data":"hw1.x."},{"type":"tool_use","id":"c","name":"f","input":{}}]}]}`))
	f.Add([]byte(`{"model":"m","max_tokens":5,"messages":[{"role":"user","content":"a"}],"tools":[{"name":"f"}],"tool_choice":{"type":"any"},"thinking":{"type":"enabled","budget_tokens":1024},"output_config":{"effort":"max"},"cache_control":{}}`))
	f.Fuzz(func(t *testing.T, body []byte) {
		if _, err := (anthropic.Inbound{}).Peek(chatOp, body); err != nil {
			checkRefusal(t, err)
		}
		if wire, err := (anthropic.Outbound{}).Adapt(chatOp, body, dialect.Target{Model: claude}, true); err != nil {
			checkRefusal(t, err)
		} else if !json.Valid(wire.Body) {
			t.Fatalf("adapting broke %q into %q", body, wire.Body)
		}
		req, err := anthropic.Inbound{}.Decode(chatOp, body)
		if err != nil {
			checkRefusal(t, err)
			return
		}
		wire, err := anthropic.Outbound{}.Encode(req, dialect.Target{Model: claude})
		if err != nil {
			checkRefusal(t, err)
			return
		}
		if !json.Valid(wire.Body) {
			t.Fatalf("%q became %q", body, wire.Body)
		}
	})
}

func checkRefusal(t *testing.T, err error) {
	t.Helper()
	if e, ok := errors.AsType[*hw.Error](err); !ok || e.Code == hw.CodeInternal {
		t.Fatalf("%v is no refusal", err)
	}
}

// A stream of any bytes gives the same events however it is cut, and a caller
// gets a proper stream of them.
func FuzzStream(f *testing.F) {
	f.Add("event: message_start\ndata: {\"type\":\"message_start\",\"message\":{\"id\":\"m\"}}\n\ndata: {\"type\":\"content_block_start\",\"index\":0,\"content_block\":{\"type\":\"tool_use\",\"id\":\"c\",\"name\":\"f\",\"input\":{}}}\n\n"+
		"data: {\"type\":\"content_block_delta\",\"index\":0,\"delta\":{\"type\":\"input_json_delta\",\"partial_json\":\"{\\\"a\\\":1}\"}}\n\ndata: {\"type\":\"message_stop\"}\n\n", 7)
	f.Add("data: {\"type\":\"content_block_delta\",\"delta\":{\"type\":\"citations_delta\",\"citation\":{\"url\":\"u\"}}}\n\ndata: {\"type\":\"error\",\"error\":{}}\n\n", 3)
	f.Fuzz(func(t *testing.T, body string, size int) {
		whole, err := decodeStream(body, len(body)+1)
		pieces, errToo := decodeStream(body, max(size%50, 1))
		if len(whole) != len(pieces) || (err == nil) != (errToo == nil) {
			t.Fatalf("%d events and %v, in pieces %d and %v", len(whole), err, len(pieces), errToo)
		}
		if _, isFault := errors.AsType[*dialect.Fault](err); err != nil && !isFault {
			t.Fatalf("%v is no fault", err)
		}
		checkStream(t, encodeStream(append(whole, end)))
	})
}

// Any order of events gives a caller a proper stream.
func FuzzEvents(f *testing.F) {
	f.Add([]byte("\x01\x22\x43\x64\x85\xa6\xc7"))
	f.Add([]byte{2, 2 + 32, 3, 3 + 32, 0, 3, 1, 4})
	pieces := []string{"", "{", "}", `{"a":`, `"}`, "1", "[", " "}
	f.Fuzz(func(t *testing.T, script []byte) {
		var events []dialect.Event
		for _, b := range script {
			piece, n := pieces[b>>5], int(b>>5)%3
			switch b % 10 {
			case 0:
				events = append(events, text(piece))
			case 1:
				events = append(events, thought(piece))
			case 2:
				events = append(events, opens(n, piece))
			case 3:
				events = append(events, args(n, piece))
			case 4:
				events = append(events, dialect.Event{Kind: dialect.EventReasoning, Signature: piece, Signer: dialect.SignerOpenAI, PartID: piece})
			case 5:
				events = append(events, dialect.Event{Kind: dialect.EventReasoning, Redacted: piece, Signer: dialect.SignerOpenAI, PartID: piece})
			case 6:
				events = append(events, dialect.Event{Kind: dialect.EventText, Text: piece, Signature: "s", Signer: dialect.SignerGemini})
			case 7:
				events = append(events, dialect.Event{Kind: dialect.EventRefusal, Text: piece}, dialect.Event{Kind: dialect.EventUsage})
			case 8:
				events = append(events, dialect.Event{Kind: dialect.EventCitation, Citation: &dialect.Citation{URL: piece}}, dialect.Event{Kind: dialect.EventCitation})
			default:
				events = append(events, dialect.Event{Kind: dialect.EventMedia, Media: &dialect.Part{Kind: dialect.PartImage, URL: piece}}, dialect.Event{Kind: dialect.EventPing})
			}
		}
		checkStream(t, encodeStream(append(events, end)))
	})
}
