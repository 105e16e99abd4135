package peek_test

import (
	"encoding/json"
	"testing"

	"headwater/backend/internal/dialect/peek"
)

// scanned is what scanAll reads of a text.
type scanned struct {
	Text  string `json:"text"`
	Count int    `json:"count"`
	Flag  bool   `json:"flag"`
	List  []struct {
		Text string `json:"text"`
	} `json:"list"`
	Raw json.RawMessage `json:"raw"`
}

var scannedKeys = []string{"text", "count", "flag", "list", "raw"}

func scanAll(data []byte) (got scanned, ok bool) {
	s := peek.NewScan(data)
	m := s.Object(scannedKeys)
	for key, more := m.Next(); more; key, more = m.Next() {
		switch key {
		case "text":
			got.Text = s.Text()
		case "count":
			got.Count = s.Int()
		case "flag":
			got.Flag = s.Bool()
		case "list":
			for l := s.List(); l.Next(); {
				element := s.Object([]string{"text"})
				got.List = append(got.List, struct {
					Text string `json:"text"`
				}{})
				for key, more := element.Next(); more; key, more = element.Next() {
					if key == "text" {
						got.List[len(got.List)-1].Text = s.Text()
					} else {
						s.Skip()
					}
				}
			}
		case "raw":
			got.Raw = s.Raw()
		default:
			s.Skip()
		}
	}
	return got, s.Done()
}

func TestScanGivesUpOnWhatMayBeReadInAnotherWay(t *testing.T) {
	for _, row := range []struct {
		name, body string
		ok         bool
	}{
		{"all fields", ` { "text" : "aé\n" , "count":12,"flag":true,"list":[ {"text":"x","y":[{}]} , {} ],"raw":{"a":1},"z":null} `, true},
		{"nulls", `{"text":null,"count":null,"flag":null}`, true},
		{"nothing", `{}`, true},
		{"an unknown field twice", `{"x":1,"x":2}`, true},
		{"a field twice", `{"text":"a","text":"b"}`, false},
		{"another letter case", `{"Text":"a"}`, false},
		{"an escaped name", `{"te\u0078t":"a"}`, false},
		{"a long s", `{"liſt":[]}`, false},
		{"another type", `{"text":1}`, false},
		{"a fraction", `{"count":1.0}`, false},
		{"a sign", `{"count":-1}`, false},
		{"a long number", `{"count":1234567890123456789012}`, false},
		{"a text for a flag", `{"flag":"true"}`, false},
		{"a broken word", `{"flag":tru}`, false},
		{"no object", `[]`, false},
		{"no text", ``, false},
		{"an open object", `{"text":"a"`, false},
		{"an open list", `{"list":[{}`, false},
		{"a trailing comma", `{"text":"a",}`, false},
		{"a trailing comma in a list", `{"list":[{},]}`, false},
		{"no comma", `{"text":"a" "count":1}`, false},
		{"text after the end", `{"text":"a"} x`, false},
		{"a control character", "{\"text\":\"a\x01\"}", false},
	} {
		t.Run(row.name, func(t *testing.T) {
			if got, ok := scanAll([]byte(row.body)); ok != row.ok {
				t.Fatalf("got %+v, %v", got, ok)
			}
		})
	}
}

func TestScanAllocatesTheTextsOnly(t *testing.T) {
	body := []byte(`{"text":"a \"b\"","count":3,"raw":{"a":[1,2]},"other":"c"}`)
	if got := testing.AllocsPerRun(100, func() { scanAll(body) }); got > 1 {
		t.Fatalf("%v allocations, want 1", got)
	}
}

// What a scan reads to the end, encoding/json reads too, and to the same values.
func FuzzScan(f *testing.F) {
	f.Add([]byte(`{"text":"\ud83d\ude00","count":1,"flag":false,"list":[{"text":null}],"raw":[1,{}]}`))
	f.Add([]byte("{\"text\":\"\xff\\ud83d\"}"))
	f.Fuzz(func(t *testing.T, body []byte) {
		got, ok := scanAll(body)
		if !ok {
			return
		}
		var want scanned
		if err := json.Unmarshal(body, &want); err != nil {
			t.Fatalf("a scan reads %+v, encoding/json: %v", got, err)
		}
		a, _ := json.Marshal(got)
		b, _ := json.Marshal(want)
		if got.Text != want.Text || got.Count != want.Count || (len(got.List) > 0 || len(want.List) > 0) && string(a) != string(b) {
			t.Fatalf("a scan reads %s, encoding/json %s", a, b)
		}
	})
}

// strangeTexts are strings that few decoders read alike.
var strangeTexts = []string{
	``, `a`, `\"\\\/\b\f\n\r\t`, `\u00e9é\u0000`, `\ud83d\ude00`, `\uD83D\uDE00`, `\ud83d`, `\ude00\ud83d`, `\ud83dx`, `\ud83d\u0041`,
	`\ud83d\ud83d\ude00`, `\ufffd`, "\xff", "\\n\xff", "\xc3\\n\xa9", "\\n\xed\xa0\x80", `\x`, `\u12g4`, `\u12`, `\`, `a"b`, `\n"`, "\\n\x01", "\\n\x7f",
	`\n\ud83d\`, `\ud83d\u`, `\ud83d\uzzzz`,
}

func TestStringDecodesAsEncodingJSON(t *testing.T) {
	for _, text := range strangeTexts {
		sameString(t, text)
		sameString(t, `\t`+text)
		sameString(t, text+`\t`)
	}
}

func FuzzString(f *testing.F) {
	for _, text := range strangeTexts {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) { sameString(t, text) })
}

func sameString(t *testing.T, text string) {
	t.Helper()
	raw := []byte(`"` + text + `"`)
	var want string
	if json.Unmarshal(raw, &want) != nil {
		return // String is for what was walked before
	}
	if got, ok := peek.String(raw); !ok || got != want {
		t.Fatalf("%s: got %q, %v, want %q", raw, got, ok, want)
	}
}

func TestAppendStringLeavesNoLineEnd(t *testing.T) {
	const text = "a\n\r\v\f\x1c\u0085\u2028\u2029é\xff"
	got := string(peek.AppendString(nil, text))
	if want := `"a\n\u000d\u000b\u000c\u001c\u0085\u2028\u2029é` + "\ufffd\""; got != want {
		t.Fatalf("got %s, want %s", got, want)
	}
}
