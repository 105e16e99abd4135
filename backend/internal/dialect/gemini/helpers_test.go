package gemini_test

import (
	"encoding/json"
	"errors"
	"reflect"
	"strings"
	"testing"

	"headwater/backend/hw"
	"headwater/backend/internal/dialect"
	"headwater/backend/internal/dialect/gemini"
)

var (
	chatOp   = dialect.Operation{Endpoint: dialect.EndpointChat, Name: "generateContent", Model: "m"}
	streamOp = dialect.Operation{Endpoint: dialect.EndpointChat, Name: "streamGenerateContent", Model: "m", Stream: true}
)

// sameAs compares JSON texts, whatever the order of their fields.
func sameAs(t *testing.T, got, want string) {
	t.Helper()
	var g, w any
	if err := json.Unmarshal([]byte(got), &g); err != nil {
		t.Fatalf("got %s: %v", got, err)
	}
	if err := json.Unmarshal([]byte(want), &w); err != nil {
		t.Fatalf("want %s: %v", want, err)
	}
	if !reflect.DeepEqual(g, w) {
		t.Errorf("got  %s\nwant %s", got, want)
	}
}

// decode reads a chat request, which must be good.
func decode(t *testing.T, body string) *dialect.Request {
	t.Helper()
	req, err := gemini.Inbound{}.Decode(chatOp, []byte(body))
	if err != nil {
		t.Fatalf("%s: %v", body, err)
	}
	return req
}

// refused checks that an error is for the caller and names the field.
func refused(t *testing.T, err error, code hw.Code, field string) {
	t.Helper()
	e, ok := errors.AsType[*hw.Error](err)
	if !ok || e.Code != code || e.Field != field {
		t.Errorf("got %v, want %s at %q", err, code, field)
	}
}

func say(role, text string) dialect.Message {
	return dialect.Message{Role: role, Parts: []dialect.Part{{Kind: dialect.PartText, Text: text}}}
}

func calls(ids ...string) dialect.Message {
	m := dialect.Message{Role: dialect.RoleAssistant}
	for _, id := range ids {
		m.Parts = append(m.Parts, dialect.Part{Kind: dialect.PartToolCall, Call: &dialect.ToolCall{ID: id, Name: "f_" + id, Args: "{}"}})
	}
	return m
}

func result(id, text string) dialect.Message {
	return dialect.Message{Role: dialect.RoleTool, Parts: []dialect.Part{{Kind: dialect.PartToolResult, CallID: id, Text: text}}}
}

func chat(messages ...dialect.Message) *dialect.Request {
	return &dialect.Request{Endpoint: dialect.EndpointChat, Messages: messages}
}

// encode renders a request and gives body and what was dropped.
func encode(t *testing.T, req *dialect.Request, model string) (string, []string) {
	t.Helper()
	wire, err := gemini.Outbound{}.Encode(req, dialect.Target{Model: model})
	if err != nil {
		t.Fatal(err)
	}
	return string(wire.Body), wire.Dropped
}

// field gives one top-level field of a JSON text; "null" when it is not there.
func field(t *testing.T, body, key string) string {
	t.Helper()
	var fields map[string]json.RawMessage
	if err := json.Unmarshal([]byte(body), &fields); err != nil {
		t.Fatalf("%s: %v", body, err)
	}
	if raw, ok := fields[key]; ok {
		return string(raw)
	}
	return "null"
}

// curated is what the SDK for Go keeps of a content of the model: nothing where
// all parts are empty texts. It throws the turn away where only some are.
func curated(t *testing.T, content string) []string {
	t.Helper()
	var c struct {
		Parts []map[string]any `json:"parts"`
	}
	if err := json.Unmarshal([]byte(content), &c); err != nil {
		t.Fatal(err)
	}
	empty := 0
	for _, p := range c.Parts {
		if p["text"] == "" || p["text"] == nil && p["functionCall"] == nil && p["inlineData"] == nil {
			empty++
		}
	}
	switch empty {
	case 0:
		return []string{content}
	case len(c.Parts):
		return nil
	}
	t.Fatalf("an empty text beside other parts: %s", content)
	return nil
}

// write writes the events of a stream.
func write(opts dialect.EncodeOptions, events ...dialect.Event) string {
	if opts.Op.Endpoint == "" {
		opts.Op = streamOp
	}
	opts.Stream = true
	if opts.Model == "" {
		opts.Model = "alias"
	}
	e := gemini.Inbound{}.Encoder(opts)
	var out []byte
	for _, ev := range events {
		out = e.Event(out, ev)
	}
	return string(out)
}

// chunks takes the data out of an event stream, as strictly as Google's SDKs.
func chunks(t *testing.T, stream string) []string {
	t.Helper()
	var out []string
	for stream != "" {
		event, rest, ok := strings.Cut(stream, "\r\n\r\n")
		data, isData := strings.CutPrefix(event, "data: ")
		if !ok || !isData || !json.Valid([]byte(data)) {
			t.Fatalf("a broken event: %q", event)
		}
		out = append(out, data)
		stream = rest
	}
	return out
}

// chunk is the text of one chunk.
func chunk(parts, more string) string {
	return `{"candidates":[{"content":{"role":"model","parts":[` + parts + `]},"index":0` + more + `}],"modelVersion":"alias","responseId":"r1"}`
}
