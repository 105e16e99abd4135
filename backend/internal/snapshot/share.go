package snapshot

import (
	"encoding/json"
	"net/textproto"
	"strings"

	"headwater/backend/hw"
	"headwater/backend/internal/cond"
)

// share compiles which calls a tier takes, and what it tells them apart by.
func (c *compiler) share(d *hw.Route, at string, tier *hw.Tier, out *Tier) {
	out.Sticky = stickyOf(tier.StickyBy)
	if tier.Percent < 100 { // all of them is no choice
		out.Percent = tier.Percent
	}
	if tier.When == "" {
		return
	}
	when, err := cond.Compile(tier.When)
	if err != nil {
		c.add(d, at, "%s", err.Error())
		return
	}
	out.When = when
}

// stickyOf reads hw.Tier.StickyBy.
func stickyOf(by string) Sticky {
	if name, ok := strings.CutPrefix(by, hw.StickyHeader); ok {
		return Sticky{By: hw.StickyHeader, Header: textproto.CanonicalMIMEHeaderKey(name)}
	}
	return Sticky{By: by}
}

// overridesOf is the parameters as a text; empty for none.
func overridesOf(p hw.Parameters) string {
	if p.IsZero() {
		return ""
	}
	text, err := json.Marshal(p)
	if err != nil {
		panic("bug: parameters are plain values: " + err.Error())
	}
	return string(text)
}
