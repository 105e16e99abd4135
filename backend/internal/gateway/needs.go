package gateway

import (
	"slices"
	"time"

	"headwater/backend/hw"
	"headwater/backend/internal/capability"
	"headwater/backend/internal/dialect"
	"headwater/backend/internal/route"
	"headwater/backend/internal/snapshot"
)

// passUnable takes out of the call's route the targets that live checks found to
// lack what the call needs. Where that are all of them, a strict route has none
// for the call, and any other asks them as if nothing were known: the answer
// says what it may lack.
func (g *Gateway) passUnable(c *Call) {
	if !route.Doubtful(c.snap, c.route, c.peek.Model) {
		return
	}
	begin := time.Now()
	lacking, able := route.LackingOf(c.snap, c.route, c.peek.Model, g.needsOf(c))
	c.lacking = lacking
	if len(lacking) == 0 || !able && !c.route.Strict {
		return
	}
	for t := range c.route.Tiers {
		for i, target := range c.route.Tiers[t].Targets {
			lacks := lacking[target]
			if len(lacks) == 0 {
				continue
			}
			if !able {
				c.notFor(tried{target: target, class: hw.ClassNeutral}, c.errLacks(target, lacks))
			}
			if i == 0 || !sameModel(c.route.Tiers[t].Targets[i-1], target) { // the keys of one entry lack the same
				c.addPassed(t, target, lacks, begin)
			}
		}
	}
	c.unthinned = c.route
	c.route = lacking.Without(c.route)
}

func sameModel(a, b *snapshot.Target) bool { return a.Upstream == b.Upstream && a.Model == b.Model }

// addPassed notes a target that is passed over, in the row of attempts. It was
// not asked, so nothing is counted for it.
func (c *Call) addPassed(t int, target *snapshot.Target, lacks []capability.Missing, begin time.Time) {
	c.attempts = append(c.attempts, hw.Attempt{
		StartMs: ms(begin.Sub(c.start)), TotalMs: ms(time.Since(begin)), Tier: t + 1, Kind: hw.StepCapability,
		Upstream: target.Upstream.Name, Model: c.modelOf(target), Class: hw.ClassNeutral,
		Cause: "passed over: " + capability.Words(lacks),
	})
}

// modelOf is the model that a target would be asked for.
func (c *Call) modelOf(target *snapshot.Target) string {
	if target.Model == "" {
		return shorten(c.peek.Model, maxModelShown)
	}
	return target.Model
}

// errLacks is the answer where no target can serve a call on a strict route.
func (c *Call) errLacks(target *snapshot.Target, lacks []capability.Missing) error {
	need := lacks[0].Capability
	err := hw.Errorf(hw.CodeUnsupported, "No target of model %q can serve this call: it needs %s, and %s was %s.",
		shorten(c.peek.Model, maxModelShown), need, quoteModel(c.modelOf(target)), capability.Words(lacks))
	return err.At(string(need))
}

// askLacking asks, when nothing else could answer, the targets that were passed
// over: what was measured may have changed, and is never the reason why nobody
// answers. What they refuse is no better news.
func (g *Gateway) askLacking(c *Call, w *walk) {
	if c.unthinned == nil || c.route.Strict {
		return
	}
	w.tries = 0
	for t := range c.unthinned.Tiers {
		for _, target := range c.unthinned.Tiers[t].Targets {
			if c.lacking[target] == nil {
				continue
			}
			if g.tryLacking(c, w, route.Candidate{Tier: t + 1, Target: target}); c.served() {
				return
			}
		}
	}
}

// tryLacking asks one of them, where that is worth an attempt.
func (g *Gateway) tryLacking(c *Call, w *walk, candidate route.Candidate) {
	now := time.Now()
	candidate.View = c.states.View(&candidate.Target.Target, now)
	if !candidate.View.Usable || w.skips(candidate) || c.gone() || !now.Before(c.deadline) {
		return
	}
	before := len(c.tried)
	outcome, err := g.try(c, candidate, ahead{}, c.states.Begin)
	if err != nil && len(c.tried) > before {
		c.tried[before].unfit = true // it confirmed what was measured
	}
	w.note(candidate, outcome)
}

// addPassedOver notes for the honest answer the targets that were passed over.
func (c *Call) addPassedOver(seen map[*snapshot.Target]bool) {
	if c.unthinned == nil {
		return
	}
	for t := range c.unthinned.Tiers {
		for _, target := range c.unthinned.Tiers[t].Targets {
			if c.lacking[target] != nil && !seen[target] {
				c.tried = append(c.tried, tried{target: target, class: hw.ClassNeutral, unfit: true})
			}
		}
	}
}

// needsOf is what a call needs of who answers it. Of a request that cannot be
// read no more is known than its head tells.
func (g *Gateway) needsOf(c *Call) []hw.Capability {
	switch c.op.Endpoint {
	case dialect.EndpointEmbeddings:
		return []hw.Capability{hw.CapEmbeddings}
	case dialect.EndpointChat, dialect.EndpointCompletions:
	default:
		return nil
	}
	var needs []hw.Capability
	if c.peek.Stream {
		needs = append(needs, hw.CapStream)
	}
	request, err := g.neutral(c)
	if err != nil {
		return needs
	}
	return appendMedia(appendNeeds(needs, request), request)
}

// appendNeeds appends what the parameters of a request ask for. What a caller
// only allows is not needed.
func appendNeeds(needs []hw.Capability, r *dialect.Request) []hw.Capability {
	tools := len(r.Tools) > 0 && r.Choice.Mode != "none"
	for _, row := range [...]struct {
		need hw.Capability
		of   bool
	}{
		{hw.CapTools, tools},
		{hw.CapToolChoice, tools && (r.Choice.Mode == "required" || r.Choice.Mode == "named")},
		{hw.CapParallel, tools && r.ParallelTools != nil && *r.ParallelTools},
		{hw.CapJSON, r.Format.Kind == "json"},
		{hw.CapSchema, r.Format.Kind == "schema"},
		{hw.CapReasoning, r.ThinkingTokens > 0 || r.Effort != "" && r.Effort != "none" && r.Effort != "minimal"},
		{hw.CapStop, len(r.Stop) > 0},
	} {
		if row.of {
			needs = append(needs, row.need)
		}
	}
	return needs
}

// appendMedia appends what the parts of the messages ask for.
func appendMedia(needs []hw.Capability, r *dialect.Request) []hw.Capability {
	note := func(kind dialect.PartKind) {
		var need hw.Capability
		switch kind {
		case dialect.PartImage:
			need = hw.CapVision
		case dialect.PartDocument:
			need = hw.CapDocuments
		default:
			return
		}
		if !slices.Contains(needs, need) {
			needs = append(needs, need)
		}
	}
	for i := range r.Messages {
		for k := range r.Messages[i].Parts {
			part := &r.Messages[i].Parts[k]
			note(part.Kind)
			for m := range part.Media {
				note(part.Media[m].Kind)
			}
		}
	}
	return needs
}
