package conformance

import (
	"encoding/json"
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strings"
)

// Arrival is a request as the replay server last received it.
type Arrival struct {
	URL     string            `json:"url"`
	Headers map[string]string `json:"headers"`
	Body    string            `json:"body"`
}

// ArrivalProblems says what is wrong with the request that reached the
// upstream: the wrong credential, or a body that lost or changed something.
func ArrivalProblems(c *Case, a Arrival) []string {
	var problems []string
	header, value := "authorization", "Bearer "+vendorKey
	if c.Anthropic() {
		header, value = "x-api-key", vendorKey
	}
	if a.Headers[header] != value {
		problems = append(problems, fmt.Sprintf("%s is %q", header, a.Headers[header]))
	}
	for name, v := range a.Headers {
		if strings.Contains(v, callerKey) {
			problems = append(problems, "the caller's key arrived in "+name)
		}
	}
	var got map[string]any
	if err := json.Unmarshal([]byte(a.Body), &got); err != nil {
		return append(problems, "the body is not JSON: "+err.Error())
	}
	if c.Anthropic() {
		return append(problems, messagesProblems(c, got)...)
	}
	return append(problems, chatProblems(c, got)...)
}

// chatProblems: on the pass-through road everything arrives as it was sent,
// but for the model and the request for usage in a stream.
func chatProblems(c *Case, got map[string]any) []string {
	want := roundTrip(c.Body)
	want["model"] = c.ID
	if c.Stream {
		options := map[string]any{}
		maps.Copy(options, object(want["stream_options"]))
		options["include_usage"] = true
		want["stream_options"] = options
	}
	var problems []string
	for _, name := range slices.Sorted(maps.Keys(want)) {
		if !reflect.DeepEqual(want[name], got[name]) {
			problems = append(problems, fmt.Sprintf("%s: sent %s, arrived %s", name, shortJSON(want[name]), shortJSON(got[name])))
		}
	}
	for name := range got {
		if _, ok := want[name]; !ok {
			problems = append(problems, name+" was not sent, but arrived")
		}
	}
	return problems
}

// messagesProblems compares what arrived at an Anthropic upstream with the
// recorded Anthropic request, so far as chat has words for it.
func messagesProblems(c *Case, got map[string]any) []string {
	if c.record.Request == nil || len(c.record.Request.Body) == 0 {
		return nil
	}
	var recorded map[string]any
	if err := json.Unmarshal(c.record.Request.Body, &recorded); err != nil {
		return []string{"reading the recording: " + err.Error()}
	}
	want, have := essence(recorded), essence(got)
	for i := range max(len(want), len(have)) {
		if w, h := at(want, i), at(have, i); w != h {
			return []string{fmt.Sprintf("part %d: recorded %s, arrived %s", i, short(w), short(h))}
		}
	}
	return nil
}

func at(lines []string, i int) string {
	if i < len(lines) {
		return lines[i]
	}
	return "nothing"
}

// essence is a Messages request as lines, one per part that chat can say.
func essence(body map[string]any) []string {
	e := &essay{answered: answered(body), called: map[string]bool{}}
	if text := textOf(body["system"]); text != "" {
		e.add("system", text)
	}
	for _, m := range list(body["messages"]) {
		e.message(object(m))
	}
	for _, t := range list(body["tools"]) {
		e.tool(object(t))
	}
	for _, name := range []string{"max_tokens", "temperature", "top_p", "stop_sequences"} {
		// Newer models refuse both samplers at once; the gateway says that it
		// left the second one out.
		both := name == "top_p" && body["temperature"] != nil
		if body[name] != nil && !both {
			e.add(name, shortJSON(body[name]))
		}
	}
	return e.lines
}

// essay collects the lines of one request.
type essay struct {
	lines []string
	// answered counts, by the call's id, the call and its results. One without
	// the other is refused by every vendor and left out by the gateway.
	answered map[any]int
	// called are the names of the tools that the history calls.
	called map[string]bool
}

// tool adds a declared tool. Anthropic wants the tools of earlier calls
// declared, OpenAI does not: those that only the history names are left out.
func (e *essay) tool(tool map[string]any) {
	name := fmt.Sprint(tool["name"])
	text, _ := tool["description"].(string)
	declared := text != "" || len(object(object(tool["input_schema"])["properties"])) > 0
	if kind := tool["type"]; (kind == nil || kind == "custom") && (declared || !e.called[name]) {
		e.add("tool", name, text, shortJSON(tool["input_schema"]))
	}
}

// answered counts the calls and the results of a request by the call's id.
func answered(body map[string]any) map[any]int {
	n := map[any]int{}
	for _, m := range list(body["messages"]) {
		for _, b := range list(object(m)["content"]) {
			switch block := object(b); block["type"] {
			case "tool_use":
				n[block["id"]]++
			case "tool_result":
				n[block["tool_use_id"]]++
			}
		}
	}
	return n
}

func (e *essay) add(parts ...any) {
	e.lines = append(e.lines, strings.TrimSpace(fmt.Sprintln(parts...)))
}

// message adds a turn: tool results, then text and media, then calls, which is
// the order that chat keeps. Texts are one, because chat joins an assistant's.
func (e *essay) message(m map[string]any) {
	role := m["role"]
	blocks := list(m["content"])
	if text, ok := m["content"].(string); ok {
		blocks = []any{map[string]any{"type": "text", "text": text}}
	}
	lines := map[string][]string{}
	for _, b := range blocks {
		block := object(b)
		kind, line := e.part(block)
		if line == "" {
			continue
		}
		if kind == "tool_use" {
			e.called[fmt.Sprint(block["name"])] = true
		}
		lines[kind] = append(lines[kind], line)
	}
	if texts := lines["text"]; len(texts) > 0 {
		lines["text"] = []string{strings.Join(strings.Fields(strings.Join(texts, " ")), " ")}
	}
	for _, line := range slices.Concat(lines["tool_result"], lines["text"], lines["media"], lines["tool_use"]) {
		e.add(role, line)
	}
}

// part is the kind and the content of a block; an empty content is left out.
func (e *essay) part(block map[string]any) (kind, line string) {
	line = blockEssence(block)
	switch block["type"] {
	case "tool_result":
		if e.answered[block["tool_use_id"]] < 2 {
			line = ""
		}
		return "tool_result", line
	case "tool_use":
		if e.answered[block["id"]] < 2 {
			line = ""
		}
		return "tool_use", line
	}
	if block["type"] == "text" || object(block["source"])["type"] == "text" {
		return "text", line
	}
	return "media", line
}

// blockEssence is the content of a block; empty when chat cannot say it.
func blockEssence(block map[string]any) string {
	source := object(block["source"])
	switch block["type"] {
	case "text":
		text, _ := block["text"].(string)
		return strings.TrimSpace(text)
	case "image":
		if source["type"] == "file" {
			return ""
		}
		return fmt.Sprint(source["type"], source["media_type"], source["url"], source["data"])
	case "document":
		if source["type"] == "base64" || source["type"] == "text" {
			return strings.TrimSpace(fmt.Sprint(source["data"]))
		}
	case "tool_use":
		return fmt.Sprint(block["id"], block["name"], shortJSON(block["input"]))
	case "tool_result":
		return fmt.Sprint(block["tool_use_id"], textOf(block["content"]))
	}
	return ""
}

// roundTrip gives a body the types that decoding gives.
func roundTrip(body map[string]any) map[string]any {
	text, err := json.Marshal(body)
	if err != nil {
		panic(fmt.Sprintf("bug: encoding a body: %v", err))
	}
	var out map[string]any
	_ = json.Unmarshal(text, &out) // it was just encoded
	return out
}

// shortJSON is a value as JSON; equal values give equal text.
func shortJSON(v any) string {
	text, err := json.Marshal(v)
	if err != nil {
		return fmt.Sprint(v)
	}
	return string(text)
}
