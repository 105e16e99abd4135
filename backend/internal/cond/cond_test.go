package cond_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"headwater/backend/internal/cond"
)

func facts() *cond.Facts {
	return &cond.Facts{
		App: "crm", Tenant: "acme", Model: "gpt-4o", Endpoint: "chat", Dialect: "openai", Stream: true,
		Tokens: func() int64 { return 1200 },
		Headers: map[string][]string{
			"X-Tier": {"gold"}, "x-odd": {"a", "b"}, "Authorization": {"Bearer hw_secret"}, "X-Api-Key": {"hw_secret"}, "COOKIE": {"s=1"},
			"X-Long": {strings.Repeat("x", 10_000)}, "X-Broken": {"\xff"},
		},
		Now: time.Date(2026, 11, 29, 15, 4, 0, 0, time.FixedZone("here", 9*3600)), // a Sunday
	}
}

func TestConditions(t *testing.T) {
	for text, want := range map[string]bool{
		`app == "crm" && tenant == "acme"`:                                      true,
		`app in ["crm", "erp"]`:                                                 true,
		`model.startsWith("gpt-") && endpoint == "chat" && dialect != "x"`:      true,
		`stream && tokens_in > 1000`:                                            true,
		`tokens_in > 2000`:                                                      false,
		`headers["x-tier"] == "gold"`:                                           true,
		`headers["x-odd"] == "a, b"`:                                            true,
		`"x-none" in headers`:                                                   false,
		`"authorization" in headers || "x-api-key" in headers`:                  false,
		`"cookie" in headers || "COOKIE" in headers`:                            false,
		`size(headers["x-long"]) == 4096`:                                       true,
		`hour >= 9 && hour < 18`:                                                true,
		`weekday in ["sat", "sun"]`:                                             true,
		`model.matches("^gpt-[0-9]o$")`:                                         true,
		`has(headers.missing)`:                                                  false,
		`!("x-beta" in headers) || headers["x-beta"] == "1"`:                    true,
		`headers["x-broken"] == "\uFFFD"`:                                       true,
		`size(model) == 6 ? tokens_in / 100 == 12 : false`:                      true,
		"// working hours\nhour >= 8":                                           true,
		`string(hour) + weekday == "15sun" && double(tokens_in) / 1000.0 > 1.0`: true,
	} {
		c, err := cond.Compile(text)
		if err != nil {
			t.Errorf("%s: %v", text, err)
			continue
		}
		if got, err := c.Holds(facts()); err != nil || got != want {
			t.Errorf("%s: %v, %v", text, got, err)
		}
	}
}

func TestWhatIsNoConditionSaysWhere(t *testing.T) {
	for _, row := range []struct{ text, place, words string }{
		{`app = "crm"`, "line 1, column 5", "Syntax error"},
		{"app == \"crm\" &&\n  ap == \"x\"", "line 2, column 3", "undeclared reference to 'ap'"},
		{`tokens_in > "1000"`, "line 1, column 11", "no matching overload"},
		{`tokens_in`, "", "is of type int"},
		{``, "line 1", "Syntax error"},
		{`["a"].all(x, x == "a")`, "line 1", "undeclared reference"},
		{`headers.exists(x, x == "a")`, "line 1", "undeclared reference"},
		{`model.matches("(")`, "line 1", "invalid matches argument"},
		{`model.matches("(a{1000}){1000}")`, "line 1", ""},
		{strings.Repeat("(", 200) + "true" + strings.Repeat(")", 200), "", "recursion"},
		{`app == "` + strings.Repeat("x", 2000) + `"`, "", "size"},
	} {
		_, err := cond.Compile(row.text)
		bad, ok := errors.AsType[*cond.Error](err)
		if !ok || !strings.HasPrefix(bad.Error(), row.place) || !strings.Contains(bad.Text, row.words) {
			t.Errorf("%.60q: %v, want %q and %q", row.text, err, row.place, row.words)
		}
		if err != nil && strings.Contains(err.Error(), "container") {
			t.Errorf("%v", err)
		}
	}
}

func TestWhatCannotBeEvaluatedDoesNotHold(t *testing.T) {
	for text, words := range map[string]string{
		`headers["x-none"] == "a"`: "no such key",
		`1 / (hour - hour) == 1`:   "division by zero",
		`int(app) > 1`:             "conversion error",
	} {
		c, err := cond.Compile(text)
		if err != nil {
			t.Fatal(err)
		}
		if holds, err := c.Holds(facts()); holds || err == nil || !strings.Contains(err.Error(), words) {
			t.Errorf("%s: %v, %v", text, holds, err)
		}
	}
}

func TestAnEvaluationIsBounded(t *testing.T) {
	term := `headers["x-long"].matches("^(x|y|z)*$") && `
	text := ""
	for len(text)+len(term) < 900 {
		text += term
	}
	c, err := cond.Compile(text + "true")
	if err != nil {
		t.Fatal(err)
	}
	begin := time.Now()
	_, err = c.Holds(facts())
	if took := time.Since(begin); took > time.Second {
		t.Errorf("it took %s", took)
	}
	if err == nil || !strings.Contains(err.Error(), "cost limit") {
		t.Errorf("%v", err)
	}
}

func TestFactsAreLookedUpOnlyWhereTheyAreAskedFor(t *testing.T) {
	c, err := cond.Compile(`app == "crm" || tokens_in > 5`)
	if err != nil {
		t.Fatal(err)
	}
	f := facts()
	f.Tokens = func() int64 { t.Error("the tokens were counted"); return 0 }
	if holds, err := c.Holds(f); !holds || err != nil {
		t.Errorf("%v, %v", holds, err)
	}
	c, err = cond.Compile(`tokens_in == 0 && hour == 0 && weekday == "mon" && size(headers) == 0`)
	if err != nil {
		t.Fatal(err)
	}
	if holds, err := c.Holds(&cond.Facts{}); !holds || err != nil {
		t.Errorf("nothing is known: %v, %v", holds, err)
	}
}

func BenchmarkHolds(b *testing.B) {
	c, err := cond.Compile(`app == "crm" && stream && tokens_in > 1000`)
	if err != nil {
		b.Fatal(err)
	}
	f := facts()
	b.ReportAllocs()
	for b.Loop() {
		if holds, err := c.Holds(f); !holds || err != nil {
			b.Fatal(holds, err)
		}
	}
}
