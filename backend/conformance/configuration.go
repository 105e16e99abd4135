package conformance

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
)

// EightWords is the text that the test upstream answers with.
const EightWords = "word1 word2 word3 word4 word5 word6 word7 word8"

// OnePixel is a PNG of one pixel in base64, OnePixelURL the same as a data URL.
const (
	OnePixel    = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
	OnePixelURL = "data:image/png;base64," + OnePixel
)

// faultGroups are the models that the tests ask the test upstream for, which
// are its instructions. Each group has a process of its own: a gateway that
// sees an address fail stops trying every target there.
func faultGroups() [][]string {
	return [][]string{
		{"ok", "reasoning", "tool", "tokens-400+gap-20ms", "pings", "bytes+crlf"},
		{"rate+retry-7", "auth", "quota", "no-model", "context", "policy", "bad-request"},
		{"server"},
		{"overloaded"},
		{"badjson"},
		{"html"},
		{"cut"},
		{"noend"},
		{"cut-after-2"},
		{"error-in-stream-after-2"},
	}
}

// faultModels are those of all groups.
func faultModels() []string { return slices.Concat(faultGroups()...) }

// faultRoute is the route to a model of the test upstream in one dialect.
func faultRoute(dialect, model string) string { return "dev-" + dialect + "-" + safeName(model) }

func safeName(model string) string { return strings.ReplaceAll(model, "+", ".") }

type fields = map[string]any

// configuration is the file for `headwater apply`. JSON is YAML, too.
// Each fault's target has an upstream of its own, so that one does not cool
// the next down; faultURLs has one address per group.
func configuration(s *Stage, replayURL string, faultURLs []string) []byte {
	file := map[string][]fields{
		"tenants": {{"name": tenantName, "show_upstreams": true}},
		"apps": {
			{"name": "suite", "tenant": tenantName, "routes": []string{"*"}},
			{"name": "narrow", "tenant": tenantName, "routes": []string{faultRoute("openai", "ok")}},
		},
		"keys": {
			{"name": "suite", "app": "suite", "tenant": tenantName, "secret_sha256": sha256Hex(callerKey)},
			{"name": "narrow", "app": "narrow", "tenant": tenantName, "secret_sha256": sha256Hex(narrowKey)},
		},
	}
	add := func(noun string, f fields) { file[noun] = append(file[noun], f) }
	upstream := func(name, provider, url string) {
		add("upstreams", fields{"name": name, "provider": provider, "local": true, "base_url": url, "max_in_flight": 256})
		add("credentials", fields{"name": name, "upstream": name, "secret": vendorKey})
	}
	route := func(name, upstream, model string) {
		add("routes", fields{"name": name, "tiers": []fields{{"targets": []fields{{"upstream": upstream, "model": model}}}}})
	}
	upstream(upstreamOpenAI, "openai-compatible", replayURL)
	upstream(upstreamUnwell, "openai-compatible", replayURL)
	upstream(upstreamAnthropic, "anthropic-compatible", replayURL)
	for _, c := range s.Cases {
		route(c.Model, c.Upstream, c.ID)
	}
	for _, r := range s.Refusals {
		upstream("refusal-"+r.ID, r.provider(), replayURL)
		route(r.Model, "refusal-"+r.ID, r.ID)
	}
	for _, dialect := range []string{"openai", "anthropic"} {
		for i, models := range faultGroups() {
			url := faultURLs[i]
			if dialect == "anthropic" { // another name, so that it counts as another address
				url = strings.Replace(url, "127.0.0.1", "localhost", 1)
			}
			for _, model := range models {
				name := faultRoute(dialect, model)
				upstream(name, dialect+"-compatible", url)
				route(name, name, model)
			}
		}
	}
	text, err := json.MarshalIndent(file, "", " ")
	if err != nil {
		panic(fmt.Sprintf("bug: encoding the configuration: %v", err))
	}
	return text
}
