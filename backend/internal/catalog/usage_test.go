package catalog_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"headwater/backend/hw"
	"headwater/backend/internal/catalog"
	"headwater/backend/internal/dialect"
	"headwater/backend/internal/dialect/anthropic"
	"headwater/backend/internal/dialect/dialecttest"
	"headwater/backend/internal/dialect/gemini"
	"headwater/backend/internal/dialect/openai"
	"headwater/backend/internal/dialect/responses"
)

// pair is a dialect with which recorded answers pass through.
type pair struct {
	recorded string
	in       dialect.Inbound
	out      dialect.Outbound
}

// usageOf is the usage of a recorded answer as the gateway reads it.
func (p pair) usageOf(r *dialecttest.Record) *dialect.Usage {
	stream, framing := r.Stream()
	x := dialect.NewExchange(p.in, p.out, dialect.EncodeOptions{
		Op: dialect.Operation{Endpoint: dialect.EndpointChat, Stream: stream != nil}, Stream: stream != nil, StreamUsage: true, Framing: framing, Model: "m",
	})
	if stream == nil {
		_, usage, _ := x.Answer(nil, r.Plain()) // one with an error may have usage
		return usage
	}
	if _, _, err := x.Feed(nil, stream); err != nil {
		return nil
	}
	_, usage, _ := x.Close(nil) // one that broke off may have usage
	return usage
}

func tokensOf(u *dialect.Usage) hw.Tokens {
	return hw.Tokens{
		In: u.In, Out: u.Out, CachedIn: u.CachedIn, CacheWrite: u.CacheWrite, Reasoning: u.ReasoningOut,
		AudioIn: u.AudioIn, AudioOut: u.AudioOut, ImageIn: u.ImageIn, ImageOut: u.ImageOut,
	}
}

// TestRecordedUsageCostsWhatAnotherBookSays reads the recorded answers
// themselves: what they count of reasoning, caches, sound and pictures is billed.
func TestRecordedUsageCostsWhatAnotherBookSays(t *testing.T) {
	dir := os.Getenv("HEADWATER_TESTDATA")
	if dir == "" {
		t.Skip("SKIPPED: HEADWATER_TESTDATA is unset, recorded costs were not compared")
	}
	c, err := catalog.Load()
	if err != nil {
		t.Fatal(err)
	}
	book := map[string]booked{}
	for _, b := range readBook(t, filepath.Join(dir, "traffic", "_costs.jsonl")) {
		book[b.ID] = b
	}
	seen := map[string]int{}
	for _, p := range []pair{
		{"openai-chat", openai.Inbound{}, openai.Outbound{}},
		{"anthropic-messages", anthropic.Inbound{}, anthropic.Outbound{}},
		{"openai-responses", responses.Inbound{}, responses.Outbound{}},
		{"gemini-generate", gemini.Inbound{}, gemini.Outbound{}},
		{"gemini-stream", gemini.Inbound{}, gemini.Outbound{}},
	} {
		dialecttest.Recordings(t, p.recorded, func(r *dialecttest.Record) {
			b, ok := book[r.ID]
			if usage := p.usageOf(r); ok && usage != nil {
				compareUsage(t, c, b, tokensOf(usage), seen)
			}
		})
	}
	t.Logf("%v", seen)
	for why, least := range map[string]int{"same": 1600, wordSound: 15, wordTools: 20} {
		if seen[why] < least {
			t.Errorf("%s: only %d answers", why, seen[why])
		}
	}
}

// Why a recorded answer costs another sum than the book says, beside otherPrice.
const (
	wordSound = "the book bills sound as text"
	wordTools = "the book leaves out what Google's own tools read"
	wordWrite = "the book leaves out what a router says was written to a cache"
	wordThink = "the book leaves out reasoning that was counted beside the output"
	wordPrice = "the book has another price"
)

// compareUsage compares the cost of an answer's own counts with the book.
func compareUsage(t *testing.T, c *catalog.Catalog, b booked, tokens hw.Tokens, seen map[string]int) {
	t.Helper()
	m, ok := modelOf(c, b)
	price, priced := catalog.PriceFor(m, tokens.In)
	if !ok || !priced {
		return
	}
	cost, mute := catalog.Cost(price, tokens), tokens
	mute.AudioIn, mute.AudioOut = 0, 0
	fewer, unwritten, brief := mute, mute, mute
	fewer.In, unwritten.CacheWrite, brief.Out, brief.Reasoning = b.Tokens["input_tokens"], 0, b.Tokens["output_tokens"], 0
	switch same := func(tokens hw.Tokens) bool { return equal(catalog.Cost(price, tokens), b.USD) }; {
	case equal(cost, b.USD) || strings.HasPrefix(b.Priced, "regional.") && equal(1.1*cost, b.USD):
		seen["same"]++
	case mute != tokens && same(mute):
		seen[wordSound]++
	case b.Provider == "gemini" && fewer.In < mute.In && same(fewer):
		seen[wordTools]++
	case b.Provider == "openrouter" && tokens.CacheWrite > 0 && same(unwritten):
		seen[wordWrite]++
	case tokens.Out == brief.Out+tokens.Reasoning && same(brief):
		seen[wordThink]++
	case otherPrice[b.Provider+"/"+b.Priced] != "":
		seen[wordPrice]++
	default:
		seen["unexplained"]++
		t.Errorf("%s %s/%s: %v for %+v at %+v, the book has %v for %v", b.ID, b.Provider, b.Priced, cost, tokens, price, b.USD, b.Tokens)
	}
}
