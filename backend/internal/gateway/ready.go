package gateway

import (
	"errors"
	"strconv"
	"strings"
	"time"

	"headwater/backend/hw"
	"headwater/backend/internal/cache"
	"headwater/backend/internal/dialect"
)

// ready is an answer that needs no target: it is there already.
type ready struct {
	tier  int // counts from 1
	kind  string
	model string
	body  []byte
	// aged says that the answer has an age, to be told.
	aged bool
	age  time.Duration
}

// addStep notes what a tier without targets did, in the row of attempts.
func (c *Call) addStep(t int, kind string, class hw.Class, begin time.Time, cause string) {
	c.attempts = append(c.attempts, hw.Attempt{
		StartMs: ms(begin.Sub(c.start)), TotalMs: ms(time.Since(begin)), Tier: t + 1, Kind: kind, Class: class, Cause: cause,
	})
}

// give answers a call with what is there.
func (g *Gateway) give(c *Call) error {
	r := c.ready
	h := make(dialect.Header, 8)
	if words := c.sentWords(); words != "" {
		h["X-Headwater-Attempts"] = []string{words}
	}
	h["X-Headwater-Served-By"] = []string{"tier=" + strconv.Itoa(r.tier) + ";kind=" + r.kind + ";model=" + quoteModel(r.model)}
	if r.aged {
		h["Age"] = []string{strconv.Itoa(int(r.age / time.Second))}
	}
	g.keep(c, severalTargets, r.body)
	if !c.peek.Stream {
		c.left = c.sendPlain(200, r.body, h) != nil
		return nil
	}
	c.begin(200, c.streamHeader(h), -1)
	c.left = c.push(r.body) != nil
	return nil
}

// recall answers from memory: at any time while an answer is fresh, and with an
// older one when the targets before could not answer.
func (g *Gateway) recall(c *Call, w *walk, t int) error {
	begin, tier := time.Now(), &c.route.Tiers[t]
	most := tier.Fresh
	if w.asked {
		most = max(most, tier.Stale)
	}
	key, ok := c.memoryKey()
	if !ok {
		return nil
	}
	e, ok := g.Cache.Get(key, most, begin)
	if !ok {
		return nil
	}
	body, err := g.asAsked(c, e)
	if err != nil {
		g.Log.Warn("a remembered answer could not be used", "call", c.id, "error", err)
		return nil
	}
	c.ready = &ready{tier: t + 1, kind: hw.TierCache, model: e.Model, body: body, aged: true, age: begin.Sub(e.At)}
	c.addStep(t, hw.TierCache, hw.ClassOK, begin, "answered "+begin.Sub(e.At).Truncate(time.Second).String()+" ago by "+e.Upstream)
	return nil
}

// memoryKey identifies what is asked, for a route that remembers.
// Pictures and sound are too large for it, and each is made anew on purpose.
func (c *Call) memoryKey() (cache.Key, bool) {
	if c.route.Remember == 0 || c.op.Endpoint.Media() || c.joined != nil || c.lost != "" {
		return cache.Key{}, false // what it continues is one app's own
	}
	return cache.KeyOf(c.app().Tenant.Name, c.route.Name, c.asked(), c.body)
}

// asked tells apart what the same body can be sent for.
func (c *Call) asked() string {
	words := []string{c.in.Name(), string(c.op.Endpoint), c.op.Name, c.op.Model, c.route.Overrides}
	if c.op.List {
		words = append(words, "list")
	}
	if c.keeps {
		words = append(words, "keep")
	}
	return strings.Join(words, " ")
}

func (c *Call) form() cache.Form {
	switch {
	case c.peek.Stream && c.peek.StreamUsage:
		return cache.StreamUsage
	case c.peek.Stream:
		return cache.Stream
	}
	return cache.Plain
}

// asAsked gives a remembered answer the form that this call wants.
func (g *Gateway) asAsked(c *Call, e cache.Entry) ([]byte, error) {
	want := c.form()
	if want == e.Form {
		return e.Body, nil
	}
	out, ok := g.Outbound[c.in.Name()]
	if !ok {
		return nil, errors.New("no reader for the caller's own dialect")
	}
	x := dialect.NewExchange(c.in, out, dialect.EncodeOptions{
		Op: c.op, Stream: c.peek.Stream, StreamUsage: c.peek.StreamUsage, Model: c.peek.Model, RequestID: c.id, Body: c.body,
	})
	whole := e.Body
	if e.Form != cache.Plain {
		var err error
		if whole, _, err = x.StreamAsAnswer(nil, e.Body); err != nil || want == cache.Plain {
			return whole, err //nolint:wrapcheck // logged with what it was for
		}
	}
	body, _, err := x.AnswerAsStream(nil, whole)
	return body, err //nolint:wrapcheck // logged with what it was for
}

// memory gathers what a caller is sent, for a route that remembers.
type memory struct {
	key  cache.Key
	body []byte
	on   bool
}

// listen begins to gather the answer of a call.
func (m *memory) listen(c *Call) { m.key, m.on = c.memoryKey() }

// note gathers a piece; too much is not worth keeping.
func (m *memory) note(p []byte) {
	if !m.on {
		return
	}
	if len(m.body)+len(p) > cache.MaxAnswer {
		m.on, m.body = false, nil
		return
	}
	m.body = append(m.body, p...)
}

// remember keeps an answer that was given in full.
func (g *Gateway) remember(c *Call, x *exchange, m *memory) {
	if !m.on {
		return
	}
	g.Cache.Put(m.key, cache.Entry{
		Body: m.body, Form: c.form(), At: time.Now(), Upstream: x.target.Upstream.Name, Model: x.model,
	})
}

// scriptedModel is what an answer names that no model gave.
const scriptedModel = "headwater/scripted"

// script answers with the administrator's text. It says in header, body and
// log that no model wrote it.
func (g *Gateway) script(c *Call, t int) error {
	if c.op.Endpoint != dialect.EndpointChat {
		return nil // there are no numbers to make up
	}
	begin := time.Now()
	enc := c.in.Encoder(dialect.EncodeOptions{
		Op: c.op, Stream: c.peek.Stream, StreamUsage: c.peek.StreamUsage, Model: scriptedModel, RequestID: c.id, Body: c.body,
	})
	answer := &dialect.Answer{Model: scriptedModel, Created: begin.Unix(), Usage: &dialect.Usage{}, Choices: []dialect.Choice{{
		Parts: []dialect.Part{{Kind: dialect.PartText, Text: c.route.Tiers[t].Text}}, Finish: dialect.FinishStop,
	}}}
	var body []byte
	if c.peek.Stream {
		for _, ev := range answer.Events() {
			body = enc.Event(body, ev)
		}
	} else {
		var err error
		if body, err = enc.Answer(nil, answer); err != nil {
			return hw.Errorf(hw.CodeInternal, "Headwater could not complete this call.").Because(err)
		}
	}
	c.ready = &ready{tier: t + 1, kind: hw.TierScripted, model: scriptedModel, body: body}
	c.addStep(t, hw.TierScripted, hw.ClassOK, begin, "answered with the route's own text")
	return nil
}
