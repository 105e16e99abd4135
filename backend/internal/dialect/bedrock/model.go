package bedrock

import (
	"strconv"
	"strings"
)

// The families of models that take fields of their own.
const (
	familyClaude  = "anthropic"
	familyNova    = "amazon.nova"
	familyMistral = "mistral"
	familyCohere  = "cohere"
	familyGPT     = "openai.gpt"
	familyOther   = ""
)

// model is what a model's id tells of its abilities.
type model struct {
	family string
	// generation is 35 for Claude 3.5, 45 for Claude 4.5, 20 for Nova 2; 0 when
	// unknown, which is taken for a current one.
	generation int
	// tireless models think always, and cannot be made to call a tool: Fable,
	// Mythos, and from Opus 5.5 on all ("What's new in Claude Opus 5.5", 2026-09).
	tireless bool
}

// parseModel reads ids such as anthropic.claude-3-7-sonnet-20250219-v1:0,
// us.amazon.nova-2-lite-v1:0 and the ARN of an inference profile. The ARN of
// one that an application made tells nothing.
func parseModel(id string) model {
	for _, row := range []struct{ word, family string }{
		{"claude", familyClaude},
		{familyNova, familyNova},
		{"mistral.", familyMistral},
		{"cohere.", familyCohere},
		{familyGPT, familyGPT},
	} {
		if _, rest, found := strings.Cut(id, row.word); found {
			m := model{family: row.family, generation: generationOf(rest)}
			m.tireless = m.family == familyClaude &&
				(m.generation >= 55 || strings.Contains(rest, "fable") || strings.Contains(rest, "mythos"))
			return m
		}
	}
	return model{}
}

// generationOf reads the first number of a name and the one next to it; dates
// are longer, revisions have a letter.
func generationOf(name string) int {
	words := strings.FieldsFunc(name, func(r rune) bool { return strings.ContainsRune("-.@:_/", r) })
	for i, word := range words {
		major, ok := version(word)
		if !ok {
			continue
		}
		minor := 0
		if i+1 < len(words) {
			minor, _ = version(words[i+1])
		}
		return 10*major + min(minor, 9)
	}
	return 0
}

func version(word string) (int, bool) {
	n, err := strconv.Atoi(word)
	if err != nil || n < 0 || n >= 100 {
		return 0, false
	}
	return n, true
}

// claude reports whether the model is a Claude of a generation or a later one.
func (m model) claude(generation int) bool {
	return m.family == familyClaude && (m.generation == 0 || m.generation >= generation)
}

// thinks reports whether a Claude can think at all.
func (m model) thinks() bool { return m.claude(37) }

// adaptive reports whether a Claude decides itself how much to think.
func (m model) adaptive() bool { return m.family == familyClaude && (m.generation >= 46 || m.tireless) }

// prefills reports whether the model goes on with an answer that was begun.
func (m model) prefills() bool {
	return m.family == familyNova || m.family == familyClaude && !m.adaptive()
}

// unbudgeted reports whether a Claude refuses a budget for thinking, and any
// sampling with it (Anthropic's migration guide to Claude Opus 4.7).
func (m model) unbudgeted() bool {
	return m.family == familyClaude && (m.generation >= 47 || m.tireless)
}

// thinksUnasked reports whether a Claude thinks unless told not to.
func (m model) thinksUnasked() bool {
	return m.family == familyClaude && (m.generation >= 50 || m.tireless)
}

// oneSampler reports whether a Claude refuses temperature beside top_p.
func (m model) oneSampler() bool { return m.claude(41) }

// structured reports whether the model takes outputConfig.textFormat (user
// guide "Structured output").
func (m model) structured() bool { return m.claude(45) || m.family == familyGPT }

// caches reports whether the model takes cache points: others refuse them.
func (m model) caches() bool { return m.family == familyClaude || m.family == familyNova }

// forces reports whether the model can be made to call a tool; named, a certain
// one (API reference of ToolChoice).
func (m model) forces(named bool) bool {
	switch m.family {
	case familyClaude, familyNova:
		return true
	case familyMistral:
		return !named
	}
	return false
}

// toldErrors reports whether the model takes the status of a tool's result.
func (m model) toldErrors() bool { return m.family == familyClaude || m.family == familyNova }
