package responses_test

import (
	"slices"
	"strings"
	"testing"

	"headwater/backend/hw"
	"headwater/backend/internal/dialect"
	"headwater/backend/internal/dialect/responses"
)

// TestModelsThatThinkOnlyWhenTold: GPT-5.1 to 5.4 do not think unless they are
// told to, and take a temperature then.
func TestModelsThatThinkOnlyWhenTold(t *testing.T) {
	for model, takes := range map[string]bool{
		"gpt-5.1": true, "openai/gpt-5.2": true, "gpt-5.4-mini": true, "gpt-4o": true, "gpt-5-chat-latest": true,
		"gpt-5": false, "gpt-52": false, "gpt-5-mini": false, "gpt-5.1-codex": false, "gpt-5.2-pro": false, "gpt-5.5": false, "gpt-5.6-sol": false, "o3": false, "o3mini": false,
	} {
		body, dropped := sent(t, model, &dialect.Request{Temperature: new(0.3), TopP: new(0.5)})
		if strings.Contains(body, `"temperature":0.3,"top_p":0.5`) != takes || slices.Contains(dropped, "temperature") == takes {
			t.Errorf("%s: %s %q", model, body, dropped)
		}
	}
	body, dropped := sent(t, "gpt-5.1", &dialect.Request{Temperature: new(0.3), Effort: "low"})
	if strings.Contains(body, "temperature") || !slices.Equal(dropped, []string{"temperature"}) {
		t.Errorf("told to think: %s %q", body, dropped)
	}
}

func TestNamesOfDeployments(t *testing.T) {
	for model, want := range map[string]string{"o3mini": "low", "o4_mini": "low", "o1": "low", "o10": "none", "o3": "low"} {
		if body, _ := sent(t, model, &dialect.Request{Effort: "none"}); !strings.Contains(body, `"reasoning":{"effort":"`+want+`"}`) {
			t.Errorf("%s: %s", model, body)
		}
	}
}

func TestCodexIsNotToldHowLongToAnswer(t *testing.T) {
	for model, takes := range map[string]bool{
		"gpt-5-codex": false, "openai/gpt-5.1-codex-max": false, "gpt-5.2-codex": false, "codex-mini-latest": false, "o3mini": false,
		"gpt-5.3-codex": true, "gpt-5.2": true, "any": true,
	} {
		body, dropped := sent(t, model, &dialect.Request{Kin: dialect.Kin{Verbosity: "low"}, Unmapped: []string{"text.verbosity"}})
		if strings.Contains(body, "verbosity") != takes || slices.Contains(dropped, "text.verbosity") == takes {
			t.Errorf("%s: %s %q", model, body, dropped)
		}
	}
}

func TestMetadataIsAnObjectOfTexts(t *testing.T) {
	for value, want := range map[string]string{`{"a":"b"}`: `{"a":"b"}`, `{"user_id":42}`: "", `{"a":null}`: "", `{}`: ""} {
		r, err := responses.Inbound{}.Decode(chat, []byte(`{"model":"m","input":"q","metadata":`+value+`}`))
		if err != nil || string(r.Kin.Metadata) != want || r.Unmapped != nil {
			t.Errorf("%s: %+v, %v", value, r, err)
		}
	}
	_, err := responses.Inbound{}.Decode(chat, []byte(`{"model":"m","input":"q","metadata":5}`))
	if e := hw.AsError(err); err == nil || e.Code != hw.CodeBadRequest || e.Field != "metadata" {
		t.Errorf("%v", err)
	}
}

// TestWhatAnSDKHasReadIsNoStranger: OpenAI's keeps what it parsed beside the text.
func TestWhatAnSDKHasReadIsNoStranger(t *testing.T) {
	r, err := responses.Inbound{}.Decode(chat, []byte(`{"model":"m","input":[{"role":"user","content":"q"},`+
		`{"type":"message","role":"assistant","content":[{"type":"output_text","text":"{}","parsed":{"a":1}}]},`+
		`{"type":"function_call","call_id":"c","name":"f","arguments":"{}","parsed_arguments":{"a":1}},{"type":"function_call_output","call_id":"c","output":"r"}]}`))
	if err != nil || r.Unmapped != nil {
		t.Errorf("%+v, %v", r, err)
	}
}
