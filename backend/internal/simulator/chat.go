package simulator

import (
	"fmt"
	"hash/fnv"
	"net/http"
	"slices"
	"strings"
	"time"
)

// maxEcho and maxEchoBytes bound how much of the caller's text comes back.
const (
	maxEcho      = 400 // words
	maxEchoBytes = 8 << 10
)

// answer is what the practice model has to say; exactly one of words and call
// is used.
type answer struct {
	// words are the pieces of the text, spaces included; each is one token.
	words []string
	call  *toolCall
	// finish is OpenAI's finish_reason.
	finish string
	usage  usage
}

type toolCall struct {
	Index    *int         `json:"index,omitempty"`
	ID       string       `json:"id,omitempty"`
	Type     string       `json:"type,omitempty"`
	Function toolFunction `json:"function"`
}

type toolFunction struct {
	Name      string `json:"name,omitempty"`
	Arguments string `json:"arguments"`
}

type usage struct {
	Prompt     int `json:"prompt_tokens"`
	Completion int `json:"completion_tokens"`
	Total      int `json:"total_tokens"`
}

// think makes the answer, in the order of the package comment.
func think(r *chatRequest) answer {
	a := answer{finish: "stop"}
	asked := r.lastUser()
	last := r.Messages[len(r.Messages)-1]
	t, wanted := r.wantedTool()
	switch {
	case last.Role == "tool":
		a.words = pieces("[practice] The tool answered: " + firstWords(string(last.Content)))
	case wanted:
		args := string(encode(fit(t.Function.Parameters)))
		a.finish = "tool_calls"
		a.call = &toolCall{ID: "call_" + hash(t.Function.Name+args), Type: "function", Function: toolFunction{t.Function.Name, args}}
		a.usage = count(r.tokens(), 1+len(pieces(args)))
		return a
	case r.ResponseFormat.Type == "json_schema":
		a.words = pieces(string(encode(fit(r.ResponseFormat.JSONSchema.Schema))))
	case r.ResponseFormat.Type == "json_object":
		a.words = pieces(string(encode(map[string]any{"practice": true, "echo": firstWords(asked)})))
	case wordsOf(asked)["story"]:
		a.words = pieces(story(asked))
	default:
		a.words = pieces(echo(asked))
	}
	if limit := r.limit(); limit > 0 && limit < len(a.words) {
		a.words, a.finish = a.words[:limit], "length"
	}
	a.usage = count(r.tokens(), len(a.words))
	return a
}

func count(in, out int) usage { return usage{in, out, in + out} }

func echo(asked string) string {
	if strings.TrimSpace(asked) == "" {
		return "[practice] You sent no text. This is the built-in practice model: it only echoes."
	}
	return "[practice] You said: " + firstWords(asked)
}

// story tells one of a few stories; which one depends on the text alone.
func story(asked string) string {
	heroes := []string{"a spring in the hills", "a patient lock keeper", "a river that forgot its name", "a mill with three wheels"}
	turns := []string{"One dry summer the nearest brook fell silent.", "One night the main sluice broke.", "In a long winter every stream but one froze."}
	h := sum(asked)
	return "[practice] Once there was " + heroes[h%uint64(len(heroes))] + ". " +
		turns[(h/7)%uint64(len(turns))] +
		" Nobody downstream noticed, because the water simply took the next way round. That is the whole story."
}

// firstWords is the beginning of a text, its white space as it was.
func firstWords(text string) string {
	text = strings.TrimSpace(text)
	short := strings.ToValidUTF8(text[:min(len(text), maxEchoBytes)], "")
	parts := pieces(short)
	if len(parts) <= maxEcho && len(short) == len(text) {
		return text
	}
	return strings.Join(parts[:min(len(parts), maxEcho)], "") + " …"
}

// pieces cuts a text before each run of white space; joined they are the text.
func pieces(text string) []string {
	var out []string
	start, inWord := 0, false
	for i, c := range text {
		space := c == ' ' || c == '\n' || c == '\t' || c == '\r'
		if space && inWord {
			out = append(out, text[start:i])
			start = i
		}
		inWord = !space
	}
	if start < len(text) {
		out = append(out, text[start:])
	}
	return out
}

// chat answers one chat request.
func (s *Simulator) chat(w http.ResponseWriter, r *http.Request) {
	var req chatRequest
	if !read(w, r, &req) {
		return
	}
	switch {
	case len(req.Messages) == 0:
		refuse(w, http.StatusBadRequest, "messages", "At least one message is needed.")
		return
	case req.Count > 1:
		refuse(w, http.StatusBadRequest, "n", "The practice model gives one answer at a time.")
		return
	}
	a := think(&req)
	c := completion{
		ID:      "chatcmpl-" + hash(string(encode(req.Messages))),
		Object:  "chat.completion",
		Created: time.Now().Unix(), Model: Model, Fingerprint: Fingerprint,
	}
	if req.Stream {
		s.stream(w, r, &req, a, c)
		return
	}
	m := chatMessage{Role: "assistant"}
	if a.call != nil {
		m.ToolCalls = []toolCall{*a.call}
	} else {
		text := strings.Join(a.words, "")
		m.Content = &text
	}
	c.Choices = []choice{{Message: &m, Finish: &a.finish}}
	c.Usage = &a.usage
	reply(w, http.StatusOK, c)
}

// completion is an answer or one chunk of it.
type completion struct {
	ID          string   `json:"id"`
	Object      string   `json:"object"`
	Created     int64    `json:"created"`
	Model       string   `json:"model"`
	Fingerprint string   `json:"system_fingerprint"`
	Choices     []choice `json:"choices"`
	Usage       *usage   `json:"usage,omitempty"`
}

type choice struct {
	Index   int          `json:"index"`
	Message *chatMessage `json:"message,omitempty"`
	Delta   *delta       `json:"delta,omitempty"`
	Finish  *string      `json:"finish_reason"`
}

// chatMessage is the message of a whole answer; its content is null beside a call.
type chatMessage struct {
	Role      string     `json:"role"`
	Content   *string    `json:"content"`
	ToolCalls []toolCall `json:"tool_calls,omitempty"`
}

type delta struct {
	Role      string     `json:"role,omitempty"`
	Content   *string    `json:"content,omitempty"`
	ToolCalls []toolCall `json:"tool_calls,omitempty"`
}

// stream sends an answer word by word and stops when the client goes.
func (s *Simulator) stream(w http.ResponseWriter, r *http.Request, req *chatRequest, a answer, c completion) {
	w.Header().Set("Content-Type", "text/event-stream")
	w.Header().Set("Cache-Control", "no-cache")
	w.WriteHeader(http.StatusOK)
	rc := http.NewResponseController(w)
	c.Object = "chat.completion.chunk"
	send := func(d delta, finish *string) bool {
		c.Choices = []choice{{Delta: &d, Finish: finish}}
		_, err := fmt.Fprintf(w, "data: %s\n\n", encode(c))
		return err == nil && rc.Flush() == nil
	}
	for i, d := range deltas(a) {
		if i > 1 && !pause(r, s.gap) {
			return
		}
		if !send(d, nil) {
			return
		}
	}
	if !send(delta{}, &a.finish) {
		return
	}
	if req.StreamOptions.IncludeUsage {
		c.Choices, c.Usage = []choice{}, &a.usage
		if _, err := fmt.Fprintf(w, "data: %s\n\n", encode(c)); err != nil {
			return
		}
	}
	_, _ = fmt.Fprint(w, "data: [DONE]\n\n")
}

// deltas cuts an answer into the steps of a stream.
func deltas(a answer) []delta {
	empty := ""
	out := []delta{{Role: "assistant", Content: &empty}}
	if a.call == nil {
		for _, word := range a.words {
			out = append(out, delta{Content: &word})
		}
		return out
	}
	out[0].Content = nil
	index := 0
	head := toolCall{Index: &index, ID: a.call.ID, Type: "function", Function: toolFunction{Name: a.call.Function.Name}}
	out = append(out, delta{ToolCalls: []toolCall{head}})
	for _, piece := range pieces(a.call.Function.Arguments) {
		out = append(out, delta{ToolCalls: []toolCall{{Index: &index, Function: toolFunction{Arguments: piece}}}})
	}
	return slices.Clip(out)
}

// pause waits between two words and reports whether the client is still there.
func pause(r *http.Request, gap time.Duration) bool {
	if gap <= 0 {
		return r.Context().Err() == nil
	}
	timer := time.NewTimer(gap)
	defer timer.Stop()
	select {
	case <-timer.C:
		return true
	case <-r.Context().Done():
		return false
	}
}

func sum(text string) uint64 {
	h := fnv.New64a()
	_, _ = h.Write([]byte(text)) // never fails
	return h.Sum64()
}

func hash(text string) string { return fmt.Sprintf("practice%016x", sum(text)) }
