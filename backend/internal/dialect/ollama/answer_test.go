package ollama_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"headwater/backend/internal/dialect"
	"headwater/backend/internal/dialect/ollama"
)

// feed sends a stream through an exchange in pieces of the given size.
func feed(x dialect.Exchange, body string, size int) (out []byte, usage *dialect.Usage, err error) {
	for len(body) > 0 {
		n := min(size, len(body))
		var sign dialect.Sign
		out, sign, err = x.Feed(out, []byte(body[:n]))
		if sign.Usage != nil {
			usage = sign.Usage
		}
		if err != nil {
			return out, usage, err
		}
		body = body[n:]
	}
	out, last, err := x.Close(out)
	if last != nil {
		usage = last
	}
	return out, usage, err
}

func options(tb testing.TB, path string) dialect.EncodeOptions {
	tb.Helper()
	return dialect.EncodeOptions{Op: op(tb, path), Model: "route", Stream: true, StreamUsage: true, Framing: dialect.FramingLines}
}

const chatStream = `{"model":"up","created_at":"2025-06-09T17:58:55.337823Z","message":{"role":"assistant","content":"","thinking":"日本"},"done":false}` + "\n" +
	`{"model":"up","created_at":"T","message":{"role":"assistant","content":"He"},"done":false,"new":{"model":"up"}}` + "\r\n" +
	`{"model":"up","created_at":"T","message":{"role":"assistant","content":"","tool_calls":[{"id":"c1","function":{"name":"f","arguments":{"a": "é"}}}]},"done":false}` + "\n\n" +
	`{"model":"up","created_at":"T","message":{"role":"assistant","content":"llo","tool_calls":[{"id":"c2","function":{"name":"g","arguments":{}}}]},"done":false}` + "\n" +
	`{"model":"up","created_at":"T","message":{"role":"assistant","content":""},"done_reason":"stop","done":true,"prompt_eval_count":3,"eval_count":2}`

func TestPassThroughChangesOnlyTheModel(t *testing.T) {
	want := strings.ReplaceAll(chatStream, `{"model":"up","created`, `{"model":"route","created`) + "\n"
	for size := 1; size <= len(chatStream); size++ {
		x := dialect.NewExchange(ollama.Inbound{}, ollama.Outbound{}, options(t, "/api/chat"))
		out, usage, err := feed(x, chatStream, size)
		if err != nil || string(out) != want || usage == nil || *usage != (dialect.Usage{In: 3, Out: 2}) {
			t.Fatalf("pieces of %d: %v, usage %+v\ngot  %q\nwant %q", size, err, usage, out, want)
		}
	}
	for path, body := range map[string]string{
		"/api/chat":       `{"model" : "up","message":{"content":"x"},"done":true, "prompt_eval_count":3,"eval_count":2}`,
		"/api/generate":   `{"response":"x","model":"up","context":[1],"eval_count":2,"prompt_eval_count":3}`,
		"/api/embed":      `{"model":"up","embeddings":[[0.5]],"prompt_eval_count":3}`,
		"/api/embeddings": `{"embedding":[0.5]}`,
	} {
		opts := options(t, path)
		out, usage, err := dialect.NewExchange(ollama.Inbound{}, ollama.Outbound{}, opts).Answer(nil, []byte(body))
		if err != nil || string(out) != strings.Replace(body, `"up"`, `"route"`, 1) || usage != nil && usage.In != 3 {
			t.Errorf("%s: got %s, %+v, %v", path, out, usage, err)
		}
	}
}

func TestTranslatedStreamHasCallsWholeAndCountsLast(t *testing.T) {
	const head = `{"model":"route","created_at":"T",`
	want := head + `"message":{"role":"assistant","content":"","thinking":"日本"},"done":false}` + "\n" +
		head + `"message":{"role":"assistant","content":"He"},"done":false}` + "\n" +
		head + `"message":{"role":"assistant","content":"llo"},"done":false}` + "\n" +
		head + `"message":{"role":"assistant","content":"","tool_calls":[{"id":"c1","function":{"index":0,"name":"f","arguments":{"a":"é"}}}]},"done":false}` + "\n" +
		head + `"message":{"role":"assistant","content":"","tool_calls":[{"id":"c2","function":{"index":1,"name":"g","arguments":{}}}]},"done":false}` + "\n" +
		head + `"message":{"role":"assistant","content":""},"done":true,"done_reason":"stop","prompt_eval_count":3,"eval_count":2}` + "\n"
	for size := 1; size <= len(chatStream); size++ {
		out, usage, err := feed(dialect.NewExchange(ollama.Inbound{}, stranger{}, options(t, "/api/chat")), chatStream, size)
		if err != nil || steady(out) != want || usage == nil || usage.In != 3 {
			t.Fatalf("pieces of %d: %v, usage %+v\ngot  %s\nwant %s", size, err, usage, steady(out), want)
		}
		if !strings.Contains(string(out), `"created_at":"2025-06-09T17:58:55Z"`) {
			t.Fatalf("the time of the answer is lost: %s", out)
		}
	}
}

func TestDecoderGivesTheEventsOfAStream(t *testing.T) {
	dec := ollama.Outbound{}.Decoder(dialect.Operation{Endpoint: dialect.EndpointChat})
	var got []dialect.Event
	var err error
	for line := range strings.SplitSeq(chatStream, "\n") {
		if line == "" {
			continue
		}
		if got, err = dec.Event(got, "", []byte(line)); err != nil {
			t.Fatal(err)
		}
	}
	// What follows the end means nothing.
	if got, err = dec.Event(got, "", []byte(`{"message":{"content":"more"},"done":true}`)); err != nil {
		t.Fatal(err)
	}
	if got, err = dec.Finish(got); err != nil {
		t.Fatal(err)
	}
	want := []dialect.Event{
		{Kind: dialect.EventStart, Model: "up", Created: 1749491935},
		{Kind: dialect.EventReasoning, Text: "日本"},
		{Kind: dialect.EventText, Text: "He"},
		{Kind: dialect.EventToolStart, CallID: "c1", ToolName: "f"},
		{Kind: dialect.EventToolArgs, Text: `{"a": "é"}`},
		{Kind: dialect.EventText, Text: "llo"},
		{Kind: dialect.EventToolStart, Tool: 1, CallID: "c2", ToolName: "g"},
		{Kind: dialect.EventToolArgs, Tool: 1, Text: `{}`},
		{Kind: dialect.EventUsage, Usage: &dialect.Usage{In: 3, Out: 2}},
		{Kind: dialect.EventFinish, Finish: dialect.FinishTools},
		{Kind: dialect.EventEnd},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

func TestDecoderReadsPlainAnswers(t *testing.T) {
	call := func(id, name, args string) dialect.Part {
		return dialect.Part{Kind: dialect.PartToolCall, Call: &dialect.ToolCall{ID: id, Name: name, Args: args}}
	}
	for _, row := range []struct {
		why, body string
		parts     []dialect.Part
		finish    string
		usage     *dialect.Usage
	}{
		{"text", `{"message":{"content":"x"},"done":true,"done_reason":"stop","prompt_eval_count":1,"eval_count":2}`, []dialect.Part{text("x")}, "stop", &dialect.Usage{In: 1, Out: 2}},
		{"cached prompt", `{"message":{"content":"x"},"done":true,"done_reason":"length","eval_count":2}`, []dialect.Part{text("x")}, "length", &dialect.Usage{Out: 2}},
		{"no counts", `{"message":{"content":"x"},"done":true}`, []dialect.Part{text("x")}, "stop", nil},
		{"the model was loaded", `{"message":{"content":""},"done":true,"done_reason":"load"}`, nil, "stop", nil},
		{"generate", `{"response":"x","thinking":"t","done":true}`, []dialect.Part{{Kind: dialect.PartReasoning, Text: "t"}, text("x")}, "stop", nil},
		{
			"calls", `{"message":{"content":null,"thinking":"t","tool_calls":[{"id":"a","function":{"name":"f","arguments":{"x":1}}},{"id":"b","function":{"name":"g"}},{"id":"c","function":{"name":"h","arguments":"{\"y\":2}"}},{"id":"d","function":{"name":"i","arguments":""}}]},"done":true,"done_reason":"stop"}`,
			[]dialect.Part{{Kind: dialect.PartReasoning, Text: "t"}, call("a", "f", `{"x":1}`), call("b", "g", "{}"), call("c", "h", `{"y":2}`), call("d", "i", "{}")},
			"tool_calls", nil,
		},
		{"an image", `{"message":{"content":"","images":["` + png + `"]},"done":true}`, []dialect.Part{{Kind: dialect.PartImage, Data: png, MIME: "image/png"}}, "stop", nil},
	} {
		a, err := ollama.Outbound{}.Decoder(dialect.Operation{Endpoint: dialect.EndpointChat}).Answer([]byte(row.body))
		if err != nil {
			t.Errorf("%s: %v", row.why, err)
			continue
		}
		want := &dialect.Answer{Choices: []dialect.Choice{{Parts: row.parts, Finish: row.finish}}, Usage: row.usage}
		if diff := cmp.Diff(want, a); diff != "" {
			t.Errorf("%s: %s", row.why, diff)
		}
	}
}

func TestCallsWithoutAnIDGetOneThatStays(t *testing.T) {
	body := func(at string) []byte {
		return []byte(`{"created_at":"` + at + `","message":{"tool_calls":[{"function":{"name":"f","arguments":{}}},{"function":{"name":"f","arguments":{}}}]},"done":true}`)
	}
	ids := func(at string) [2]string {
		a, err := ollama.Outbound{}.Decoder(dialect.Operation{Endpoint: dialect.EndpointChat}).Answer(body(at))
		if err != nil {
			t.Fatal(err)
		}
		events, err := ollama.Outbound{}.Decoder(dialect.Operation{Endpoint: dialect.EndpointChat}).Event(nil, "", body(at))
		if err != nil || events[1].CallID != a.Choices[0].Parts[0].Call.ID {
			t.Errorf("plain and streamed differ: %+v, %v", events, err)
		}
		return [2]string{a.Choices[0].Parts[0].Call.ID, a.Choices[0].Parts[1].Call.ID}
	}
	one := ids("2025-01-01T00:00:00.1Z")
	if one[0] == one[1] || !strings.HasPrefix(one[0], "call_") || len(one[0]) != 21 {
		t.Errorf("got %q", one)
	}
	if again := ids("2025-01-01T00:00:00.1Z"); again != one {
		t.Errorf("got %q, then %q", one, again)
	}
	if later := ids("2025-01-01T00:00:00.2Z"); later[0] == one[0] {
		t.Errorf("two turns have the same id %q", one[0])
	}
}

func TestFaultsInsideASuccess(t *testing.T) {
	chat := dialect.Operation{Endpoint: dialect.EndpointChat}
	embed := dialect.Operation{Endpoint: dialect.EndpointEmbeddings}
	for _, row := range []struct {
		op        dialect.Operation
		body      string
		malformed bool
		reason    dialect.Reason
		status    int
	}{
		{chat, `{"error":"model requires more system memory (9 GiB) than is available (1 GiB)"}`, false, dialect.ReasonOverloaded, 0},
		{chat, `{"error":"too many requests","status_code":429}`, false, dialect.ReasonRate, 429},
		{chat, `{"error":{"message":"boom"},"message":{"content":"x"}}`, false, dialect.ReasonUnknown, 0},
		{chat, `{"status":"pulling manifest"}`, true, "", 0},
		{chat, `{"message":"x"}`, true, "", 0},
		{chat, `[]`, true, "", 0},
		{chat, `<html>`, true, "", 0},
		{embed, `{"error":"the input length exceeds the context length"}`, false, dialect.ReasonContextLength, 0},
		{embed, `{"embeddings":null}`, true, "", 0},
		{embed, `{"embeddings":[null]}`, true, "", 0},
		{embed, `{"embeddings":[["x"]]}`, true, "", 0},
	} {
		check := func(how string, err error) {
			fault, ok := errors.AsType[*dialect.Fault](err)
			if !ok || fault.Malformed != row.malformed || fault.Detail.Reason != row.reason || fault.Detail.Status != row.status {
				t.Errorf("%s of %s: got %+v, %v", how, row.body, fault, err)
			}
		}
		_, err := ollama.Outbound{}.Decoder(row.op).Answer([]byte(row.body))
		check("Answer", err)
		if strings.Contains(row.body, `"message":"x"`) || strings.Contains(row.body, `"embeddings":[`) {
			continue // whether a field has the right type is not looked at in passing
		}
		_, err = ollama.Outbound{}.Watcher(row.op).Answer([]byte(row.body))
		check("the watcher's Answer", err)
		if row.op.Endpoint != chat.Endpoint {
			continue
		}
		_, err = ollama.Outbound{}.Decoder(row.op).Event(nil, "", []byte(row.body))
		check("Event", err)
		_, err = ollama.Outbound{}.Watcher(row.op).Event("", []byte(row.body))
		check("the watcher's Event", err)
	}
}

func TestStreamWithoutDoneIsTruncated(t *testing.T) {
	cut := chatStream[:strings.LastIndex(chatStream, "\n")+1]
	for _, out := range []dialect.Outbound{ollama.Outbound{}, stranger{}} {
		for _, body := range []string{"", cut, cut + `{"model":"up","done":tr`} {
			_, _, err := feed(dialect.NewExchange(ollama.Inbound{}, out, options(t, "/api/chat")), body, 50)
			if fault, ok := errors.AsType[*dialect.Fault](err); !ok || !fault.Truncated {
				t.Errorf("%s, %d bytes: got %v", out.Name(), len(body), err)
			}
		}
	}
}

func TestWatcherSeesContentOnce(t *testing.T) {
	w := ollama.Outbound{}.Watcher(dialect.Operation{Endpoint: dialect.EndpointChat})
	for i, row := range []struct {
		line string
		want dialect.Sign
	}{
		{`{"message":{"content":"","thinking":""},"done":false}`, dialect.Sign{}},
		{`{"message":{"content":"","tool_calls":[]},"done":false}`, dialect.Sign{}},
		{`{"message":{"content":"","tool_calls":[{}]},"done":false}`, dialect.Sign{Content: true}},
		{`{"message":{"content":"x"},"done":false}`, dialect.Sign{}},
		{`{"message":{"content":""},"done":true,"eval_count":4}`, dialect.Sign{End: true, Usage: &dialect.Usage{Out: 4}}},
	} {
		got, err := w.Event("", []byte(row.line))
		if diff := cmp.Diff(row.want, got); err != nil || diff != "" {
			t.Errorf("line %d: %v %s", i, err, diff)
		}
	}
	if err := w.Finish(); err != nil {
		t.Error(err)
	}
}

func TestEncoderOfGenerate(t *testing.T) {
	opts := options(t, "/api/generate")
	enc := ollama.Inbound{}.Encoder(opts)
	var out []byte
	for _, ev := range []dialect.Event{
		{Kind: dialect.EventStart, Created: 5},
		{Kind: dialect.EventPing},
		{Kind: dialect.EventReasoning, Text: "hm", Signature: "s"},
		{Kind: dialect.EventReasoning, Redacted: "secret"},
		{Kind: dialect.EventText, Text: `<a "b">`},
		{Kind: dialect.EventText, Choice: 1, Text: "another choice"},
		{Kind: dialect.EventCitation, Citation: &dialect.Citation{URL: "u"}},
		{Kind: dialect.EventMedia, Media: &dialect.Part{Kind: dialect.PartImage, Data: png}},
		{Kind: dialect.EventMedia, Media: &dialect.Part{Kind: dialect.PartImage, URL: "https://x.test"}},
		{Kind: dialect.EventRefusal, Text: "no"},
		{Kind: dialect.EventFinish, Finish: dialect.FinishLength},
		{Kind: dialect.EventEnd},
		{Kind: dialect.EventEnd},
	} {
		out = enc.Event(out, ev)
	}
	const head = `{"model":"route","created_at":"1970-01-01T00:00:05Z",`
	want := head + `"response":"","thinking":"hm","done":false}` + "\n" +
		head + `"response":"<a \"b\">","done":false}` + "\n" +
		head + `"response":"","images":["` + png + `"],"done":false}` + "\n" +
		head + `"response":"https://x.test","done":false}` + "\n" +
		head + `"response":"no","done":false}` + "\n" +
		head + `"response":"","done":true,"done_reason":"length"}` + "\n"
	want = strings.ReplaceAll(want, "1970-01-01T00:00:05Z", "T")
	if got := steady(out); got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
}

func TestEncoderOfPlainAnswers(t *testing.T) {
	answer := &dialect.Answer{
		ID: "x", Model: "up", Created: 5, Usage: &dialect.Usage{In: 3, Out: 2, CachedIn: 1},
		Choices: []dialect.Choice{{Finish: dialect.FinishTools, Parts: []dialect.Part{
			{Kind: dialect.PartReasoning, Text: "hm"},
			text("a"), text("b"),
			{Kind: dialect.PartImage, Data: png},
			{Kind: dialect.PartToolCall, Call: &dialect.ToolCall{ID: "c", Name: "f", Args: `[1]`}},
			{Kind: dialect.PartToolCall, Call: &dialect.ToolCall{ID: "d", Name: "g", Args: ` `}},
		}}, {Index: 1, Parts: []dialect.Part{text("another")}}},
	}
	const calls = `"tool_calls":[{"id":"c","function":{"index":0,"name":"f","arguments":{"_raw":"[1]"}}},{"id":"d","function":{"index":1,"name":"g","arguments":{}}}]`
	for path, want := range map[string]string{
		"/api/chat":     `"message":{"role":"assistant","content":"ab","thinking":"hm","images":["` + png + `"],` + calls + `}`,
		"/api/generate": `"response":"ab","thinking":"hm","images":["` + png + `"],` + calls,
	} {
		out, err := ollama.Inbound{}.Encoder(dialect.EncodeOptions{Op: op(t, path), Model: "route"}).Answer([]byte("before"), answer)
		want = `before{"model":"route","created_at":"T",` + want + `,"done":true,"done_reason":"stop","prompt_eval_count":3,"eval_count":2}`
		if err != nil || steady(out) != want {
			t.Errorf("got  %s, %v\nwant %s", steady(out), err, want)
		}
		var times map[string]any
		if json.Unmarshal(bytes.TrimPrefix(out, []byte("before")), &times) != nil || times["total_duration"].(float64) < 1 || times["eval_duration"].(float64) < 1 {
			t.Errorf("clients divide by the durations: %s", out)
		}
	}
	out, err := ollama.Inbound{}.Encoder(dialect.EncodeOptions{Op: op(t, "/api/chat"), Model: "route"}).Answer(nil, &dialect.Answer{})
	if want := `{"model":"route","created_at":"T","message":{"role":"assistant","content":""},"done":true,"done_reason":"stop"}`; err != nil || steady(out) != want {
		t.Errorf("an empty answer: %s, %v", steady(out), err)
	}
}

func TestEncoderOfEmbeddings(t *testing.T) {
	answer := &dialect.Answer{Model: "up", Embeddings: [][]float64{{0.5, -1e-9}, {2}}, Usage: &dialect.Usage{In: 3}}
	for _, row := range []struct {
		path, want string
		answer     *dialect.Answer
	}{
		{"/api/embed", `{"model":"route","embeddings":[[0.5,-1e-9],[2]],"prompt_eval_count":3}`, answer},
		{"/api/embed", `{"model":"route","embeddings":[]}`, &dialect.Answer{}},
		{"/api/embeddings", `{"embedding":[0.5,-1e-9]}`, answer},
		{"/api/embeddings", `{"embedding":[]}`, &dialect.Answer{}},
	} {
		out, err := ollama.Inbound{}.Encoder(dialect.EncodeOptions{Op: op(t, row.path), Model: "route"}).Answer(nil, row.answer)
		if err != nil || steady(out) != row.want {
			t.Errorf("%s: got %s, %v", row.path, steady(out), err)
		}
	}
}

// TestNoLineIsLongerThanClientsRead sends a long text of characters that need
// the longest escapes.
func TestNoLineIsLongerThanClientsRead(t *testing.T) {
	long := strings.Repeat("\x01日", 200_000)
	for _, kind := range []dialect.EventKind{dialect.EventText, dialect.EventReasoning} {
		out := ollama.Inbound{}.Encoder(options(t, "/api/chat")).Event(nil, dialect.Event{Kind: kind, Text: long})
		var got strings.Builder
		for line := range bytes.Lines(out) {
			if len(line) > 512_000 {
				t.Errorf("a line of %d bytes", len(line))
			}
			var w struct {
				Message struct{ Content, Thinking string } `json:"message"`
			}
			if err := json.Unmarshal(line, &w); err != nil {
				t.Fatal(err)
			}
			got.WriteString(w.Message.Content + w.Message.Thinking)
		}
		if got.String() != long {
			t.Errorf("%s: the text was changed", kind)
		}
	}
}
