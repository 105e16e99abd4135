package ollama

import (
	"encoding/json"

	"headwater/backend/internal/dialect"
	"headwater/backend/internal/dialect/peek"
)

// The fields that are known of the objects inside a request; never written to.
// A format has none of its own: it is a schema, which goes on as it is.
var (
	inMessageKeys    = []string{"role", "content", "thinking", "images", "tool_calls", "tool_name", "name", "tool_call_id"}
	callKeys         = []string{"id", "type", "function"}
	callFunctionKeys = []string{"index", "name", "arguments"}
	toolKeys         = []string{"type", "function"}
	functionKeys     = []string{"name", "description", "parameters"}
)

// others names the fields of an object that are none of the known and say
// something.
func (d *reader) others(under string, raw json.RawMessage, known []string) {
	if d.req.Crowded() {
		return
	}
	for key, value := range dialect.Strangers(raw, known) {
		if d.req.Crowded() {
			return
		}
		if !isVoid(value) {
			d.drop(under + "." + key)
		}
	}
}

// eachOthers does so for the objects of a list, and for the function in each.
func (d *reader) eachOthers(under string, list json.RawMessage, known, inFunction []string) {
	for element := range peek.Elements(list) {
		d.others(under, element, known)
		function := [...]peek.Field{{Key: "function", Fold: true}}
		if peek.Object(element, function[:]) == nil && function[0].Found {
			d.others(under+".function", function[0].Raw(element), inFunction)
		}
	}
}
