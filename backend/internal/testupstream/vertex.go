package testupstream

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
)

// Vertex serves Google's own models in Gemini's words, but for what differs: the
// proof is an access token, each turn names its role, calls and results have no
// ids in version 1, tokens are counted without a wrapping, and there is no batch
// of texts to embed. Sources: recorded traffic (2025 and 2026), "Get text
// embeddings" and "Gemini API in Vertex AI", read 2026-11.

// googleMethods are those of a model of Google's own at Vertex. first is true for
// version 1 of the API.
func googleMethods(first bool) map[string]route {
	chat := func(streams bool) func(*exchange) bool {
		return func(x *exchange) bool {
			return x.chat(&vertexChat{geminiChat: geminiChat{exchange: x, streams: streams}, first: first})
		}
	}
	methods := map[string]route{
		"generateContent":       {vendor: asGemini, serve: chat(false)},
		"streamGenerateContent": {vendor: asGeminiList, serve: chat(true)},
		"embedContent":          {vendor: asGemini, serve: (*exchange).vertexEmbed},
		"predict":               {vendor: asGemini, serve: (*exchange).vertexPredict},
		"countTokens":           {vendor: asGemini, serve: (*exchange).vertexCount},
	}
	for name, r := range methods {
		methods[name] = tokened(r)
	}
	return methods
}

// tokened refuses a request whose proof is no access token.
func tokened(r route) route {
	serve := r.serve
	r.serve = func(x *exchange) bool {
		if !x.bearer {
			return x.reply(geminiVendor{x, false}.failure(errorNamed("auth"), http.StatusUnauthorized)) // Google's own, whose model it ever is
		}
		return serve(x)
	}
	return r
}

// vertexChat is Gemini's chat at Vertex.
type vertexChat struct {
	geminiChat
	first bool
}

func (c *vertexChat) read() string {
	if fault := c.geminiChat.read(); fault != "" {
		return fault
	}
	for i, turn := range c.req.contents {
		if turn.Role == "" {
			return "Please use a valid role: user, model."
		}
		for j, part := range turn.Parts {
			if fault := c.named(part, fmt.Sprintf("contents[%d].parts[%d]", i, j)); fault != "" {
				return fault
			}
		}
	}
	return ""
}

// named refuses the id of a call or a result, which version 1 does not know.
func (c *vertexChat) named(part members, at string) string {
	for _, row := range [][2]string{{"functionCall", "function_call"}, {"functionResponse", "function_response"}} {
		var inner members
		if c.first && json.Unmarshal(part[row[0]], &inner) == nil && inner["id"] != nil {
			return fmt.Sprintf("Invalid JSON payload received. Unknown name \"id\" at '%s.%s': Cannot find field.", at, row[1])
		}
	}
	return ""
}

// vertexCount answers countTokens.
func (x *exchange) vertexCount() bool {
	var top members
	if json.Unmarshal(x.body, &top) != nil {
		return x.refuse(http.StatusBadRequest, notJSON)
	}
	if fault := top.unknown("", "model", "contents", "instances", "systemInstruction", "tools", "generationConfig"); fault != "" {
		return x.refuse(http.StatusBadRequest, fault)
	}
	return x.geminiCount()
}

// embedsAlone reports whether a model takes one content by embedContent; the
// older ones are asked to predict.
func embedsAlone(model string) bool {
	return strings.Contains(model, "gemini") && !strings.Contains(model, "gemini-embedding-001")
}

// vertexEmbed answers embedContent.
func (x *exchange) vertexEmbed() bool {
	if !embedsAlone(x.model) {
		return x.refuse(http.StatusBadRequest, "Precondition check failed.")
	}
	var req struct {
		geminiEmbedding
		Config struct {
			Dimensions int `json:"outputDimensionality"`
		} `json:"embedContentConfig"`
	}
	if fault := x.decode(&req); fault != "" {
		return x.refuse(http.StatusBadRequest, fault)
	}
	req.Dimensions = req.Config.Dimensions
	values, fault := req.values()
	if fault != "" {
		return x.refuse(http.StatusBadRequest, fault)
	}
	return x.json(mustJSON(map[string]any{"embedding": values}))
}

// mostInstances is how many texts the vendor embeds at once.
const mostInstances = 250

// vertexPredict answers predict with embeddings.
func (x *exchange) vertexPredict() bool {
	var req struct {
		Instances []struct {
			Content string `json:"content"`
		} `json:"instances"`
		Parameters struct {
			Dimensions int `json:"outputDimensionality"`
		} `json:"parameters"`
	}
	fault := x.decode(&req)
	most := mostInstances
	if strings.Contains(x.model, "gemini-embedding-001") {
		most = 1
	}
	switch n := len(req.Instances); {
	case embedsAlone(x.model):
		fault = "Precondition check failed."
	case fault == "" && (n == 0 || n > most):
		fault = fmt.Sprintf("%d instance(s) is allowed per prediction. Actual: %d", most, n)
	}
	dimensions, wrong := dimensionsOr(req.Parameters.Dimensions, 1)
	if fault += wrong; fault != "" {
		return x.refuse(http.StatusBadRequest, fault)
	}
	rows := make([]any, 0, len(req.Instances))
	size := 0
	for _, one := range req.Instances {
		if one.Content == "" {
			return x.refuse(http.StatusBadRequest, "The text content is empty.")
		}
		size += len(one.Content)
		embeddings := map[string]any{"values": vectorOf(one.Content, dimensions)}
		if !x.fault.NoUsage {
			embeddings["statistics"] = map[string]any{"token_count": 1 + len(one.Content)/4, "truncated": false}
		}
		rows = append(rows, map[string]any{"embeddings": embeddings})
	}
	return x.json(mustJSON(map[string]any{"predictions": rows, "metadata": map[string]any{"billableCharacterCount": size}}))
}
