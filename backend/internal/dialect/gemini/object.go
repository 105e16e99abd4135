package gemini

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"math"
	"slices"
	"strconv"
	"strings"

	"headwater/backend/hw"
	"headwater/backend/internal/dialect"
	"headwater/backend/internal/dialect/peek"
)

// reader fills in one neutral request. It keeps the first fault it meets and
// reads on without effect, so that the code that reads stays a plain list.
type reader struct {
	req *dialect.Request
	err error
	// lost holds what req.Unmapped names, for a quick look.
	lost map[string]bool
	// open are the calls that no result has answered yet.
	open openCalls
	// grown is the text of the last part of the last turn while pieces of it
	// come; nil while none do.
	grown []byte
}

func (r *reader) fail(err *hw.Error) {
	if r.err == nil {
		r.err = err
	}
}

func (r *reader) bad(at, format string, args ...any) {
	r.fail(hw.Errorf(hw.CodeBadRequest, format, args...).At(at))
}

// drop names a field that the neutral form does not carry.
func (r *reader) drop(field string) {
	if r.lost == nil {
		r.lost = map[string]bool{}
	}
	if !r.lost[field] {
		r.lost[field] = true
		r.req.Unmapped = append(r.req.Unmapped, field)
	}
}

// object is one JSON object of a request while it is read. Google's servers
// take each name in camelCase and in snake_case; both are found under the
// first. What was read is taken out, so that the rest can be named.
type object struct {
	r      *reader
	at     string
	fields map[string]json.RawMessage
}

// object reads raw as an object; an empty one, beside a fault, when it is none.
func (r *reader) object(at string, raw json.RawMessage) *object {
	o := &object{r: r, at: at, fields: map[string]json.RawMessage{}}
	dec := json.NewDecoder(bytes.NewReader(raw))
	if tok, err := dec.Token(); err != nil || tok != json.Delim('{') {
		r.bad(at, "The field %s must be an object.", orBody(at))
		return o
	}
	for dec.More() {
		tok, err := dec.Token()
		key, _ := tok.(string)
		var value json.RawMessage
		if err == nil {
			err = dec.Decode(&value)
		}
		if err != nil {
			r.fail(hw.Errorf(hw.CodeBadJSON, "The request body is not valid JSON.").At(at).Because(err))
			return o
		}
		key = camel(key)
		if _, twice := o.fields[key]; twice {
			r.fail(hw.Errorf(hw.CodeBadJSON, "The field %s stands more than once in the request.", o.path(key)).At(o.path(key)))
			return o
		}
		o.fields[key] = value
	}
	return o
}

func orBody(at string) string {
	if at == "" {
		return "body"
	}
	return at
}

// camel turns snake_case into camelCase; other names stay.
func camel(key string) string {
	if strings.IndexByte(key, '_') <= 0 {
		return key
	}
	words := strings.Split(key, "_")
	for i, word := range words[1:] {
		if word != "" {
			words[i+1] = strings.ToUpper(word[:1]) + word[1:]
		}
	}
	return strings.Join(words, "")
}

func (o *object) path(key string) string {
	if o.at == "" {
		return key
	}
	return o.at + "." + key
}

// take gives a field that is set.
func (o *object) take(key string) (json.RawMessage, bool) {
	raw, ok := o.fields[key]
	delete(o.fields, key)
	return raw, ok && string(raw) != "null"
}

// has reports whether a field is set, without taking it.
func (o *object) has(key string) bool { return isSet(o.fields[key]) }

func (o *object) text(key string) string {
	raw, ok := o.take(key)
	if !ok {
		return ""
	}
	s, ok := peek.String(raw)
	if !ok {
		o.r.bad(o.path(key), "The field %s must be text.", o.path(key))
	}
	return s
}

func (o *object) texts(key string) []string {
	raw, ok := o.take(key)
	if !ok {
		return nil
	}
	var list []string
	if json.Unmarshal(raw, &list) != nil {
		o.r.bad(o.path(key), "The field %s must be a list of texts.", o.path(key))
	}
	return list
}

func (o *object) flag(key string) *bool {
	raw, ok := o.take(key)
	if !ok {
		return nil
	}
	switch string(raw) {
	case "true", "false":
		v := string(raw) == "true"
		return &v
	}
	o.r.bad(o.path(key), "The field %s must be true or false.", o.path(key))
	return nil
}

// number reads a number, which Google's JSON may also write as text.
func (o *object) number(key string) *float64 {
	raw, ok := o.take(key)
	if !ok {
		return nil
	}
	word := string(raw)
	if s, quoted := peek.String(raw); quoted {
		word = s
	}
	v, err := strconv.ParseFloat(word, 64)
	if err != nil || math.IsNaN(v) || math.IsInf(v, 0) {
		o.r.bad(o.path(key), "The field %s must be a number.", o.path(key))
		return nil
	}
	return &v
}

// whole reads a whole number; 40.0 is one.
func (o *object) whole(key string) *int64 {
	v := o.number(key)
	if v == nil {
		return nil
	}
	if *v != math.Trunc(*v) || math.Abs(*v) > 1<<53 {
		o.r.bad(o.path(key), "The field %s must be a whole number.", o.path(key))
		return nil
	}
	n := int64(*v)
	return &n
}

// count reads a whole number of at least least; zero when it is not set.
func (o *object) count(key string, least int64) int {
	n := o.whole(key)
	if n == nil {
		return 0
	}
	if *n < least || *n > math.MaxInt32 {
		o.r.bad(o.path(key), "The field %s must be at least %d.", o.path(key), least)
		return 0
	}
	return int(*n)
}

// child reads a field that is an object; nil when it is not set.
func (o *object) child(key string) *object {
	raw, ok := o.take(key)
	if !ok {
		return nil
	}
	return o.r.object(o.path(key), raw)
}

// children reads a field that is a list of objects. Google's servers take a
// single one without its brackets too.
func (o *object) children(key string) []*object {
	raw, ok := o.take(key)
	if !ok {
		return nil
	}
	at := o.path(key)
	if raw[0] == '{' {
		return []*object{o.r.object(at, raw)}
	}
	if raw[0] != '[' {
		o.r.bad(at, "The field %s must be a list of objects.", at)
		return nil
	}
	var list []*object
	for element := range peek.Elements(raw) {
		list = append(list, o.r.object(fmt.Sprintf("%s[%d]", at, len(list)), element))
	}
	return list
}

// dropRest names the fields that are left and say something. Under a name, as
// they are of each of many objects, they are named without their place.
func (o *object) dropRest(under string) {
	for _, key := range slices.Sorted(maps.Keys(o.fields)) {
		if isVoid(o.fields[key]) {
			continue
		}
		if under != "" {
			o.r.drop(under + "." + key)
		} else {
			o.r.drop(o.path(key))
		}
	}
}

// isVoid reports whether the raw value of a field we do not know says nothing,
// so that leaving it out loses nothing.
func isVoid(raw json.RawMessage) bool {
	switch string(raw) {
	case "null", "false", "[]", "{}", `""`:
		return true
	}
	return false
}
