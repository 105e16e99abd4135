package anthropic_test

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"

	"headwater/backend/internal/dialect"
	"headwater/backend/internal/dialect/anthropic"
)

func TestAnAnswerOfAWantedShapeComesByATool(t *testing.T) {
	const old, chosen = "claude-3-haiku-20240307", `{"type":"tool","name":"headwater_json_answer","disable_parallel_tool_use":true}`
	asJSON := dialect.Format{Kind: "json"}
	shaped := func(schema string) dialect.Format {
		return dialect.Format{Kind: "schema", Schema: json.RawMessage(schema)}
	}
	for _, row := range []struct {
		name, model  string
		format       dialect.Format
		change       func(*dialect.Request)
		schema, mind string // of the tool, empty for none; and thinking
		dropped      []string
	}{
		{"any object", claude, asJSON, nil, `{"type":"object","properties":{},"additionalProperties":true}`, `null`, nil},
		{"a schema", old, shaped(`{"properties":{"a":{}}}`), nil, `{"type":"object","properties":{"a":{}}}`, `null`, nil},
		{"not a list", old, shaped(`{"type":"array"}`), nil, ``, `null`, []string{"response_format"}},
		{"nor one of several", old, shaped(`{"anyOf":[{"type":"object"}]}`), nil, ``, `null`, []string{"response_format"}},
		{"nor what is no schema", old, shaped(`true`), nil, ``, `null`, []string{"response_format"}},
		{"not beside the caller's tools", claude, asJSON, func(r *dialect.Request) { r.Tools = []dialect.Tool{{Name: "f"}} }, ``, `null`, []string{"response_format"}},
		{"nor those of the past", claude, asJSON, func(r *dialect.Request) {
			r.Messages = append(r.Messages, call("x"), result("x", "1"))
		}, ``, `null`, []string{"response_format"}},
		{"not for an answer that was begun", old, asJSON, func(r *dialect.Request) {
			r.Messages = append(r.Messages, say("assistant", "{"))
		}, ``, `null`, []string{"response_format"}},
		{"thinking gives way", claude, asJSON, func(r *dialect.Request) { r.Effort = "low" }, `{"type":"object","properties":{},"additionalProperties":true}`, `null`, []string{"reasoning_effort"}},
		{"and is switched off where it goes unasked", "claude-opus-5", asJSON, nil, `{"type":"object","properties":{},"additionalProperties":true}`, `{"type":"disabled"}`, nil},
		{"and named where it was asked for", "claude-opus-5", asJSON, func(r *dialect.Request) { r.Effort = "high" }, `{"type":"object","properties":{},"additionalProperties":true}`, `{"type":"disabled"}`, []string{"reasoning_effort"}},
		{"not with a model that cannot be made to", "claude-opus-5-5", asJSON, nil, ``, `null`, []string{"response_format"}},
	} {
		t.Run(row.name, func(t *testing.T) {
			r := chat(say("user", "a"))
			r.Format = row.format
			if row.change != nil {
				row.change(r)
			}
			body, dropped := encode(t, r, row.model)
			want(t, body["thinking"], row.mind)
			if !slices.Equal(dropped, row.dropped) {
				t.Errorf("dropped %q", dropped)
			}
			if row.schema == "" {
				want(t, body["tool_choice"], `null`)
				return
			}
			want(t, body["tool_choice"], chosen)
			tools, _ := body["tools"].([]any)
			first, _ := tools[0].(map[string]any)
			want(t, first["input_schema"], row.schema)
		})
	}
}

func TestTheToolsArgumentsAreTheAnswersText(t *testing.T) {
	for _, row := range []struct{ content, reason, text, finish string }{
		{`{"type":"tool_use","id":"t","name":"headwater_json_answer","input":{"a": 1}}`, "tool_use", `{"a": 1}`, dialect.FinishStop},
		{`{"type":"tool_use","id":"t","name":"headwater_json_answer","input":{}}`, "max_tokens", `{}`, dialect.FinishLength},
	} {
		a, err := anthropic.Outbound{}.Decoder(chatOp).Answer([]byte(`{"type":"message","content":[` + row.content + `],"stop_reason":"` + row.reason + `"}`))
		if err != nil {
			t.Fatal(err)
		}
		checkJSON(t, a.Choices, []dialect.Choice{{Parts: []dialect.Part{{Kind: dialect.PartText, Text: row.text}}, Finish: row.finish}})
	}
	for _, row := range []struct{ pieces, text string }{
		{`{"a":|1}`, `{"a":1}`},
		{``, `{}`},
	} {
		events := []string{
			`{"type":"message_start","message":{"id":"m","usage":{"input_tokens":1,"output_tokens":1}}}`,
			`{"type":"content_block_start","index":0,"content_block":{"type":"tool_use","id":"t","name":"headwater_json_answer","input":{}}}`,
		}
		for piece := range strings.SplitSeq(row.pieces, "|") {
			quoted, _ := json.Marshal(piece)
			events = append(events, `{"type":"content_block_delta","index":0,"delta":{"type":"input_json_delta","partial_json":`+string(quoted)+`}}`)
		}
		events = append(
			events, `{"type":"content_block_stop","index":0}`, `{"type":"message_delta","delta":{"stop_reason":"tool_use"},"usage":{"output_tokens":5}}`, `{"type":"message_stop"}`,
		)
		d := anthropic.Outbound{}.Decoder(chatOp)
		var g dialect.Gatherer
		for _, ev := range events {
			out, err := d.Event(nil, "", []byte(ev))
			if err != nil {
				t.Fatal(err)
			}
			g.Add(out...)
		}
		checkJSON(t, g.Answer().Choices, []dialect.Choice{{Parts: []dialect.Part{{Kind: dialect.PartText, Text: row.text}}, Finish: dialect.FinishStop}})
	}
}
