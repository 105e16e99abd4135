package gateway

import (
	"strconv"
	"strings"
	"time"

	"headwater/backend/hw"
	"headwater/backend/internal/dialect"
	"headwater/backend/internal/snapshot"
)

// decode reads the body as far as the gateway must: which model, streamed or
// not. The rest is decoded only when a target speaks another dialect.
func (g *Gateway) decode(c *Call) error {
	switch c.op.Endpoint {
	case dialect.EndpointModels:
		return g.listModels(c)
	case dialect.EndpointAbout:
		return c.sendPlain(200, c.in.Models(c.op, visibleModels(c.snap, c.app())), nil)
	case dialect.EndpointStored:
		return g.stored(c)
	case endpointDeferred:
		return g.reportDeferred(c)
	default: // asks a model
	}
	body, err := g.readBodyOf(c, maxBody)
	if err != nil {
		return err
	}
	c.body = body
	peek, err := c.in.Peek(c.op, body)
	if err != nil {
		return err //nolint:wrapcheck // the dialect's error is made for the caller
	}
	c.peek = peek
	if len(peek.Model) > maxModel {
		return errUnknownModel(peek.Model)
	}
	route, err := findRoute(c.snap, c.app(), peek.Model)
	if err != nil {
		return err
	}
	c.route = route
	g.noteRetry(c)
	if err := g.thread(c); err != nil {
		return err
	}
	if err := g.joinDrill(c); err != nil {
		return err
	}
	c.deadline, err = deadlineOf(c, route)
	return err
}

// readBodyOf reads a call's body and counts it while it arrives, so that what is
// never finished is bounded too. What comes packed is unpacked: nobody behind
// here sees anything of it, and none of the header goes on.
func (g *Gateway) readBodyOf(c *Call, limit int64) ([]byte, error) {
	encoding, err := c.head.encoding()
	if err != nil {
		return nil, err
	}
	grow := func(n int) error {
		if n == 0 {
			return g.short()
		}
		return g.weigh(c, n)
	}
	body, err := c.front.Body(limit, grow)
	if err != nil || encoding == "" {
		return body, err //nolint:wrapcheck // the front's error is made for the caller
	}
	return c.open(encoding, body, limit, grow)
}

// weigh turns a call away whose body is more than the memory for those under
// way holds. What it counts, finish takes back.
func (g *Gateway) weigh(c *Call, size int) error {
	c.weight += int64(size)
	if all := g.bodies.Add(int64(size)); g.MaxBodies > 0 && all*100 > g.MaxBodies*shareOf(c) {
		return errCrowded()
	}
	return nil
}

// short turns a body away that comes too slowly, while those under way take half
// of the memory there is for them, or more.
func (g *Gateway) short() error {
	if g.MaxBodies <= 0 || g.bodies.Load()*2 < g.MaxBodies {
		return nil
	}
	return hw.Errorf(hw.CodeBodyTimeout, "The request body comes too slowly while Headwater has little memory left.")
}

// findRoute answers unknown and forbidden alike: which routes exist is nobody's
// business who may not use them.
func findRoute(s *snapshot.Snapshot, app *snapshot.App, model string) (*snapshot.Route, error) {
	route, ok := s.Route(model, app.Tenant)
	if bare, tagged := strings.CutSuffix(model, ":latest"); !ok && tagged { // as Ollama's clients complete a name
		route, ok = s.Route(bare, app.Tenant)
		model = bare
	}
	if ok && route.Wildcard() && strings.Trim(model, ".") == "" {
		ok = false // no model's name, and in a path it would lead elsewhere
	}
	if ok && (app.MayAsk(route.Name) || route.Wildcard() && app.MayAsk(model)) {
		return route, nil
	}
	err := errUnknownModel(model)
	if near := nearNames(s, app, model); len(near) > 0 {
		err.Text += " Near names: " + strings.Join(near, ", ") + "."
	}
	return nil, err
}

func errUnknownModel(model string) *hw.Error {
	return hw.Errorf(hw.CodeUnknownModel, "There is no model %q for this app.", shorten(model, maxModelShown)).At("model")
}

// deadlineHeader lets a caller shorten the bound of its call.
const deadlineHeader = "X-Headwater-Deadline-Ms"

// deadlineOf is the route's bound, shortened when the caller asks for less.
func deadlineOf(c *Call, r *snapshot.Route) (time.Time, error) {
	bound := r.Deadline
	if c.peek.Stream {
		bound = r.StreamDeadline
	}
	if asked := c.head.get(deadlineHeader); asked != "" {
		ms, err := strconv.ParseInt(asked, 10, 64)
		if err != nil || ms < minDeadline.Milliseconds() {
			e := hw.Errorf(hw.CodeBadRequest, "X-Headwater-Deadline-Ms must be a whole number of milliseconds, at least %d.", minDeadline.Milliseconds())
			return time.Time{}, e.At(deadlineHeader)
		}
		if ms < bound.Milliseconds() {
			bound = time.Duration(ms) * time.Millisecond
		}
	}
	return c.start.Add(bound), nil
}

func shorten(s string, limit int) string {
	if len(s) <= limit {
		return s
	}
	return strings.ToValidUTF8(s[:limit], "") + "…"
}
