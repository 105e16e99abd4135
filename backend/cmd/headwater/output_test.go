package main

import (
	"encoding/csv"
	"encoding/json"
	"strings"
	"testing"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"

	"headwater/backend/hw"
)

// thing is a row with every kind of cell.
type thing struct {
	Name string    `json:"name"`
	At   time.Time `json:"at,omitzero"`
	Ms   float64   `json:"total_ms"`
	In   int64     `json:"tokens_in"`
	On   bool      `json:"on"`
	Tags []string  `json:"tags,omitempty"`
}

func thingColumns() []column[thing] {
	return []column[thing]{
		{"NAME", "name", func(x thing) any { return x.Name }},
		{"AT", "at", func(x thing) any { return x.At }},
		{"TIME", "total_ms", func(x thing) any { return millis(x.Ms) }},
		{"IN", "tokens_in", func(x thing) any { return tokens(x.In) }},
		{"ON", "on", func(x thing) any { return x.On }},
		{"TAGS", "tags", func(x thing) any { return x.Tags }},
	}
}

func things() []thing {
	at := time.Date(2026, 11, 22, 13, 2, 11, 0, time.UTC)
	return []thing{
		{Name: "plain", At: at, Ms: 12.5, In: 7, On: true, Tags: []string{"a", "b"}},
		{Name: "模型", Ms: 1234, In: 12345},
		{Name: "=HYPERLINK(\"http://x\")", Ms: 0.31, In: 0},
		{Name: "bad\x1b[2J\u009b1m\u202e\r\n", Ms: 754_000},
	}
}

func TestForms(t *testing.T) {
	for form, want := range map[format]string{
		formatTable: "" +
			"NAME                          AT                                 TIME         IN  ON   TAGS\n" +
			"plain                         2026-11-22 15:02:11 +02:00        12 ms      7 tok  yes  a, b\n" +
			"模型                                                           1.23 s  12345 tok  no\n" +
			"=HYPERLINK(\"http://x\")                                         0.3 ms      0 tok  no\n" +
			`bad\x1b[2J\u009b1m\u202e\r\n                              12 min 34 s      0 tok  no` + "\n",
		formatCSV: "name,at,total_ms,tokens_in,on,tags\n" +
			"plain,2026-11-22T13:02:11Z,12.5,7,true,\"a, b\"\n" +
			"模型,,1234,12345,false,\n" +
			"\"'=HYPERLINK(\"\"http://x\"\")\",,0.31,0,false,\n" +
			`bad\x1b[2J\u009b1m\u202e\r\n,,754000,0,false,` + "\n",
	} {
		c, out, _ := newTestCLI("", nil)
		c.output = form
		if err := printList(c, things(), thingColumns()); err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(strings.Split(want, "\n"), strings.Split(out.String(), "\n")); diff != "" {
			t.Errorf("%s (-want +got):\n%s", form, diff)
		}
	}
	for _, form := range []format{formatJSON, formatYAML} {
		c, out, _ := newTestCLI("", nil)
		c.output = form
		if err := printList(c, things(), thingColumns()); err != nil {
			t.Fatal(err)
		}
		if strings.ContainsFunc(out.String(), unsafeInText) {
			t.Errorf("%s carries a control character: %q", form, out)
		}
		text := out.Bytes()
		if form == formatYAML {
			tree, err := readYAML(append([]byte("list:\n"), text...), "the output")
			if err != nil {
				t.Fatal(err)
			}
			if text, err = tree.get("list").MarshalJSON(); err != nil {
				t.Fatal(err)
			}
		}
		var got []thing
		if err := json.Unmarshal(text, &got); err != nil {
			t.Fatalf("%s: %v", form, err)
		}
		if diff := cmp.Diff(things(), got); diff != "" {
			t.Errorf("%s does not come back (-want +got):\n%s", form, diff)
		}
	}
	t.Run("an empty list is an empty list", func(t *testing.T) {
		for form, want := range map[format]string{formatTable: "", formatJSON: "[]\n", formatYAML: "[]\n", formatCSV: "name,at,total_ms,tokens_in,on,tags\n"} {
			c, out, _ := newTestCLI("", nil)
			c.output = form
			if err := printList(c, nil, thingColumns()); err != nil || out.String() != want {
				t.Errorf("%s prints %q (%v), want %q", form, out, err, want)
			}
		}
	})
	t.Run("quiet prints names", func(t *testing.T) {
		c, out, _ := newTestCLI("", nil)
		c.quiet = true
		if err := printList(c, things()[:2], thingColumns()); err != nil || out.String() != "plain\n模型\n" {
			t.Errorf("prints %q, %v", out, err)
		}
	})
	t.Run("one thing shows every field", func(t *testing.T) {
		c, out, _ := newTestCLI("", nil)
		if err := printOne(c, things()[0], thingColumns()); err != nil {
			t.Fatal(err)
		}
		want := "name       plain\nat         2026-11-22 15:02:11 +02:00\ntotal_ms   12 ms\ntokens_in  7 tok\non         yes\ntags[0]    a\ntags[1]    b\n"
		if out.String() != want {
			t.Errorf("prints\n%s\nwant\n%s", out, want)
		}
	})
}

func TestColours(t *testing.T) {
	for _, row := range []struct {
		why      string
		terminal bool
		env      map[string]string
		want     bool
	}{
		{"on a terminal", true, nil, true},
		{"not into a pipe", false, nil, false},
		{"not with NO_COLOR", true, map[string]string{"NO_COLOR": "1"}, false},
		{"an empty NO_COLOR says nothing", true, map[string]string{"NO_COLOR": ""}, true},
		{"not on a dumb terminal", true, map[string]string{"TERM": "dumb"}, false},
	} {
		t.Run(row.why, func(t *testing.T) {
			c, out, _ := newTestCLI("", row.env)
			c.colourful = row.terminal
			columns := []column[string]{{"STATE", "state", func(s string) any { return state(s) }}}
			if err := printList(c, []string{"open", "healthy"}, columns); err != nil {
				t.Fatal(err)
			}
			if got := strings.Contains(out.String(), "\x1b[31mopen\x1b[0m"); got != row.want {
				t.Errorf("prints %q", out)
			}
		})
	}
}

func TestDurations(t *testing.T) {
	for ms, want := range map[float64]string{0: "0.0 ms", 9.94: "9.9 ms", 10: "10 ms", 999: "999 ms", 1000: "1.00 s", 59_990: "59.99 s", 61_000: "1 min 01 s"} {
		if got := millis(ms).String(); got != want {
			t.Errorf("%v ms is shown as %q, want %q", ms, got, want)
		}
	}
}

// hostile are texts that mean something to a terminal, a spreadsheet or a YAML
// reader.
func hostile() []string {
	return []string{
		"", "=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", "＝1", "＠x", "'=1", "\"", "a,b", "a\nb",
		"\x00", "\x07", "\x1b[2J", "\x1b]0;title\x07", "\x7f", "\u0085", "\u009b31m", "\u200b", "\u202e", "\u2066x", "\u2028",
		"\ufeff", "\ufffe", "\U000e0041", "\U0001f469\u200d\U0001f680", "\xff\xfe", "\xc3(", "\ue000",
		"null", "Null", "~", "true", "YES", "off", "y", ".inf", "-.INF", ".nan", "0x1f", "0o17", "0b1", "017", "1_000", "1e3", "1:30", "12:30:45",
		"2026-11-22", "2026-11-22T01:02:03Z", "- a", "? a", ": a", "a: b", "a:", "#x", "a #b", "&a", "*a", "!a", "%a", "|", ">", "{a}", "[a]", "<<", "=",
		"---", "...", " a", "a ", "a\n", "a\nb\n", "a\n\nb\n", "\n", "a\r\nb\r\n", "\ta\n\tb\n", "`a`", "a\\b", "日本語", "https://api.example.com:8443/v1", "e.g. some words",
	}
}

func TestHostileText(t *testing.T) {
	for _, s := range hostile() {
		if got := escape(s); strings.ContainsFunc(got, unicode.IsControl) || strings.ContainsFunc(got, unsafeRune) || !utf8.ValidString(got) {
			t.Errorf("escape(%q) = %q", s, got)
		}
		cell := csvCell(s)
		if cell != "" && strings.ContainsRune("=+-@＝＋－＠\t\r", []rune(cell)[0]) {
			t.Errorf("csvCell(%q) = %q begins a formula", s, cell)
		}
		var b strings.Builder
		w := csv.NewWriter(&b)
		_ = w.Write([]string{cell, "x"})
		w.Flush()
		record, err := csv.NewReader(strings.NewReader(b.String())).Read()
		if err != nil || len(record) != 2 || record[0] != cell {
			t.Errorf("%q does not survive CSV: %q, %v", s, record, err)
		}
	}
}

func TestStatusPage(t *testing.T) {
	c, out, _ := newTestCLI("", nil)
	s := hw.Status{
		Version: "1.2.3", Generation: 7, StartedAt: time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC),
		Addresses: hw.Addresses{Data: "127.0.0.1:4100", Admin: "127.0.0.1:4101"}, Verdict: hw.VerdictDegraded, Words: "Serving, but 1 of 2 targets cannot take a call right now.",
		Counts: []hw.KindCount{{Kind: hw.KindRoute, Count: 1}, {Kind: hw.KindKey, Count: 3}, {Kind: hw.KindApp}}, Targets: 2, TargetsWell: 1,
	}
	if err := c.printStatus(s); err != nil {
		t.Fatal(err)
	}
	want := `Verdict         degraded
                Serving, but 1 of 2 targets cannot take a call right now.
Endpoint        http://127.0.0.1:4100/v1
Administration  http://127.0.0.1:4101
Targets         2, of which 1 can take a call
Configured      1 route, 3 keys
Configuration   generation 7
Version         1.2.3
Running since   2026-01-02 05:04:05 +02:00
`
	if diff := cmp.Diff(strings.Split(want, "\n"), strings.Split(out.String(), "\n")); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}
