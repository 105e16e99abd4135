package gemini

import (
	"net/url"
	"strings"

	"headwater/backend/internal/dialect"
)

// The verbs of the API that the gateway serves.
const (
	verbGenerate   = "generateContent"
	verbStream     = "streamGenerateContent"
	verbCount      = "countTokens"
	verbEmbed      = "embedContent"
	verbBatchEmbed = "batchEmbedContents"
)

// publisherModels is the name of a model list in the form of Vertex AI.
const publisherModels = "publisherModels"

// Match finds the operation of a path: those of the Gemini API below v1beta,
// v1alpha and v1, and those of Vertex AI below v1 and v1beta1.
func (Inbound) Match(ask dialect.Ask) (dialect.Operation, bool) {
	version, rest, _ := strings.Cut(strings.TrimPrefix(ask.Path, "/"), "/")
	switch {
	case !strings.HasPrefix(ask.Path, "/"):
		return dialect.Operation{}, false
	case version == "v1beta" || version == "v1alpha" || version == "v1beta1":
		op, _ := operation(ask, rest)
		return op, true
	case version != "v1":
		return dialect.Operation{}, false
	}
	// Below /v1 the list of models is OpenAI's too: a verb, a path of Vertex AI or
	// the way of Google's SDKs tells that Google's API is meant.
	op, known := operation(ask, rest)
	if strings.HasPrefix(rest, "projects/") || strings.HasPrefix(rest, "publishers/") {
		return op, true
	}
	return op, known && (op.Endpoint != dialect.EndpointModels || isGoogles(ask))
}

// isGoogles reports whether a request tells by its key or its client that it
// speaks Google's API.
func isGoogles(ask dialect.Ask) bool {
	if len(ask.Header["X-Goog-Api-Key"]) > 0 || len(ask.Header["X-Goog-Api-Client"]) > 0 {
		return true
	}
	values, err := url.ParseQuery(ask.Query)
	return err == nil && values.Has("key")
}

// operation reads a path behind the version; false when nothing is at it.
func operation(ask dialect.Ask, rest string) (dialect.Operation, bool) {
	publisher, rest := cutPublisher(rest)
	collection, tail, hasTail := strings.Cut(rest, "/")
	if collection != "models" && collection != "tunedModels" {
		return dialect.Operation{}, false
	}
	list := ""
	if publisher != "" {
		list = publisherModels
	}
	if !hasTail || tail == "" {
		return dialect.Operation{Endpoint: dialect.EndpointModels, Allow: "GET", Name: list}, collection == "models"
	}
	if decoded, err := url.PathUnescape(tail); err == nil {
		tail = decoded
	}
	prefix := ""
	switch {
	case collection == "tunedModels":
		prefix = "tunedModels/"
	case publisher != "" && publisher != "google":
		prefix = publisher + "/"
	}
	op, ok := ofModel(ask.Query, tail)
	if !ok {
		return dialect.Operation{}, false
	}
	if op.Endpoint == dialect.EndpointModels {
		op.Name = list
	}
	op.Model = prefix + op.Model
	return op, true
}

// ofModel reads a model and what is asked of it: a verb behind a colon, or the
// model itself.
func ofModel(query, tail string) (dialect.Operation, bool) {
	if at := strings.LastIndexByte(tail, ':'); at > 0 {
		if op, ok := verb(query, tail[at+1:]); ok {
			op.Model = tail[:at]
			return op, true
		}
		if isForeignVerb(tail[at+1:]) {
			return dialect.Operation{}, false
		}
	}
	return dialect.Operation{Endpoint: dialect.EndpointModels, Allow: "GET", Model: tail}, true
}

// cutPublisher takes off what Vertex AI puts in front of a model: project,
// location and publisher. It gives the publisher, empty in the Gemini API.
func cutPublisher(rest string) (publisher, tail string) {
	if after, ok := strings.CutPrefix(rest, "projects/"); ok {
		_, after, _ = strings.Cut(after, "/") // the project
		after, ok = strings.CutPrefix(after, "locations/")
		if !ok {
			return "", ""
		}
		_, rest, _ = strings.Cut(after, "/") // the location
	}
	if after, ok := strings.CutPrefix(rest, "publishers/"); ok {
		publisher, tail, _ = strings.Cut(after, "/")
		return publisher, tail
	}
	return "", rest
}

// verb is the operation of a verb that the gateway serves.
func verb(query, word string) (dialect.Operation, bool) {
	op := dialect.Operation{Allow: "POST", Name: word}
	switch word {
	case verbGenerate:
		op.Endpoint = dialect.EndpointChat
	case verbStream:
		op.Endpoint, op.Stream, op.List = dialect.EndpointChat, true, !asksForSSE(query)
	case verbCount:
		op.Endpoint = dialect.EndpointCount
	case verbEmbed, verbBatchEmbed:
		op.Endpoint = dialect.EndpointEmbeddings
	default:
		return dialect.Operation{}, false
	}
	return op, true
}

// asksForSSE reports whether the query wants an event stream instead of the
// elements of a list.
func asksForSSE(query string) bool {
	values, err := url.ParseQuery(query)
	return err == nil && (values.Get("alt") == "sse" || values.Get("$alt") == "sse")
}

// isForeignVerb tells the verbs of Google's that the gateway does not serve
// from a model whose name has a colon, such as llama3:8b.
func isForeignVerb(word string) bool {
	switch word {
	case "predict", "predictLongRunning", "rawPredict", "streamRawPredict", "serverStreamingPredict", "computeTokens",
		"batchGenerateContent", "asyncBatchEmbedContent", "bidiGenerateContent", "generateAnswer", "fetchPredictOperation",
		"generateText", "generateMessage", "embedText", "batchEmbedText", "countTextTokens", "countMessageTokens", "transferOwnership":
		return true
	}
	return false
}

// StreamType is that of an event stream, or of a JSON list where the caller
// wants that.
func (Inbound) StreamType(op dialect.Operation) string {
	if op.List {
		return "application/json; charset=UTF-8"
	}
	return "text/event-stream"
}
