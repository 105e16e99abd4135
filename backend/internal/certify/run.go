package certify

import (
	"context"
	"errors"
	"strings"
	"time"

	"headwater/backend/hw"
	"headwater/backend/internal/dialect"
	"headwater/backend/internal/snapshot"
	"headwater/backend/internal/upstream"
)

// The bounds of a run in time, and in checks that show nothing.
const (
	checkTime = time.Minute
	runTime   = 15 * time.Minute
	// shakyInRow ends a run at an upstream that does not answer: the rest would
	// only wait for the same.
	shakyInRow = 3
)

// errLong ends a run that takes too long.
var errLong = errors.New("the run takes too long")

// run is one run of live checks. It makes one request at a time.
type run struct {
	pool  *upstream.Pool
	s     *subject
	purse *purse
	made  []hw.CapabilityCheck
	// kept are the replies that later checks look at, by the check's name.
	kept     map[string]*reply
	outcomes map[string]hw.CheckOutcome
	// limits is true once an answer told limits in its header.
	limits bool
	// stopped is why no further check is made; nil while the run goes on.
	stopped []hw.Said
	// shaky counts the checks in a row that showed nothing.
	shaky int

	// The fields below belong to the check that is being made.
	row *check
}

// finding is how a check went.
type finding struct {
	outcome hw.CheckOutcome
	said    []hw.Said
	seen    string
}

func found(outcome hw.CheckOutcome, key hw.SaidKey, args ...any) finding {
	return finding{outcome: outcome, said: []hw.Said{hw.Say(key, args...)}}
}

func yes(key hw.SaidKey, args ...any) finding { return found(hw.CheckYes, key, args...) }

// unclear takes sentences without arguments only.
func unclear(key hw.SaidKey) finding {
	var none []any
	return found(hw.CheckUnclear, key, none...)
}

func skipped(why hw.Said) finding {
	return finding{outcome: hw.CheckSkipped, said: []hw.Said{why}}
}

// no is a check that failed, with what was seen instead.
func (r *run) no(seen string, key hw.SaidKey, args ...any) finding {
	return found(hw.CheckNo, key, args...).saw(seen, r.s.credential)
}

// saw adds what was seen.
func (f finding) saw(text string, key *snapshot.Credential) finding {
	f.seen = excerpt(text, key)
	return f
}

// ended adds how an answer ended that is not what was wanted.
func (f finding) ended(got *reply) finding {
	if got.finish() != "" {
		f.said = append(f.said, hw.Say("saw.ended", "finish", got.finish()))
	}
	return f
}

// all makes the checks one after the other.
func (r *run) all(ctx context.Context, report func(done, total int64), total int64) {
	ctx, cancel := context.WithTimeoutCause(ctx, runTime, errLong)
	defer cancel()
	done := int64(0)
	report(done, total)
	for _, row := range checks() {
		r.row = &row
		if why := r.s.unfit(&row); why.Key != "" {
			r.add(skipped(why), 0, 0)
			continue
		}
		before := r.purse.usd
		began := time.Now()
		f := r.one(ctx)
		r.add(f, time.Since(began), r.purse.usd-before)
		done++
		report(done, total)
	}
}

// one makes the check at hand, unless the run has ended.
func (r *run) one(ctx context.Context) finding {
	switch {
	case r.stopped != nil:
	case errors.Is(context.Cause(ctx), errLong):
		r.stop(hw.Say("stopped.long", "minutes", int(runTime.Minutes())))
	case ctx.Err() != nil:
		r.stop(hw.Say("stopped.canceled"))
	case !r.purse.may(r.s.most(r.row)):
		r.stop(r.purse.empty())
	}
	if r.stopped != nil {
		return skipped(hw.Say("check.run_ended"))
	}
	checking, cancel := context.WithTimeout(ctx, checkTime)
	defer cancel()
	f := r.row.make(checking, r)
	if ctx.Err() != nil && f.outcome != hw.CheckYes {
		return unclear("check.ended")
	}
	return f
}

// stop ends the run before its next check.
func (r *run) stop(why ...hw.Said) { r.stopped = why }

// add notes how the check at hand went.
func (r *run) add(f finding, took time.Duration, usd float64) {
	r.outcomes[r.row.name] = f.outcome
	c := hw.CapabilityCheck{
		Name: r.row.name, Capability: r.row.capability, Outcome: f.outcome, Ms: milliseconds(took), Seen: f.seen, CostUSD: usd,
	}
	c.Words, c.WordsSaid = r.tell(f.said)
	if f.outcome == hw.CheckYes {
		c.Seen = ""
	}
	r.made = append(r.made, c)
	if r.row.requests == 0 || f.outcome == hw.CheckSkipped {
		return // it says nothing of the line
	}
	if f.outcome != hw.CheckUnclear {
		r.shaky = 0
		return
	}
	if r.shaky++; r.shaky == shakyInRow && r.stopped == nil {
		r.stop(append([]hw.Said{hw.Say("stopped.showed_not", "checks", shakyInRow)}, f.said...)...)
	}
}

// tell gives what may be shown of sentences: some have words of the upstream in
// them, which may repeat the key or have no end.
func (r *run) tell(sentences []hw.Said) (string, []hw.Said) {
	words, said := hw.Tell(sentences...)
	for i := range said {
		said[i] = said[i].With(func(arg string) string { return cut(upstream.Hide(arg, r.s.credential), maxWords) })
	}
	return cut(upstream.Hide(words, r.s.credential), maxWords), said
}

// fill puts what the run showed into its record.
func (r *run) fill(record *hw.CapabilityRecord) {
	record.Checks = r.made
	record.Stopped, record.StoppedSaid = r.tell(r.stopped)
	record.Tokens, record.CostUSD, record.PriceKnown = r.purse.used, r.purse.usd, r.purse.price != nil
	for _, c := range r.made {
		switch c.Outcome {
		case hw.CheckYes:
			record.Yes++
		case hw.CheckNo:
			record.No++
		case hw.CheckUnclear:
			record.Unclear++
		case hw.CheckSkipped:
			record.Skipped++
		}
	}
}

// most is the most that a check can use.
func (s *subject) most(row *check) hw.Tokens {
	return hw.Tokens{In: int64(row.in * row.requests), Out: int64(s.room(row) * row.requests)}
}

// room bounds one answer. Models that think spend it on thinking first.
func (s *subject) room(row *check) int {
	if s.embeds || row.requests == 0 || row.in == 0 {
		return 0
	}
	room := row.room
	if s.thinks && row.name != checkLength {
		room = max(room, thinkingRoom)
	}
	if s.facts.MaxOutput > 0 {
		room = min(room, s.facts.MaxOutput)
	}
	return room
}

// ask makes the question of a check. After a short wait that the upstream itself
// asks for it is made once more.
func (r *run) ask(ctx context.Context, q *question) (*reply, *trouble) {
	q.most = hw.Tokens{In: int64(r.row.in), Out: int64(r.s.room(r.row))}
	if q.req.MaxTokens == 0 && q.req.Endpoint == dialect.EndpointChat {
		q.req.MaxTokens = r.s.room(r.row)
	}
	if !r.purse.may(q.most) { // an answer before has used more than it was asked for
		r.stop(r.purse.empty())
		return nil, &trouble{kind: shaky, said: r.stopped[0]}
	}
	got, t := r.send(ctx, q)
	if t == nil || t.kind != shaky || t.wait <= 0 || t.wait > longestWait || !r.purse.may(q.most) {
		return got, t
	}
	timer := time.NewTimer(t.wait)
	defer timer.Stop()
	select {
	case <-timer.C:
		return r.send(ctx, q)
	case <-ctx.Done():
		return nil, t
	}
}

// baseline is the check that shows whether the model answers at all.
func (s *subject) baseline() string {
	if s.embeds {
		return checkVector
	}
	return checkAnswer
}

// told says what trouble means for the check at hand. That the upstream refuses
// the very feature is known only where it answers without it.
func (r *run) told(t *trouble) finding {
	seen := excerpt(t.message, r.s.credential)
	base := r.s.baseline()
	sound := r.row.name == base || r.outcomes[base] == hw.CheckYes
	f := finding{outcome: hw.CheckUnclear, said: []hw.Said{t.said}, seen: seen}
	switch t.kind {
	case unfit:
		return skipped(hw.Say("check.no_words", "why", t.said.Words()))
	case denied:
		r.deny(t)
	case refused, broken:
		if sound {
			f.outcome = hw.CheckNo
		}
		if t.reason == dialect.ReasonNoModel && r.row.name == base {
			r.stop(hw.Say("stopped.no_model", "model", r.s.model))
		}
	case shaky:
	}
	return f
}

// deny ends the run where the key, not the check, is what is refused. Some
// vendors answer 403 for a feature that an account may not have: that alone, once
// the model has answered, is no reason.
func (r *run) deny(t *trouble) {
	switch {
	case t.reason == dialect.ReasonQuota:
		r.stop(hw.Say("stopped.no_credit"))
	case t.status == 401 || t.status == 0 || r.outcomes[r.s.baseline()] != hw.CheckYes && r.row.in > 0:
		if r.s.credential == nil {
			r.stop(hw.Say("stopped.wants_key"))
			return
		}
		r.stop(hw.Say("stopped.key", "key", r.s.credential.Name), t.said)
	}
}

// unfit says why a check is not made; zero when it is. A dialect that has no
// words for what a check is about drops them, or refuses the request.
func (s *subject) unfit(row *check) hw.Said {
	if row.embeds != s.embeds && !row.both {
		return hw.Say("check.kind")
	}
	if row.fits != nil {
		if why := row.fits(s); why.Key != "" {
			return why
		}
	}
	if row.build == nil {
		return hw.Said{}
	}
	req := row.build(s)
	if !s.out.Serves(req.Endpoint) {
		return hw.Say("check.no_endpoint", "endpoint", req.Endpoint)
	}
	if req.MaxTokens == 0 {
		req.MaxTokens = s.room(row)
	}
	wire, err := s.out.Encode(req, dialect.Target{Provider: s.up.Provider.ID, Model: s.model, MaxOutput: s.facts.MaxOutput})
	if err != nil {
		return hw.Say("check.no_words", "why", hw.AsError(err).Text)
	}
	for _, name := range wire.Dropped {
		if name == row.feature && row.feature != "" {
			return hw.Say("check.no_feature", "feature", row.feature)
		}
	}
	return hw.Said{}
}

// secretive reports whether the upstream is asked with a key that it can refuse.
func (s *subject) secretive() bool {
	return s.credential != nil && s.up.Provider.AuthHeader != "" && !s.up.Provider.Practice
}

// tellsLimits reports whether a header tells limits: the families of
// X-RateLimit-*, Anthropic-RateLimit-* and the RateLimit fields of the IETF draft.
func tellsLimits(h dialect.Header) bool {
	for name := range h {
		if strings.Contains(strings.ToLower(name), "ratelimit") {
			return true
		}
	}
	return false
}

// wrongKey is a key that no upstream knows. It has no id: what is made of its
// refusal must not fall upon the real one.
func wrongKey() *snapshot.Credential { return &snapshot.Credential{Secret: "headwater-revoked-key"} }
