package ollama_test

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"headwater/backend/internal/dialect"
	"headwater/backend/internal/dialect/ollama"
)

func word(t *rapid.T, label string) string {
	return rapid.StringMatching(`[a-zé日"<\\]{1,8}`).Draw(t, label)
}

func args(t *rapid.T) string {
	if rapid.Bool().Draw(t, "no arguments") {
		return "{}"
	}
	text, _ := json.Marshal(map[string]string{word(t, "argument"): word(t, "value")})
	return string(text)
}

// turns makes a conversation that this dialect can express in full.
func turns(t *rapid.T) []dialect.Message {
	var messages []dialect.Message
	for i := range rapid.IntRange(1, 4).Draw(t, "turns") {
		user := said("user", text(word(t, "text")))
		if rapid.Bool().Draw(t, "image") {
			user.Parts = append(user.Parts, dialect.Part{Kind: dialect.PartImage, Data: png, MIME: "image/png"})
		}
		assistant := dialect.Message{Role: "assistant"}
		if rapid.Bool().Draw(t, "thinks") {
			assistant.Parts = append(assistant.Parts, dialect.Part{Kind: dialect.PartReasoning, Text: word(t, "thought")})
		}
		assistant.Parts = append(assistant.Parts, text(word(t, "answer")))
		messages = append(messages, user)
		var results []dialect.Message
		for j := range rapid.IntRange(0, 3).Draw(t, "calls") {
			id := strings.Repeat("c", i+1) + strings.Repeat("d", j)
			assistant.Parts = append(assistant.Parts, dialect.Part{Kind: dialect.PartToolCall, Call: &dialect.ToolCall{ID: id, Name: word(t, "tool"), Args: args(t)}})
			results = append(results, said("tool", dialect.Part{Kind: dialect.PartToolResult, CallID: id, Text: word(t, "result")}))
		}
		messages = append(append(messages, assistant), rapid.Permutation(results).Draw(t, "results")...)
	}
	return messages
}

func TestRequestsKeepTheirMeaning(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		want := &dialect.Request{
			Endpoint: dialect.EndpointChat, Model: "m", Stream: rapid.Bool().Draw(t, "stream"), StreamUsage: true,
			Messages: turns(t), MaxTokens: rapid.IntRange(0, 99).Draw(t, "bound"),
			Effort: rapid.SampledFrom([]string{"", "none", "low", "medium", "high"}).Draw(t, "effort"),
			Format: rapid.SampledFrom([]dialect.Format{{}, {Kind: "json"}, {Kind: "schema", Schema: json.RawMessage(`{"type":"object"}`)}}).Draw(t, "format"),
		}
		if want.Effort != "" && want.Effort != "none" {
			want.ShowThoughts = new(true)
		}
		if rapid.Bool().Draw(t, "sampling") {
			want.Temperature, want.TopP, want.TopK, want.Seed = new(0.5), new(0.25), new(3), new(int64(-4))
			want.Stop, want.PresencePenalty, want.FrequencyPenalty = []string{word(t, "stop")}, new(1.0), new(-1.0)
		}
		if rapid.Bool().Draw(t, "tools") {
			want.Tools = []dialect.Tool{{Name: word(t, "name"), Description: word(t, "description"), Schema: json.RawMessage(`{"type":"object","properties":{}}`)}}
		}
		wire, err := ollama.Outbound{}.Encode(want, dialect.Target{Model: "m"})
		if err != nil || wire.Dropped != nil {
			t.Fatalf("dropped %q, %v", wire.Dropped, err)
		}
		got, err := ollama.Inbound{}.Decode(dialect.Operation{Endpoint: dialect.EndpointChat}, wire.Body)
		if err != nil {
			t.Fatal(err)
		}
		if want.Effort == "low" || want.Effort == "high" {
			got.Effort = want.Effort // a model that knows on and off only
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Fatal(diff)
		}
	})
}

func TestAnswersKeepTheirMeaning(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		choice := dialect.Choice{Finish: rapid.SampledFrom([]string{dialect.FinishStop, dialect.FinishLength}).Draw(t, "finish")}
		if rapid.Bool().Draw(t, "thinks") {
			choice.Parts = append(choice.Parts, dialect.Part{Kind: dialect.PartReasoning, Text: word(t, "thought")})
		}
		if rapid.Bool().Draw(t, "speaks") {
			choice.Parts = append(choice.Parts, text(word(t, "text")))
		}
		for i := range rapid.IntRange(0, 3).Draw(t, "calls") {
			choice.Finish = dialect.FinishTools
			choice.Parts = append(choice.Parts, dialect.Part{Kind: dialect.PartToolCall, Call: &dialect.ToolCall{ID: strings.Repeat("c", i+1), Name: word(t, "tool"), Args: args(t)}})
		}
		want := &dialect.Answer{Model: "m", Created: rapid.Int64Range(1, 1<<32).Draw(t, "created"), Choices: []dialect.Choice{choice}}
		if rapid.Bool().Draw(t, "counted") {
			want.Usage = &dialect.Usage{In: rapid.Int64Range(0, 99).Draw(t, "in"), Out: rapid.Int64Range(0, 99).Draw(t, "out")}
		}
		for _, name := range []string{"", "generate"} {
			o := dialect.Operation{Endpoint: dialect.EndpointChat, Name: name}
			opts := dialect.EncodeOptions{Op: o, Model: "m", Stream: true, Framing: dialect.FramingLines}
			plain, err := ollama.Inbound{}.Encoder(opts).Answer(nil, want)
			if err != nil {
				t.Fatal(err)
			}
			got, err := ollama.Outbound{}.Decoder(o).Answer(plain)
			if diff := cmp.Diff(want, got); err != nil || diff != "" {
				t.Fatalf("plain: %v %s", err, diff)
			}
			if got = streamed(t, o, want, opts); cmp.Diff(want, got) != "" {
				t.Fatalf("streamed: %s", cmp.Diff(want, got))
			}
		}
	})
}

// streamed sends an answer through a stream and gathers it again.
func streamed(t *rapid.T, o dialect.Operation, a *dialect.Answer, opts dialect.EncodeOptions) *dialect.Answer {
	enc, dec := ollama.Inbound{}.Encoder(opts), ollama.Outbound{}.Decoder(o)
	var out []byte
	for _, ev := range a.Events() {
		out = enc.Event(out, ev)
	}
	var g dialect.Gatherer
	for line := range strings.Lines(string(out)) {
		events, err := dec.Event(nil, "", []byte(line))
		if err != nil {
			t.Fatalf("%s: %v", line, err)
		}
		g.Add(events...)
	}
	if _, err := dec.Finish(nil); err != nil {
		t.Fatal(err)
	}
	return g.Answer()
}
