package gateway

import "headwater/backend/internal/dialect"

// translate makes the request in another dialect than the caller's.
func (g *Gateway) translate(c *Call, out dialect.Outbound, to dialect.Target) (dialect.Wire, error) {
	if c.lost != "" {
		return dialect.Wire{}, errForgotten(c.lost)
	}
	request, err := g.neutral(c)
	if err != nil {
		return dialect.Wire{}, err
	}
	if request, err = g.inline(c, out, request); err != nil {
		return dialect.Wire{}, err
	}
	wire, err := out.Encode(request, to)
	if err != nil {
		return dialect.Wire{}, err //nolint:wrapcheck // the dialect's error is made for the caller
	}
	return wire, c.strictly(wire.Dropped)
}

// neutral is the request in the neutral form, made once.
func (g *Gateway) neutral(c *Call) (*dialect.Request, error) {
	if c.request == nil {
		request, err := c.in.Decode(c.op, c.whole())
		if err != nil {
			return nil, err //nolint:wrapcheck // the dialect's error is made for the caller
		}
		request.Restore(func(id string) (dialect.Proof, bool) { return g.findProof(c, id) })
		request.Override(&c.route.Parameters)
		c.request = request
	}
	return c.request, nil
}
