package openai

import (
	"slices"
	"strconv"
	"strings"

	"headwater/backend/internal/dialect"
)

// family is what is known of a model by its name, as OpenAI itself serves it. Of
// a model behind a router, or of another vendor, nothing is known: it is given
// what the caller says.
type family struct {
	// openAI is true for a model of OpenAI's under its own name.
	openAI bool
	// reasons is true for one that thinks before it answers.
	reasons bool
	// efforts are the words for how much it may think; none where it takes none.
	efforts []string
	// stops is true where it takes texts to stop at.
	stops bool
	// newest is true from GPT-5 on: those know custom tools.
	newest bool
	// verbose is true where it takes how long its answers shall be.
	verbose bool
	// idle is true for one that thinks only where it is told how much.
	idle bool
}

// ladder is every effort, from the smallest.
var ladder = []string{effortNone, "minimal", "low", "medium", "high", "xhigh", "max"}

const effortNone = "none"

// familyOf reads a model's name. Source: OpenAI's API reference and list of
// models, 2026-11.
func familyOf(model string) family {
	model = strings.TrimPrefix(model, "ft:")
	version, gpt := strings.CutPrefix(model, "gpt-")
	switch {
	case isO(model):
		return familyO(model)
	case strings.HasPrefix(model, "codex-"):
		return family{openAI: true, reasons: true, efforts: steps("low", "high")}
	case strings.HasPrefix(model, "chatgpt-"), model == "chat-latest":
		return family{openAI: true, stops: true}
	case !gpt || version == "" || version[0] < '3' || version[0] > '9' || strings.Contains(version, "/"):
		return family{} // such as gpt-oss, whose weights are open
	case version[0] < '5':
		return family{openAI: true, stops: true}
	}
	return family5(version)
}

// isO reports whether a model is of the o series: o1, o3 or o4, however the name of
// its deployment goes on ("o3mini"), but for a digit.
func isO(model string) bool {
	named := strings.HasPrefix(model, "o1") || strings.HasPrefix(model, "o3") || strings.HasPrefix(model, "o4")
	return named && (len(model) == 2 || model[2] < '0' || model[2] > '9')
}

// familyO are the models of the o series. Of them, the first still took stops.
func familyO(model string) family {
	first, kind := model[1] == '1', strings.TrimLeft(model[2:], "-_.")
	mini := strings.HasPrefix(kind, "mini")
	f := family{openAI: true, reasons: true, stops: first || model[1] == '3' && mini, efforts: steps("low", "high")}
	switch {
	case first && (mini || strings.HasPrefix(kind, "preview")):
		f.efforts = nil
	case strings.Contains(kind, "deep-research"):
		f.efforts = []string{"medium"}
	}
	return f
}

// family5 are the models from GPT-5 on; version is what stands behind "gpt-".
func family5(version string) family {
	f := family{openAI: true, reasons: true, newest: true, verbose: true}
	number, kind, _ := strings.Cut(version, "-")
	_, point, _ := strings.Cut(number, ".")
	minor, _ := strconv.Atoi(point)
	if number[0] > '5' {
		minor = 9 // later than all that are listed
	}
	kind, rest, _ := strings.Cut(kind, "-")
	switch kind {
	case "chat":
		f.verbose = false
		if minor == 1 || minor == 2 {
			f.efforts = []string{"medium"}
		} else {
			f.reasons, f.stops = false, true
		}
	case "search":
		f.verbose = false
	case "pro":
		if f.efforts = steps("medium", "xhigh"); minor == 0 {
			f.efforts = []string{"high"}
		}
	case "codex":
		f.efforts, f.verbose = effortsOfCodex(minor, strings.HasPrefix(rest, "max")), minor > 2
	default:
		f.efforts, f.idle = effortsOf5(minor), minor >= 1 && minor <= 4
	}
	return f
}

func effortsOfCodex(minor int, largest bool) []string {
	switch {
	case minor > 2:
		return effortsOf5(minor)
	case minor == 2 || largest:
		return steps("low", "xhigh")
	}
	return steps("low", "high")
}

// effortsOf5 are those of GPT-5 and its followers, which know none in place of
// minimal.
func effortsOf5(minor int) []string {
	most := "max"
	switch {
	case minor == 0:
		return steps("minimal", "high")
	case minor == 1:
		most = "high"
	case minor <= 5:
		most = "xhigh"
	}
	return append([]string{effortNone}, steps("low", most)...)
}

// steps are the efforts from one to another.
func steps(least, most string) []string {
	return slices.Clone(ladder[slices.Index(ladder, least) : slices.Index(ladder, most)+1])
}

// fit gives the nearest effort that the model takes, rather a larger one than a
// smaller; empty where it takes none. A word that nobody knows goes on as it is.
func (f *family) fit(effort string) string {
	at := slices.Index(ladder, effort)
	switch {
	case !f.openAI || effort == "" || at < 0 && len(f.efforts) > 0:
		return effort
	case len(f.efforts) == 0:
		return ""
	}
	for _, near := range append(slices.Clone(ladder[at:]), reversed(ladder[:at])...) {
		if slices.Contains(f.efforts, near) {
			return near
		}
	}
	return ""
}

func reversed(words []string) []string {
	out := slices.Clone(words)
	slices.Reverse(out)
	return out
}

// mostStops is how many texts to stop at OpenAI takes (API reference, 2026).
const mostStops = 4

// bound leaves out of a request what OpenAI's model would refuse it over, and
// names what that changes.
func (f *family) bound(out *wireRequest, drop func(name string)) {
	if !f.openAI {
		return
	}
	if len(out.Tools) == 0 {
		out.ToolChoice, out.ParallelTools = nil, nil // without tools they say nothing
	}
	switch effort := f.fit(out.ReasoningEffort); {
	case effort == out.ReasoningEffort, effort == "" && out.ReasoningEffort == effortNone && !f.reasons: // which it does anyway
		out.ReasoningEffort = effort
	case effort == "":
		drop(dialect.ParamEffort)
		out.ReasoningEffort = ""
	default:
		drop(dialect.ParamEffort + " (" + effort + " for " + out.ReasoningEffort + ")")
		out.ReasoningEffort = effort
	}
	switch {
	case len(out.Stop) > 0 && !f.stops:
		drop(dialect.ParamStop)
		out.Stop = nil
	case len(out.Stop) > mostStops:
		drop(dialect.ParamStop + " (the first " + strconv.Itoa(mostStops) + " of " + strconv.Itoa(len(out.Stop)) + ")")
		out.Stop = out.Stop[:mostStops]
	}
	if f.thinks(out.ReasoningEffort) {
		out.fix(drop)
	}
}

// thinks reports whether the model thinks at an effort; empty for its own.
func (f *family) thinks(effort string) bool {
	return f.reasons && effort != effortNone && (effort != "" || !f.idle)
}

// fix leaves out what a model that thinks has fixed: it refuses a request over
// any of them, even over the value that it has; but for a temperature of 1.
func (w *wireRequest) fix(drop func(name string)) {
	for _, row := range []struct {
		name  string
		value **float64
		fixed float64
	}{
		{dialect.ParamTemperature, &w.Temperature, 1},
		{dialect.ParamTopP, &w.TopP, 1},
		{dialect.ParamPresencePenalty, &w.Presence, 0},
		{dialect.ParamFrequencyPenalty, &w.Frequency, 0},
	} {
		switch {
		case *row.value == nil:
		case **row.value != row.fixed:
			drop(row.name)
			*row.value = nil
		case row.name != dialect.ParamTemperature:
			*row.value = nil
		}
	}
}

// isReasoningModel reports whether a model takes max_completion_tokens only:
// OpenAI's reasoning models, and all from GPT-5 on.
func isReasoningModel(model string) bool {
	f := familyOf(model)
	return f.reasons || f.newest
}

// takesCustom reports whether an upstream's model takes custom tools: OpenAI's
// do from GPT-5 on, served by OpenAI itself.
func takesCustom(model string) bool {
	f := familyOf(model)
	return f.newest
}
