package gateway

import (
	"headwater/backend/hw"
	"headwater/backend/internal/dialect"
)

// adapt makes the request for a target that speaks the caller's own dialect:
// the caller's bytes, with the route's parameters in them.
func (c *Call) adapt(out dialect.Outbound, to dialect.Target) (dialect.Wire, error) {
	wire, err := out.Adapt(c.op, c.body, to, c.peek.Stream)
	if err != nil || c.route.Overrides == "" {
		return wire, err //nolint:wrapcheck // the dialect's error is made for the caller
	}
	own, ok := out.(dialect.Overrider)
	if !ok {
		for _, one := range dialect.ParametersOf(&c.route.Parameters) {
			wire.Dropped = append(wire.Dropped, one.Name)
		}
		return wire, c.strictly(wire.Dropped)
	}
	body, dropped, err := own.Override(c.op, wire.Body, to, &c.route.Parameters)
	if err != nil {
		return dialect.Wire{}, err //nolint:wrapcheck // as above
	}
	wire.Body, wire.Dropped = body, append(wire.Dropped, dropped...)
	return wire, c.strictly(dropped)
}

// strictly refuses a target that has no words for parts of the request, where
// the route says so.
func (c *Call) strictly(dropped []string) error {
	if !c.route.Strict || len(dropped) == 0 {
		return nil
	}
	return hw.Errorf(hw.CodeUnsupported, "The upstream of model %q cannot be asked for: %s.", shorten(c.peek.Model, maxModelShown), droppedWords(dropped)).At(c.pathOf(dropped[0]))
}
