package catalog_test

import (
	"flag"
	"fmt"
	"os"
	"regexp"
	"strings"
	"testing"

	"headwater/backend/hw"
	"headwater/backend/internal/catalog"
)

var update = flag.Bool("update", false, "write docs/providers.md anew")

const (
	pageFile   = "../../../docs/providers.md"
	readmeFile = "../../../README.md"
)

// counts says how many presets are known to work by what.
func counts(list []hw.Provider) (recorded, preset int) {
	for _, p := range list {
		switch {
		case p.Recorded != "":
			recorded++
		case !p.Practice:
			preset++
		}
	}
	return recorded, preset
}

// page is docs/providers.md.
func page(list []hw.Provider) string {
	var b strings.Builder
	recorded, preset := counts(list)
	fmt.Fprintf(&b, `# Providers

The vendors and engines that Headwater knows by name, with the dialect it asks them in and their address. This page is made of the
catalogue; `+"`headwater providers`"+` lists the same, with what is known in your installation.

How it is known that a preset works:

- **recording**: answers of the provider were recorded, and the tests of Headwater read them. The month is that of the newest one.
  %d presets.
- **preset**: address and dialect are taken from the provider's documents, nothing more. %d presets.
- **live**: live checks of a model passed in your installation, with your key, at the provider's own address. `+"`headwater upstream certify`"+`
  makes them ([certify.md](certify.md)); the day stands in `+"`headwater providers`"+` and on the page where a provider is chosen. It goes before the other two.

The practice model is part of Headwater: its answers are made up.

| name | id | dialect | address | known by |
|---|---|---|---|---|
`, recorded, preset)
	for _, p := range list {
		fmt.Fprintf(&b, "| %s | `%s` | %s | %s | %s |\n", p.Name, p.ID, p.Dialect, addressOf(&p), knownBy(&p))
	}
	return b.String()
}

func addressOf(p *hw.Provider) string {
	switch {
	case p.Practice:
		return "built in"
	case p.BaseURL != "":
		return "`" + p.BaseURL + "`"
	case p.BaseTemplate != "":
		return "`" + p.BaseTemplate + "`"
	}
	return "own address"
}

func knownBy(p *hw.Provider) string {
	switch {
	case p.Practice:
		return "practice"
	case p.Recorded != "":
		return "recording of " + p.Recorded
	}
	return "preset only"
}

func TestThePageOfProvidersIsThatOfTheCatalogue(t *testing.T) {
	c, err := catalog.Load()
	if err != nil {
		t.Fatal(err)
	}
	want := page(c.Providers())
	if *update {
		if err := os.WriteFile(pageFile, []byte(want), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	got, err := os.ReadFile(pageFile)
	if err != nil {
		t.Fatal(err)
	}
	if string(got) != want {
		t.Error("docs/providers.md is not up to date: go generate ./backend/internal/catalog")
	}
}

func TestTheReadmeCountsThePresets(t *testing.T) {
	c, err := catalog.Load()
	if err != nil {
		t.Fatal(err)
	}
	readme, err := os.ReadFile(readmeFile)
	if err != nil {
		t.Fatal(err)
	}
	recorded, preset := counts(c.Providers())
	for _, words := range []string{fmt.Sprintf("**recording** (%d presets)", recorded), fmt.Sprintf("**preset** (%d presets)", preset)} {
		if !strings.Contains(string(readme), words) {
			t.Errorf("README.md lacks %q", words)
		}
	}
}

func TestRecordingsHaveAMonth(t *testing.T) {
	c, err := catalog.Load()
	if err != nil {
		t.Fatal(err)
	}
	month := regexp.MustCompile(`^20\d\d-(0[1-9]|1[0-2])$`)
	for _, p := range c.Providers() {
		if p.Recorded != "" && (!month.MatchString(p.Recorded) || p.Recorded > c.AsOf()[:7]) {
			t.Errorf("%s: recorded %q", p.ID, p.Recorded)
		}
		if p.Recorded != "" && (p.Practice || strings.HasSuffix(p.ID, "-compatible")) {
			t.Errorf("%s: there is nothing that could be recorded", p.ID)
		}
		if p.Verified != "" || p.VerifiedAt != "" {
			t.Errorf("%s: how it is known is found out, not a fact of the catalogue", p.ID)
		}
	}
}

func TestAFileSaysNothingOfHowAProviderIsKnown(t *testing.T) {
	box, err := catalog.Load()
	if err != nil {
		t.Fatal(err)
	}
	file := `{"format":1,"as_of":"2027-01-02","providers":[
		{"id":"brandnew","name":"New","dialect":"openai","base_url":"https://api.new.example/v1","recorded":"2027-01","verified":"live","verified_at":"2027-01-01"},
		{"id":"openai","name":"OpenAI","dialect":"openai","base_url":"https://elsewhere.example/v1"}],
		"models":{"brandnew":[{"id":"m"}],"openai":[{"id":"m"}]}}`
	read, err := box.Read([]byte(file))
	if err != nil {
		t.Fatal(err)
	}
	if p, ok := read.Facts.Provider("brandnew"); !ok || p.Recorded != "" || p.Verified != "" || p.VerifiedAt != "" {
		t.Errorf("it claims %+v", p)
	}
	was, _ := box.Provider("openai")
	if p, _ := read.Facts.Provider("openai"); p.Recorded == "" || p.Recorded != was.Recorded {
		t.Errorf("it takes away: %q, was %q", p.Recorded, was.Recorded)
	}
}
