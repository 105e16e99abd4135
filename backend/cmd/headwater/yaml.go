package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/goccy/go-yaml"
	"github.com/goccy/go-yaml/ast"
	"github.com/goccy/go-yaml/parser"

	"headwater/backend/hw"
)

// writeYAML writes a tree as YAML. Everything that is not plainly a word or a
// URL is written in double quotes, so that no reader takes text for a number,
// a date or an alias, and no control character leaves as itself.
func writeYAML(b *bytes.Buffer, t *tree) error {
	if t.kind == 'v' || len(t.items) == 0 {
		if err := writeScalar(b, t, ""); err != nil {
			return err
		}
		b.WriteByte('\n')
		return nil
	}
	return writeBlock(b, t, "", false)
}

// writeBlock writes a list or an object; inLine says that its first line has
// been begun (behind "- ").
func writeBlock(b *bytes.Buffer, t *tree, indent string, inLine bool) error {
	for i, item := range t.items {
		if i > 0 || !inLine {
			b.WriteString(indent)
		}
		nested := item.kind != 'v' && len(item.items) > 0
		if t.kind == '[' {
			b.WriteString("- ")
		} else {
			name, err := yamlText(t.names[i])
			if err != nil {
				return err
			}
			b.WriteString(name + ":")
			if nested {
				b.WriteByte('\n')
			} else {
				b.WriteByte(' ')
			}
		}
		if err := writeItem(b, item, indent+"  ", t.kind == '['); err != nil {
			return err
		}
	}
	return nil
}

// writeItem writes what stands behind "- " or a field's name.
func writeItem(b *bytes.Buffer, item *tree, indent string, inLine bool) error {
	if item.kind != 'v' && len(item.items) > 0 {
		return writeBlock(b, item, indent, inLine)
	}
	err := writeScalar(b, item, indent)
	b.WriteByte('\n')
	return err
}

// writeScalar writes what fits on one line, or a block of lines.
func writeScalar(b *bytes.Buffer, t *tree, indent string) error {
	switch {
	case t.kind == '{':
		b.WriteString("{}")
		return nil
	case t.kind == '[':
		b.WriteString("[]")
		return nil
	}
	s, ok := t.value.(string)
	if !ok {
		text, err := marshalPlain(t.value)
		b.Write(text)
		return err
	}
	if yamlLines.MatchString(s) && indent != "" {
		b.WriteString("|\n" + indent + strings.ReplaceAll(strings.TrimSuffix(s, "\n"), "\n", "\n"+indent))
		return nil
	}
	text, err := yamlText(s)
	b.WriteString(text)
	return err
}

var (
	// yamlPlain are texts that every reader takes for text.
	yamlPlain = regexp.MustCompile(`^[A-Za-z_/][A-Za-z0-9_./+-]*(:[A-Za-z0-9_./+-]+)*( [A-Za-z0-9_./+-]+)*$`)
	// yamlLines are texts of printable lines, such as certificates, that can be
	// written as a block.
	yamlLines = regexp.MustCompile(`^([[:graph:]]([[:graph:] ]*[[:graph:]])?\n){2,}$`)
)

// yamlWords are words that some reader takes for something other than text.
func yamlWords() []string {
	return []string{"true", "false", "yes", "no", "on", "off", "y", "n", "null"}
}

func yamlText(s string) (string, error) {
	if yamlPlain.MatchString(s) && !slices.Contains(yamlWords(), strings.ToLower(s)) {
		return s, nil
	}
	text, err := marshalPlain(s)
	return string(escapeYAML(text)), err
}

// maxFile bounds a configuration file; the service takes no larger one.
// Unit: bytes.
const maxFile = 4 << 20

// readYAML reads one YAML document as a tree. Aliases are refused, as the
// service does: a file of a kilobyte could stand for a gigabyte. Errors name
// the line and never quote it, because it may hold a secret.
func readYAML(text []byte, name string) (*tree, error) {
	file, err := parser.ParseBytes(text, 0)
	if err != nil {
		return nil, yamlError(err, name)
	}
	docs := slices.DeleteFunc(file.Docs, func(d *ast.DocumentNode) bool { return d.Body == nil })
	switch {
	case len(docs) == 0:
		return &tree{kind: '{'}, nil
	case len(docs) > 1:
		return nil, hw.Errorf(hw.CodeBadRequest, "%s holds %d documents; write one file for each.", name, len(docs))
	}
	finder := referenceFinder{}
	ast.Walk(&finder, docs[0].Body)
	if finder.line > 0 {
		return nil, hw.Errorf(hw.CodeBadRequest, "%s uses an anchor, alias or tag in line %d; write the value out.", name, finder.line)
	}
	var value any
	if err := yaml.NodeToValue(docs[0].Body, &value, yaml.Strict(), yaml.UseOrderedMap()); err != nil {
		return nil, yamlError(err, name)
	}
	t, err := treeOfYAML(value, 0)
	if err != nil {
		return nil, hw.Errorf(hw.CodeBadRequest, "%s cannot be read: %v.", name, err)
	}
	if t.kind != '{' {
		return nil, hw.Errorf(hw.CodeBadRequest, "%s is not a configuration: its top level has to be fields such as 'upstreams:'.", name)
	}
	return t, nil
}

// treeOfYAML turns what the YAML library has read into a tree.
func treeOfYAML(value any, depth int) (*tree, error) {
	if depth > maxDepth {
		return nil, fmt.Errorf("it is nested deeper than %d levels", maxDepth)
	}
	t := &tree{}
	var items []any
	switch v := value.(type) {
	case yaml.MapSlice:
		t.kind = '{'
		for _, field := range v {
			t.names = append(t.names, fmt.Sprint(field.Key))
			items = append(items, field.Value)
		}
	case []any:
		t.kind, items = '[', v
	case int64, uint64, int, float64:
		raw, err := json.Marshal(v)
		if err != nil {
			return nil, errors.New("it has a number that cannot be kept")
		}
		return &tree{kind: 'v', value: json.Number(raw)}, nil
	case string, bool, nil:
		return &tree{kind: 'v', value: v}, nil
	default:
		return nil, fmt.Errorf("it has a value of the type %T", v)
	}
	for _, item := range items {
		child, err := treeOfYAML(item, depth+1)
		if err != nil {
			return nil, err
		}
		t.items = append(t.items, child)
	}
	return t, nil
}

func yamlError(err error, name string) error {
	if at, ok := errors.AsType[yaml.Error](err); ok && at.GetToken() != nil && at.GetToken().Position != nil {
		return hw.Errorf(hw.CodeBadRequest, "%s is not valid YAML in line %d.", name, at.GetToken().Position.Line)
	}
	return hw.Errorf(hw.CodeBadRequest, "%s is not valid YAML.", name)
}

// referenceFinder looks for the first part that refers to another part, or
// says a type.
type referenceFinder struct{ line int }

// Visit implements ast.Visitor.
func (f *referenceFinder) Visit(n ast.Node) ast.Visitor {
	switch n.Type() {
	case ast.AnchorType, ast.AliasType, ast.MergeKeyType, ast.TagType:
		if f.line == 0 {
			f.line = max(n.GetToken().Position.Line, 1)
		}
	default:
	}
	return f
}
