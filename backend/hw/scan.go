package hw

import "time"

// ScanInput says where to look for engines beside this machine.
type ScanInput struct {
	// Range is a network in CIDR notation or a single host, both on a private
	// network: RFC 1918, or unique local addresses of IPv6. At most 1,024
	// addresses.
	Range string `json:"range" minLength:"1" maxLength:"255" doc:"Network in CIDR notation, or a single host: private addresses only, 1024 at most" example:"192.168.1.0/24"`
}

// ScanReport is what a scan for engines found.
type ScanReport struct {
	// Range is the network that was looked through; empty for this machine.
	Range string `json:"range,omitempty" doc:"Network that was looked through; absent for this machine"`
	// Addresses and Ports are how many were tried: each port at each address.
	Addresses int `json:"addresses" doc:"Addresses that were tried"`
	Ports     int `json:"ports" doc:"Ports that were tried at each address"`
	// Silent are the open ports where something listens that is no engine we know.
	Silent int `json:"silent" doc:"Open ports where no engine was found"`
	// Found are the engines, by address; 256 at most, More counts the others.
	Found []FoundEngine `json:"found" nullable:"false" doc:"Engines by address, 256 at most"`
	More  int           `json:"more,omitempty" doc:"Further engines"`
	// Stopped is why the scan ended before its end; empty when it did not.
	Stopped string `json:"stopped,omitempty" doc:"Why the scan ended early"`
	// StoppedSaid is the same for other languages; nil also in reports of earlier
	// versions.
	StoppedSaid []Said    `json:"stopped_said,omitempty" doc:"Why the scan ended early, as stable keys"`
	TookMs      float64   `json:"took_ms" doc:"How long it took in milliseconds"`
	At          time.Time `json:"at" doc:"When it began"`
}

// FoundEngine is a model server that answered a scan.
type FoundEngine struct {
	// Name is the engine by its own word, such as Ollama; where it did not say,
	// the form of its answers: OpenAI-compatible.
	Name string `json:"name" doc:"Name of the engine" example:"Ollama"`
	// Provider is the catalogue id to connect it with, Dialect what it speaks.
	Provider string `json:"provider" doc:"Catalogue id of the provider to connect it with"`
	Dialect  string `json:"dialect" doc:"Dialect it speaks"`
	// Version is empty where the engine does not tell.
	Version string `json:"version,omitempty" doc:"Version it gives"`
	// Address is host and port, BaseURL what to enter for an upstream.
	Address string `json:"address" doc:"Host and port" example:"127.0.0.1:11434"`
	BaseURL string `json:"base_url" doc:"Base URL of an upstream for it"`
	// Models are 200 at most; ModelsMore counts the others.
	Models     []string `json:"models" nullable:"false" doc:"Models it has, 200 at most"`
	ModelsMore int      `json:"models_more,omitempty" doc:"Further models"`
	// NeedsKey is true when it refused its list without a key.
	NeedsKey bool `json:"needs_key,omitempty" doc:"True when it gives its list for a key only"`
	// Upstream is the name of the upstream that is configured for this address;
	// empty when there is none.
	Upstream string `json:"upstream,omitempty" doc:"Upstream that exists for this address; absent when there is none"`
}
