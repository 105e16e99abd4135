package peek

import (
	"cmp"
	"slices"
)

// Put is a value for a field of an object.
type Put struct {
	// Key is the field's name. Also are other names of the same thing: where
	// one of them stands, that one is written.
	Key  string
	Also []string
	// With is the value as JSON text; nil where Inner says what is in it.
	With []byte
	// Inner are values for fields of the object that the field holds, which is
	// made where there is none. A field that holds anything else is left alone.
	Inner []Put
	// Fill leaves a field alone that holds a value.
	Fill bool
}

// Write gives an object with values put into it; every other byte is as it was,
// and new fields come first. Errors as Object.
func Write(object []byte, puts []Put) ([]byte, error) {
	var fields []Field
	for i := range puts {
		fields = append(fields, Field{Key: puts[i].Key})
		for _, name := range puts[i].Also {
			fields = append(fields, Field{Key: name})
		}
	}
	if err := Object(object, fields); err != nil {
		return nil, err
	}
	var edits []Edit
	var added []byte
	for i := range puts {
		n := 1 + len(puts[i].Also)
		found, done, err := puts[i].edits(object, fields[:n])
		if err != nil {
			return nil, err
		}
		fields, edits = fields[n:], append(edits, found...)
		if done {
			continue
		}
		value, err := puts[i].value([]byte("{}"))
		if err != nil {
			return nil, err
		}
		if len(added) > 0 {
			added = append(added, ',')
		}
		added = append(append(AppendString(added, puts[i].Key), ':'), value...)
	}
	if len(added) > 0 {
		edits = append(edits, Insert(object, string(added)))
	}
	slices.SortFunc(edits, func(a, b Edit) int { return cmp.Compare(a.Start, b.Start) })
	return Apply(make([]byte, 0, len(object)+64*len(edits)), object, edits...), nil
}

// edits changes the fields that stand there; done is false when there is none.
func (p *Put) edits(object []byte, fields []Field) (edits []Edit, done bool, err error) {
	said := slices.ContainsFunc(fields, func(f Field) bool { return !f.IsNull(object) })
	if said && p.Fill && p.Inner == nil {
		return nil, true, nil
	}
	for _, f := range fields {
		if !f.Found {
			continue
		}
		edit, ok, err := p.edit(object, f)
		if err != nil || !ok {
			return nil, true, err
		}
		edits = append(edits, edit)
		if p.Fill || p.Inner != nil {
			break // one of its names is enough
		}
	}
	return edits, len(edits) > 0, nil
}

// edit changes one field; false for one that must be left alone.
func (p *Put) edit(object []byte, f Field) (edit Edit, ok bool, err error) {
	raw := f.Raw(object)
	if f.IsNull(object) {
		raw = []byte("{}")
	}
	if p.Inner != nil && raw[0] != '{' {
		return Edit{}, false, nil
	}
	value, err := p.value(raw)
	return Edit{Start: f.Start, End: f.End, With: value}, true, err
}

// value is what is written; inner values are put into the object that is there.
func (p *Put) value(there []byte) ([]byte, error) {
	if p.Inner == nil {
		return p.With, nil
	}
	return Write(there, p.Inner)
}
