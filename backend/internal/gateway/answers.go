package gateway

import (
	"context"
	"encoding/json"
	"maps"
	"net/http"
	"slices"
	"time"

	"headwater/backend/hw"
	"headwater/backend/internal/dialect"
	"headwater/backend/internal/dialect/peek"
)

// KeptAnswer is an answer that a caller may continue by its id.
type KeptAnswer struct {
	// ID is the answer's own, App the id of the app it was given to, Target the
	// id of the target that gave it.
	ID, App, Target string
	At              time.Time
	// Answer is the answer as the caller got it, Input are the items of the
	// conversation before it.
	Answer, Input json.RawMessage
	// Items are the ids of the answer's own items.
	Items []string
}

// Answers keeps answers that may be continued.
type Answers interface {
	// Keep takes an answer. It never blocks: what finds no room is not kept.
	Keep(a KeptAnswer)
	// Find gives one that an app was given. CodeNotFound means that there is none.
	Find(ctx context.Context, app, id string) (KeptAnswer, error)
	// Drop deletes one; errors as Find.
	Drop(ctx context.Context, app, id string) error
	// AnswerOf finds the id of the answer that one of its items belongs to, as
	// long as it is remembered.
	AnswerOf(app, item string) (id string, ok bool)
}

// threaded is the caller's dialect where answers can be continued in it.
func (g *Gateway) threaded(c *Call) (dialect.Threaded, bool) {
	in, ok := c.in.(dialect.Threaded)
	return in, ok && g.Answers != nil
}

// thread finds the answer that a call continues. One that is not kept here may
// still be known to an upstream that speaks the caller's dialect.
func (g *Gateway) thread(c *Call) error {
	in, ok := g.threaded(c)
	if !ok || c.op.Endpoint != dialect.EndpointChat && c.op.Endpoint != dialect.EndpointCount {
		return nil
	}
	previous, keep, err := in.Thread(c.body)
	if err != nil {
		return err //nolint:wrapcheck // the dialect's error is made for the caller
	}
	c.keeps = keep && c.op.Endpoint == dialect.EndpointChat
	if previous != "" {
		if err := g.join(c, in, previous); err != nil || c.lost != "" {
			return err
		}
	}
	if refs := in.References(c.body); len(refs) > 0 {
		if err := g.resolve(c, in, refs); err != nil {
			return err
		}
	}
	if c.joined == nil {
		return nil
	}
	return g.weigh(c, len(c.joined))
}

// join puts the conversation before an answer in front of the request.
func (g *Gateway) join(c *Call, in dialect.Threaded, previous string) error {
	a, err := g.Answers.Find(c.ctx, c.app().ID, previous)
	switch {
	case err != nil && hw.CodeOf(err) == hw.CodeNotFound:
		c.lost = previous
		return nil
	case err != nil:
		return hw.Errorf(hw.CodeUnavailable, "Headwater cannot look at kept answers now.").Because(err)
	}
	history, err := historyOf(in, a)
	if err != nil {
		return hw.Errorf(hw.CodeInternal, "Headwater could not complete this call.").Because(err)
	}
	c.joined, err = in.Join(c.body, history)
	c.from = a.Target
	return err //nolint:wrapcheck // the dialect's error is made for the caller
}

// historyOf lists the conversation up to a kept answer.
func historyOf(in dialect.Threaded, a KeptAnswer) ([]byte, error) {
	before := append(append([]byte(`{"input":`), a.Input...), '}')
	return in.History(before, a.Answer) //nolint:wrapcheck // the caller says what it was for
}

// severalTargets says that what a call continues came from more than one
// target: none of them knows all of it.
const severalTargets = "several"

// The bounds of the items that a request names: of the answers that are read
// for it, and of what is held and built.
const (
	maxReferences = 100
	maxResolved   = maxBody
)

// resolve puts single items of earlier answers in the place of their names.
func (g *Gateway) resolve(c *Call, in dialect.Threaded, refs []string) error {
	found, err := g.findItems(c, in, refs)
	if err != nil {
		return err
	}
	size := len(c.whole())
	for _, ref := range refs {
		item := found[ref]
		if item == nil {
			c.lost = ref
			return nil
		}
		if size += len(item); size > maxResolved { // one item may be named many times
			return errBodyTooLarge(maxResolved)
		}
	}
	c.joined = in.Resolve(c.whole(), func(id string) ([]byte, bool) {
		item, ok := found[id]
		return item, ok
	})
	return nil
}

// findItems reads the answers that items belong to, and notes who gave them.
func (g *Gateway) findItems(c *Call, in dialect.Threaded, refs []string) (map[string][]byte, error) {
	found, answers, held := map[string][]byte{}, map[string]bool{}, 0
	for _, ref := range refs {
		id, ok := g.Answers.AnswerOf(c.app().ID, ref)
		if !ok {
			id = in.AnswerOf(ref)
		}
		if id == "" || answers[id] || len(answers) >= maxReferences {
			continue
		}
		answers[id] = true
		a, err := g.Answers.Find(c.ctx, c.app().ID, id)
		if err != nil {
			continue // it will be missed
		}
		if held += len(a.Answer); held > maxResolved {
			return nil, errBodyTooLarge(maxResolved)
		}
		maps.Copy(found, in.Items(a.Answer))
		if c.from != "" && c.from != a.Target {
			c.from = severalTargets
		} else {
			c.from = a.Target
		}
	}
	return found, nil
}

// whole is the request with all that was said before it.
func (c *Call) whole() []byte {
	if c.joined != nil {
		return c.joined
	}
	return c.body
}

// errForgotten is for a target that cannot know an earlier answer, or an item of
// one that the request names.
func (c *Call) errForgotten() *hw.Error {
	lost := shorten(c.lost, maxModelShown)
	err := hw.Errorf(hw.CodeUnsupported, "The answer %q that this request continues is not kept here.", lost).At("previous_response_id")
	if in, ok := c.in.(dialect.Threaded); ok && slices.Contains(in.References(c.body), c.lost) {
		err = hw.Errorf(hw.CodeUnsupported, "The item %q that the input refers to is not kept here.", lost).At("input")
	}
	err.Hint = "Send the whole conversation as input."
	return err
}

// MaxKept bounds a kept answer with the conversation before it, in bytes.
const MaxKept = 8 << 20

// keepAnswer keeps an answer that was given in full, before the caller can ask
// for it: sent is the answer, or the last events of its stream. Where it was
// translated, or came from no target, nobody else knows it by its id.
func (g *Gateway) keepAnswer(c *Call, x *exchange, sent []byte) {
	target := severalTargets
	if x.native {
		target = x.target.ID
	}
	g.keep(c, target, sent)
}

func (g *Gateway) keep(c *Call, target string, sent []byte) {
	in, ok := g.threaded(c)
	if !ok || !c.keeps {
		return
	}
	answer := sent
	if c.peek.Stream {
		if answer, ok = in.StoredAnswer(sent); !ok {
			return
		}
	}
	c.keeps = false // once
	field := [...]peek.Field{{Key: "id"}}
	if peek.Object(answer, field[:]) != nil {
		return
	}
	id, ok := peek.String(field[0].Raw(answer))
	if size := len(c.whole()) + len(answer); !ok || size > MaxKept {
		g.Log.Warn("an answer is not kept: it has no name, or its conversation is too long", "call", c.id, "bytes", size)
		return
	}
	input, err := in.History(c.whole(), nil)
	if err != nil {
		g.Log.Warn("an answer could not be kept", "call", c.id, "error", err)
		return
	}
	g.Answers.Keep(KeptAnswer{
		ID: id, App: c.app().ID, Target: target, At: time.Now(), Answer: append([]byte(nil), answer...), Input: input,
		Items: slices.Collect(maps.Keys(in.Items(answer))),
	})
}

// stored shows or deletes a kept answer. Another app's do not exist.
func (g *Gateway) stored(c *Call) error {
	in, ok := g.threaded(c)
	missing := hw.Errorf(hw.CodeNotFound, "There is no answer %q of this app.", shorten(c.op.ID, maxModelShown))
	if !ok {
		return missing
	}
	a, err := g.Answers.Find(c.ctx, c.app().ID, c.op.ID)
	if err == nil && c.head.Method == http.MethodDelete {
		if err = g.Answers.Drop(c.ctx, c.app().ID, c.op.ID); err == nil {
			g.forgetAt(c, in, a)
		}
	}
	switch {
	case err != nil && hw.CodeOf(err) == hw.CodeNotFound:
		return missing
	case err != nil:
		return hw.Errorf(hw.CodeUnavailable, "Headwater cannot look at kept answers now.").Because(err)
	}
	body, err := in.Stored(c.op, a.Answer, a.Input)
	if err != nil {
		return err //nolint:wrapcheck // the dialect's error is made for the caller
	}
	c.left = c.sendPlain(http.StatusOK, body, nil) != nil
	return nil
}
