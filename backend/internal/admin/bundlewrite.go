package admin

import (
	"bytes"
	"encoding/json"
	"fmt"
	"regexp"
	"slices"
	"strings"
)

// bundleList is one list of a file on its way out.
type bundleList struct {
	noun string
	// single is true when the list is one mapping.
	single bool
	// items are JSON objects; their order of fields is kept.
	items []json.RawMessage
}

// notWritten are the fields that a file does not carry: what Headwater writes,
// and what follows from the secret.
func notWritten(field string) bool {
	return slices.Contains(writtenHere(), field) || field == "last4"
}

// writeBundle writes lists as YAML. The same configuration always gives the
// same text, so that a file under version control shows what has changed.
//
// Texts are written in JSON's quotes unless they cannot be mistaken for
// anything else: the rules of what YAML takes for a number, a date or a truth
// differ between readers.
func writeBundle(lists []bundleList) (string, error) {
	var b strings.Builder
	b.WriteString("# Headwater configuration. Secrets are not part of it.\n")
	for _, list := range lists {
		if len(list.items) == 0 {
			continue
		}
		fmt.Fprintf(&b, "%s:\n", list.noun)
		for _, raw := range list.items {
			value, err := readOrdered(raw)
			if err != nil {
				return "", fmt.Errorf("writing %s: %w", list.noun, err)
			}
			value.fields = slices.DeleteFunc(value.fields, func(f orderedField) bool { return notWritten(f.name) })
			if list.single {
				value.writeFields(&b, "  ")
				continue
			}
			b.WriteString("  - ")
			value.writeTail(&b, "    ")
		}
	}
	return b.String(), nil
}

// ordered is a JSON value that remembers the order of its fields.
type ordered struct {
	// scalar is the JSON text of a value that is neither object nor list.
	scalar string
	fields []orderedField
	items  []ordered
	// shape is '{', '[' or 0.
	shape rune
}

type orderedField struct {
	name  string
	value ordered
}

func readOrdered(raw json.RawMessage) (ordered, error) {
	dec := json.NewDecoder(bytes.NewReader(raw))
	dec.UseNumber()
	return nextOrdered(dec)
}

func nextOrdered(dec *json.Decoder) (ordered, error) {
	token, err := dec.Token()
	if err != nil {
		return ordered{}, err
	}
	delim, ok := token.(json.Delim)
	if !ok {
		text, err := json.Marshal(token)
		return ordered{scalar: string(text)}, err
	}
	v := ordered{shape: rune(delim)}
	for dec.More() {
		var f orderedField
		if delim == '{' {
			name, err := dec.Token()
			if err != nil {
				return v, err
			}
			f.name, _ = name.(string) // the decoder has made sure
		}
		if f.value, err = nextOrdered(dec); err != nil {
			return v, err
		}
		if delim == '{' {
			v.fields = append(v.fields, f)
		} else {
			v.items = append(v.items, f.value)
		}
	}
	_, err = dec.Token() // the closing one
	return v, err
}

// writeTail writes a value that begins in the middle of a line; what follows
// on further lines is indented.
func (v ordered) writeTail(b *strings.Builder, indent string) {
	switch {
	case v.shape == 0:
		b.WriteString(plainYAML(v.scalar) + "\n")
	case v.shape == '{' && len(v.fields) == 0:
		b.WriteString("{}\n")
	case v.shape == '[' && len(v.items) == 0:
		b.WriteString("[]\n")
	case v.shape == '{':
		var inner strings.Builder
		v.writeFields(&inner, indent)
		b.WriteString(strings.TrimPrefix(inner.String(), indent))
	default:
		var inner strings.Builder
		v.writeItems(&inner, indent)
		b.WriteString(strings.TrimPrefix(inner.String(), indent))
	}
}

func (v ordered) writeFields(b *strings.Builder, indent string) {
	for _, f := range v.fields {
		b.WriteString(indent + f.name + ":")
		if f.value.shape == 0 || len(f.value.fields)+len(f.value.items) == 0 {
			b.WriteString(" ")
			f.value.writeTail(b, indent)
			continue
		}
		b.WriteString("\n")
		if f.value.shape == '{' {
			f.value.writeFields(b, indent+"  ")
		} else {
			f.value.writeItems(b, indent+"  ")
		}
	}
}

func (v ordered) writeItems(b *strings.Builder, indent string) {
	for _, item := range v.items {
		b.WriteString(indent + "- ")
		item.writeTail(b, indent+"  ")
	}
}

// plainText matches texts that every reader of YAML takes for a text.
var plainText = regexp.MustCompile(`^[A-Za-z][A-Za-z0-9_./-]*(:[A-Za-z0-9_./-]+)*$`)

// plainYAML takes the quotes off a JSON text where that is safe.
func plainYAML(scalar string) string {
	var text string
	if json.Unmarshal([]byte(scalar), &text) != nil || !strings.HasPrefix(scalar, `"`) {
		return scalar
	}
	switch strings.ToLower(text) {
	case "true", "false", "null", "yes", "no", "on", "off", "y", "n":
		return scalar
	}
	if plainText.MatchString(text) {
		return text
	}
	return scalar
}
