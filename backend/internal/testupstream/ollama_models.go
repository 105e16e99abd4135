package testupstream

import (
	"encoding/json"
	"net/http"
	"strings"
)

// ollamaDetails is what the vendor says of a model's file.
func ollamaDetails() map[string]any {
	return map[string]any{
		"parent_model": "", "format": "gguf", "family": "llama", "families": []string{"llama"},
		"parameter_size": "8.0B", "quantization_level": "Q4_K_M",
	}
}

// ollamaTags answers GET /api/tags.
func (x *exchange) ollamaTags() bool {
	var rows []any
	for _, name := range modelNames() {
		rows = append(rows, map[string]any{
			"name": name + ":latest", "model": name + ":latest", "modified_at": ollamaCreated, "size": 4661224676,
			"digest": "365c0bd3c000a25d28ddbf732fe1c6add414de7275464c4e4d1c3b5fcb5d8ad1", "details": ollamaDetails(),
		})
	}
	return x.plain(http.StatusOK, "application/json; charset=utf-8", mustJSON(map[string]any{"models": rows}))
}

// ollamaShow answers POST /api/show.
func (x *exchange) ollamaShow() bool {
	var req struct {
		Model string `json:"model"`
		Name  string `json:"name"` // its older word
	}
	if err := json.Unmarshal(x.body, &req); err != nil {
		return x.refuse(http.StatusBadRequest, err.Error())
	}
	if req.Model == "" && req.Name == "" {
		return x.refuse(http.StatusBadRequest, "model is required")
	}
	abilities := []string{"completion", "tools", "vision", "thinking"}
	if strings.Contains(req.Model+req.Name, "embed") {
		abilities = []string{"embedding"}
	}
	return x.json(mustJSON(map[string]any{
		"license": "", "modelfile": "FROM test", "parameters": "stop \"<|eot_id|>\"", "template": "{{ .Prompt }}", "details": ollamaDetails(),
		"model_info": map[string]any{
			"general.architecture": "llama", "general.parameter_count": 8030261248, "llama.context_length": 8192, "llama.embedding_length": 4096,
		},
		"capabilities": abilities, "modified_at": ollamaCreated,
	}))
}

// ollamaVersion answers GET /api/version; SetOllamaVersion says why it may be empty.
func (x *exchange) ollamaVersion() bool {
	return x.plain(http.StatusOK, "application/json; charset=utf-8", mustJSON(map[string]string{"version": x.version}))
}

// ollamaEmbed answers POST /api/embed.
func (x *exchange) ollamaEmbed() bool {
	var req struct {
		Input      any `json:"input"`
		Dimensions int `json:"dimensions"`
	}
	if err := json.Unmarshal(x.body, &req); err != nil {
		return x.refuse(http.StatusBadRequest, err.Error())
	}
	inputs := []any{req.Input}
	if list, isList := req.Input.([]any); isList {
		inputs = list
	}
	var vectors []any
	tokens := 0
	dimensions, fault := dimensionsOr(req.Dimensions, len(inputs))
	if fault != "" {
		return x.refuse(http.StatusBadRequest, fault)
	}
	for _, input := range inputs {
		text, ok := input.(string)
		if !ok {
			return x.refuse(http.StatusBadRequest, "invalid input type")
		}
		tokens += 1 + len(text)/4
		vectors = append(vectors, vectorOf(text, dimensions))
	}
	answer := map[string]any{"model": x.model, "embeddings": vectors, "total_duration": 9000000, "load_duration": 1000000}
	if !x.fault.NoUsage {
		answer["prompt_eval_count"] = tokens
	}
	return x.json(mustJSON(answer))
}
