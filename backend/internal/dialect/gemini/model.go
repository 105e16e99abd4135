package gemini

import (
	"strconv"
	"strings"
)

// model is what a model's name tells of its abilities.
type model struct {
	// generation is 25 for Gemini 2.5, 30 for Gemini 3; 0 when the name does not
	// tell, as of gemini-flash-latest.
	generation int
	// isGemini is false for other families, such as Gemma, and for names that
	// say nothing, such as those of tuned models.
	isGemini   bool
	pro, lite  bool
	isTextOnly bool
}

// parseModel reads names such as gemini-2.5-flash-lite, gemini-3-pro-preview
// and gemini-flash-latest.
func parseModel(name string) model {
	name = strings.ToLower(name)
	at := strings.LastIndexByte(name, '/')
	words := strings.Split(name[at+1:], "-")
	m := model{isGemini: words[0] == "gemini", isTextOnly: true}
	for _, word := range words[1:] {
		switch word {
		case "pro":
			m.pro = true
		case "lite":
			m.lite = true
		case "image", "tts", "audio", "live", "robotics", "computer":
			m.isTextOnly = false
		}
		if v, err := strconv.ParseFloat(word, 64); err == nil && m.generation == 0 && v < 10 {
			m.generation = int(v*10 + 0.5)
		}
	}
	return m
}

// atLeast is true where the name does not tell a generation: such names stand
// for the newest model.
func (m model) atLeast(generation int) bool {
	return m.isGemini && (m.generation == 0 || m.generation >= generation)
}

// thinks reports whether the model can think, as far as its name tells.
func (m model) thinks() bool { return m.isTextOnly && m.atLeast(25) }

// byLevel reports whether the model's thinking is set by a level; older models
// have a budget.
func (m model) byLevel() bool { return m.atLeast(30) }

// level is the thinking level for an effort in OpenAI's words. Gemini 3 Pro knew
// two levels only, and no Pro thinks as little as the others can
// (ai.google.dev/gemini-api/docs/thinking, 2026).
func (m model) level(effort string) string {
	switch effort {
	case "none", "minimal":
		if !m.pro {
			return "minimal"
		}
		return "low"
	case "low":
		return "low"
	case "medium":
		if m.pro && m.generation == 30 {
			return "high"
		}
		return "medium"
	}
	return "high"
}

// budget is the thinking budget in tokens for an effort in OpenAI's words,
// within what the models of generation 2.5 take.
func (m model) budget(effort string) int {
	switch effort {
	case "none":
		return m.fit(0)
	case "minimal":
		return m.fit(512)
	case "low":
		return m.fit(1024)
	case "medium":
		return m.fit(8192)
	}
	return m.fit(24576)
}

// fit brings a budget into the model's range: 2.5 Pro cannot stop thinking and
// takes from 128 to 32768 tokens, Flash up to 24576, Flash-Lite none or from 512.
func (m model) fit(budget int) int {
	least, most := 0, 24576
	switch {
	case m.pro:
		least, most = 128, 32768
	case m.lite && budget > 0:
		least = 512
	}
	return min(max(budget, least), most)
}
