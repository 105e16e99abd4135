package gateway

import (
	"errors"

	"headwater/backend/hw"
	"headwater/backend/internal/dialect"
)

// translate makes the request in another dialect than the caller's.
func (g *Gateway) translate(c *Call, out dialect.Outbound, to dialect.Target) (dialect.Wire, error) {
	if c.lost != "" {
		return dialect.Wire{}, c.errForgotten()
	}
	request, err := g.neutral(c)
	if err != nil {
		return dialect.Wire{}, err
	}
	if request, err = g.inline(c, out, request); err != nil {
		return dialect.Wire{}, c.placed(err)
	}
	wire, err := out.Encode(request, to)
	if err != nil {
		return dialect.Wire{}, c.placed(err)
	}
	return wire, c.strictly(wire.Dropped)
}

// placed is an error about the neutral form with the caller's own path.
func (c *Call) placed(err error) error {
	told, ok := errors.AsType[*hw.Error](err)
	if !ok || told.Field == "" {
		return err
	}
	return told.At(c.pathOf(told.Field))
}

// pathOf is the caller's own path of one in the neutral form; empty where it is
// not known.
func (c *Call) pathOf(neutral string) string {
	return dialect.PathIn(c.in, dialect.Asked{Op: c.op, Body: c.whole(), Request: c.request}, neutral)
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
