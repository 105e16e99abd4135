package conformance

import (
	"encoding/json"
	"fmt"
	"strings"
)

// faultModels are the models of the test upstream that the error tests ask
// for. The part after the dash pairs is the upstream's own instruction; each
// has an upstream of its own, so that one fault does not cool the next down.
func faultModels() []string {
	return []string{
		"ok", "reasoning", "tool", "tokens-400+gap-20ms", "pings", "bytes+crlf",
		"rate+retry-7", "server", "overloaded", "auth", "quota", "no-model", "context", "policy", "bad-request",
		"cut", "badjson", "html", "cut-after-2", "noend", "error-in-stream-after-2",
	}
}

// faultRoute is the route to a model of the test upstream in one dialect.
func faultRoute(dialect, model string) string { return "dev-" + dialect + "-" + safeName(model) }

func safeName(model string) string { return strings.ReplaceAll(model, "+", ".") }

type fields = map[string]any

// configuration is the file for `headwater apply`. JSON is YAML, too.
func configuration(s *Stage, replayURL, faultURL string) []byte {
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
		for _, model := range faultModels() {
			name := faultRoute(dialect, model)
			upstream(strings.ReplaceAll(name, ".", "-"), dialect+"-compatible", faultURL)
			route(name, strings.ReplaceAll(name, ".", "-"), model)
		}
	}
	text, err := json.MarshalIndent(file, "", " ")
	if err != nil {
		panic(fmt.Sprintf("bug: encoding the configuration: %v", err))
	}
	return text
}
