package anthropic

import "strconv"

// bounds renders max_tokens, which Anthropic demands, and the thinking that
// counts against it. most is what the model gives at all; zero when unknown.
func (e *encoding) bounds(most int) {
	bounded := e.req.MaxTokens > 0
	switch {
	case bounded && most > 0 && e.req.MaxTokens > most:
		e.out.MaxTokens = most
		e.drop("max_tokens (limited to " + strconv.Itoa(most) + ")")
	case bounded:
		e.out.MaxTokens = e.req.MaxTokens
	case most > 0:
		e.out.MaxTokens = most
	default:
		e.out.MaxTokens = defaultMaxTokens
	}
	e.think(bounded, most)
}

// think renders the wish for reasoning; nothing where the caller has none.
func (e *encoding) think(bounded bool, most int) {
	switch {
	case e.answersByTool():
		e.answerUnthought()
	case e.req.ThinkingTokens == 0 && e.req.Effort == "":
	case e.req.ThinkingTokens == 0 && e.req.Effort == "none":
		e.dontThink()
	case !e.mayThink():
		e.drop("reasoning_effort")
	case e.model.adaptive() && (e.req.ThinkingTokens == 0 || e.model.unbudgeted()):
		e.thinkFreely()
	default:
		e.thinkWithin(bounded, most)
	}
}

// dontThink says so where a model would think unasked.
func (e *encoding) dontThink() {
	switch {
	case !e.model.thinksUnasked():
	case e.model.tireless:
		e.drop("reasoning_effort")
	default:
		e.out.Thinking = &thinking{Type: "disabled"}
	}
}

// thinkFreely lets the model decide how much to think, around an effort.
func (e *encoding) thinkFreely() {
	effort := e.req.Effort
	if effort == "" || effort == "none" {
		effort = budgetEffort(e.req.ThinkingTokens)
	}
	e.out.Thinking = &thinking{Type: "adaptive"}
	if e.model.unbudgeted() {
		// These models keep their thoughts to themselves unless asked.
		e.out.Thinking.Display = "summarized"
		if show := e.req.ShowThoughts; show != nil && !*show {
			e.out.Thinking.Display = "omitted"
		}
	}
	if e.out.OutputConfig == nil {
		e.out.OutputConfig = &outputConfig{}
	}
	e.out.OutputConfig.Effort = e.model.effortLevel(effort)
}

// thinkWithin sets a budget that leaves room for the answer.
func (e *encoding) thinkWithin(bounded bool, most int) {
	budget := e.req.ThinkingTokens
	asked := budget > 0
	if !asked {
		budget = effortBudget(e.req.Effort)
	}
	budget = max(budget, minBudget)
	switch {
	case bounded && (!asked || budget >= e.out.MaxTokens):
		// The caller's bound covers the reasoning too: leave half to the answer.
		budget = min(budget, max(e.out.MaxTokens/2, minBudget))
	case bounded:
	case most > 0:
		budget = min(budget, max(most-defaultMaxTokens, most/2))
	default:
		e.out.MaxTokens += budget
	}
	if budget >= e.out.MaxTokens || budget < minBudget {
		e.drop("reasoning_effort")
		return
	}
	e.out.Thinking = &thinking{Type: "enabled", Budget: budget}
}

// mayThink reports whether Anthropic allows thinking for this request: not
// with a forced tool, not for a prefilled answer, and, unless the model decides
// itself, not in a turn of tool calls whose own reasoning is gone.
func (e *encoding) mayThink() bool {
	if c := e.out.ToolChoice; c != nil && (c.Type == "any" || c.Type == "tool") {
		return false
	}
	return (e.replayable || e.model.adaptive()) && !e.prefill && e.model.thinks()
}
