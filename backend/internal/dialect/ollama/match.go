package ollama

import (
	"strings"

	"headwater/backend/internal/dialect"
)

// ground is the start of every path of this dialect.
const ground = "/api/"

// The paths that something is at.
const (
	pathChat       = "/api/chat"
	pathGenerate   = "/api/generate"
	pathEmbed      = "/api/embed"
	pathEmbeddings = "/api/embeddings"
	pathTags       = "/api/tags"
	pathShow       = "/api/show"
	pathVersion    = "/api/version"
	pathPs         = "/api/ps"
)

// The names of operations that share an endpoint.
const (
	nameGenerate = "generate"
	nameEmbed    = "embed"
	// nameEmbeddings is the older form, with one prompt and one vector.
	nameEmbeddings = "embeddings"
	nameShow       = "show"
	nameVersion    = "version"
	namePs         = "ps"
)

// Match finds the operation of a path. All of /api/ is this dialect's, so that
// a client that wants to pull a model is told in its own words.
func (Inbound) Match(ask dialect.Ask) (dialect.Operation, bool) {
	const get, post = "GET, HEAD", "POST"
	switch ask.Path {
	case pathChat:
		return dialect.Operation{Endpoint: dialect.EndpointChat, Allow: post}, true
	case pathGenerate:
		return dialect.Operation{Endpoint: dialect.EndpointChat, Allow: post, Name: nameGenerate}, true
	case pathEmbed:
		return dialect.Operation{Endpoint: dialect.EndpointEmbeddings, Allow: post, Name: nameEmbed}, true
	case pathEmbeddings:
		return dialect.Operation{Endpoint: dialect.EndpointEmbeddings, Allow: post, Name: nameEmbeddings}, true
	case pathTags:
		return dialect.Operation{Endpoint: dialect.EndpointModels, Allow: get}, true
	case pathShow:
		return dialect.Operation{Endpoint: dialect.EndpointModels, Allow: post, Name: nameShow}, true
	case pathVersion:
		return dialect.Operation{Endpoint: dialect.EndpointAbout, Allow: get, Name: nameVersion}, true
	case pathPs:
		return dialect.Operation{Endpoint: dialect.EndpointAbout, Allow: get, Name: namePs}, true
	}
	return dialect.Operation{}, strings.HasPrefix(ask.Path, ground)
}

// StreamType is that of one JSON object a line.
func (Inbound) StreamType(dialect.Operation) string { return "application/x-ndjson" }
