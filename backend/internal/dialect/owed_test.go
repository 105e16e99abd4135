package dialect_test

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"

	"headwater/backend/internal/dialect"
	"headwater/backend/internal/dialect/anthropic"
	"headwater/backend/internal/dialect/bedrock"
	"headwater/backend/internal/dialect/cohere"
	"headwater/backend/internal/dialect/gemini"
	"headwater/backend/internal/dialect/ollama"
	"headwater/backend/internal/dialect/openai"
	"headwater/backend/internal/dialect/responses"
)

func TestWhatIsOwedToTheCaller(t *testing.T) {
	for _, row := range []struct {
		why    string
		part   dialect.Part
		vendor string
		want   bool
	}{
		{"brought from elsewhere", dialect.Part{Signer: dialect.SignerOpenAI}, dialect.SignerAnthropic, true},
		{"without any proof", dialect.Part{}, dialect.SignerAnthropic, true},
		{"never sent", dialect.Part{Signer: dialect.SignerOpenAI, Restored: true}, dialect.SignerAnthropic, false},
		{"another vendor's of this conversation", dialect.Part{Signer: dialect.SignerOpenAI, Sealed: true}, dialect.SignerAnthropic, false},
		{"where none are read", dialect.Part{Signer: dialect.SignerOpenAI, Sealed: true}, "", false},
		{"its summary", dialect.Part{Sealed: true}, dialect.SignerAnthropic, false},
		{"the upstream's own", dialect.Part{Signer: dialect.SignerOpenAI, Sealed: true}, dialect.SignerOpenAI, true},
	} {
		if got := row.part.Owed(row.vendor); got != row.want {
			t.Errorf("%s: got %v", row.why, got)
		}
	}
}

// nextTurn puts an answer, as a caller got it, into the caller's next request.
type nextTurn func(t *testing.T, answer []byte) string

// within reads a value inside an answer: names and, for lists, their first value.
func within(t *testing.T, text []byte, path ...string) string {
	t.Helper()
	for _, name := range path {
		if name == "" {
			var list []json.RawMessage
			if err := json.Unmarshal(text, &list); err != nil || len(list) == 0 {
				t.Fatalf("%s: %v", text, err)
			}
			text = list[0]
			continue
		}
		var fields map[string]json.RawMessage
		if err := json.Unmarshal(text, &fields); err != nil {
			t.Fatalf("%s: %v", text, err)
		}
		text = fields[name]
	}
	return string(text)
}

// nextTurns are those of the dialects that have a place for a proof.
var nextTurns = map[string]nextTurn{
	"openai": func(t *testing.T, answer []byte) string {
		t.Helper()
		return `{"model":"r","messages":[{"role":"user","content":"q"},` + within(t, answer, "choices", "", "message") + `,{"role":"user","content":"z"}]}`
	},
	"anthropic": func(t *testing.T, answer []byte) string {
		t.Helper()
		return `{"model":"r","max_tokens":90,"messages":[{"role":"user","content":"q"},{"role":"assistant","content":` + within(t, answer, "content") + `},{"role":"user","content":"z"}]}`
	},
	"gemini": func(t *testing.T, answer []byte) string {
		t.Helper()
		return `{"contents":[{"role":"user","parts":[{"text":"q"}]},` + within(t, answer, "candidates", "", "content") + `,{"role":"user","parts":[{"text":"z"}]}]}`
	},
	"responses": func(t *testing.T, answer []byte) string {
		t.Helper()
		items := strings.Trim(within(t, answer, "output"), "[]")
		return `{"model":"r","input":[{"role":"user","content":"q"},` + items + `,{"role":"user","content":"z"}]}`
	},
}

// TestAnotherVendorAnswersTheNextTurn sends what one vendor's model thought, as a
// caller of each dialect gets it and sends it back, to the others' models: nothing
// is named that would keep a strict route from them, unless the caller's dialect is
// the vendor's own, where nobody can tell who handed it out.
func TestAnotherVendorAnswersTheNextTurn(t *testing.T) {
	const unsigned = "messages[].reasoning_content (unsigned)"
	signers := map[string]string{"anthropic": dialect.SignerAnthropic, "gemini": dialect.SignerGemini, "responses": dialect.SignerOpenAI}
	callers := map[string]dialect.Inbound{"openai": openai.Inbound{}, "anthropic": anthropic.Inbound{}, "gemini": gemini.Inbound{}, "responses": responses.Inbound{}}
	targets := []struct {
		out           dialect.Outbound
		model, signer string
	}{
		{anthropic.Outbound{}, "claude-sonnet-4-5", dialect.SignerAnthropic},
		{bedrock.Outbound{}, "anthropic.claude-sonnet-4-5", dialect.SignerAnthropic},
		{bedrock.Outbound{}, "amazon.nova-lite-v1:0", ""},
		{gemini.Outbound{}, "gemini-2.5-flash", dialect.SignerGemini},
		{responses.Outbound{}, "gpt-5", dialect.SignerOpenAI},
		{openai.Outbound{}, "qwen3", ""},
		{cohere.Outbound{}, "command-a-reasoning", ""},
		{ollama.Outbound{}, "qwen3", ""},
	}
	op := dialect.Operation{Endpoint: dialect.EndpointChat, Model: "r"}
	for name, in := range callers {
		for _, signer := range signers {
			answer := &dialect.Answer{ID: "x", Choices: []dialect.Choice{{Finish: dialect.FinishStop, Parts: []dialect.Part{
				{Kind: dialect.PartReasoning, ID: "rs_1", Text: "hm", Signature: "c2ln", Signer: signer}, {Kind: dialect.PartText, Text: "a"},
			}}}}
			opts := dialect.EncodeOptions{Op: op, Model: "r", Request: &dialect.Request{ShowThoughts: new(true)}}
			body, err := in.Encoder(opts).Answer(nil, answer)
			if err != nil {
				t.Fatal(err)
			}
			req, err := in.Decode(op, []byte(nextTurns[name](t, body)))
			if err != nil {
				t.Fatalf("%s: %v\n%s", name, err, body)
			}
			if len(req.Unmapped) > 0 {
				t.Errorf("%s: unmapped %q\n%s", name, req.Unmapped, body)
			}
			for _, to := range targets {
				wire, err := to.out.Encode(req, dialect.Target{Model: to.model})
				if err != nil {
					t.Fatal(err)
				}
				named := slices.Contains(wire.Dropped, unsigned)
				if own := signers[name] == signer; named && !own {
					t.Errorf("%s's thought, by a caller of %s, to %s: dropped %q\n%s", signer, name, to.model, wire.Dropped, body)
				}
				if to.signer == signer && len(wire.Dropped) > 0 {
					t.Errorf("%s's own thought, by a caller of %s, to %s: dropped %q", signer, name, to.model, wire.Dropped)
				}
			}
		}
	}
}

// TestReasoningFromElsewhereIsNamed has a caller bring what OpenAI encrypted and
// what Anthropic keeps secret, in the vendors' own dialects.
func TestReasoningFromElsewhereIsNamed(t *testing.T) {
	op := dialect.Operation{Endpoint: dialect.EndpointChat}
	for _, row := range []struct {
		in    dialect.Inbound
		body  string
		out   dialect.Outbound
		model string
	}{
		{responses.Inbound{}, encrypted, anthropic.Outbound{}, "claude-sonnet-4-5"},
		{responses.Inbound{}, encrypted, bedrock.Outbound{}, "amazon.nova-lite-v1:0"},
		{responses.Inbound{}, encrypted, gemini.Outbound{}, "gemini-2.5-flash"},
		{responses.Inbound{}, encrypted, cohere.Outbound{}, "command-a-reasoning"},
		{anthropic.Inbound{}, redacted, openai.Outbound{}, "gpt-4.1"},
	} {
		req, err := row.in.Decode(op, []byte(row.body))
		if err != nil {
			t.Fatal(err)
		}
		wire, err := row.out.Encode(req, dialect.Target{Model: row.model})
		if err != nil || !slices.Contains(wire.Dropped, "messages[].reasoning_content (unsigned)") {
			t.Errorf("%s: dropped %q, %v", row.model, wire.Dropped, err)
		}
	}
}

// Requests with reasoning that Headwater has handed out to nobody.
const (
	encrypted = `{"model":"m","input":[{"role":"user","content":"q"},{"type":"reasoning","id":"r","summary":[{"type":"summary_text","text":"S"}],"encrypted_content":"E"},` +
		`{"role":"assistant","content":"a"},{"role":"user","content":"z"}]}`
	redacted = `{"model":"m","max_tokens":9,"messages":[{"role":"user","content":"q"},{"role":"assistant","content":[{"type":"redacted_thinking","data":"E"},{"type":"text","text":"a"}]},` +
		`{"role":"user","content":"z"}]}`
)
