package bedrock_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"headwater/backend/hw"
	"headwater/backend/internal/dialect"
	"headwater/backend/internal/dialect/bedrock"
)

// randomRequest makes a conversation of every kind of part in any order,
// sensible or not.
func randomRequest(r *rand.Rand) *dialect.Request {
	texts := []string{"a", " ", "", "é\n", "long text"}
	pick := func(of []string) string { return of[r.IntN(len(of))] }
	part := func(role string) dialect.Part {
		id := fmt.Sprint("c", r.IntN(4))
		kind := r.IntN(8)
		if role == dialect.RoleAssistant == (kind == 1) && kind < 3 {
			kind = 7 // not in this role
		}
		switch kind {
		case 0:
			return call(id, pick([]string{"", "{}", `{"a":1}`, "[1]", "cut{"}))
		case 1:
			return dialect.Part{Kind: dialect.PartToolResult, CallID: id, Text: pick(texts), IsError: r.IntN(2) == 0}
		case 2:
			return dialect.Part{Kind: dialect.PartReasoning, Text: pick(texts), Signature: pick([]string{"", "s"}), Signer: pick([]string{"", "anthropic", "gemini"})}
		case 3:
			return dialect.Part{Kind: dialect.PartDocument, MIME: "application/pdf", Data: "QQ==", Filename: pick([]string{"", "a.pdf", "ü"})}
		default:
			return dialect.Part{Kind: dialect.PartText, Text: pick(texts), CacheControl: json.RawMessage(pick([]string{"", "{}"}))}
		}
	}
	req := &dialect.Request{Endpoint: dialect.EndpointChat, Effort: pick([]string{"", "low", "none"}), Choice: dialect.ToolChoice{Mode: pick([]string{"", "none", "required"})}}
	for range 1 + r.IntN(8) {
		m := dialect.Message{Role: pick([]string{"system", "user", "assistant", "tool"})}
		if m.Role == dialect.RoleSystem {
			m.Parts = []dialect.Part{{Kind: dialect.PartText, Text: pick(texts)}}
		} else {
			for range r.IntN(4) {
				m.Parts = append(m.Parts, part(m.Role))
			}
		}
		for i := range m.Parts {
			if len(m.Parts[i].CacheControl) == 0 {
				m.Parts[i].CacheControl = nil
			}
		}
		req.Messages = append(req.Messages, m)
	}
	return req
}

type wireRequest struct {
	Messages []struct {
		Role    string                       `json:"role"`
		Content []map[string]json.RawMessage `json:"content"`
	} `json:"messages"`
	Tools json.RawMessage `json:"toolConfig"`
}

// broken tells which of Bedrock's rules a request breaks; empty for none.
func broken(body []byte) string {
	var req wireRequest
	if err := json.Unmarshal(body, &req); err != nil {
		return err.Error()
	}
	if len(req.Messages) == 0 {
		return "no messages"
	}
	var open []string
	names := map[string]bool{}
	for i, m := range req.Messages {
		if m.Role != []string{"user", "assistant"}[i%2] || len(m.Content) == 0 {
			return "a turn is out of order or empty"
		}
		calls, results, others := []string{}, []string{}, false
		for _, block := range m.Content {
			if len(block) != 1 {
				return "a block of more or less than one kind"
			}
			if text, ok := block["text"]; ok && strings.TrimSpace(strings.Trim(string(text), `"`)) == "" {
				return "a blank text"
			}
			var named struct {
				ID   string `json:"toolUseId"`
				Name string `json:"name"`
			}
			switch {
			case block["toolUse"] != nil:
				_ = json.Unmarshal(block["toolUse"], &named)
				calls = append(calls, named.ID)
			case block["toolResult"] != nil:
				_ = json.Unmarshal(block["toolResult"], &named)
				results = append(results, named.ID)
				if others {
					return "a result that is not first"
				}
			case block["cachePoint"] == nil:
				others = true
			}
			if block["document"] != nil {
				_ = json.Unmarshal(block["document"], &named)
				if names[named.Name] {
					return "a document's name stands twice"
				}
				names[named.Name] = true
			}
		}
		slices.Sort(results)
		slices.Sort(open)
		if !slices.Equal(results, open) {
			return "calls and results do not match"
		}
		open = calls
		if len(calls) > 0 && len(req.Tools) == 0 {
			return "calls without tools"
		}
	}
	if len(open) > 0 {
		return "the last calls have no results"
	}
	return ""
}

func TestAnyConversationKeepsTheRules(t *testing.T) {
	const seed = 7
	r := rand.New(rand.NewPCG(seed, seed))
	for i := range 3000 {
		req := randomRequest(r)
		for _, model := range []string{claude, newest, nova, llama} {
			wire, err := bedrock.Outbound{}.Encode(req, dialect.Target{Model: model, MaxOutput: 8192})
			if err != nil {
				if hw.CodeOf(err) != hw.CodeBadRequest {
					t.Fatalf("case %d of seed %d: %v", i, seed, err)
				}
				continue
			}
			if problem := broken(wire.Body); problem != "" {
				t.Fatalf("case %d of seed %d for %s: %s: %s", i, seed, model, problem, wire.Body)
			}
		}
	}
}

// isFault reports whether an error is one that a decoder may return.
func isFault(err error) bool {
	_, ok := errors.AsType[*dialect.Fault](err)
	return err == nil || ok
}

func FuzzAnswer(f *testing.F) {
	f.Add([]byte(`{"output":{"message":{"content":[{"text":"a"},{"toolUse":{"toolUseId":"t","name":"f","input":{}}}]}},"stopReason":"tool_use","usage":{"inputTokens":1}}`))
	f.Add([]byte(`{"output":{"message":{"content":[{"citationsContent":{"content":[{"text":"a"}],"citations":[{"location":{"web":{"url":"u"}}}]}},{"reasoningContent":{"redactedContent":"eA=="}}]}}}`))
	f.Add([]byte(`{"__type":"a#ThrottlingException","message":"m"}`))
	f.Fuzz(func(t *testing.T, body []byte) {
		a, err := bedrock.Outbound{}.Decoder(dialect.Operation{}).Answer(body)
		if !isFault(err) || err == nil && a == nil {
			t.Fatalf("got %v, %v", a, err)
		}
		bedrock.Outbound{}.ReadError(400, nil, body)
	})
}

func FuzzStream(f *testing.F) {
	f.Add("messageStart {}\ncontentBlockStart {\"contentBlockIndex\":1,\"start\":{\"toolUse\":{\"toolUseId\":\"t\",\"name\":\"f\"}}}\nmessageStop {\"stopReason\":\"tool_use\"}\nmetadata {\"usage\":{\"inputTokens\":1}}")
	f.Add("contentBlockDelta {\"delta\":{\"reasoningContent\":{\"signature\":\"s\"}}}\nthrottlingException {\"message\":\"x\"}")
	f.Fuzz(func(t *testing.T, lines string) {
		d := bedrock.Outbound{}.Decoder(dialect.Operation{})
		var g dialect.Gatherer
		for line := range strings.SplitSeq(lines, "\n") {
			name, data, _ := strings.Cut(line, " ")
			events, err := d.Event(nil, name, []byte(data))
			g.Add(events...)
			if !isFault(err) {
				t.Fatal(err)
			}
		}
		events, err := d.Finish(nil)
		g.Add(events...)
		if !isFault(err) || g.Answer() == nil {
			t.Fatal(err)
		}
	})
}
