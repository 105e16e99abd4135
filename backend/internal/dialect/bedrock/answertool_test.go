package bedrock_test

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"

	"headwater/backend/internal/dialect"
	"headwater/backend/internal/dialect/bedrock"
)

func TestAnAnswerOfAWantedShapeComesByATool(t *testing.T) {
	tool := func(schema string, more ...string) string {
		return `{"tools":[{"toolSpec":{"name":"headwater_json_answer","description":"Gives the answer to the user. Call it once; its input is the whole answer, as JSON.` + strings.Join(more, "") + `",` +
			`"inputSchema":{"json":` + schema + `}}}],"toolChoice":{"tool":{"name":"headwater_json_answer"}}}`
	}
	const open = `{"type":"object","properties":{},"additionalProperties":true}`
	asJSON := dialect.Format{Kind: "json"}
	shaped := dialect.Format{Kind: "schema", Description: "What holds.", Schema: json.RawMessage(`{"properties":{"a":{}}}`)}
	const said = " What holds."
	lost := []string{"response_format"}
	format := func(schema string) dialect.Format {
		return dialect.Format{Kind: "schema", Schema: json.RawMessage(schema)}
	}
	strict := format(`{"$schema":"s","title":"Place","description":"Where it is.","type":"object","properties":{"city":{"title":"City","type":"string"}},"required":["city"],"additionalProperties":false,"$defs":{"unused":{}}}`)
	bounded := format(`{"type":"object","properties":{"a":{}},"minProperties":1}`)
	nested := format(`{"$defs":{"City":{"properties":{"name":{"title":"Name","type":"string"}},"required":["name"],"title":"City","type":"object"}},"properties":{"city":{"$ref":"#/$defs/City"}},"required":["city"],"title":"Place","type":"object"}`)
	free := format(`{"type":"object","additionalProperties":{"type":"integer"}}`)
	mixed := format(`{"type":"object","properties":{"a":{}},"additionalProperties":{"type":"integer"}}`)
	for _, row := range []struct {
		name, model       string
		req               dialect.Request
		want, more, begun string
		dropped           []string
	}{
		{"any object", claude, dialect.Request{Format: asJSON}, tool(open), ``, ``, nil},
		{"a schema", nova, dialect.Request{Format: shaped}, tool(`{"type":"object","properties":{"a":{}}}`, said), ``, ``, nil},
		{"of an older Claude", old, dialect.Request{Format: shaped}, tool(`{"type":"object","properties":{"a":{}}}`, said), ``, ``, nil},
		{"to Nova with what it knows of it", nova, dialect.Request{Format: strict}, tool(`{"type":"object","properties":{"city":{"title":"City","type":"string"}},"required":["city"]}`, " Where it is."), ``, ``, nil},
		{"whose other bounds are named", nova, dialect.Request{Format: bounded}, tool(`{"type":"object","properties":{"a":{}}}`), ``, ``, []string{"response_format (minProperties)"}},
		{"not where Nova is not told what it refers to", nova, dialect.Request{Format: nested}, ``, ``, ``, lost},
		{"which Claude is", old, dialect.Request{Format: nested}, tool(string(nested.Schema)), ``, ``, nil},
		{"nor of any names, of which Nova would give none", nova, dialect.Request{Format: free}, ``, ``, ``, lost},
		{"nor beside some", nova, dialect.Request{Format: mixed}, ``, ``, ``, lost},
		{"nor any object at all", nova, dialect.Request{Format: asJSON, Effort: "high"}, ``, `{"reasoningConfig":{"maxReasoningEffort":"high","type":"enabled"}}`, ``, lost},
		{"not of a list", nova, dialect.Request{Format: dialect.Format{Kind: "schema", Schema: json.RawMessage(`{"type":"array"}`)}}, ``, ``, ``, lost},
		{"not with a model that cannot be made to", llama, dialect.Request{Format: shaped}, ``, ``, ``, lost},
		{"nor one that always thinks", "global.anthropic.claude-opus-5-5", dialect.Request{Format: asJSON}, ``, ``, ``, lost},
		{"not beside the caller's tools", nova, dialect.Request{Format: shaped, Tools: []dialect.Tool{{Name: "f"}}}, `{"tools":[{"toolSpec":{"name":"f","inputSchema":{"json":{"type":"object","properties":{}}}}}]}`, ``, ``, lost},
		{"not for an answer that was begun", nova, dialect.Request{Format: shaped}, ``, ``, `{`, lost},
		{"thinking is switched off where it goes unasked", newest, dialect.Request{Format: asJSON}, tool(open), `{"thinking":{"type":"disabled"}}`, ``, nil},
		{"and named where it was asked for", newest, dialect.Request{Format: asJSON, Effort: "high"}, tool(open), `{"thinking":{"type":"disabled"}}`, ``, []string{"reasoning_effort"}},
		{"Nova's too", "us.amazon.nova-2-lite-v1:0", dialect.Request{Format: shaped, Effort: "high"}, tool(`{"type":"object","properties":{"a":{}}}`, said), ``, ``, []string{"reasoning_effort"}},
	} {
		t.Run(row.name, func(t *testing.T) {
			row.req.Messages = []dialect.Message{say("user", "a")}
			if row.begun != "" {
				row.req.Messages = append(row.req.Messages, say("assistant", row.begun))
			}
			wire := encode(t, row.model, &row.req)
			fields := fieldsOf(t, wire.Body)
			if got := string(fields["toolConfig"]); got != row.want {
				t.Errorf("got  %s\nwant %s", got, row.want)
			}
			if got := string(fields["additionalModelRequestFields"]); got != row.more {
				t.Errorf("got  %s\nwant %s", got, row.more)
			}
			if !slices.Equal(wire.Dropped, row.dropped) {
				t.Errorf("dropped %q, want %q", wire.Dropped, row.dropped)
			}
		})
	}
}

func TestTheToolsArgumentsAreTheAnswersText(t *testing.T) {
	whole, err := bedrock.Outbound{}.Decoder(dialect.Operation{}).Answer([]byte(
		`{"output":{"message":{"content":[{"toolUse":{"toolUseId":"t","name":"headwater_json_answer","input":{"a":1}}}]}},"stopReason":"tool_use"}`))
	if err != nil {
		t.Fatal(err)
	}
	pieces, _, err := stream(
		t, `messageStart {"role":"assistant"}`,
		`contentBlockStart {"contentBlockIndex":0,"start":{"toolUse":{"toolUseId":"t","name":"headwater_json_answer"}}}`,
		`contentBlockDelta {"contentBlockIndex":0,"delta":{"toolUse":{"input":"{\"a\":"}}}`,
		`contentBlockDelta {"contentBlockIndex":0,"delta":{"toolUse":{"input":"1}"}}}`,
		`contentBlockStop {"contentBlockIndex":0}`, `messageStop {"stopReason":"tool_use"}`,
	)
	if err != nil {
		t.Fatal(err)
	}
	empty, _, err := stream(
		t, `contentBlockStart {"contentBlockIndex":0,"start":{"toolUse":{"toolUseId":"t","name":"headwater_json_answer"}}}`,
		`messageStop {"stopReason":"tool_use"}`,
	)
	if err != nil {
		t.Fatal(err)
	}
	for _, row := range []struct {
		name, text string
		answer     *dialect.Answer
	}{{"whole", `{"a":1}`, whole}, {"in pieces", `{"a":1}`, pieces}, {"empty", `{}`, empty}} {
		c := row.answer.Choices[0]
		if len(c.Parts) != 1 || c.Parts[0].Kind != dialect.PartText || c.Parts[0].Text != row.text || c.Finish != dialect.FinishStop {
			t.Errorf("%s: got %+v", row.name, c)
		}
	}
}
