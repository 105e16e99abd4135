package bedrock

import (
	"strconv"
	"strings"
)

// sample renders what steers the choice of tokens and its end.
func (e *encoding) sample() {
	r := e.req
	e.inference.Temperature, e.inference.TopP, e.inference.MaxTokens = r.Temperature, r.TopP, r.MaxTokens
	if t := r.Temperature; t != nil && *t > 1 && !e.model.unbudgeted() {
		one := 1.0
		e.inference.Temperature = &one
		e.drop("temperature (limited to 1)")
	}
	if r.TopK != nil {
		e.topK(*r.TopK)
	}
	if e.model.unbudgeted() {
		e.dontSample()
	}
	if e.inference.Temperature != nil && e.inference.TopP != nil && e.model.oneSampler() {
		e.inference.TopP = nil
		e.drop("top_p")
	}
	e.stop()
}

// stop renders the texts that end the answer.
func (e *encoding) stop() {
	isClaude := e.model.family == familyClaude
	for _, s := range e.req.Stop {
		if strings.TrimSpace(s) == "" && isClaude {
			e.drop("stop (blank)")
			continue
		}
		e.inference.Stop = append(e.inference.Stop, s)
	}
	if len(e.inference.Stop) == 0 || !isClaude {
		return
	}
	// Only so does Claude tell which of them it met.
	e.out.MorePaths = []string{"/stop_sequence"}
	if e.req.Stream {
		e.out.MorePaths = []string{"/delta/stop_sequence"}
	}
}

// topK is a field of its own with each vendor, where he has it.
func (e *encoding) topK(k int) {
	switch e.model.family {
	case familyClaude, familyMistral:
		e.more("top_k", k)
	case familyCohere:
		e.more("k", k)
	case familyNova:
		e.more("inferenceConfig", map[string]int{"topK": k})
	default:
		e.drop("top_k")
	}
}

// dontSample leaves out what current models refuse, and names what it changes.
func (e *encoding) dontSample() {
	if t := e.inference.Temperature; t != nil && *t != 1 {
		e.drop("temperature")
	}
	if p := e.inference.TopP; p != nil && *p != 1 {
		e.drop("top_p")
	}
	e.inference.Temperature, e.inference.TopP = nil, nil
	e.dropTopK()
}

func (e *encoding) dropTopK() {
	if _, set := e.out.More["top_k"]; set {
		delete(e.out.More, "top_k")
		e.drop("top_k")
	}
}

// minBudget is the smallest budget that Claude takes for thinking.
const minBudget = 1024

// thinking is how Claude is told to think.
type thinking struct {
	Type    string `json:"type"`
	Budget  int    `json:"budget_tokens,omitempty"`
	Display string `json:"display,omitempty"`
}

// limit bounds the answer by what the model can give at most, zero when unknown.
func (e *encoding) limit(most int) {
	if most > 0 && e.inference.MaxTokens > most {
		e.inference.MaxTokens = most
		e.drop("max_tokens (limited to " + strconv.Itoa(most) + ")")
	}
}

// think renders the wanted effort in the words of the model's vendor. most is
// what the model can give at most, zero when unknown.
func (e *encoding) think(most int) {
	switch {
	case e.byTool:
		e.answerUnthought()
	case e.req.Effort == "" && e.req.ThinkingTokens == 0:
	case e.req.Effort == "none" && e.req.ThinkingTokens == 0:
		e.dontThink()
	case e.model.family == familyClaude && e.mayThink():
		e.thinkAsClaude(most)
	case e.model.family == familyNova && e.model.generation >= 20:
		e.more("reasoningConfig", map[string]string{"type": "enabled", "maxReasoningEffort": e.threeEfforts()})
	case e.model.family == familyGPT:
		e.more("reasoning_effort", e.threeEfforts())
	default:
		e.drop("reasoning_effort")
	}
}

// dontThink says so where a model would think unasked. Most do not, or cannot
// be told.
func (e *encoding) dontThink() {
	switch {
	case e.model.family == familyGPT || e.model.tireless:
		e.drop("reasoning_effort")
	case !e.model.thinksUnasked():
	default:
		e.more("thinking", thinking{Type: "disabled"})
	}
}

// mayThink reports whether Claude takes thinking for this request: not with a
// forced tool, not for an answer that was begun, and, unless it decides itself,
// not in a turn of tool calls whose own reasoning is gone.
func (e *encoding) mayThink() bool {
	if t := e.out.Tools; t != nil && t.Choice != nil && t.Choice.Auto == nil {
		return false
	}
	return (e.replayable || e.model.adaptive()) && !e.prefill && e.model.thinks()
}

func (e *encoding) thinkAsClaude(most int) {
	if e.model.adaptive() && (e.req.ThinkingTokens == 0 || e.model.unbudgeted()) {
		t := thinking{Type: "adaptive"}
		if e.model.unbudgeted() {
			// These models keep their thoughts to themselves unless asked.
			t.Display = "summarized"
			if show := e.req.ShowThoughts; show != nil && !*show {
				t.Display = "omitted"
			}
		}
		e.more("thinking", t)
		e.more("output_config", map[string]string{"effort": e.claudeEffort()})
		e.sampleThinking()
		return
	}
	budget := e.budget(most)
	if budget < minBudget || e.inference.MaxTokens > 0 && budget >= e.inference.MaxTokens {
		e.drop("reasoning_effort")
		return
	}
	e.more("thinking", thinking{Type: "enabled", Budget: budget})
	e.sampleThinking()
}

// budget is how much Claude may think; it leaves room for the answer.
func (e *encoding) budget(most int) int {
	const answer = 4096
	budget, bound := max(e.req.ThinkingTokens, minBudget), e.inference.MaxTokens
	asked := e.req.ThinkingTokens > 0
	if !asked {
		budget = effortBudget(e.req.Effort)
	}
	switch {
	case bound > 0 && (!asked || budget >= bound):
		// The caller's bound covers the reasoning too: leave half to the answer.
		return min(budget, max(bound/2, minBudget))
	case bound > 0:
		return budget
	case most > 0:
		budget = min(budget, max(most-answer, most/2))
	}
	e.inference.MaxTokens = budget + answer
	if most > 0 {
		e.inference.MaxTokens = most
	}
	return budget
}

// sampleThinking keeps only the sampling that Claude takes while thinking.
func (e *encoding) sampleThinking() {
	if t := e.inference.Temperature; t != nil && *t != 1 {
		e.inference.Temperature = nil
		e.drop("temperature")
	}
	if p := e.inference.TopP; p != nil && (*p < 0.95 || *p > 1) {
		e.inference.TopP = nil
		e.drop("top_p")
	}
	e.dropTopK()
}

// effortBudget is the thinking budget in tokens for an effort in OpenAI's words.
func effortBudget(effort string) int {
	switch effort {
	case "minimal":
		return minBudget
	case "low":
		return 2048
	case "high":
		return 16384
	case "xhigh", "max":
		return 32768
	}
	return 8192
}

// effort is the wanted effort; a budget stands for one.
func (e *encoding) effort() string {
	tokens := e.req.ThinkingTokens
	switch {
	case e.req.Effort != "" && e.req.Effort != "none":
		return e.req.Effort
	case tokens <= 2048:
		return "low"
	case tokens <= 8192:
		return "medium"
	case tokens <= 16384:
		return "high"
	}
	return "xhigh"
}

// threeEfforts is the effort where only low, medium and high are known.
func (e *encoding) threeEfforts() string {
	switch effort := e.effort(); effort {
	case "minimal", "low":
		return "low"
	case "high", "xhigh", "max":
		return "high"
	}
	return "medium"
}

// claudeEffort is the effort in Claude's words.
func (e *encoding) claudeEffort() string {
	effort := e.effort()
	if effort == "max" || effort == "xhigh" && e.model.unbudgeted() {
		return effort
	}
	return e.threeEfforts()
}
