package main

import (
	"bytes"
	"encoding/json"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func toYAML(t *testing.T, v any) string {
	t.Helper()
	tr, err := treeOf(v)
	if err != nil {
		t.Fatal(err)
	}
	var b bytes.Buffer
	if err := writeYAML(&b, tr); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

func TestYAML(t *testing.T) {
	t.Run("reads like a person wrote it", func(t *testing.T) {
		v := json.RawMessage(`{"name":"fast","url":"https://x:1/v1","count":3,"local":true,"none":null,"empty":[],"nothing":{},` +
			`"tiers":[{"targets":[{"upstream":"a","model":"gpt-4o"},{"upstream":"b"}]},["x",["z"]]],"pem":"-----BEGIN X-----\nAA==\n","odd":"a: b"}`)
		want := `name: fast
url: https://x:1/v1
count: 3
local: true
none: null
empty: []
nothing: {}
tiers:
  - targets:
      - upstream: a
        model: gpt-4o
      - upstream: b
  - - x
    - - z
pem: |
  -----BEGIN X-----
  AA==
odd: "a: b"
`
		if diff := cmp.Diff(want, toYAML(t, v)); diff != "" {
			t.Errorf("(-want +got):\n%s", diff)
		}
	})
	t.Run("takes no text for anything else", func(t *testing.T) {
		for _, s := range hostile() {
			roundTrip(t, s)
		}
	})
}

// roundTrip writes s in every place a text can have and reads it back.
func roundTrip(t *testing.T, s string) {
	t.Helper()
	s = strings.ToValidUTF8(s, "\ufffd")
	in := map[string]any{"field": s, "list": []any{s, map[string]any{"inner": s}}}
	if s != "" {
		in["k"+s] = "name" // a field's name, too
	}
	text := toYAML(t, in)
	if strings.ContainsFunc(text, unsafeInText) {
		t.Errorf("%q leaves as a control character: %q", s, text)
	}
	tr, err := readYAML([]byte(text), "it")
	if err != nil {
		t.Fatalf("%q written as %q cannot be read: %v", s, text, err)
	}
	raw, err := tr.MarshalJSON()
	if err != nil {
		t.Fatal(err)
	}
	var out map[string]any
	if err := json.Unmarshal(raw, &out); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(in, out); diff != "" {
		t.Errorf("%q does not come back from %q (-want +got):\n%s", s, text, diff)
	}
}

func FuzzYAMLText(f *testing.F) {
	for _, s := range hostile() {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) { roundTrip(t, s) })
}

func FuzzReadYAML(f *testing.F) {
	f.Add("keys:\n  - name: a\n    secret_from: env:X\n")
	f.Add("a: &x [1]\nb: *x\n")
	f.Add("a: 1\n---\nb: 2\n")
	f.Fuzz(func(t *testing.T, text string) {
		if len(text) > 4096 {
			return
		}
		tr, err := readYAML([]byte(text), "it")
		if err != nil {
			return
		}
		if _, err := tr.MarshalJSON(); err != nil {
			t.Errorf("%q was read but cannot be sent: %v", text, err)
		}
	})
}

func TestReadYAML(t *testing.T) {
	for _, row := range []struct{ why, text, says string }{
		{"an alias stands for more than it is", "a: &x [1]\nb: *x\n", "line 1"},
		{"a tag", "a: !!binary aGk=\n", "line 1"},
		{"two documents", "a: 1\n---\nb: 2\n", "2 documents"},
		{"a broken line is named and not quoted", "a: 1\nsecret: [hw_topsecret\n", "line 2"},
		{"a field twice", "a: 1\na: 2\n", "line 2"},
		{"a list is no configuration", "- a\n", "top level"},
		{"a value that JSON does not have", "a: .inf\n", "not"},
	} {
		t.Run(row.why, func(t *testing.T) {
			_, err := readYAML([]byte(row.text), "file.yaml")
			if err == nil || !strings.Contains(err.Error(), row.says) || strings.Contains(err.Error(), "topsecret") {
				t.Errorf("readYAML(%q) says %v, want %q", row.text, err, row.says)
			}
		})
	}
	t.Run("an empty file is an empty configuration", func(t *testing.T) {
		if tr, err := readYAML([]byte("# nothing\n"), "file.yaml"); err != nil || len(tr.items) != 0 {
			t.Errorf("%+v, %v", tr, err)
		}
	})
}
