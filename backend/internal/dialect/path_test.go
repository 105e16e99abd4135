package dialect_test

import (
	"testing"

	"headwater/backend/internal/dialect"
	"headwater/backend/internal/dialect/anthropic"
	"headwater/backend/internal/dialect/gemini"
	"headwater/backend/internal/dialect/ollama"
	"headwater/backend/internal/dialect/openai"
	"headwater/backend/internal/dialect/responses"
)

func TestANeutralPathIsToldInTheCallersWords(t *testing.T) {
	chat := dialect.Operation{Endpoint: dialect.EndpointChat}
	const part, inResult = "messages[2].content[1]", "messages[2].content[0].media[3]"
	for _, row := range []struct {
		in            dialect.Inbound
		op            dialect.Operation
		neutral, want string
	}{
		{openai.Inbound{}, chat, part, part},
		{openai.Inbound{}, chat, inResult, "messages[2]"},
		{openai.Inbound{}, chat, "messages", "messages"},
		{openai.Inbound{}, dialect.Operation{Endpoint: dialect.EndpointCompletions}, part, ""},
		{openai.Inbound{}, chat, "response_format (description)", ""},
		{openai.Inbound{}, dialect.Operation{Endpoint: dialect.EndpointRerank}, "documents", "documents"},
		{ollama.Inbound{}, chat, part, "messages[2]"},
		{ollama.Inbound{}, dialect.Operation{Endpoint: dialect.EndpointChat, Name: "generate"}, part, ""},
		{ollama.Inbound{}, dialect.Operation{Endpoint: dialect.EndpointEmbeddings}, "input", "input"},
		{responses.Inbound{}, chat, part, ""},
		{responses.Inbound{}, chat, "model", "model"},
		{anthropic.Inbound{}, chat, inResult, ""},
		{anthropic.Inbound{}, chat, "top_k", "top_k"},
		{gemini.Inbound{}, chat, part, ""},
		{gemini.Inbound{}, dialect.Operation{Endpoint: dialect.EndpointEmbeddings}, "input", ""},
		{gemini.Inbound{}, chat, "generationConfig.seed", "generationConfig.seed"},
	} {
		if got := dialect.PathIn(row.in, dialect.Asked{Op: row.op, Request: &dialect.Request{}}, row.neutral); got != row.want {
			t.Errorf("%s, %s: %q of %q, want %q", row.in.Name(), row.op.Endpoint, got, row.neutral, row.want)
		}
	}
}

func TestAPathOfAnthropicsIsCounted(t *testing.T) {
	const user, image = `{"role":"user","content":[{"type":"text","text":"a"},{"type":"image","source":{"type":"url","url":"https://x.test/a.png"}}]}`, "messages[1].content[1]"
	const assistant, result = `{"role":"assistant","content":[{"type":"tool_use","id":"t","name":"f","input":{}}]}`, `{"role":"user","content":[{"type":"tool_result","tool_use_id":"t","content":"r"}]}`
	for _, row := range []struct{ name, body, neutral, want string }{
		{"as it stands", `"messages":[` + user + `]`, "messages[0].content[1]", "messages[0].content[1]"},
		{"behind a system prompt", `"system":"s","messages":[` + user + `]`, image, "messages[0].content[1]"},
		{"behind an empty one", `"system":"","messages":[` + user + `]`, "messages[0].content[1]", "messages[0].content[1]"},
		{"behind a result", `"messages":[` + user + `,` + assistant + `,` + result + `,` + user + `]`, "messages[3].content[1]", ""},
		{"before a result", `"messages":[` + user + `,` + assistant + `,` + result + `]`, "messages[0].content[1]", "messages[0].content[1]"},
		{"in a result", `"messages":[` + user + `,` + assistant + `,` + result + `]`, "messages[2].content[0]", ""},
		{"in a text", `"messages":[{"role":"user","content":"x"}]`, "messages[0].content[0]", "messages[0]"},
		{"in the system prompt", `"system":"s","messages":[` + user + `]`, "messages[0].content[0]", ""},
	} {
		body := []byte(`{"model":"m","max_tokens":9,` + row.body + `}`)
		op := dialect.Operation{Endpoint: dialect.EndpointChat}
		request, err := anthropic.Inbound{}.Decode(op, body)
		if err != nil {
			t.Fatal(row.name, err)
		}
		if got := dialect.PathIn(anthropic.Inbound{}, dialect.Asked{Op: op, Body: body, Request: request}, row.neutral); got != row.want {
			t.Errorf("%s: %q of %q, want %q", row.name, got, row.neutral, row.want)
		}
	}
}
