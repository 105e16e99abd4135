package tokens_test

import (
	"encoding/json"
	"strings"
	"testing"

	"headwater/backend/internal/dialect"
	"headwater/backend/internal/tokens"
)

func TestTextsAreCountedWithTheVocabularyOfCurrentModels(t *testing.T) {
	for text, want := range map[string]int64{
		"": 0, "hello world": 2, "tiktoken is great!": 6, "你好，世界": 3,
	} {
		if got := tokens.Text(text); got != want {
			t.Errorf("%q: %d tokens, want %d", text, got, want)
		}
	}
}

func TestALongTextIsCountedFromSamples(t *testing.T) {
	const sentence = "The quick brown fox jumps over the lazy dog. "
	short, long := strings.Repeat(sentence, 500), strings.Repeat(sentence, 40_000) // 1.8 MB
	got, want := tokens.Text(long), tokens.Text(short)*80
	if got < want*95/100 || got > want*105/100 {
		t.Errorf("%d tokens, want about %d", got, want)
	}
}

func TestARequestCountsAllThatTheModelReads(t *testing.T) {
	ask := func(change func(r *dialect.Request)) int64 {
		r := &dialect.Request{Messages: []dialect.Message{{Role: dialect.RoleUser, Parts: []dialect.Part{{Kind: dialect.PartText, Text: "hello"}}}}}
		change(r)
		return tokens.Request(r)
	}
	plain := ask(func(*dialect.Request) {})
	for name, change := range map[string]func(r *dialect.Request){
		"a tool": func(r *dialect.Request) {
			r.Tools = []dialect.Tool{{Name: "look", Schema: json.RawMessage(`{"type":"object"}`)}}
		},
		"an image": func(r *dialect.Request) {
			r.Messages[0].Parts = append(r.Messages[0].Parts, dialect.Part{Kind: dialect.PartImage, Data: "QQ=="})
		},
		"a second turn": func(r *dialect.Request) { r.Messages = append(r.Messages, r.Messages[0]) },
		"a call": func(r *dialect.Request) {
			r.Messages[0].Parts = append(r.Messages[0].Parts, dialect.Part{Kind: dialect.PartToolCall, Call: &dialect.ToolCall{Name: "look", Args: `{"a":"long enough"}`}})
		},
		"a result image": func(r *dialect.Request) {
			r.Messages[0].Parts = append(r.Messages[0].Parts, dialect.Part{Kind: dialect.PartToolResult, Media: []dialect.Part{{Kind: dialect.PartImage}}})
		},
		"a schema": func(r *dialect.Request) {
			r.Format.Schema = json.RawMessage(`{"type":"object","properties":{"a":{"type":"string"}}}`)
		},
	} {
		if got := ask(change); got <= plain {
			t.Errorf("%s: %d tokens, not more than %d", name, got, plain)
		}
	}
}
