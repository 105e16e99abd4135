package openai

import (
	"net/url"
	"strings"

	"headwater/backend/internal/dialect"
)

const modelsPath = "/v1/models"

// Match finds the operation of a path. The paths are those that OpenAI's own
// SDKs use below a base URL that ends in /v1.
func (Inbound) Match(ask dialect.Ask) (dialect.Operation, bool) {
	switch ask.Path {
	case "/v1/chat/completions":
		return dialect.Operation{Endpoint: dialect.EndpointChat, Allow: "POST"}, true
	case "/v1/completions":
		return dialect.Operation{Endpoint: dialect.EndpointCompletions, Allow: "POST"}, true
	case "/v1/embeddings":
		return dialect.Operation{Endpoint: dialect.EndpointEmbeddings, Allow: "POST"}, true
	case modelsPath:
		return dialect.Operation{Endpoint: dialect.EndpointModels, Allow: "GET"}, true
	}
	if op, ok := matchMore(ask); ok {
		return op, true
	}
	model, ok := strings.CutPrefix(ask.Path, modelsPath+"/")
	if !ok || model == "" {
		return dialect.Operation{}, false
	}
	if decoded, err := url.PathUnescape(model); err == nil {
		model = decoded
	}
	return dialect.Operation{Endpoint: dialect.EndpointModels, Allow: "GET", Model: model}, true
}

// matchMore finds the smaller endpoints. That of reranking is OpenAI's by
// nothing but habit: Cohere's SDKs ask /v1/rerank and /v2/rerank below their base
// URL, Jina's and Voyage's clients /v1/rerank, those of the engines /rerank.
func matchMore(ask dialect.Ask) (dialect.Operation, bool) {
	op := dialect.Operation{Allow: "POST"}
	switch ask.Path {
	case "/v1/moderations":
		op.Endpoint = dialect.EndpointModerations
	case "/v1/rerank", "/v2/rerank", "/rerank":
		op.Endpoint = dialect.EndpointRerank
	case "/v1/images/generations":
		op.Endpoint = dialect.EndpointImages
	case "/v1/audio/speech":
		op.Endpoint = dialect.EndpointSpeech
	case "/v1/images/edits":
		op.Endpoint, op.Form = dialect.EndpointImageEdits, formType(ask.Header)
	case "/v1/images/variations":
		op.Endpoint, op.Form = dialect.EndpointImageVariations, formType(ask.Header)
	case "/v1/audio/transcriptions":
		op.Endpoint, op.Form = dialect.EndpointTranscriptions, formType(ask.Header)
	case "/v1/audio/translations":
		op.Endpoint, op.Form = dialect.EndpointTranslations, formType(ask.Header)
	default:
		return op, false
	}
	return op, true
}

// StreamType is that of an event stream.
func (Inbound) StreamType(dialect.Operation) string { return "text/event-stream; charset=utf-8" }
