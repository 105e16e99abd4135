package responses

import (
	"slices"
	"strconv"
	"strings"
)

// bare is a model's name without the router's or the fine-tuning's words before it.
func bare(model string) string {
	model = strings.ToLower(model[strings.LastIndexByte(model, '/')+1:])
	return strings.TrimPrefix(model, "ft:")
}

// isReasoningModel knows OpenAI's reasoning models by their names.
func isReasoningModel(model string) bool {
	model = bare(model)
	return !strings.Contains(model, "-chat") && (isO(model) || begins(model, "gpt-5", "codex"))
}

// isO knows the o series: o1, o3 or o4, however the name of a deployment goes on
// ("o3mini"), but for a digit.
func isO(model string) bool {
	return begins(model, "o1", "o3", "o4") && (len(model) == 2 || model[2] < '0' || model[2] > '9')
}

// thinksAt reports whether a reasoning model thinks at an effort; empty for its own.
func thinksAt(model, effort string) bool {
	return effort != effortNone && (effort != "" || !isIdle(model))
}

// isIdle knows those models that think only where they are told how much: GPT-5.1
// to 5.4, but for their kinds that always do.
func isIdle(model string) bool {
	model = bare(model)
	generation, ok := generationOf(model)
	return ok && generation >= 1 && generation <= 4 && isReasoningModel(model) &&
		!strings.Contains(model, "-pro") && !strings.Contains(model, "-codex") && !strings.Contains(model, "-search")
}

// isPlainModel knows those models of OpenAI that think not at all, or not as
// they are told: they refuse an effort.
func isPlainModel(model string) bool {
	model = bare(model)
	switch {
	case strings.HasPrefix(model, "gpt-oss"): // open weights, which do
		return false
	case begins(model, "gpt-3.5", "gpt-4", "chatgpt-", "chat-latest", "computer-use"):
		return true
	}
	return begins(model, "gpt-") && (strings.Contains(model, "-chat") || strings.Contains(model, "-search"))
}

// takesVerbosity reports whether a model takes how long its answers shall be:
// all but those of OpenAI's before GPT-5, and Codex before 5.3.
func takesVerbosity(model string) bool {
	model = bare(model)
	if generation, ok := generationOf(model); ok && generation <= 2 && strings.Contains(model, "-codex") {
		return false
	}
	return !isPlainModel(model) && !isO(model) && !begins(model, "codex")
}

// generationOf is the number behind the point in the name of a GPT-5; 0 without.
func generationOf(model string) (int, bool) {
	rest, ok := strings.CutPrefix(model, "gpt-5")
	if !ok {
		return 0, false
	}
	minor, ok := strings.CutPrefix(rest, ".")
	if !ok {
		return 0, true
	}
	digits, _, _ := strings.Cut(minor, "-")
	generation, _ := strconv.Atoi(digits)
	return generation, true
}

func begins(model string, prefixes ...string) bool {
	return slices.ContainsFunc(prefixes, func(p string) bool { return strings.HasPrefix(model, p) })
}

// efforts is every effort in OpenAI's words, from the smallest.
var efforts = []string{effortNone, "minimal", "low", "medium", "high", "xhigh", "max"}

const effortNone = "none"

// The places of efforts.
const (
	placeNone = iota
	placeMinimal
	placeLow
	placeMedium
	placeHigh
	placeXHigh
	placeMax
)

// bounds are the smallest and the largest effort that some models take, as places
// in efforts.
type bounds struct{ least, most int }

// generations are those of GPT-5 from the first, by what its models of one kind
// take; later ones take what the last does. Source: the vendor's list of models,
// 2026-11-22.
var (
	generations = []bounds{{placeMinimal, placeHigh}, {placeNone, placeHigh}, {placeNone, placeXHigh}, {placeNone, placeXHigh}, {placeNone, placeXHigh}, {placeNone, placeXHigh}, {placeNone, placeMax}}
	codexes     = []bounds{{placeLow, placeHigh}, {placeLow, placeHigh}, {placeLow, placeXHigh}, {placeNone, placeXHigh}, {placeNone, placeXHigh}, {placeNone, placeXHigh}, {placeNone, placeMax}}
	pros        = []bounds{{placeHigh, placeHigh}, {placeMedium, placeXHigh}}
)

// effortsOf are the efforts that a model of OpenAI's takes; false where its name
// tells nothing.
func effortsOf(model string) (bounds, bool) {
	model = bare(model)
	generation, ok := generationOf(model)
	switch {
	case strings.Contains(model, "deep-research"):
		return bounds{placeMedium, placeMedium}, true
	case isO(model) || begins(model, "codex"):
		return bounds{placeLow, placeHigh}, true
	case !ok || !isReasoningModel(model):
		return bounds{}, false
	case strings.Contains(model, "-codex-max"):
		return bounds{placeLow, placeXHigh}, true
	}
	kind := generations
	switch {
	case strings.Contains(model, "-pro"):
		kind = pros
	case strings.Contains(model, "-codex"):
		kind = codexes
	}
	return kind[min(max(generation, 0), len(kind)-1)], true
}

// fitEffort gives the nearest effort that a model takes; empty where it takes
// none. One that no list knows goes on as it is.
func fitEffort(model, effort string) string {
	if isPlainModel(model) {
		return ""
	}
	at := slices.Index(efforts, effort)
	takes, known := effortsOf(model)
	if at < 0 || !known {
		return effort
	}
	at = min(max(at, takes.least), takes.most)
	if at == placeMinimal && takes.least != at { // only the first GPT-5 has it
		at = placeLow
	}
	return efforts[at]
}
