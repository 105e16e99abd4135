package testupstream

import (
	"cmp"
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
)

// geminiMethods are the methods of a model, as its path ends.
func geminiMethods() map[string]route {
	chat := func(streams bool) func(*exchange) bool {
		return func(x *exchange) bool { return x.chat(&geminiChat{exchange: x, streams: streams}) }
	}
	return map[string]route{
		"generateContent":       {vendor: asGemini, serve: chat(false)},
		"streamGenerateContent": {vendor: asGeminiList, serve: chat(true)},
		"embedContent":          {vendor: asGemini, serve: (*exchange).geminiEmbed},
		"batchEmbedContents":    {vendor: asGemini, serve: (*exchange).geminiEmbedBatch},
		"countTokens":           {vendor: asGemini, serve: (*exchange).geminiCount},
	}
}

// geminiSignature is what the vendor sends in place of its thoughts.
const geminiSignature = "c2VhbGVkLXRob3VnaHRz"

// geminiChat answers generateContent and streamGenerateContent.
type geminiChat struct {
	*exchange
	req     geminiRequest
	streams bool
}

func (c *geminiChat) id() string { return fmt.Sprintf("gemini-test-%d", c.serial) }

// usage counts the vendor's way: thoughts stand beside the answer's tokens, and
// what was cached inside the prompt's. It is cumulative.
func (c *geminiChat) usage(k content, thoughts, answer int) map[string]any {
	u := map[string]any{
		"promptTokenCount": k.in, "totalTokenCount": k.in + thoughts + answer,
		"promptTokensDetails": []any{map[string]any{"modality": "TEXT", "tokenCount": k.in}},
	}
	if answer > 0 {
		u["candidatesTokenCount"] = answer
	}
	if thoughts > 0 {
		u["thoughtsTokenCount"] = thoughts
	}
	if cached := min(c.fault.Cached, k.in); cached > 0 {
		u["cachedContentTokenCount"] = cached
	}
	return u
}

func (c *geminiChat) finish(k content) string {
	switch {
	case c.fault.Refuse:
		return "SAFETY"
	case k.length:
		return "MAX_TOKENS"
	}
	return "STOP"
}

// chunk is one piece of a stream, or a whole answer.
func (c *geminiChat) chunk(parts []any, finish string, usage map[string]any) []byte {
	candidate := map[string]any{"index": 0}
	if len(parts) > 0 {
		candidate["content"] = map[string]any{"parts": parts, "role": "model"}
	}
	if finish != "" {
		candidate["finishReason"] = finish
	}
	if finish == "SAFETY" {
		candidate["safetyRatings"] = []any{map[string]any{"category": "HARM_CATEGORY_DANGEROUS_CONTENT", "probability": "HIGH", "blocked": true}}
	}
	answer := map[string]any{"candidates": []any{candidate}, "modelVersion": c.model, "responseId": c.id()}
	if !c.fault.NoUsage {
		answer["usageMetadata"] = usage
	}
	return mustJSON(answer)
}

// callPart is a call. Only the first of a turn is signed, as the vendor does it.
func callPart(call call) map[string]any {
	part := map[string]any{"functionCall": map[string]any{"name": call.name, "args": json.RawMessage(call.arguments())}}
	if call.nth == 0 {
		part["thoughtSignature"] = geminiSignature
	}
	return part
}

func (c *geminiChat) whole() []byte {
	k := c.said()
	var parts []any
	if len(k.reasoning) > 0 {
		parts = append(parts, map[string]any{"text": strings.Join(k.reasoning, ""), "thought": true})
	}
	for _, call := range k.calls {
		parts = append(parts, callPart(call))
	}
	if len(k.text) > 0 {
		parts = append(parts, map[string]any{"text": strings.Join(k.text, "")})
	}
	return c.chunk(parts, c.finish(k), c.usage(k, len(k.reasoning), k.out-len(k.reasoning)))
}

// said is the content without what the vendor holds back when it refuses: it
// says nothing then.
func (c *geminiChat) said() content {
	k := c.content()
	if c.fault.Refuse && len(k.calls) == 0 {
		k.out, k.text = len(k.reasoning), nil
	}
	return k
}

func (c *geminiChat) frames() []frame {
	k := c.said()
	var chunks [][]byte
	thoughts, answer := 0, 0
	for _, piece := range k.reasoning {
		thoughts++
		chunks = append(chunks, c.chunk([]any{map[string]any{"text": piece, "thought": true}}, "", c.usage(k, thoughts, 0)))
	}
	for _, call := range k.calls {
		answer += len(call.args)
		chunks = append(chunks, c.chunk([]any{callPart(call)}, "", c.usage(k, thoughts, answer)))
	}
	for _, piece := range k.text {
		answer++
		chunks = append(chunks, c.chunk([]any{map[string]any{"text": piece}}, "", c.usage(k, thoughts, answer)))
	}
	out := make([]frame, 0, len(chunks)+2)
	for _, chunk := range chunks {
		out = append(out, frame{kind: frameContent, data: string(chunk)})
	}
	var last []any
	if !c.fault.Refuse {
		last = []any{map[string]any{"text": ""}}
	}
	end := frame{kind: frameEnd, data: string(c.chunk(last, c.finish(k), c.usage(k, thoughts, answer)))}
	if c.query.Get("alt") == "sse" {
		return append(out, end)
	}
	end.kind = frameTail
	return listed(append(out, end))
}

// listed makes a stream one JSON list. Its opening bracket goes out before
// anything else, so that an error can follow it.
func listed(frames []frame) []frame {
	out := []frame{{kind: frameLead, data: "["}}
	for i, fr := range frames {
		if i > 0 {
			fr.data = ",\r\n" + fr.data
		}
		out = append(out, fr)
	}
	return append(out, frame{kind: frameEnd, data: "]"})
}

// geminiModels answers GET /v1beta/models.
func (x *exchange) geminiModels() bool {
	var rows []any
	for _, name := range modelNames() {
		methods := []string{"generateContent", "countTokens"}
		if name == "embed" {
			methods = []string{"embedContent", "countTokens"}
		}
		rows = append(rows, map[string]any{
			"name": "models/" + name, "version": "001", "displayName": name, "description": "a model of the test upstream",
			"inputTokenLimit": 8192, "outputTokenLimit": 8192, "supportedGenerationMethods": methods,
		})
	}
	return x.plain(http.StatusOK, geminiJSON, mustJSON(map[string]any{"models": rows}))
}

// geminiCount answers countTokens; a token is a word.
func (x *exchange) geminiCount() bool {
	var req struct {
		Contents json.RawMessage `json:"contents"`
		Whole    struct {
			Contents json.RawMessage `json:"contents"`
			System   json.RawMessage `json:"systemInstruction"`
		} `json:"generateContentRequest"`
	}
	if fault := x.decode(&req); fault != "" {
		return x.refuse(http.StatusBadRequest, fault)
	}
	if blank(req.Contents) && blank(req.Whole.Contents) {
		return x.refuse(http.StatusBadRequest, "* CountTokensRequest.contents: contents is not specified\n")
	}
	n := wordsIn(req.Contents, req.Whole.Contents, req.Whole.System)
	return x.json(mustJSON(map[string]any{
		"totalTokens": n, "promptTokensDetails": []any{map[string]any{"modality": "TEXT", "tokenCount": n}},
	}))
}

// geminiEmbedding is one text to embed.
type geminiEmbedding struct {
	Model   string `json:"model"`
	Content struct {
		Parts []struct {
			Text string `json:"text"`
		} `json:"parts"`
	} `json:"content"`
	Dimensions int `json:"outputDimensionality"`
}

func (e geminiEmbedding) values() (map[string]any, string) {
	var b strings.Builder
	for _, part := range e.Content.Parts {
		b.WriteString(part.Text)
	}
	text := b.String()
	if text == "" {
		return nil, "* EmbedContentRequest.content: contents is not specified\n"
	}
	dimensions, fault := dimensionsOr(e.Dimensions, 1)
	return map[string]any{"values": vectorOf(text, dimensions)}, fault
}

// geminiEmbed answers embedContent.
func (x *exchange) geminiEmbed() bool {
	var req geminiEmbedding
	fault := x.decode(&req)
	if fault != "" {
		return x.refuse(http.StatusBadRequest, fault)
	}
	values, fault := req.values()
	if fault != "" {
		return x.refuse(http.StatusBadRequest, fault)
	}
	return x.json(mustJSON(map[string]any{"embedding": values}))
}

// geminiEmbedBatch answers batchEmbedContents.
func (x *exchange) geminiEmbedBatch() bool {
	var req struct {
		Requests []geminiEmbedding `json:"requests"`
	}
	fault := x.decode(&req)
	if n := len(req.Requests); fault == "" && (n == 0 || n > maxBatch) {
		fault = fmt.Sprintf("* BatchEmbedContentsRequest.requests: at least one and at most %d requests can be in one batch\n", maxBatch)
	}
	var rows []any
	for i, one := range req.Requests {
		if fault != "" {
			break
		}
		if one.Model != "models/"+x.model {
			fault = fmt.Sprintf("* BatchEmbedContentsRequest.requests[%d].model: the model must be the batch's, %q\n", i, "models/"+x.model)
			break
		}
		var values map[string]any
		values, fault = one.values()
		rows = append(rows, values)
	}
	if fault != "" {
		return x.refuse(http.StatusBadRequest, fault)
	}
	return x.json(mustJSON(map[string]any{"embeddings": rows}))
}

// maxBatch is the most texts the vendor embeds at once.
const maxBatch = 100

// geminiJSON is the content type of the vendor's answers.
const geminiJSON = "application/json; charset=UTF-8"

// geminiStatus is the name google.rpc.Code has for an HTTP status.
func geminiStatus(status int) string {
	names := map[int]string{
		401: "UNAUTHENTICATED", 402: "FAILED_PRECONDITION", 403: "PERMISSION_DENIED", 404: "NOT_FOUND", 405: "UNIMPLEMENTED",
		409: "ABORTED", 429: "RESOURCE_EXHAUSTED", 499: "CANCELLED", 503: "UNAVAILABLE", 504: "DEADLINE_EXCEEDED", 529: "UNAVAILABLE",
	}
	if status >= http.StatusInternalServerError {
		return cmp.Or(names[status], "INTERNAL")
	}
	return cmp.Or(names[status], "INVALID_ARGUMENT")
}
