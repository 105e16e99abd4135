package anthropic

import (
	"strconv"
	"strings"
)

// minBudget is the smallest budget that Anthropic takes for thinking.
const minBudget = 1024

// model is what a model's name tells of its abilities. A name that tells
// nothing is taken for a current model: it is more likely new than old.
type model struct {
	// generation is 35 for Claude 3.5, 45 for Claude 4.5; 0 when unknown.
	generation int
	// tireless models think always, and cannot be made to call a tool: Fable,
	// Mythos, and from Opus 5.5 on all ("What's new in Claude Opus 5.5", 2026-09).
	tireless bool
}

// parseModel reads names such as claude-3-5-haiku-20241022, claude-sonnet-4-5,
// claude-opus-4-20250514 and anthropic/claude-sonnet-4.5.
func parseModel(name string) model {
	_, rest, _ := strings.Cut(name, "claude")
	major, minor := -1, 0
	for word := range strings.FieldsFuncSeq(rest, func(r rune) bool { return strings.ContainsRune("-.@:_", r) }) {
		n, err := strconv.Atoi(word)
		isVersion := err == nil && n < 100 // longer ones are dates
		switch {
		case isVersion && major < 0:
			major = n
			continue
		case isVersion:
			minor = min(n, 9)
		}
		if major >= 0 {
			break
		}
	}
	generation := max(10*major+minor, 0)
	return model{
		generation: generation,
		tireless:   generation >= 55 || strings.Contains(rest, "fable") || strings.Contains(rest, "mythos"),
	}
}

func (m model) atLeast(generation int) bool { return m.generation == 0 || m.generation >= generation }

// structured reports whether the model takes output_config.format.
func (m model) structured() bool { return m.atLeast(41) }

// thinks reports whether the model can think at all.
func (m model) thinks() bool { return m.atLeast(37) }

// adaptive reports whether the model decides itself how much to think.
func (m model) adaptive() bool { return m.generation >= 46 || m.tireless }

// prefills reports whether the model goes on with an answer that the caller
// began (migration guide, prefill removal).
func (m model) prefills() bool { return !m.adaptive() }

// unbudgeted reports whether the model refuses a budget for thinking, and
// unsampled whether it refuses temperature, top_p and top_k (migration guide to
// Claude Opus 4.7).
func (m model) unbudgeted() bool { return m.generation >= 47 || m.tireless }
func (m model) unsampled() bool  { return m.unbudgeted() }

// thinksUnasked reports whether the model thinks unless told not to (migration
// guide to Claude Opus 5).
func (m model) thinksUnasked() bool { return m.generation >= 50 || m.tireless }

// oneSampler reports whether the model refuses temperature beside top_p.
func (m model) oneSampler() bool { return m.atLeast(41) }

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

// budgetEffort is the effort in OpenAI's words that a budget stands for.
func budgetEffort(tokens int) string {
	switch {
	case tokens <= 2048:
		return "low"
	case tokens <= 8192:
		return "medium"
	case tokens <= 16384:
		return "high"
	}
	return "xhigh"
}

// effortLevel is Anthropic's effort level for one in OpenAI's words.
func (m model) effortLevel(effort string) string {
	switch effort {
	case "minimal", "low":
		return "low"
	case "xhigh":
		if m.unbudgeted() {
			return "xhigh"
		}
		return "high"
	case "high":
		return "high"
	case "max":
		return "max"
	}
	return "medium"
}
