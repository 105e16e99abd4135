package dialect_test

import (
	"encoding/json"
	"slices"
	"testing"

	"headwater/backend/hw"
	"headwater/backend/internal/dialect"
	"headwater/backend/internal/dialect/anthropic"
	"headwater/backend/internal/dialect/gemini"
	"headwater/backend/internal/dialect/ollama"
	"headwater/backend/internal/dialect/openai"
	"headwater/backend/internal/dialect/responses"
)

// everything is a word on each parameter.
func everything() hw.ParameterValues {
	return hw.ParameterValues{
		Temperature: new(0.5), TopP: new(0.25), MaxTokens: 64, ReasoningEffort: "low", Stop: []string{"<end>"}, Seed: new(int64(0)),
		PresencePenalty: new(0.0), FrequencyPenalty: new(-1.5), User: "ann",
	}
}

// overriding is one body that is given parameters.
type overriding struct {
	why     string
	out     dialect.Outbound
	model   string
	op      dialect.Operation
	p       hw.Parameters
	body    string
	want    string
	dropped []string
}

func chatOp() dialect.Operation { return dialect.Operation{Endpoint: dialect.EndpointChat} }

func openaiOverrides() []overriding {
	set, usual := hw.Parameters{Set: everything()}, hw.Parameters{Default: everything()}
	return []overriding{
		{
			"all is new",
			openai.Outbound{},
			"gpt-4o", chatOp(), set, `{ "model":"m","x":1.50}`,
			`{"reasoning_effort":"low","temperature":0.5,"top_p":0.25,"max_tokens":64,"stop":["<end>"],"seed":0,"presence_penalty":0,"frequency_penalty":-1.5,"user":"ann", "model":"m","x":1.50}`, nil,
		},
		{
			"set replaces what is there",
			openai.Outbound{},
			"gpt-4o", chatOp(),
			hw.Parameters{Set: hw.ParameterValues{Temperature: new(0.5), MaxTokens: 64}},
			`{"temperature" : 1.00 ,"max_completion_tokens":9,"messages":[ ]}`, `{"temperature" : 0.5 ,"max_completion_tokens":64,"messages":[ ]}`, nil,
		},
		{
			"a default leaves what is there",
			openai.Outbound{},
			"gpt-4o", chatOp(), usual,
			`{"temperature":0,"top_p":null,"max_tokens":9,"reasoning_effort":"high","stop":"x","seed":3,"presence_penalty":1,"frequency_penalty":1,"user":"bob"}`,
			`{"temperature":0,"top_p":0.25,"max_tokens":9,"reasoning_effort":"high","stop":"x","seed":3,"presence_penalty":1,"frequency_penalty":1,"user":"bob"}`, nil,
		},
		{
			"what is set needs no default",
			openai.Outbound{},
			"gpt-4o", chatOp(),
			hw.Parameters{Set: hw.ParameterValues{User: "a"}, Default: hw.ParameterValues{User: "b"}},
			`{}`, `{"user":"a"}`, nil,
		},
		{
			"a reasoning model has its own word for the bound",
			openai.Outbound{},
			"gpt-5-mini", chatOp(),
			hw.Parameters{Set: hw.ParameterValues{MaxTokens: 64}},
			`{}`, `{"max_completion_tokens":64}`, nil,
		},
		{
			"a completion knows no effort",
			openai.Outbound{},
			"m",
			dialect.Operation{Endpoint: dialect.EndpointCompletions},
			hw.Parameters{Set: hw.ParameterValues{ReasoningEffort: "low", MaxTokens: 64}},
			`{}`, `{"max_tokens":64}`,
			[]string{"reasoning_effort"},
		},
		{"an embedding has a user only", openai.Outbound{}, "m", dialect.Operation{Endpoint: dialect.EndpointEmbeddings}, set, `{}`, `{"user":"ann"}`, nil},
		{"a list of models has nothing", openai.Outbound{}, "m", dialect.Operation{Endpoint: dialect.EndpointModels}, set, ``, ``, nil},
		{
			"Responses",
			responses.Outbound{},
			"gpt-4o", chatOp(), set, `{"reasoning":{"summary":"auto"},"input":"hi"}`,
			`{"temperature":0.5,"top_p":0.25,"max_output_tokens":64,"user":"ann","reasoning":{"effort":"low","summary":"auto"},"input":"hi"}`,
			[]string{"stop", "seed", "presence_penalty", "frequency_penalty"},
		},
		{
			"Responses of a model that reasons",
			responses.Outbound{},
			"gpt-5", chatOp(),
			hw.Parameters{Default: hw.ParameterValues{Temperature: new(1.0), MaxTokens: 1, ReasoningEffort: "low"}},
			`{"reasoning":{"effort":"high"}}`, `{"max_output_tokens":16,"reasoning":{"effort":"high"}}`,
			[]string{"temperature"},
		},
	}
}

func otherOverrides() []overriding {
	set, usual := hw.Parameters{Set: everything()}, hw.Parameters{Default: everything()}
	effort := func(word string) hw.Parameters { return hw.Parameters{Set: hw.ParameterValues{ReasoningEffort: word}} }
	return []overriding{
		{
			"Ollama",
			ollama.Outbound{},
			"llama3.2", chatOp(), set, `{"model":"m","options":{"num_ctx": 8192,"seed":7}}`,
			`{"think":true,"model":"m","options":{"temperature":0.5,"top_p":0.25,"num_predict":64,"stop":["<end>"],"presence_penalty":0,"frequency_penalty":-1.5,"num_ctx": 8192,"seed":0}}`,
			[]string{"user"},
		},
		{"Ollama without options", ollama.Outbound{}, "gpt-oss:20b", chatOp(), effort("high"), `{}`, `{"think":"high"}`, nil},
		{
			"Ollama's caller has chosen",
			ollama.Outbound{},
			"m", chatOp(),
			hw.Parameters{Default: hw.ParameterValues{ReasoningEffort: "low", Seed: new(int64(1))}},
			`{"think":false,"options":{"seed":0}}`, `{"think":false,"options":{"seed":0}}`, nil,
		},
		{
			"Gemini",
			gemini.Outbound{},
			"gemini-2.5-flash", chatOp(), set, `{"contents":[],"generationConfig":{"top_p": 0.9,"topK":40}}`,
			`{"contents":[],"generationConfig":{"thinkingConfig":{"thinkingBudget":1024},"temperature":0.5,"maxOutputTokens":64,"stopSequences":["<end>"],"seed":0,"presencePenalty":0,"frequencyPenalty":-1.5,"top_p": 0.25,"topK":40}}`,
			[]string{"user"},
		},
		{
			"Gemini in the other spelling",
			gemini.Outbound{},
			"gemini-3-pro", chatOp(), effort("low"),
			`{"generation_config":{"thinking_config":{"include_thoughts":true,"thinking_budget":9}}}`,
			`{"generation_config":{"thinking_config":{"includeThoughts":true,"thinkingLevel":"low"}}}`, nil,
		},
		{
			"Gemini's caller has chosen",
			gemini.Outbound{},
			"gemini-2.5-pro", chatOp(),
			hw.Parameters{Default: hw.ParameterValues{ReasoningEffort: "low"}},
			`{"generationConfig":{"thinkingConfig":{"thinkingBudget":-1}}}`, `{"generationConfig":{"thinkingConfig":{"thinkingBudget":-1}}}`, nil,
		},
		{"no Pro can stop thinking", gemini.Outbound{}, "gemini-2.5-pro", chatOp(), effort("none"), `{}`, `{"generationConfig":{"thinkingConfig":{"thinkingBudget":128}}}`, []string{"reasoning_effort (none)"}},
		{"a model that cannot think", gemini.Outbound{}, "gemma-3-27b", chatOp(), effort("low"), `{}`, `{}`, []string{"reasoning_effort"}},
		{
			"new models take no penalty",
			gemini.Outbound{},
			"gemini-3.5-flash", chatOp(),
			hw.Parameters{Set: hw.ParameterValues{PresencePenalty: new(1.0), Seed: new(int64(1))}},
			`{}`, `{"generationConfig":{"seed":1}}`,
			[]string{"presence_penalty"},
		},
		{
			"Anthropic",
			anthropic.Outbound{},
			"claude-3-5-haiku", chatOp(), set, `{"max_tokens":9,"metadata":{"x":1},"messages":[]}`,
			`{"temperature":0.5,"top_p":0.25,"stop_sequences":["<end>"],"max_tokens":64,"metadata":{"user_id":"ann","x":1},"messages":[]}`,
			[]string{"reasoning_effort", "seed", "presence_penalty", "frequency_penalty"},
		},
		{
			"Anthropic's caller has chosen",
			anthropic.Outbound{},
			"claude-sonnet-4-5", chatOp(), usual,
			`{"max_tokens":9,"top_p":0.9,"stop_sequences":[],"metadata":{"user_id":"bob"}}`, `{"max_tokens":9,"top_p":0.9,"stop_sequences":[],"metadata":{"user_id":"bob"}}`,
			[]string{"reasoning_effort", "seed", "presence_penalty", "frequency_penalty"},
		},
		{
			"one of temperature and top_p",
			anthropic.Outbound{},
			"claude-sonnet-4-5", chatOp(),
			hw.Parameters{Set: hw.ParameterValues{Temperature: new(1.5), TopP: new(0.5)}},
			`{}`, `{"temperature":1}`,
			[]string{"temperature (limited to 1)", "top_p"},
		},
		{
			"neither while thinking",
			anthropic.Outbound{},
			"claude-sonnet-4-5", chatOp(),
			hw.Parameters{Set: hw.ParameterValues{Temperature: new(0.5)}},
			`{"thinking":{"type":"enabled","budget_tokens":1024}}`, `{"thinking":{"type":"enabled","budget_tokens":1024}}`,
			[]string{"temperature"},
		},
		{
			"unless that is ended",
			anthropic.Outbound{},
			"claude-sonnet-4-5", chatOp(),
			hw.Parameters{Set: hw.ParameterValues{Temperature: new(0.5), ReasoningEffort: "none"}},
			`{"thinking":{"type":"enabled","budget_tokens":1024}}`, `{"temperature":0.5,"thinking":{"type":"disabled"}}`, nil,
		},
		{
			"a model that weighs its effort",
			anthropic.Outbound{},
			"claude-opus-4-7", chatOp(),
			hw.Parameters{Set: hw.ParameterValues{Temperature: new(0.5), ReasoningEffort: "xhigh"}},
			`{"output_config":{"format":null}}`, `{"output_config":{"effort":"xhigh","format":null}}`,
			[]string{"temperature"},
		},
	}
}

func TestOverrideChangesTheParametersAlone(t *testing.T) {
	for _, row := range slices.Concat(openaiOverrides(), otherOverrides()) {
		t.Run(row.out.Name()+"/"+row.why, func(t *testing.T) {
			own, ok := row.out.(dialect.Overrider)
			if !ok {
				t.Fatal("it cannot be given parameters")
			}
			got, dropped, err := own.Override(row.op, []byte(row.body), dialect.Target{Model: row.model}, &row.p)
			if err != nil {
				t.Fatal(err)
			}
			if string(got) != row.want {
				t.Errorf("got  %s\nwant %s", got, row.want)
			}
			if !slices.Equal(dropped, row.dropped) {
				t.Errorf("dropped %q, want %q", dropped, row.dropped)
			}
			if row.body != "" && !json.Valid(got) {
				t.Error("it is not JSON any more")
			}
		})
	}
}

func TestOverrideRefusesWhatStandsTwice(t *testing.T) {
	p := hw.Parameters{Set: hw.ParameterValues{Temperature: new(0.5)}}
	for _, out := range []dialect.Outbound{openai.Outbound{}, responses.Outbound{}, anthropic.Outbound{}} {
		_, _, err := out.(dialect.Overrider).Override(chatOp(), []byte(`{"temperature":1,"temperature":2}`), dialect.Target{Model: "gpt-4o"}, &p) //nolint:forcetypeassert // the test above
		if hw.CodeOf(err) != hw.CodeBadJSON {
			t.Errorf("%s: %v", out.Name(), err)
		}
	}
}

func TestOverrideInTheNeutralForm(t *testing.T) {
	set, usual := hw.Parameters{Set: everything()}, hw.Parameters{Default: everything()}
	said := func() *dialect.Request {
		return &dialect.Request{
			Endpoint: dialect.EndpointChat, Temperature: new(1.0), TopP: new(1.0), MaxTokens: 1, ThinkingTokens: 5, Stop: []string{"x"}, Seed: new(int64(1)),
			PresencePenalty: new(1.0), FrequencyPenalty: new(1.0), User: "bob",
			Kin: dialect.Kin{SafetyID: "bob"},
		}
	}
	want := &dialect.Request{Endpoint: dialect.EndpointChat}
	want.Temperature, want.TopP, want.MaxTokens, want.Effort = new(0.5), new(0.25), 64, "low"
	want.Stop, want.Seed, want.User = []string{"<end>"}, new(int64(0)), "ann"
	want.PresencePenalty, want.FrequencyPenalty = new(0.0), new(-1.5)
	for name, row := range map[string]struct {
		req, want *dialect.Request
		p         hw.Parameters
	}{
		"set":                    {said(), want, set},
		"a default":              {&dialect.Request{Endpoint: dialect.EndpointChat}, want, usual},
		"a default, all is said": {said(), said(), usual},
		"an embedding":           {&dialect.Request{Endpoint: dialect.EndpointEmbeddings}, &dialect.Request{Endpoint: dialect.EndpointEmbeddings, User: "ann"}, set},
	} {
		row.req.Override(&row.p)
		got, err := json.Marshal(row.req)
		if err != nil {
			t.Fatal(err)
		}
		if wanted, _ := json.Marshal(row.want); string(got) != string(wanted) {
			t.Errorf("%s:\ngot  %s\nwant %s", name, got, wanted)
		}
	}
}
