package testupstream

import (
	"encoding/base64"
	"encoding/json"
	"net/http"
	"strings"
)

// The clouds that serve Claude want the version of the dialect in the body, and
// nothing there that the path says already.

// cloudChat is Anthropic's chat behind the path of a cloud.
type cloudChat struct {
	anthropicChat
	version string
	streams bool
	// strict refuses a body that says whether to stream.
	strict bool
}

func (c *cloudChat) read() string {
	var body map[string]json.RawMessage
	if fault := c.decode(&body); fault != "" {
		return fault
	}
	switch {
	case string(body["anthropic_version"]) != `"`+c.version+`"`:
		return "anthropic_version: Field required"
	case body["model"] != nil:
		return "model: Extra inputs are not permitted"
	case c.strict && body["stream"] != nil:
		return "stream: Extra inputs are not permitted"
	}
	fault := c.anthropicChat.read()
	c.asked.stream = c.streams
	return fault
}

// vertexMethods are those of a model of Anthropic's at Vertex.
func vertexMethods() map[string]route {
	chat := func(streams bool) func(*exchange) bool {
		return func(x *exchange) bool {
			if x.model == "count-tokens" {
				return x.anthropicCount()
			}
			return x.chat(&cloudChat{anthropicChat: anthropicChat{exchange: x}, version: "vertex-2023-10-16", streams: streams})
		}
	}
	return map[string]route{
		"rawPredict":       tokened(route{vendor: asAnthropic, serve: chat(false)}),
		"streamRawPredict": tokened(route{vendor: asAnthropic, serve: chat(true)}),
	}
}

// invokeVendor is Bedrock where the model speaks for itself: each of its events
// comes in a frame of Amazon's.
type invokeVendor struct{ bedrockVendor }

func asInvoke(x *exchange) vendor { return invokeVendor{bedrockVendor{x}} }

func (invokeVendor) framing() framing {
	f := eventStream()
	bare := f.render
	f.render = func(fr frame) string {
		if fr.exception {
			return bare(fr)
		}
		text := base64.StdEncoding.EncodeToString([]byte(fr.data))
		return bare(frame{name: "chunk", data: string(mustJSON(map[string]string{"bytes": text, "p": "abcd"}))})
	}
	return f
}

// invokeMethods are the methods of InvokeModel, as a model's path ends.
func invokeMethods() map[string]func(*exchange) bool {
	invoke := func(streams bool) func(*exchange) bool {
		return func(x *exchange) bool { return x.invoke(streams) }
	}
	return map[string]func(*exchange) bool{
		"invoke": invoke(false), "invoke-with-response-stream": invoke(true), "count-tokens": (*exchange).amazonCount,
	}
}

// invoke answers in the form of the model.
func (x *exchange) invoke(streams bool) bool {
	switch {
	case strings.Contains(x.model, "anthropic.claude"):
		return x.chat(&cloudChat{anthropicChat: anthropicChat{exchange: x}, version: "bedrock-2023-05-31", streams: streams, strict: true})
	case strings.Contains(x.model, "titan-embed"):
		return x.titanEmbed()
	case strings.Contains(x.model, "cohere.embed"):
		return x.invokedCohereEmbed()
	}
	return x.refuse(http.StatusBadRequest, "The provided model identifier is invalid.")
}

// titanEmbed embeds one text.
func (x *exchange) titanEmbed() bool {
	var req struct {
		Text *string `json:"inputText"`
	}
	if fault := x.decode(&req); fault != "" || req.Text == nil {
		return x.refuse(http.StatusBadRequest, "Malformed input request: required key [inputText] not found")
	}
	return x.json(mustJSON(map[string]any{"embedding": []float64{0.5, -0.5}, "inputTextTokenCount": len(strings.Fields(*req.Text))}))
}

// invokedCohereEmbed embeds texts in Cohere's words, in which a body may name
// neither the model nor, before version 4, a number of dimensions.
func (x *exchange) invokedCohereEmbed() bool {
	var body map[string]json.RawMessage
	if fault := x.decode(&body); fault != "" {
		return x.refuse(http.StatusBadRequest, "Malformed input request: it is no JSON object")
	}
	for _, name := range []string{"model", "output_dimension"} {
		if body[name] != nil && (name == "model" || strings.HasSuffix(x.model, "-v3")) {
			return x.refuse(http.StatusBadRequest, "Malformed input request: #: extraneous key ["+name+"] is not permitted")
		}
	}
	return x.cohereEmbed()
}

// amazonCount counts the tokens of a request for InvokeModel; a token is a word.
func (x *exchange) amazonCount() bool {
	var req struct {
		Input struct {
			InvokeModel struct {
				Body []byte `json:"body"`
			} `json:"invokeModel"`
		} `json:"input"`
	}
	if fault := x.decode(&req); fault != "" {
		return x.refuse(http.StatusBadRequest, fault)
	}
	var inner anthropicRequest
	if json.Unmarshal(req.Input.InvokeModel.Body, &inner) != nil || inner.MaxTokens == nil || len(inner.Messages) == 0 {
		return x.refuse(http.StatusBadRequest, "The body of the request is no request")
	}
	return x.json(mustJSON(map[string]any{"inputTokens": wordsIn(append(inner.Messages, inner.System)...)}))
}
