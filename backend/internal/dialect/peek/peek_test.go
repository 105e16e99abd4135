package peek_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"headwater/backend/internal/dialect/peek"
)

func TestObjectFindsTopLevelFields(t *testing.T) {
	body := []byte(` { "messages":[{"model":"inner"}], "mod\u0065l" : "gpt\"4", "stream":true } `)
	fields := []peek.Field{{Key: "model", Fold: true}, {Key: "stream"}, {Key: "absent"}}
	if err := peek.Object(body, fields); err != nil {
		t.Fatal(err)
	}
	if s, ok := peek.String(fields[0].Raw(body)); !ok || s != `gpt"4` {
		t.Fatalf("model is %q, %v", s, ok)
	}
	if string(fields[1].Raw(body)) != "true" || fields[2].Found || !fields[2].IsNull(body) {
		t.Fatalf("got %+v", fields)
	}
}

func TestObjectRefuses(t *testing.T) {
	deep := strings.Repeat("[", 600) + strings.Repeat("]", 600)
	for _, row := range []struct {
		name, body string
		want       error
	}{
		{"an array", `[{"model":"a"}]`, peek.ErrNotObject},
		{"a scalar", `"model"`, peek.ErrNotObject},
		{"nothing", ``, peek.ErrSyntax},
		{"not JSON", `model=a`, peek.ErrSyntax},
		{"a second value", `{"model":"a"}{"model":"b"}`, peek.ErrTrailing},
		{"text after the end", `{"model":"a"} x`, peek.ErrTrailing},
		{"an open object", `{"model":"a"`, peek.ErrSyntax},
		{"a bad value behind the field", `{"model":"a","x":tru}`, peek.ErrSyntax},
		{"a raw control character", "{\"model\":\"a\nb\"}", peek.ErrSyntax},
		{"a bad escape", `{"model":"\u12g4"}`, peek.ErrSyntax},
		{"a control character for a digit", "{\"model\":\"\\u00\x114\"}", peek.ErrSyntax},
		{"a trailing comma", `{"model":"a",}`, peek.ErrSyntax},
		{"depth", `{"x":` + deep + `}`, peek.ErrTooDeep},
	} {
		t.Run(row.name, func(t *testing.T) {
			err := peek.Object([]byte(row.body), []peek.Field{{Key: "model"}})
			if !errors.Is(err, row.want) {
				t.Fatalf("got %v, want %v", err, row.want)
			}
		})
	}
}

func TestObjectRefusesAFieldThatStandsTwice(t *testing.T) {
	for _, body := range []string{
		`{"model":"a","model":"b"}`,
		`{"model":"a","x":1,"\u006dodel":"b"}`,
		`{"model":"a","Model":"b"}`,
		`{"MODEL":"b"}`,
		`{"model":"a","stre\u0061m":false,"ſtream":true}`,
	} {
		err := peek.Object([]byte(body), []peek.Field{{Key: "model", Fold: true}, {Key: "stream", Fold: true}})
		if _, ok := errors.AsType[*peek.DuplicateError](err); !ok {
			t.Errorf("%s: got %v, want a DuplicateError", body, err)
		}
	}
	if err := peek.Object([]byte(`{"model":"a","Model":"b","x":1,"x":2}`), []peek.Field{{Key: "model"}}); err != nil {
		t.Errorf("fields not asked for may stand twice: %v", err)
	}
}

func TestObjectAgreesWithTheParsingSuite(t *testing.T) {
	root := os.Getenv("HEADWATER_TESTDATA")
	if root == "" {
		t.Skip("SKIPPED: HEADWATER_TESTDATA is unset, the JSON parsing suite was not run")
	}
	files, err := filepath.Glob(filepath.Join(root, "corpora", "JSONTestSuite", "test_parsing", "*.json"))
	if err != nil || len(files) < 300 {
		t.Fatalf("found %d files, %v", len(files), err)
	}
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		// Wrapped into an object, so that each text is walked as a value.
		wrapped := append(append([]byte(`{"value":`), text...), '}')
		name := filepath.Base(file)
		field := []peek.Field{{Key: "value"}}
		got := peek.Object(wrapped, field)
		switch {
		case name[0] == 'y' && got != nil:
			t.Errorf("%s: refused: %v", name, got)
		case name[0] == 'n' && got == nil && json.Valid(text):
			t.Errorf("%s: accepted", name)
		case (got == nil) != json.Valid(wrapped) && !errors.Is(got, peek.ErrTooDeep):
			t.Errorf("%s: %v, but encoding/json says %v", name, got, json.Valid(wrapped))
		}
	}
}

func TestApplyChangesOnlyWhatItShould(t *testing.T) {
	body := []byte("{ \"model\" : \"a\" ,\"x\":1.50, \"\\u0061\":\"\\/\" }")
	field := []peek.Field{{Key: "model"}}
	if err := peek.Object(body, field); err != nil {
		t.Fatal(err)
	}
	got := peek.Apply(nil, body,
		peek.Insert(body, `"added":true`),
		peek.Edit{Start: field[0].Start, End: field[0].End, With: peek.AppendString(nil, "b\"\n\x01é")})
	want := "{\"added\":true, \"model\" : \"b\\\"\\n\\u0001é\" ,\"x\":1.50, \"\\u0061\":\"\\/\" }"
	if string(got) != want {
		t.Fatalf("got  %s\nwant %s", got, want)
	}
	if got := peek.Apply(nil, []byte("{ }"), peek.Insert([]byte("{ }"), `"a":1`)); string(got) != `{"a":1 }` {
		t.Fatalf("into an empty object: %s", got)
	}
}

func TestAFieldIsReplacedRenamedAndRemovedInItsPlace(t *testing.T) {
	for _, row := range []struct{ body, replaced, renamed, removed string }{
		{`{"a":1}`, `{"n":0}`, `{"long":1}`, `{}`},
		{`{ "a" : "x" , "b":1.50 }`, `{ "n":0 , "b":1.50 }`, `{ "long" : "x" , "b":1.50 }`, `{  "b":1.50 }`},
		{`{"b":"a" , "a": [1,"a"] }`, `{"b":"a" , "n":0 }`, `{"b":"a" , "long": [1,"a"] }`, `{"b":"a"  }`},
		{`{"b":"\",\"a","a":{"a":1},"c":2}`, `{"b":"\",\"a","n":0,"c":2}`, `{"b":"\",\"a","long":{"a":1},"c":2}`, `{"b":"\",\"a","c":2}`},
		{`{"b":1,"\u0061":2}`, `{"b":1,"n":0}`, `{"b":1,"long":2}`, `{"b":1}`},
	} {
		field, body := []peek.Field{{Key: "a"}}, []byte(row.body)
		if err := peek.Object(body, field); err != nil || !field[0].Found {
			t.Fatalf("%s: %v", row.body, err)
		}
		for want, edit := range map[string]peek.Edit{
			row.replaced: peek.Replace(body, field[0], `"n":0`), row.renamed: peek.Rename(body, field[0], "long"), row.removed: peek.Remove(body, field[0]),
		} {
			if got := peek.Apply(nil, body, edit); string(got) != want {
				t.Errorf("%s: got %s, want %s", row.body, got, want)
			}
		}
	}
}

func TestElementsGivesRawElements(t *testing.T) {
	var got []string
	for e := range peek.Elements([]byte(` [ {"a":[1]}, "x" ,3] `)) {
		got = append(got, string(e))
	}
	if strings.Join(got, "|") != `{"a":[1]}|"x"|3` {
		t.Fatalf("got %q", got)
	}
	for range peek.Elements([]byte(`{"a":1}`)) {
		t.Fatal("an object has no elements")
	}
}

func TestInt(t *testing.T) {
	for _, row := range []struct {
		in   string
		want int64
		ok   bool
	}{{"12", 12, true}, {"12.0", 12, true}, {"1e3", 1000, true}, {"null", 0, false}, {`"1"`, 0, false}, {"1e300", 0, false}} {
		if n, ok := peek.Int([]byte(row.in)); n != row.want || ok != row.ok {
			t.Errorf("%s: got %d, %v", row.in, n, ok)
		}
	}
}

func TestObjectAllocatesNothing(t *testing.T) {
	body := []byte(`{"messages":[{"role":"user","content":"hi"}],"model":"a","stream":true}`)
	got := testing.AllocsPerRun(100, func() {
		fields := [...]peek.Field{{Key: "model", Fold: true}, {Key: "stream", Fold: true}}
		if err := peek.Object(body, fields[:]); err != nil {
			t.Fatal(err)
		}
	})
	if got != 0 {
		t.Fatalf("%v allocations, want 0", got)
	}
}

func FuzzObject(f *testing.F) {
	f.Add([]byte(`{"model":"a","x":[1,-2.5e+3,{"y":null}],"stream":true}`))
	f.Add([]byte(`{"mod\u0065l":"\ud83e\udded","":{}}`))
	f.Fuzz(func(t *testing.T, body []byte) {
		fields := []peek.Field{{Key: "model", Fold: true}}
		err := peek.Object(body, fields)
		var all map[string]json.RawMessage
		std := json.Unmarshal(body, &all)
		if _, dup := errors.AsType[*peek.DuplicateError](err); dup || errors.Is(err, peek.ErrTooDeep) {
			return
		}
		if (err == nil) != (std == nil && all != nil) {
			t.Fatalf("peek says %v, encoding/json %v", err, std)
		}
		if err != nil {
			return
		}
		if raw, ok := all["model"]; ok != fields[0].Found || !bytes.Equal(raw, fields[0].Raw(body)) {
			t.Fatalf("peek sees %q, encoding/json %q", fields[0].Raw(body), raw)
		}
		if s, ok := peek.String(fields[0].Raw(body)); ok {
			out := peek.Apply(nil, body, peek.Edit{Start: fields[0].Start, End: fields[0].End, With: peek.AppendString(nil, s)})
			var m struct{ Model string }
			if err := json.Unmarshal(out, &m); err != nil || m.Model != s {
				t.Fatalf("%q came back as %q, %v", s, m.Model, err)
			}
		}
	})
}

func BenchmarkObject(b *testing.B) {
	for _, size := range []int{1 << 10, 100 << 10} {
		text := strings.Repeat("Tell me about the river. ", size/25)
		body := []byte(`{"messages":[{"role":"user","content":"` + text + `"}],"temperature":0.5,"model":"gpt-4o","stream":true}`)
		b.Run(strings.Repeat("k", len(body)>>10/100+1), func(b *testing.B) {
			b.SetBytes(int64(len(body)))
			b.ReportAllocs()
			for b.Loop() {
				fields := [...]peek.Field{{Key: "model", Fold: true}, {Key: "stream", Fold: true}}
				if err := peek.Object(body, fields[:]); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
