package dialect

import (
	"encoding/json"
	"iter"
	"maps"
	"slices"
	"strings"

	"headwater/backend/internal/dialect/peek"
)

// MostStrangers is how many names of unknown fields a decoder gives at most: a
// caller can think of millions, and who has read a hundred knows what to look for.
// Once Request.Unmapped holds so many, no more of them are added; the names of
// fields that a dialect knows always are.
const MostStrangers = 100

// Crowded reports whether Unmapped names so many that no stranger's is added.
func (r *Request) Crowded() bool { return len(r.Unmapped) >= MostStrangers }

// Strangers are the fields of an object that are none of the known ones, whose
// case does not count, by their names in order. Most objects have none: they are
// only walked over. What is no object has none.
func Strangers(object json.RawMessage, known []string) iter.Seq2[string, json.RawMessage] {
	return func(yield func(string, json.RawMessage) bool) {
		s := peek.NewScan(object)
		members := s.Object(known)
		met := false
		for key, ok := members.Next(); ok; key, ok = members.Next() {
			met = met || key == ""
			s.Skip()
		}
		var all map[string]json.RawMessage
		if s.Done() && !met || json.Unmarshal(object, &all) != nil {
			return
		}
		for _, key := range slices.Sorted(maps.Keys(all)) {
			isKnown := slices.ContainsFunc(known, func(k string) bool { return strings.EqualFold(k, key) })
			if !isKnown && !yield(key, all[key]) {
				return
			}
		}
	}
}
