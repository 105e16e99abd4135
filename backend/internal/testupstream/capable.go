package testupstream

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	pngs "image/png"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// mind is a request as a capable model understands it, whatever its protocol.
type mind struct {
	// last are the words of the last turn, system those of the instructions, and
	// before those of all turns but the last.
	last, system, before string
	// result is true when the last turn brings the results of tools.
	result bool
	stops  []string
	// forced is the tool that must be called; "*" means any, empty that none must.
	forced string
	// free is false when no tool may be called.
	free  bool
	media [][]byte
}

// resultMarks are what a turn with the result of a tool looks like, by protocol.
func resultMarks() []string {
	return []string{`"role":"tool"`, `"tool_result"`, `"function_call_output"`, `"functionResponse"`, `"toolResult"`}
}

// think reads a request.
func (x *exchange) think() mind {
	var body map[string]json.RawMessage
	_ = json.Unmarshal(x.body, &body) // the protocol has read it before
	m := mind{free: true}
	for _, name := range []string{"system", "systemInstruction", "instructions"} {
		m.system += wordsOf(body[name])
	}
	turns := turnsOf(body)
	for i, turn := range turns {
		text := wordsOf(turn)
		var named struct{ Role string }
		_ = json.Unmarshal(turn, &named) // a bare text has no role
		switch {
		case named.Role == "system" || named.Role == "developer":
			m.system += text
		case i < len(turns)-1:
			m.before += text + "\n"
		default:
			m.last = text
			m.result = slices.ContainsFunc(resultMarks(), func(mark string) bool { return bytes.Contains(compact(turn), []byte(mark)) })
			m.media = mediaIn(turn)
		}
	}
	m.choose(body)
	walk(x.body, func(key string, v any) {
		if stop, ok := v.(string); ok && slices.Contains([]string{"stop", "stop_sequences", "stopSequences"}, key) {
			m.stops = append(m.stops, stop)
		}
	})
	return m
}

// turnsOf are the turns of a conversation.
func turnsOf(body map[string]json.RawMessage) []json.RawMessage {
	for _, name := range []string{"messages", "contents", "input"} {
		if blank(body[name]) {
			continue
		}
		var turns []json.RawMessage
		if json.Unmarshal(body[name], &turns) == nil {
			return turns
		}
		return []json.RawMessage{body[name]}
	}
	return nil
}

// wordsOf are the texts of a turn.
func wordsOf(raw json.RawMessage) string {
	var b strings.Builder
	walk(raw, func(key string, v any) {
		if text, ok := v.(string); ok && slices.Contains([]string{"", "text", "content", "output", "result"}, key) {
			b.WriteString(text)
		}
	})
	return b.String()
}

func compact(raw json.RawMessage) []byte {
	var b bytes.Buffer
	if json.Compact(&b, raw) != nil {
		return raw
	}
	return b.Bytes()
}

// mediaIn are the pictures and documents of a turn.
func mediaIn(turn json.RawMessage) [][]byte {
	var found [][]byte
	walk(turn, func(_ string, v any) {
		text, _ := v.(string)
		if _, data, ok := strings.Cut(text, "base64,"); ok {
			text = data
		}
		if raw, err := base64.StdEncoding.DecodeString(text); err == nil && len(raw) > 16 {
			found = append(found, raw)
		}
	})
	return found
}

// choose reads which tool must, or may, be called.
func (m *mind) choose(body map[string]json.RawMessage) {
	var config struct {
		Choice  json.RawMessage `json:"toolChoice"`
		Calling struct {
			Mode    string   `json:"mode"`
			Allowed []string `json:"allowedFunctionNames"`
		} `json:"functionCallingConfig"`
	}
	_ = json.Unmarshal(body["toolConfig"], &config) // absent but for Google and Bedrock
	choice := body["tool_choice"]
	if blank(choice) {
		choice = config.Choice
	}
	walk(choice, func(key string, v any) {
		word, _ := v.(string)
		switch {
		case key == "name":
			m.forced = word
		case strings.EqualFold(word, "none"):
			m.free = false
		case m.forced == "" && (strings.EqualFold(word, "required") || word == "any"):
			m.forced = "*"
		}
	})
	switch {
	case config.Calling.Mode == "NONE":
		m.free = false
	case len(config.Calling.Allowed) > 0:
		m.forced = config.Calling.Allowed[0]
	}
}

// The questions that a capable model can answer.
var (
	exactly  = regexp.MustCompile(`(?s)nothing else: (.*)`)
	counting = regexp.MustCompile(`Count from 1 to (\d+)`)
	password = regexp.MustCompile(`password is (\w+)`)
	pair     = regexp.MustCompile(`key "(\w+)" and the value "(\w+)"`)
	shown    = regexp.MustCompile(`\((\w+)\) Tj`)
)

// answers is what a capable model says.
func (x *exchange) answers() []string {
	if !blank(x.asked.schema) {
		return runesOf(string(mustJSON(fill(x.asked.schema))), jsonPiece)
	}
	m := x.think()
	text := m.says()
	if x.fault.TextTools && len(x.asked.tools) > 0 && m.free && !m.result {
		text = "<tool_call>" + string(mustJSON(map[string]any{"name": x.asked.tools[0].name, "arguments": json.RawMessage(argsFor(x.asked.tools[0].schema))})) + "</tool_call>"
	}
	for _, stop := range m.stops {
		if !x.fault.lacks("stop") {
			text, _, _ = strings.Cut(text, stop)
		}
	}
	return strings.SplitAfter(text, " ")
}

func (m *mind) says() string {
	if m.result {
		return "The tool says: " + m.last
	}
	for _, raw := range m.media {
		if word := seenIn(raw); word != "" {
			return word
		}
	}
	if found := exactly.FindStringSubmatch(m.last); found != nil {
		return found[1]
	}
	if found := exactly.FindStringSubmatch(m.system); found != nil {
		return found[1]
	}
	if found := counting.FindStringSubmatch(m.last); found != nil {
		return counted(found[1])
	}
	if found := password.FindStringSubmatch(m.before); found != nil && strings.Contains(m.last, "password") {
		return found[1]
	}
	if found := pair.FindStringSubmatch(m.last); found != nil {
		return string(mustJSON(map[string]string{found[1]: found[2]}))
	}
	return "That is a good question."
}

func counted(to string) string {
	n, err := strconv.Atoi(to)
	if err != nil || n > maxFillText {
		return "1"
	}
	numbers := make([]string, n)
	for i := range numbers {
		numbers[i] = strconv.Itoa(i + 1)
	}
	return strings.Join(numbers, " ")
}

// seenIn is the colour of a picture, or the word in a document.
func seenIn(raw []byte) string {
	if bytes.HasPrefix(raw, []byte("%PDF")) {
		if found := shown.FindSubmatch(raw); found != nil {
			return string(found[1])
		}
	}
	picture, err := pngs.Decode(bytes.NewReader(raw))
	if err != nil {
		return ""
	}
	const half = 1 << 15
	r, g, b, _ := picture.At(0, 0).RGBA()
	names := map[[3]bool]string{
		{true, false, false}: "red", {false, true, false}: "green", {false, false, true}: "blue", {true, true, false}: "yellow",
		{true, true, true}: "white", {false, false, false}: "black",
	}
	return names[[3]bool{r > half, g > half, b > half}]
}

// picks are the tools that a capable model calls: the one it must, else those that
// the last turn names.
func (x *exchange) picks() []tool {
	m := x.think()
	if !m.free || m.result || x.fault.TextTools {
		return nil
	}
	var picked []tool
	for i, t := range x.asked.tools {
		if t.name == m.forced || m.forced == "*" && i == 0 || m.forced == "" && strings.Contains(m.last, t.name) {
			picked = append(picked, t)
		}
	}
	if x.fault.lacks("parallel") {
		picked = picked[:min(len(picked), 1)]
	}
	return picked
}

// lacking is the complaint about what a capable model was told not to have; empty
// when the request asks for none of it.
func (x *exchange) lacking() string {
	for _, row := range []struct {
		word  string
		asked bool
	}{
		{"tools", len(x.asked.tools) > 0},
		{"schema", !blank(x.asked.schema)},
		{"vision", x.fault.lacks("vision") && x.asked.images() > 0},
	} {
		if row.asked && x.fault.lacks(row.word) {
			complaint := "This model has no " + row.word + "."
			if x.fault.Echo {
				complaint += " You sent " + x.credential + " and asked as Bearer " + x.credential + "."
			}
			return complaint
		}
	}
	return ""
}
