package conformance

import (
	"encoding/json"
	"fmt"
	"os"
	"slices"
	"strings"
)

// Outbound is a way in which the gateway reaches an upstream: a dialect, or a
// cloud's road to it.
type Outbound struct {
	Name string
	// Provider is the preset of the catalogue, Path what its base URL ends in.
	Provider, Path string
	// Family goes before a model's name where the gateway reads in it what the
	// model can do; the test upstream ignores it.
	Family string
	// Embeds is the model to embed with, where it must be one of its own; empty
	// means the one that chats.
	Embeds string
}

// Outbounds are the columns of the matrix. HEADWATER_CONFORMANCE_OUTBOUNDS, a
// list with commas, names those to run.
func Outbounds() []Outbound {
	all := []Outbound{
		{Name: "openai", Provider: "openai-compatible", Path: pathV1},
		{Name: "openai-responses", Provider: "openai-responses-compatible", Path: pathV1},
		{Name: "anthropic", Provider: "anthropic-compatible", Path: pathV1},
		{Name: "gemini", Provider: "gemini-compatible", Path: "/v1beta"},
		{Name: "ollama", Provider: "ollama"},
		{Name: "cohere", Provider: "cohere", Path: "/v2"},
		{
			Name: "bedrock", Provider: "amazon-bedrock", Family: "us.anthropic.claude-sonnet-4-5-20250929-v1:0/",
			Embeds: "cohere.embed-multilingual-v3",
		},
		{Name: "azure-deployments", Provider: "azure-deployments", Path: "/openai?api-version=2025-04-01-preview"},
		{Name: "google-vertex", Provider: "google-vertex", Path: vertexPath + "google", Embeds: "text-embedding-005"},
		{Name: "google-vertex-anthropic", Provider: "google-vertex-anthropic", Path: vertexPath + "anthropic"},
	}
	only := os.Getenv("HEADWATER_CONFORMANCE_OUTBOUNDS")
	if only == "" {
		return all
	}
	names := strings.Split(only, ",")
	return slices.DeleteFunc(all, func(o Outbound) bool { return !slices.Contains(names, o.Name) })
}

// vertexPath is that of the publishers of a project at Vertex. The secret there is a
// token that is ready: the gateway mints them at Google's own address only, which
// no scenery can take the place of.
const vertexPath = "/v1/projects/conformance/locations/global/publishers/"

// Direct is the column without a gateway: the client talks to the test
// upstream. A cell that is red there is not the gateway's doing.
const Direct = "direct"

// The models of the matrix, which are the test upstream's instructions.
const (
	modelOK     = "ok"
	modelTools  = "tools-2"
	modelSchema = "schema"
	modelVision = "vision"
	modelLong   = "tokens-400+gap-20ms"
	modelRate   = "rate+retry-7"
	modelServer = "server"
)

// wellModels do what they are asked.
func wellModels() []string {
	return []string{modelOK, modelTools, modelSchema, modelVision, modelLong, modelRate}
}

// matrixRoute is the route to a model of the test upstream in one dialect.
func matrixRoute(outbound, model string) string { return "mx-" + outbound + "-" + safeName(model) }

// AgentRoute is the route that coding agents ask for.
const AgentRoute = "agent"

// matrixConfiguration is the file for `headwater apply`. All outbounds share the
// upstream that is well; the one that fails is another address for each, as a
// gateway that sees an address fail stops trying every target there. A vendor
// for coding agents is there where its URL is given.
func matrixConfiguration(well string, failing map[string]string, agents string) []byte {
	file := map[string][]fields{
		"tenants": {{"name": tenantName, "show_upstreams": true}},
		"apps":    {{"name": "suite", "tenant": tenantName, "routes": []string{"*"}}},
		"keys":    {{"name": "suite", "app": "suite", "tenant": tenantName, "secret_sha256": sha256Hex(callerKey)}},
	}
	add := func(noun string, f fields) { file[noun] = append(file[noun], f) }
	target := func(o Outbound, model, url string) {
		name := matrixRoute(o.Name, model)
		add("upstreams", fields{"name": name, "provider": o.Provider, "local": true, "base_url": url + o.Path, "max_in_flight": 64})
		add("credentials", fields{"name": name, "upstream": name, "secret": vendorKey})
		add("routes", fields{"name": name, "tiers": []fields{{"targets": []fields{{"upstream": name, "model": o.Family + model}}}}})
	}
	for _, o := range Outbounds() {
		for _, model := range wellModels() {
			target(o, model, well)
		}
		target(o, modelServer, failing[o.Name])
		if o.Embeds != "" {
			target(Outbound{Name: o.Name, Provider: o.Provider, Path: o.Path}, o.Embeds, well)
		}
	}
	if agents != "" {
		add("upstreams", fields{"name": AgentRoute, "provider": "openai-compatible", "local": true, "base_url": agents + pathV1})
		add("credentials", fields{"name": AgentRoute, "upstream": AgentRoute, "secret": vendorKey})
		add("routes", fields{"name": AgentRoute, "tiers": []fields{{"targets": []fields{{"upstream": AgentRoute, "model": "scripted"}}}}})
	}
	text, err := json.MarshalIndent(file, "", " ")
	if err != nil {
		panic(fmt.Sprintf("bug: encoding the configuration: %v", err))
	}
	return text
}
