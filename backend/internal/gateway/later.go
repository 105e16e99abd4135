package gateway

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"headwater/backend/hw"
	"headwater/backend/internal/dialect"
)

const (
	deferredPath = "/v1/deferred/"
	// endpointDeferred is the report on a deferred call.
	endpointDeferred dialect.Endpoint = "deferred"
	// deferredLook is how often a caller should ask for its answer.
	deferredLook = 5 * time.Second
)

// noteRetry lets a client's own retry count as one of ours: it holds a place of
// the budget while there is one. Source: the Stainless SDKs send the header
// X-Stainless-Retry-Count.
func (g *Gateway) noteRetry(c *Call) {
	if c.later != "" {
		return // it was counted when it was the caller's
	}
	if n, err := strconv.Atoi(c.head.get("X-Stainless-Retry-Count")); err == nil && n > 0 {
		c.retried = g.budget.take(c.route.Retry.Budget)
	}
}

// wantsLater reports whether the caller takes an answer later. Source: RFC
// 7240, section 4.1.
func (c *Call) wantsLater() bool {
	for _, value := range c.head.Header["Prefer"] {
		for part := range strings.SplitSeq(value, ",") {
			name, _, _ := strings.Cut(part, ";")
			if strings.EqualFold(strings.TrimSpace(name), "respond-async") {
				return true
			}
		}
	}
	return false
}

// postpone takes the call now and answers it later, for a caller that asked
// for that.
func (g *Gateway) postpone(c *Call, t int) error {
	if c.key.ID == "" { // nobody could fetch the answer
		return nil
	}
	if g.Later == nil || c.later != "" || !c.wantsLater() || !c.pulse.silence() {
		return nil
	}
	begin, head := time.Now(), keptHead(c.head.Header)
	d := hw.Deferred{
		ID: hw.NewID(hw.PrefixDeferred), App: c.app().ID, KeyID: c.key.ID, Route: c.route.Name, Model: c.peek.Model,
		Path: c.head.address(), Form: c.op.Form, HeadBytes: len(head), Client: c.head.Client, Call: c.id, State: hw.DeferredWaiting,
		StartedAt: c.start.UTC(), CreatedAt: begin.UTC(), ExpiresAt: begin.Add(c.route.Tiers[t].Expire).UTC(),
	}
	if err := g.Later.Keep(c.ctx, d, slices.Concat(head, c.body)); err != nil {
		c.addStep(t, hw.TierDeferred, hw.ClassNeutral, begin, "could not be kept for later")
		g.Log.Warn("a call could not be deferred", "call", c.id, "error", err)
		return nil
	}
	c.addStep(t, hw.TierDeferred, hw.ClassOK, begin, "kept as "+d.ID)
	h := dialect.Header{
		"Preference-Applied":    {"respond-async"},
		"X-Headwater-Served-By": {"tier=" + strconv.Itoa(t+1) + ";kind=" + hw.TierDeferred},
	}
	if words := c.sentWords(); words != "" {
		h["X-Headwater-Attempts"] = []string{words}
	}
	c.left = c.sendDeferred(&d, h) != nil
	return nil
}

// sendDeferred tells a caller where its answer will be.
func (c *Call) sendDeferred(d *hw.Deferred, h dialect.Header) error {
	url := deferredPath + d.ID
	body, err := json.Marshal(map[string]any{
		"id": d.ID, "object": "deferred", "status": d.State, "model": d.Model, "status_url": url,
		"created_at": d.CreatedAt.Unix(), "expires_at": d.ExpiresAt.Unix(),
	})
	if err != nil {
		return hw.Errorf(hw.CodeInternal, "Headwater could not complete this call.").Because(err)
	}
	h["Location"], h["Retry-After"] = []string{url}, []string{strconv.Itoa(seconds(deferredLook))}
	return c.sendPlain(202, body, h)
}

// reportDeferred answers the question for a deferred call: with its answer once
// there is one. Another app's calls do not exist.
func (g *Gateway) reportDeferred(c *Call) error {
	id := c.op.ID
	missing := hw.Errorf(hw.CodeNotFound, "There is no deferred call %q of this app.", shorten(id, maxModelShown))
	if g.Later == nil || !hw.IsID(hw.PrefixDeferred, id) {
		return missing
	}
	d, answer, err := g.Later.Find(c.ctx, id)
	switch {
	case err != nil && hw.CodeOf(err) != hw.CodeNotFound:
		return hw.Errorf(hw.CodeUnavailable, "Headwater cannot look at deferred calls now.").Because(err)
	case err != nil || d.App != c.app().ID:
		return missing
	case d.State == hw.DeferredWaiting:
		c.left = c.sendDeferred(&d, dialect.Header{}) != nil
		return nil
	case d.State == hw.DeferredExpired:
		return hw.Errorf(hw.CodeExpired, "This call expired on %s before anything could answer it.", d.ExpiresAt.Format(time.RFC3339))
	}
	h := dialect.Header{"X-Headwater-Served-By": {"kind=" + hw.TierDeferred}, "Age": {strconv.Itoa(int(time.Since(d.DoneAt) / time.Second))}}
	if d.ContentType != "" {
		h["Content-Type"] = []string{d.ContentType}
	}
	c.left = c.sendWhole(d.Status, answer, h) != nil
	return nil
}

// LaterAnswer is what a deferred call was answered with.
type LaterAnswer struct {
	Status      int
	ContentType string
	Body        []byte
	// Again is true when nothing could answer: it may be tried again.
	Again bool
}

// AnswerLater tries to answer a deferred call, given what was kept of it. ctx
// bounds it.
func (g *Gateway) AnswerLater(ctx context.Context, d hw.Deferred, kept []byte) LaterAnswer {
	header, body := openKept(&d, kept)
	front := &laterFront{ctx: ctx, body: body}
	path, query, _ := strings.Cut(d.Path, "?")
	if d.Form != "" {
		header["Content-Type"] = []string{d.Form}
	}
	c := g.accept(front, Head{Method: http.MethodPost, Path: path, Query: query, Header: header, Client: d.Client})
	c.later = d.ID
	c.madeAt, c.drawn = cmp.Or(d.StartedAt, d.CreatedAt, c.start).Local(), cmp.Or(d.Call, c.id)
	key, ok := c.snap.KeyByID(d.KeyID)
	if !ok || key.App.ID != d.App {
		return LaterAnswer{Status: 401, ContentType: jsonType[0], Body: c.in.Error(errInvalidKey(), d.Call)}
	}
	c.key = key
	g.serve(c)
	if front.full { // it would be as large the next time, and cost as much
		err := hw.Errorf(hw.CodeTooLarge, "The answer is larger than what is kept of a deferred call, %d MiB.", maxLaterAnswer>>20)
		return LaterAnswer{Status: err.HTTPStatus(), ContentType: jsonType[0], Body: c.in.Error(err, d.Call)}
	}
	a := LaterAnswer{Status: c.status, ContentType: front.contentType, Body: front.out.Bytes()}
	a.Again = c.cut || c.failure != nil && c.failure.Code.Info().Blame != hw.BlameCaller || c.status == 0 || c.status == statusClosed
	return a
}

// CanAnswer reports whether a try at a deferred call may find a target.
func (g *Gateway) CanAnswer(d hw.Deferred) bool {
	s, now := g.Snapshots.Load(), time.Now()
	key, ok := s.KeyByID(d.KeyID)
	if !ok {
		return true // the answer is that there is none
	}
	r, ok := s.Route(d.Model, key.App.Tenant)
	if !ok {
		return true
	}
	for t := range r.Tiers {
		for _, target := range r.Tiers[t].Targets {
			if v := g.Health.View(&target.Target, now); v.Usable && !v.Full || v.Probe || v.Trickle {
				return true
			}
		}
	}
	return false
}

// laterFront is a Front without a connection: it keeps the answer.
type laterFront struct {
	ctx         context.Context //nolint:containedctx // stands for the connection
	body        []byte
	contentType string
	out         bytes.Buffer
	full        bool
}

// Context implements Front.
func (f *laterFront) Context() context.Context { return f.ctx }

// Body implements Front.
func (f *laterFront) Body(_ int64, grow func(n int) error) ([]byte, error) {
	return f.body, grow(len(f.body))
}

// Begin implements Front.
func (f *laterFront) Begin(_ int, h dialect.Header, _ int) {
	if values := h["Content-Type"]; len(values) > 0 {
		f.contentType = values[0]
	}
}

// maxLaterAnswer bounds what is kept of an answer.
const maxLaterAnswer = 8 << 20

// Write implements Front.
func (f *laterFront) Write(p []byte) error {
	if f.out.Len()+len(p) > maxLaterAnswer {
		f.full = true
		return errAnswerTooLarge
	}
	_, _ = f.out.Write(p) // never fails
	return nil
}

// Flush implements Front.
func (f *laterFront) Flush() error { return nil }

// Abort implements Front.
func (f *laterFront) Abort() {}
