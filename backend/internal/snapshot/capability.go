package snapshot

import "headwater/backend/internal/capability"

// standing lets a target follow what live checks show of its model.
func (c *compiler) standing(t *Target) {
	if c.facts.Capabilities != nil && t.Model != "" {
		t.Standing = c.facts.Capabilities.Of(t.Upstream.ID, t.Model)
	}
}

// Missing lists what live checks, made at the upstream's address, found that a
// target cannot do; asked is the model that the caller names, for a target that
// passes it on. Nil when nothing was found. It must not be changed.
func (s *Snapshot) Missing(t *Target, asked string) []capability.Missing {
	standing := t.Standing
	if t.Model == "" && s.shown != nil {
		standing = s.shown.Find(t.Upstream.ID, asked)
	}
	return standing.Missing(t.Upstream.address)
}
