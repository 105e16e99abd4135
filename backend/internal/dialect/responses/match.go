package responses

import (
	"net/url"
	"slices"
	"strings"

	"headwater/backend/internal/dialect"
)

const basePath = "/v1/responses"

// The names of the operations on a kept answer; showing it has none.
const (
	opDelete = "delete"
	opCancel = "cancel"
	opInput  = "input_items"
)

// Match finds the operation of a path. All of /v1/responses is this dialect's
// ground, also where nothing is.
func (Inbound) Match(ask dialect.Ask) (dialect.Operation, bool) {
	rest, ok := strings.CutPrefix(ask.Path, basePath)
	switch {
	case !ok || rest != "" && rest[0] != '/':
		return dialect.Operation{}, false
	case rest == "":
		return dialect.Operation{Endpoint: dialect.EndpointChat, Allow: "POST"}, true
	case rest == "/input_tokens":
		return dialect.Operation{Endpoint: dialect.EndpointCount, Allow: "POST"}, true
	}
	id, what, more := strings.Cut(rest[1:], "/")
	op := stored(ask.Query, id, what, more)
	if ask.Method == "DELETE" && op.Allow == allowWhole {
		op.Name = opDelete
	}
	return op, true
}

// allowWhole are the methods for a whole kept answer.
const allowWhole = "GET, DELETE"

// stored is the operation on a kept answer, or none for what is no id.
func stored(query, id, what string, more bool) dialect.Operation {
	if id == "" || id == "input_tokens" || id == "compact" {
		return dialect.Operation{}
	}
	if decoded, err := url.PathUnescape(id); err == nil {
		id = decoded
	}
	op := dialect.Operation{Endpoint: dialect.EndpointStored, Name: what, ID: id, Query: query}
	switch {
	case !more:
		op.Allow, op.Stream = allowWhole, asksStream(query)
	case what == opCancel:
		op.Allow = "POST"
	case what == opInput:
		op.Allow = "GET"
	default:
		return dialect.Operation{}
	}
	return op
}

// Delete is the operation that deletes a kept answer.
func (Inbound) Delete(id string) dialect.Operation {
	return dialect.Operation{Endpoint: dialect.EndpointStored, Name: opDelete, ID: id, Allow: allowWhole}
}

func asksStream(query string) bool {
	return slices.Contains(strings.Split(query, "&"), "stream=true")
}

// storedPath is the path of an operation on a kept answer below the base URL.
func storedPath(op dialect.Operation) string {
	path := chatPath + "/" + url.PathEscape(op.ID)
	switch op.Name {
	case opDelete:
		return path
	case opCancel, opInput:
		path += "/" + op.Name
	}
	if op.Stream {
		path += "?stream=true"
	}
	return path
}
