package catalog_test

import (
	"bytes"
	"compress/gzip"
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"

	"headwater/backend/hw"
	"headwater/backend/internal/catalog"
)

func box(tb testing.TB) *catalog.Catalog {
	tb.Helper()
	c, err := catalog.Load()
	if err != nil {
		tb.Fatal(err)
	}
	return c
}

func zipped(tb testing.TB, text []byte) []byte {
	tb.Helper()
	var b bytes.Buffer
	w := gzip.NewWriter(&b)
	if _, err := w.Write(text); err != nil {
		tb.Fatal(err)
	}
	if err := w.Close(); err != nil {
		tb.Fatal(err)
	}
	return b.Bytes()
}

func devFile(tb testing.TB) []byte {
	tb.Helper()
	text, err := os.ReadFile("testdata/api.json")
	if err != nil {
		tb.Fatal(err)
	}
	return text
}

func TestTheLayoutOfModelsDev(t *testing.T) {
	c := box(t)
	f, err := c.Read(devFile(t))
	if err != nil {
		t.Fatal(err)
	}
	if f.Doc.Layout != hw.LayoutModelsDev || f.Doc.AsOf != "2027-01-06" || f.Doc.Providers != 2 || f.Doc.Models != 5 || len(f.Doc.Digest) != 64 {
		t.Errorf("read as %+v", f.Doc)
	}
	t.Run("facts arrive in our form", func(t *testing.T) {
		m, ok := f.Facts.Model("openai", "gpt-99")
		if !ok || m.Context != 1_000_000 || m.MaxInput != 900_000 || m.MaxOutput != 100_000 || !m.Reasoning || !m.Tools || m.Price.Reasoning != 9 || m.Price.InputAudio != 5 {
			t.Errorf("gpt-99 is %+v, %v", m, ok)
		}
		if len(m.Tiers) != 1 || m.Tiers[0].AboveContext != 200_000 || m.Tiers[0].Input != 4 {
			t.Errorf("tiers %+v", m.Tiers)
		}
		if !slices.Equal(m.Out, []string{"text"}) {
			t.Errorf("gives %v", m.Out)
		}
		p, _ := f.Facts.Model("openai", "painter")
		if p.Kind != hw.ModelImage || len(p.Tiers) != 1 || p.Tiers[0].AboveContext != 32_000 {
			t.Errorf("painter is %+v", p)
		}
		if e, _ := f.Facts.Model("openai", "text-embedding-99"); e.Kind != hw.ModelEmbedding || e.Price != nil {
			t.Errorf("the embedding is %+v", e)
		}
	})
	t.Run("a provider that the program does not know comes with it", func(t *testing.T) {
		p, ok := f.Facts.Provider("newcomer")
		if !ok || p.Dialect != "openai" || p.BaseURL != "https://api.newcomer.example/v1" || p.AuthScheme != "Bearer" || p.DocURL != "" || p.Local {
			t.Errorf("newcomer is %+v, %v", p, ok)
		}
		if m, _ := f.Facts.Model("newcomer", "n-1"); m.Dialect != "anthropic" || m.Price == nil {
			t.Errorf("n-1 is %+v", m)
		}
	})
	t.Run("what is not understood is named", func(t *testing.T) {
		for _, want := range []hw.CatalogSkip{
			{Provider: "stranger", Why: "@stranger/sdk"},
			{Provider: "homeless", Why: "address"},
			{Provider: "version", Why: "no provider"},
			{Provider: "openai", Model: "broken", Why: "form"},
			{Provider: "openai", Model: "negative", Why: "price"},
			{Provider: "openai", Why: "no name"},
		} {
			if !slices.ContainsFunc(f.Skipped, func(s hw.CatalogSkip) bool {
				return s.Provider == want.Provider && s.Model == want.Model && strings.Contains(s.Why, want.Why)
			}) {
				t.Errorf("%+v is not among %+v", want, f.Skipped)
			}
		}
		if len(f.Skipped) != 6 {
			t.Errorf("skipped %+v", f.Skipped)
		}
	})
	t.Run("the others keep what they have", func(t *testing.T) {
		if len(f.Facts.Models("anthropic")) != len(c.Models("anthropic")) || len(f.Facts.Models("openai")) != 4 {
			t.Errorf("anthropic has %d, openai %d", len(f.Facts.Models("anthropic")), len(f.Facts.Models("openai")))
		}
		if len(c.Models("openai")) < 10 {
			t.Error("the box has changed")
		}
	})
}

func TestDiff(t *testing.T) {
	c := box(t)
	f, err := c.Read(zipped(t, devFile(t)))
	if err != nil {
		t.Fatal(err)
	}
	d := f.Diff(c)
	if d.Now != c.AsOf() || d.AsOf != "2027-01-06" || d.Added != 4 || d.Deprecated != 1 || d.Repriced != 1 || d.Models != d.Before+d.Added-d.Removed {
		t.Errorf("diff %+v", d)
	}
	first := d.Items[0]
	if first.What != hw.ModelRepriced || first.Model != "gpt-4o-mini" || first.Before.Input != 0.15 || first.After.Input != 0.1 {
		t.Errorf("the first change is %+v", first)
	}
	if len(d.Providers) != 2 || d.Providers[0].Provider != "newcomer" || !d.Providers[0].New || d.Providers[0].Address == "" || d.Providers[1].Added != 3 {
		t.Errorf("providers %+v", d.Providers)
	}
	if d.Kept < 100 {
		t.Errorf("%d providers keep their models", d.Kept)
	}
	if again := f.Diff(f.Facts); len(again.Items) != 0 || len(again.Providers) != 0 {
		t.Errorf("compared with itself: %+v", again)
	}
	t.Run("a file that takes a provider back says so", func(t *testing.T) {
		own, err := c.Read([]byte(`{"format":1,"as_of":"2027-02-01","models":{"openai":[{"id":"gpt-4o-mini"}]}}`))
		if err != nil {
			t.Fatal(err)
		}
		d := own.Diff(f.Facts)
		i := slices.IndexFunc(d.Providers, func(p hw.CatalogDiffProvider) bool { return p.Provider == "newcomer" })
		if i < 0 || !d.Providers[i].Gone || d.Providers[i].Removed != 1 {
			t.Errorf("providers %+v", d.Providers)
		}
	})
}

func TestOurLayout(t *testing.T) {
	c := box(t)
	file := `{"format":1,"as_of":"2027-02-01",
		"providers":[
			{"id":"openai","name":"Evil","dialect":"openai","base_url":"https://evil.example"},
			{"id":"fresh","name":"Fresh","dialect":"anthropic","base_url":"https://fresh.example/v1","auth_header":"X-Api-Key","local":true,"practice":true},
			{"id":"odd","name":"Odd","dialect":"telepathy","base_url":"https://odd.example"}],
		"models":{"fresh":[{"id":"f","context":10,"status":"retired","kind":"chat"},{"id":"f"}],"odd":[{"id":"o"}],"nobody":[{"id":"x"}],"openai":7}}`
	f, err := c.Read([]byte(file))
	if err != nil {
		t.Fatal(err)
	}
	if p, _ := f.Facts.Provider("openai"); p.BaseURL != "https://api.openai.com/v1" || p.Name != "OpenAI" {
		t.Errorf("a file changed where keys go: %+v", p)
	}
	if p, _ := f.Facts.Provider("fresh"); p.Local || p.Practice || p.AuthHeader != "X-Api-Key" {
		t.Errorf("fresh is %+v", p)
	}
	if m, ok := f.Facts.Model("fresh", "f"); !ok || m.Context != 10 || m.Status != "" || m.Kind != "" {
		t.Errorf("f is %+v, %v", m, ok)
	}
	if len(f.Skipped) != 4 {
		t.Errorf("skipped %+v", f.Skipped)
	}
	t.Run("what is kept is what was read", func(t *testing.T) {
		l := catalog.NewLibrary(c)
		if err := l.Restore(f.Packed, f.Doc.Digest); err != nil {
			t.Fatal(err)
		}
		back := l.For([]hw.Document{&f.Doc})
		if back.AsOf() != "2027-02-01" || len(f.Diff(back).Items) != 0 {
			t.Errorf("back as of %s: %+v", back.AsOf(), f.Diff(back).Items)
		}
		if err := l.Restore(append(slices.Clone(f.Packed), 0), f.Doc.Digest); err == nil {
			t.Error("a changed file is taken")
		}
		if l.For(nil) != c || l.For([]hw.Document{&hw.CatalogFile{Digest: "gone"}}) != c {
			t.Error("without its file the box answers")
		}
		l.Use(back)
		l.Use(c)
		if l.For([]hw.Document{&f.Doc}) != c {
			t.Error("a file out of force is held on to")
		}
	})
	t.Run("the same facts are packed to the same bytes", func(t *testing.T) {
		again, err := c.Read(zipped(t, []byte(file)))
		if err != nil || again.Doc.Digest != f.Doc.Digest {
			t.Errorf("%v, %v", again.Doc, err)
		}
	})
}

func TestBadFiles(t *testing.T) {
	c := box(t)
	deep := strings.Repeat("[", 20_000)
	many := `{"format":1,"as_of":"2027-01-01","models":{"openai":[` + strings.Repeat(`{},`, 100_001) + `{}]}}`
	for _, row := range []struct {
		why, file string
		code      hw.Code
		says      string
	}{
		{"empty", "", hw.CodeInvalid, "empty"},
		{"a web page", "<!doctype html>", hw.CodeInvalid, "web page"},
		{"a list", "[1]", hw.CodeInvalid, "not a JSON object"},
		{"cut off", `{"openai":{"models":`, hw.CodeInvalid, "in the middle"},
		{"a slip", `{"openai":{"models":oops}}`, hw.CodeInvalid, "at byte"},
		{"nested without end", `{"a":` + deep, hw.CodeInvalid, ""},
		{"another JSON", `{"hello":"world"}`, hw.CodeInvalid, "no layout"},
		{"nothing in it", `{}`, hw.CodeInvalid, "no layout"},
		{"a later format", `{"format":2}`, hw.CodeInvalid, "format 2"},
		{"no day", `{"format":1,"as_of":"soon","models":{}}`, hw.CodeInvalid, "as_of"},
		{"models that are none", `{"format":1,"as_of":"2027-01-01","models":[]}`, hw.CodeInvalid, "models"},
		{"only strangers", `{"format":1,"as_of":"2027-01-01","models":{"nobody":[{"id":"x"}]}}`, hw.CodeInvalid, "nobody"},
		{"gzip that is none", "\x1f\x8b but no", hw.CodeInvalid, "gzip"},
		{"half a gzip", string(zipped(t, []byte(many))[:200]), hw.CodeInvalid, "damaged"},
		{"a bomb", string(zipped(t, make([]byte, 65<<20))), hw.CodeTooLarge, "64 MiB"},
		{"too large", strings.Repeat(" ", catalog.MaxFile+1), hw.CodeTooLarge, "16 MiB"},
		{"too many", many, hw.CodeTooLarge, "100000"},
		{"very many, in few bytes", string(zipped(t, []byte(strings.Replace(many, `{},`, strings.Repeat(`{},`, 10_000_000), 1)))), hw.CodeTooLarge, "100000"},
		{"many providers", `{"a":{}` + manyKeys() + `}`, hw.CodeTooLarge, "2000"},
		{"two documents", `{} {}`, hw.CodeInvalid, ""},
	} {
		t.Run(row.why, func(t *testing.T) {
			_, err := c.Read([]byte(row.file))
			e := hw.AsError(err)
			if err == nil || e.Code != row.code || !strings.Contains(e.Text, row.says) || e.Field != "file" {
				t.Errorf("got %v", err)
			}
		})
	}
	t.Run("one model that is too large is left out", func(t *testing.T) {
		f, err := c.Read(fmt.Appendf(nil, `{"format":1,"as_of":"2027-01-01","models":{"openai":[{"id":"a"},{"id":"b","name":"%s"}]}}`, strings.Repeat("x", 70_000)))
		if err != nil || len(f.Skipped) != 1 || f.Doc.Models != 1 {
			t.Errorf("%+v, %v", f, err)
		}
	})
}

func manyKeys() string {
	var b strings.Builder
	for i := range 3000 {
		fmt.Fprintf(&b, `,"p%d":{}`, i)
	}
	return b.String()
}

func FuzzRead(f *testing.F) {
	c := box(f)
	f.Add(devFile(f))
	f.Add([]byte(`{"format":1,"as_of":"2027-02-01","providers":[{"id":"a","dialect":"openai","base_url":"https://a"}],"models":{"a":[{"id":"f","price":{"input":1}}]}}`))
	f.Add(zipped(f, []byte(`{"format":1}`)))
	f.Fuzz(func(t *testing.T, data []byte) {
		file, err := c.Read(data)
		if err != nil {
			if hw.AsError(err).Code == hw.CodeInternal {
				t.Fatalf("%q is our fault: %v", data, err)
			}
			return
		}
		if err := catalog.NewLibrary(c).Restore(file.Packed, file.Doc.Digest); err != nil {
			t.Fatalf("%q is read, and cannot be kept: %v", data, err)
		}
		if problems := file.Doc.Validate(); len(problems) > 0 {
			t.Fatalf("%q is described by %+v: %v", data, file.Doc, problems)
		}
		file.Diff(c)
	})
}

// TestTheBoxReadsItself: what is tidied in a file changes nothing that is tidy.
func TestTheBoxReadsItself(t *testing.T) {
	packed, err := os.ReadFile("models.json.gz")
	if err != nil {
		t.Fatal(err)
	}
	c := box(t)
	f, err := c.Read(packed)
	if err != nil {
		t.Fatal(err)
	}
	d := f.Diff(c)
	// A few names in the box hold a tab.
	d.Items = slices.DeleteFunc(d.Items, func(i hw.CatalogChange) bool { return slices.Equal(i.Fields, []string{"name"}) })
	if len(d.Items) > 0 || len(d.Skipped) > 0 || d.Models != d.Before || d.AsOf != c.AsOf() {
		t.Errorf("%d changes, %d skipped; the first %+v, %+v", len(d.Items)+d.ItemsMore, len(d.Skipped)+d.SkippedMore, d.Items[:min(len(d.Items), 3)], d.Skipped[:min(len(d.Skipped), 3)])
	}
}
