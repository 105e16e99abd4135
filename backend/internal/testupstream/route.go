package testupstream

import (
	"net/http"
	"net/url"
	"strings"
)

// route is what a request wants, from its method and path.
type route struct {
	method string
	vendor func(*exchange) vendor
	// serve answers; nil when the path is unknown.
	serve func(*exchange) bool
	// model is the one the path names; empty when the body does.
	model string
	// modelless requests name no model.
	modelless bool
	// look requests are no calls: a script passes them by.
	look bool
}

// The vendors, as routes name them.
func asOpenAI(x *exchange) vendor    { return openaiVendor{x} }
func asResponses(x *exchange) vendor { return responsesVendor{openaiVendor{x}} }
func asAnthropic(x *exchange) vendor { return anthropicVendor{x} }
func asGemini(x *exchange) vendor    { return geminiVendor{x, false} }
func asGeminiList(x *exchange) vendor {
	return geminiVendor{x, x.query.Get("alt") != "sse"}
}
func asOllama(x *exchange) vendor  { return ollamaVendor{x} }
func asCohere(x *exchange) vendor  { return cohereVendor{x} }
func asBedrock(x *exchange) vendor { return bedrockVendor{x} }

// suffixRoutes are the routes by the end of their path; longer ends come
// first where one is the end of another.
func suffixRoutes() []struct {
	suffix string
	route
} {
	const get, post = http.MethodGet, http.MethodPost
	return []struct {
		suffix string
		route
	}{
		{"/chat/completions", route{method: post, vendor: asOpenAI, serve: func(x *exchange) bool { return x.chat(&openaiChat{exchange: x}) }}},
		{"/embeddings", route{method: post, vendor: asOpenAI, serve: (*exchange).openaiEmbeddings}},
		{"/moderations", route{method: post, vendor: asOpenAI, serve: (*exchange).openaiModeration}},
		{"/images/generations", route{method: post, vendor: asOpenAI, serve: func(x *exchange) bool { return x.openaiImages("image_generation", true, false) }}},
		{"/images/edits", route{method: post, vendor: asOpenAI, serve: func(x *exchange) bool { return x.openaiImages("image_edit", true, true) }}},
		{"/images/variations", route{method: post, vendor: asOpenAI, serve: func(x *exchange) bool { return x.openaiImages("image_variation", false, true) }}},
		{"/audio/speech", route{method: post, vendor: asOpenAI, serve: (*exchange).openaiSpeech}},
		{"/audio/transcriptions", route{method: post, vendor: asOpenAI, serve: (*exchange).openaiTranscription}},
		{"/audio/translations", route{method: post, vendor: asOpenAI, serve: (*exchange).openaiTranscription}},
		{"/v2/rerank", route{method: post, vendor: asCohere, serve: (*exchange).cohereRerank}},
		{"/voyage/v1/rerank", route{method: post, vendor: asOpenAI, serve: (*exchange).voyageRerank}},
		{"/rerank", route{method: post, vendor: asOpenAI, serve: (*exchange).openaiRerank}},
		{"/responses", route{method: post, vendor: asResponses, serve: func(x *exchange) bool { return x.chat(&responsesChat{exchange: x}) }}},
		{"/messages/count_tokens", route{method: post, vendor: asAnthropic, serve: (*exchange).anthropicCount}},
		{"/messages", route{method: post, vendor: asAnthropic, serve: func(x *exchange) bool { return x.chat(&anthropicChat{exchange: x}) }}},
		{"/api/chat", route{method: post, vendor: asOllama, serve: func(x *exchange) bool { return x.chat(&ollamaChat{exchange: x}) }}},
		{"/api/generate", route{method: post, vendor: asOllama, serve: func(x *exchange) bool { return x.chat(&ollamaChat{exchange: x, generate: true}) }}},
		{"/api/embed", route{method: post, vendor: asOllama, serve: (*exchange).ollamaEmbed}},
		{"/api/show", route{method: post, vendor: asOllama, serve: (*exchange).ollamaShow, modelless: true, look: true}},
		{"/api/tags", route{method: get, vendor: asOllama, serve: (*exchange).ollamaTags, modelless: true}},
		{"/api/version", route{method: get, vendor: asOllama, serve: (*exchange).ollamaVersion, modelless: true}},
		{"/chat", route{method: post, vendor: asCohere, serve: func(x *exchange) bool { return x.chat(&cohereChat{exchange: x}) }}},
		{"/embed", route{method: post, vendor: asCohere, serve: (*exchange).cohereEmbed}},
		{"/v1beta/models", route{method: get, vendor: asGemini, serve: (*exchange).geminiModels, modelless: true}},
	}
}

// routeOf finds what a request wants.
func routeOf(r *http.Request) route {
	if found, ok := pathModelRoute(r.URL); ok {
		return found
	}
	path := strings.TrimSuffix(r.URL.Path, "/")
	for _, row := range suffixRoutes() {
		if strings.HasSuffix(path, row.suffix) {
			return row.route
		}
	}
	unknown := route{method: http.MethodPost, vendor: asOpenAI}
	list := (*exchange).openaiModels
	switch {
	case r.Header.Get("Anthropic-Version") != "":
		unknown.vendor, list = asAnthropic, (*exchange).anthropicModels
	case r.Header.Get("X-Goog-Api-Key") != "":
		unknown.vendor, list = asGemini, (*exchange).geminiModels
	}
	if strings.HasSuffix(path, "/models") {
		return route{method: http.MethodGet, vendor: unknown.vendor, serve: list, modelless: true}
	}
	return unknown
}

// pathModelRoute finds the routes whose path names the model. The path is read
// before its escapes are undone: a model's name may have slashes and colons.
func pathModelRoute(u *url.URL) (route, bool) {
	path := strings.TrimSuffix(u.EscapedPath(), "/")
	if _, after, ok := strings.Cut(path, "/model/"); ok {
		cut := strings.LastIndexByte(after, '/')
		serve, known := bedrockMethods()[after[cut+1:]]
		if cut > 0 && known {
			return route{method: http.MethodPost, vendor: asBedrock, serve: serve, model: unescaped(after[:cut])}, true
		}
		if serve, known = invokeMethods()[after[cut+1:]]; cut > 0 && known {
			return route{method: http.MethodPost, vendor: asInvoke, serve: serve, model: unescaped(after[:cut])}, true
		}
	}
	if found, ok := azureRoute(path); ok {
		return found, true
	}
	if before, after, ok := strings.Cut(path, "/models/"); ok {
		after = unescaped(after)
		if cut := strings.LastIndexByte(after, ':'); cut > 0 {
			found, known := googleModelMethods(before)[after[cut+1:]]
			if !known && strings.Contains(before, "/publishers/") {
				found, known = route{vendor: asGemini}, true // no method of theirs
			}
			found.method, found.model = http.MethodPost, after[:cut]
			return found, known
		}
	}
	return route{}, false
}

// googleModelMethods are those of a model below a path: of Gemini's API, or of a
// publisher at Vertex.
func googleModelMethods(before string) map[string]route {
	switch {
	case strings.HasSuffix(before, "/publishers/anthropic"):
		return vertexMethods()
	case strings.HasSuffix(before, "/publishers/google"):
		return googleMethods(strings.Contains(before, "/v1/"))
	}
	return geminiMethods()
}

func unescaped(path string) string {
	if plain, err := url.PathUnescape(path); err == nil {
		return plain
	}
	return path
}

// countedAs is the name a request's path is counted under: its last element,
// or Google's method.
func countedAs(path string) string {
	path = path[strings.LastIndexByte(path, '/')+1:]
	return path[strings.LastIndexByte(path, ':')+1:]
}
