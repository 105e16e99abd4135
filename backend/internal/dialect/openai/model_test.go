package openai_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"headwater/backend/hw"
	"headwater/backend/internal/dialect"
	"headwater/backend/internal/dialect/openai"
)

// TestModelsThatThinkOnlyWhenTold: GPT-5.1 to 5.4 do not think unless they are
// told to, and take a temperature then.
func TestModelsThatThinkOnlyWhenTold(t *testing.T) {
	for model, takes := range map[string]bool{
		"gpt-5.1": true, "gpt-5.2-2025-12-11": true, "gpt-5.4-mini": true, "gpt-4o": true,
		"gpt-5": false, "gpt-5-mini": false, "gpt-5.1-codex": false, "gpt-5.2-pro": false, "gpt-5.1-chat-latest": false, "gpt-5.5": false, "gpt-5.6-sol": false, "gpt-6": false, "o3": false,
	} {
		for effort, still := range map[string]bool{"": true, "low": model == "gpt-4o"} {
			wire, err := openai.Outbound{}.Encode(ask(func(r *dialect.Request) { r.Temperature, r.TopP, r.Effort = new(0.3), new(0.5), effort }), dialect.Target{Model: model})
			want := takes && still
			if err != nil || strings.Contains(string(wire.Body), `"temperature":0.3,"top_p":0.5`) != want || slices.Contains(wire.Dropped, "temperature") == want {
				t.Errorf("%s, %q: got %s, %q, %v", model, effort, wire.Body, wire.Dropped, err)
			}
		}
	}
}

// TestNamesOfDeployments: want is what the body has beside model and messages.
func TestNamesOfDeployments(t *testing.T) {
	for model, want := range map[string]string{
		"o3mini": `,"max_completion_tokens":9,"stop":["a"],"reasoning_effort":"high"`, "o3_mini": `,"max_completion_tokens":9,"stop":["a"],"reasoning_effort":"high"`,
		"o4mini": `,"max_completion_tokens":9,"reasoning_effort":"high"`, "o3": `,"max_completion_tokens":9,"reasoning_effort":"high"`,
		"o1_mini": `,"max_completion_tokens":9,"stop":["a"]`, "o1-preview": `,"max_completion_tokens":9,"stop":["a"]`, "o1": `,"max_completion_tokens":9,"stop":["a"],"reasoning_effort":"high"`,
		"o10": `,"max_tokens":9,"stop":["a"],"reasoning_effort":"high"`, "o2": `,"max_tokens":9,"stop":["a"],"reasoning_effort":"high"`, "o": `,"max_tokens":9,"stop":["a"],"reasoning_effort":"high"`,
	} {
		wire, err := openai.Outbound{}.Encode(ask(func(r *dialect.Request) { r.MaxTokens, r.Stop, r.Effort = 9, []string{"a"}, "high" }), dialect.Target{Model: model})
		if body := `{"model":"` + model + `","messages":[{"role":"user","content":"q"}]` + want + `}`; err != nil || string(wire.Body) != body {
			t.Errorf("got  %s, %v\nwant %s", wire.Body, err, body)
		}
	}
}

func TestCodexIsNotToldHowLongToAnswer(t *testing.T) {
	for model, takes := range map[string]bool{"gpt-5-codex": false, "gpt-5.1-codex-max": false, "gpt-5.2-codex": false, "gpt-5.3-codex": true, "gpt-5.2": true} {
		wire, err := openai.Outbound{}.Encode(ask(func(r *dialect.Request) { r.Kin.Verbosity, r.Unmapped = "low", []string{"verbosity"} }), dialect.Target{Model: model})
		if err != nil || strings.Contains(string(wire.Body), "verbosity") != takes || slices.Contains(wire.Dropped, "verbosity") == takes {
			t.Errorf("%s: got %s, %q, %v", model, wire.Body, wire.Dropped, err)
		}
	}
}

func TestNotToStoreIsLeftUnsaid(t *testing.T) {
	wire, err := openai.Outbound{}.Encode(ask(func(r *dialect.Request) {
		r.Kin.Store, r.Kin.Metadata = new(false), []byte(`{"a":"b"}`)
	}), dialect.Target{Model: "gpt-5"})
	if want := `{"model":"gpt-5","messages":[{"role":"user","content":"q"}]}`; err != nil || string(wire.Body) != want || len(wire.Dropped) > 0 {
		t.Errorf("got %s, %q, %v", wire.Body, wire.Dropped, err)
	}
}

func TestABoundBelowZeroIsNone(t *testing.T) {
	for body, want := range map[string]int{
		`"messages":[{"role":"user","content":"q"}],"max_tokens":-1`: 0, `"messages":[{"role":"user","content":"q"}],"max_completion_tokens":-5`: 0,
		`"messages":[{"role":"user","content":"q"}],"max_tokens":5`: 5, `"messages":[{"role":"user","content":"q"}],"max_tokens":0`: 0,
	} {
		if req, err := (openai.Inbound{}).Decode(chat, []byte(`{"model":"m",`+body+`}`)); err != nil || req.MaxTokens != want || req.Unmapped != nil {
			t.Errorf("%s: got %+v, %v", body, req, err)
		}
	}
	if req, err := (openai.Inbound{}).Decode(completion, []byte(`{"model":"m","prompt":"q","max_tokens":-1}`)); err != nil || req.MaxTokens != 0 {
		t.Errorf("a completion: got %+v, %v", req, err)
	}
	for _, value := range []string{`"9"`, `1.5`, `[]`} {
		_, err := openai.Inbound{}.Decode(chat, []byte(`{"model":"m","messages":[{"role":"user","content":"q"}],"max_tokens":`+value+`}`))
		if e := hw.AsError(err); err == nil || e.Code != hw.CodeBadRequest || e.Field != "max_tokens" {
			t.Errorf("%s: got %v", value, err)
		}
	}
}

func TestMetadataIsAnObjectOfTexts(t *testing.T) {
	for value, want := range map[string]string{`{"a":"b"}`: `{"a":"b"}`, `{"user_id":42}`: "", `{"a":null}`: "", `{}`: ""} {
		req, err := openai.Inbound{}.Decode(chat, []byte(`{"model":"m","messages":[{"role":"user","content":"q"}],"metadata":`+value+`}`))
		if err != nil || string(req.Kin.Metadata) != want || req.Unmapped != nil {
			t.Errorf("%s: got %+v, %v", value, req, err)
		}
	}
}

// TestManyLossesAreNamedOnce: results without their calls and reasoning of others,
// beside all the names that a decoder gives.
func TestManyLossesAreNamedOnce(t *testing.T) {
	const many = 2000
	req := ask(func(r *dialect.Request) {
		for i := range dialect.MostStrangers {
			r.Unmapped = append(r.Unmapped, fmt.Sprint("z", i))
		}
		for range many {
			r.Messages = append(r.Messages,
				dialect.Message{Role: dialect.RoleAssistant, Parts: []dialect.Part{{Kind: dialect.PartReasoning, Data: "E"}}},
				dialect.Message{Role: dialect.RoleTool, Parts: []dialect.Part{{Kind: dialect.PartToolResult, CallID: "c", Text: "r"}}})
		}
	})
	wire, err := openai.Outbound{}.Encode(req, dialect.Target{Model: "gpt-5"})
	want := append(slices.Clone(req.Unmapped), "messages[].reasoning_content (unsigned)", "messages (a tool result without its call)")
	if err != nil || !slices.Equal(wire.Dropped, want) {
		t.Errorf("got %q, %v", wire.Dropped, err)
	}
}
