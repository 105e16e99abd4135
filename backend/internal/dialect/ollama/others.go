package ollama

import (
	"encoding/json"
	"maps"
	"slices"
	"strings"

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

// crowded reports whether so many names are told that no stranger's is added.
func (d *reader) crowded() bool { return len(d.req.Unmapped) >= dialect.MostStrangers }

// others names the fields of an object that are none of the known and say
// something. Most objects have none: they are only walked over.
func (d *reader) others(under string, raw json.RawMessage, known []string) {
	if d.crowded() {
		return
	}
	s := peek.NewScan(raw)
	members := s.Object(known)
	met := false
	for key, ok := members.Next(); ok; key, ok = members.Next() {
		met = met || key == ""
		s.Skip()
	}
	if s.Done() && !met {
		return
	}
	var all map[string]json.RawMessage
	if json.Unmarshal(raw, &all) != nil {
		return // no object at all, which is told elsewhere
	}
	for _, key := range slices.Sorted(maps.Keys(all)) {
		if d.crowded() {
			return
		}
		isKnown := slices.ContainsFunc(known, func(k string) bool { return strings.EqualFold(k, key) })
		if !isKnown && !isVoid(all[key]) {
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
