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
	var problems []string
	want, have := essence(recorded), essence(got)
	for i := range max(len(want), len(have)) {
		w, h := at(want, i), at(have, i)
		if w != h {
			problems = append(problems, fmt.Sprintf("part %d: recorded %s, arrived %s", i, short(w), short(h)))
			break
		}
	}
	return problems
}

func at(lines []string, i int) string {
	if i < len(lines) {
		return lines[i]
	}
	return "nothing"
}

// essence is a Messages request as lines, one per part that chat can say.
func essence(body map[string]any) []string {
	var lines []string
	add := func(parts ...any) { lines = append(lines, strings.TrimSpace(fmt.Sprintln(parts...))) }
	if text := textOf(body["system"]); text != "" {
		add("system", text)
	}
	for _, m := range list(body["messages"]) {
		message := object(m)
		role := message["role"]
		if text, ok := message["content"].(string); ok {
			add(role, "text", text)
			continue
		}
		var texts []string
		for _, b := range list(message["content"]) {
			block := object(b)
			if line := blockEssence(block); line != "" {
				if block["type"] == "text" && role == "assistant" {
					texts = append(texts, line) // chat joins them
					continue
				}
				add(role, block["type"], line)
			}
		}
		if len(texts) > 0 {
			add(role, "text", strings.Join(texts, "\n"))
		}
	}
	for _, t := range list(body["tools"]) {
		tool := object(t)
		if kind := tool["type"]; kind == nil || kind == "custom" {
			add("tool", tool["name"], tool["description"], shortJSON(tool["input_schema"]))
		}
	}
	for _, name := range []string{"max_tokens", "temperature", "top_p", "stop_sequences"} {
		if body[name] != nil {
			add(name, shortJSON(body[name]))
		}
	}
	return lines
}

// blockEssence is the content of a block; empty when chat cannot say it.
func blockEssence(block map[string]any) string {
	source := object(block["source"])
	switch block["type"] {
	case "text":
		return fmt.Sprint(block["text"])
	case "image":
		if source["type"] == "file" {
			return ""
		}
		return fmt.Sprint(source["type"], source["media_type"], source["url"], source["data"])
	case "document":
		if source["type"] == "base64" {
			return fmt.Sprint(source["media_type"], source["data"])
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
