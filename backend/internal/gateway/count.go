package gateway

import (
	"net/http"

	"headwater/backend/hw"
	"headwater/backend/internal/dialect"
	"headwater/backend/internal/tokens"
)

// count answers how many tokens a chat has, where no target of the route can
// say it: an estimate, and marked as one.
func (g *Gateway) count(c *Call) error {
	in, ok := c.in.(dialect.Counter)
	if !ok {
		return hw.Errorf(hw.CodeUnsupported, "Tokens cannot be counted in this dialect.")
	}
	request, err := c.in.Decode(c.op, c.whole())
	if err != nil {
		return err //nolint:wrapcheck // the dialect's error is made for the caller
	}
	h := dialect.Header{"X-Headwater-Served-By": {"kind=estimate"}}
	c.left = c.sendPlain(http.StatusOK, in.Count(tokens.Request(request)), h) != nil
	return nil
}

// countable reports whether a target of the route can count for this caller.
func (g *Gateway) countable(c *Call) bool {
	for t := range c.route.Tiers {
		for _, target := range c.route.Tiers[t].Targets {
			if out, _ := g.speaks(c, target); out != nil && out.Name() == c.in.Name() && out.Serves(dialect.EndpointCount) {
				return true
			}
		}
	}
	return false
}
