package gateway

import (
	"cmp"
	"strings"

	"headwater/backend/hw"
	"headwater/backend/internal/dialect"
	"headwater/backend/internal/snapshot"
)

// idempotent reports whether asking twice does no harm beside its cost.
func (c *Call) idempotent() bool {
	switch c.op.Endpoint {
	case dialect.EndpointEmbeddings, dialect.EndpointModerations, dialect.EndpointRerank:
		return true
	default:
		return false
	}
}

// serves reports whether a dialect can answer an endpoint: its own callers as it
// is, others through the neutral form.
func serves(out dialect.Outbound, native bool, endpoint dialect.Endpoint) bool {
	switch {
	case native:
		return out.Serves(endpoint)
	case endpoint == dialect.EndpointCompletions:
		return out.Serves(dialect.EndpointChat)
	}
	return endpoint != dialect.EndpointCount && out.Serves(endpoint)
}

// speaks is the dialect in which a target is asked, and what stands before its
// paths: the caller's own where the upstream has it.
func (g *Gateway) speaks(c *Call, target *snapshot.Target) (out dialect.Outbound, prefix string) {
	p := &target.Upstream.Provider
	if c.op.Endpoint == dialect.EndpointRerank {
		if own, prefix := g.ranks(c, p); own != nil {
			return own, prefix
		}
	}
	for name, prefix := range p.Also {
		if own := g.Outbound[name]; own != nil && own.Name() == c.in.Name() && own.Serves(c.op.Endpoint) && spokenFor(own, cmp.Or(target.Model, c.peek.Model)) {
			return own, prefix
		}
	}
	return g.Outbound[p.Dialect], ""
}

// spokenFor reports whether a dialect is spoken for a model.
func spokenFor(out dialect.Outbound, model string) bool {
	bound, ok := out.(dialect.ModelBound)
	return !ok || bound.Fits(model)
}

// ranks finds the dialect in which an upstream reranks, where it has words of
// its own for that; nil where it has not. That goes before the caller's, in which
// the endpoint is there by its imitators' habit only.
func (g *Gateway) ranks(c *Call, p *hw.Provider) (out dialect.Outbound, prefix string) {
	has := func(name string) bool {
		out = g.Outbound[name]
		return name != c.in.Name() && out != nil && out.Serves(dialect.EndpointRerank)
	}
	if has(p.Dialect) {
		return out, ""
	}
	for name, prefix := range p.Also {
		if has(name) {
			return out, prefix
		}
	}
	return nil, ""
}

// wordsOf names an endpoint in a sentence.
func wordsOf(endpoint dialect.Endpoint) string { return strings.ReplaceAll(string(endpoint), "_", " ") }
