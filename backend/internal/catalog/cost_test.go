package catalog_test

import (
	"bufio"
	"encoding/json"
	"errors"
	"io"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"headwater/backend/hw"
	"headwater/backend/internal/catalog"
)

func TestCost(t *testing.T) {
	price := hw.Price{Input: 3, Output: 15, CacheRead: 0.3, CacheWrite: 3.75}
	for _, row := range []struct {
		name   string
		price  hw.Price
		tokens hw.Tokens
		usd    float64
	}{
		{"nothing", price, hw.Tokens{}, 0},
		{"plain", price, hw.Tokens{In: 1000, Out: 100}, 0.0045},
		{"cached", price, hw.Tokens{In: 1000, Out: 100, CachedIn: 800, CacheWrite: 100}, 0.002415},
		{"cached at no known price", hw.Price{Input: 3, Output: 15}, hw.Tokens{In: 1000, CachedIn: 800}, 0.003},
		{"reasoning is output", price, hw.Tokens{Out: 100, Reasoning: 60}, 0.0015},
		{"reasoning at its own price", hw.Price{Output: 10, Reasoning: 20}, hw.Tokens{Out: 100, Reasoning: 60}, 0.0016},
		{"sound", hw.Price{Input: 1, Output: 2, InputAudio: 10, OutputAudio: 20}, hw.Tokens{In: 100, Out: 50, AudioIn: 60, AudioOut: 30}, 0.00128},
		{"sound beside cached and reasoning", hw.Price{Input: 1, Output: 2, CacheRead: 0.5, Reasoning: 3, InputAudio: 10, OutputAudio: 20}, hw.Tokens{In: 100, Out: 50, CachedIn: 40, AudioIn: 50, Reasoning: 10, AudioOut: 30}, 0.00118},
		{"sound at no known price", hw.Price{Input: 1, Output: 2}, hw.Tokens{In: 100, Out: 50, AudioIn: 60, AudioOut: 30}, 0.0002},
		{"more sound than there was", hw.Price{Input: 1, Output: 2, InputAudio: 10, OutputAudio: 20}, hw.Tokens{In: 10, Out: 5, AudioIn: 60, AudioOut: 30}, 0.0002},
		{"pictures cost what the others do", hw.Price{Input: 1, Output: 2}, hw.Tokens{In: 100, Out: 50, ImageIn: 60, ImageOut: 50}, 0.0002},
		{"seconds of sound have no price", hw.Price{Input: 1, Output: 2, InputAudio: 10}, hw.Tokens{Seconds: 60}, 0},
		{"more cached than there was", price, hw.Tokens{In: 10, CachedIn: 20}, 0.000006},
	} {
		if got := catalog.Cost(row.price, row.tokens); math.Abs(got-row.usd) > 1e-12 {
			t.Errorf("%s: %v, want %v", row.name, got, row.usd)
		}
	}
}

func TestALongRequestHasThePriceOfItsTier(t *testing.T) {
	m := hw.CatalogModel{
		Price: &hw.Price{Input: 1, Output: 2, CacheRead: 0.1},
		Tiers: []hw.PriceTier{{AboveContext: 200, Price: hw.Price{Input: 3, Output: 4}}, {AboveContext: 100, Price: hw.Price{Input: 2, Output: 3}}},
	}
	for tokens, input := range map[int64]float64{0: 1, 100: 1, 101: 2, 200: 2, 201: 3} {
		if p, ok := catalog.PriceFor(m, tokens); !ok || p.Input != input || p.CacheRead != 0.1 {
			t.Errorf("%d tokens: %+v, %v", tokens, p, ok)
		}
	}
	if _, ok := catalog.PriceFor(hw.CatalogModel{}, 1); ok {
		t.Error("a price was made up")
	}
}

// booked is a recorded answer with the cost that an independent price book gives it.
type booked struct {
	ID       string           `json:"id"`
	Provider string           `json:"provider"`
	Model    string           `json:"model"`
	Priced   string           `json:"price_model"`
	Tokens   map[string]int64 `json:"tokens"`
	USD      float64          `json:"usd"`
}

// The price book and the catalogue are of different days and sources. Models
// for which they name different prices, by provider and the book's name.
var otherPrice = map[string]string{
	"azure/deepseek-reasoner":                             "the book has the vendor's own price",
	"azure/gpt-5-mini":                                    "the book rounds cached input to 0.025 per million, the catalogue to 0.03",
	"deepseek/deepseek-chat":                              "the vendor lowered its price in between",
	"deepseek/deepseek-reasoner":                          "the vendor lowered its price in between",
	"deepseek/deepseek-v4-flash":                          "the vendor lowered its price in between",
	"gemini/gemini-3.6-flash":                             "the vendor doubled its price in between",
	"gemini/gemini-2.5-flash-image":                       "the book has the price of text, the catalogue that of images",
	"vertex/gemini-2.5-flash":                             "the vendor lowered its price of cached input in between",
	"mistral/ministral-8b-latest":                         "the name moved on to a newer model",
	"mistral/mistral-large":                               "the name moved on to a newer model",
	"mistral/mistral-small-latest":                        "the name moved on to a newer model",
	"mistral/voxtral-small-24b-2507":                      "the book counts seconds of audio",
	"openai/gpt-3.5-turbo-instruct":                       "the catalogue has the price of gpt-3.5-turbo for it",
	"openai/gpt-5.6-sol":                                  "the vendor changed its price in between",
	"openrouter/deepseek/deepseek-chat":                   "the router's price moves from day to day",
	"openrouter/deepseek/deepseek-v3.1-terminus":          "the router's price moves from day to day",
	"openrouter/mistralai/mistral-small-3.1-24b-instruct": "the router's price moves from day to day",
	"openrouter/moonshotai/kimi-k2.5":                     "the router's price moves from day to day",
	"perplexity/sonar":                                    "the book adds a fee for each search",
	"perplexity/sonar-reasoning-pro":                      "the book adds a fee for each search",
}

// ours maps the names of providers in the recordings to those of the catalogue.
var ours = map[string]string{"bedrock": "amazon-bedrock", "gemini": "google", "vertex": "google-vertex", "together": "togetherai"}

// modelOf finds the model that a booked answer was priced as.
func modelOf(c *catalog.Catalog, b booked) (hw.CatalogModel, bool) {
	provider := b.Provider
	if name, ok := ours[provider]; ok {
		provider = name
	}
	m, ok := c.Model(provider, b.Priced)
	if !ok {
		m, ok = c.Model(provider, b.Model)
	}
	return m, ok
}

func TestRecordedAnswersCostWhatAnotherBookSays(t *testing.T) {
	dir := os.Getenv("HEADWATER_TESTDATA")
	if dir == "" {
		t.Skip("SKIPPED: HEADWATER_TESTDATA is unset, recorded costs were not compared")
	}
	c, err := catalog.Load()
	if err != nil {
		t.Fatal(err)
	}
	same, explained, unknown := 0, map[string]int{}, map[string]int{}
	for _, b := range readBook(t, filepath.Join(dir, "traffic", "_costs.jsonl")) {
		m, ok := modelOf(c, b)
		tokens := hw.Tokens{
			In: b.Tokens["input_tokens"], Out: b.Tokens["output_tokens"],
			CachedIn: b.Tokens["cache_read_tokens"], CacheWrite: b.Tokens["cache_write_tokens"],
		}
		price, priced := catalog.PriceFor(m, tokens.In)
		name := b.Provider + "/" + b.Priced
		cost := catalog.Cost(price, tokens)
		// Bedrock's regional endpoints cost a tenth more for some models, which no name tells.
		regional := strings.HasPrefix(b.Priced, "regional.") && equal(1.1*cost, b.USD)
		switch {
		case !ok || !priced:
			unknown[name]++
		case regional || equal(cost, b.USD):
			same++
		case otherPrice[name] != "":
			explained[name]++
		default:
			t.Errorf("%s %s: %v for %+v at %+v, the book has %v", b.ID, name, cost, tokens, price, b.USD)
		}
	}
	for name := range otherPrice {
		if explained[name] == 0 {
			t.Errorf("%s differs no more", name)
		}
	}
	t.Logf("%d answers cost the same; %d models at another price: %v; %d models of the book are not in the catalogue: %v",
		same, len(explained), explained, len(unknown), unknown)
	if same < 1800 {
		t.Errorf("only %d answers could be compared", same)
	}
}

// equal compares costs: the book's are rounded.
func equal(a, b float64) bool { return math.Abs(a-b) <= 1e-9+1e-6*b }

func readBook(t *testing.T, file string) (all []booked) {
	t.Helper()
	f, err := os.Open(file)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close() // was only read
	lines := bufio.NewReader(f)
	for {
		line, err := lines.ReadBytes('\n')
		if len(line) > 1 {
			var b booked
			if err := json.Unmarshal(line, &b); err != nil {
				t.Fatal(err)
			}
			all = append(all, b)
		}
		if errors.Is(err, io.EOF) {
			return all
		}
		if err != nil {
			t.Fatal(err)
		}
	}
}
