package admin

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"headwater/backend/hw"
)

// fields is a JSON object on its way into a document.
type fields map[string]json.RawMessage

// writtenHere are the fields that only Headwater writes. They are left out of
// what comes in without a word, so that what was read can be sent back.
func writtenHere() []string { return []string{"id", "version", "updated_at", "updated_by"} }

// neverIn are the fields that do not exist for callers.
func neverIn() []string { return []string{"sealed", "password_hash"} }

// decodeEdit merges a JSON object into base and makes that the document that
// replaces before; before is nil for a new one. It returns the version the
// object carries. Base is changed.
func decodeEdit(row kindRow, before hw.Document, base fields, body json.RawMessage) (edit, int64, error) {
	e := edit{row: row, before: before}
	in, version, err := readFields(body)
	if err != nil {
		return e, 0, err
	}
	if row.secret != "" {
		if raw, ok := in[row.secret]; ok {
			if err := json.Unmarshal(raw, &e.secret); err != nil {
				return e, 0, hw.Invalid([]hw.Problem{{Field: row.secret, Text: "must be text"}})
			}
			delete(in, row.secret)
		}
	}
	if err := mergePatch(base, in); err != nil {
		return e, 0, err
	}
	if e.after, err = decodeDocument(row.kind, base); err != nil {
		return e, 0, err
	}
	if before != nil {
		tenant := e.after.Head().Tenant
		*e.after.Head() = *before.Head()
		e.after.Head().Tenant = tenant
	}
	return e, version, nil
}

// readFields takes a JSON object apart and sorts out what callers do not write.
func readFields(body json.RawMessage) (fields, int64, error) {
	var in fields
	if err := json.Unmarshal(body, &in); err != nil || in == nil {
		return nil, 0, hw.Errorf(hw.CodeBadJSON, "The body is not one JSON object.").Because(err)
	}
	for name := range in {
		// encoding/json matches names in any case of letters; we do not, so
		// that a hidden field cannot be reached under another spelling.
		if name != strings.ToLower(name) || slices.Contains(neverIn(), name) {
			return nil, 0, unknownField(name)
		}
	}
	var version int64
	if raw, ok := in["version"]; ok && string(raw) != "null" {
		if err := json.Unmarshal(raw, &version); err != nil {
			return nil, 0, hw.Invalid([]hw.Problem{{Field: "version", Text: "must be a whole number"}})
		}
	}
	for _, name := range writtenHere() {
		delete(in, name)
	}
	return in, version, nil
}

// documentFields returns a document as the fields it is made of; none for nil.
func documentFields(d hw.Document) (fields, error) {
	if d == nil {
		return fields{}, nil
	}
	raw, err := json.Marshal(d)
	if err != nil {
		return nil, fmt.Errorf("encoding %s %q: %w", d.Kind(), d.Label(), err)
	}
	var out fields
	if err := json.Unmarshal(raw, &out); err != nil {
		return nil, fmt.Errorf("decoding %s %q: %w", d.Kind(), d.Label(), err)
	}
	return out, nil
}

// mergePatch applies RFC 7396 to one level of objects and the objects inside it.
func mergePatch(into, patch fields) error {
	for name, value := range patch {
		if string(value) == "null" {
			delete(into, name)
			continue
		}
		var inner, there fields
		if json.Unmarshal(value, &inner) != nil || json.Unmarshal(into[name], &there) != nil || there == nil {
			into[name] = value
			continue
		}
		if err := mergePatch(there, inner); err != nil {
			return err
		}
		merged, err := json.Marshal(there)
		if err != nil {
			return fmt.Errorf("merging %s: %w", name, err)
		}
		into[name] = merged
	}
	return nil
}

// decodeDocument reads fields into a document and refuses what it does not know.
func decodeDocument(kind hw.Kind, in fields) (hw.Document, error) {
	raw, err := json.Marshal(in)
	if err != nil {
		return nil, fmt.Errorf("encoding %s: %w", kind, err)
	}
	doc, err := hw.NewDocument(kind)
	if err != nil {
		return nil, err
	}
	dec := json.NewDecoder(bytes.NewReader(raw))
	dec.DisallowUnknownFields()
	if err := dec.Decode(doc); err != nil && !errors.Is(err, io.EOF) {
		return nil, decodeProblem(err)
	}
	return doc, nil
}

// decodeProblem says in our words what encoding/json found.
func decodeProblem(err error) error {
	if wrong, ok := errors.AsType[*json.UnmarshalTypeError](err); ok {
		return hw.Invalid([]hw.Problem{{Field: wrong.Field, Text: "must not be " + wrong.Value}})
	}
	// encoding/json has no type for this one; its text has been the same since Go 1.10.
	if _, name, ok := strings.Cut(err.Error(), "unknown field "); ok {
		return unknownField(strings.Trim(name, `"`))
	}
	return hw.Errorf(hw.CodeInvalid, "A field has a value of the wrong form.").Because(err)
}

func unknownField(name string) error {
	return hw.Invalid([]hw.Problem{{Field: name, Text: "is not a field of this document"}})
}
