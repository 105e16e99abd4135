package engine

import (
	"bytes"
	"iter"
	"math"
	"slices"
	"strconv"
)

// samples walks a page of metrics and gives each sample's name and value;
// labels, comments and times are passed over, and so is what is no sample.
//
// Source: Prometheus, "Exposition formats", text format 0.0.4, as of
// 2026-11-28.
func samples(page []byte) iter.Seq2[string, float64] {
	return func(yield func(string, float64) bool) {
		for rest := page; ; {
			line, after, whole := bytes.Cut(rest, []byte("\n"))
			if !whole {
				return // every line ends with a line feed; half a line may end in half a number
			}
			rest = after
			if name, value, ok := sample(line); ok && !yield(name, value) {
				return
			}
		}
	}
}

// sample reads one line: name, labels in braces if any, value, time if any.
func sample(line []byte) (name string, value float64, ok bool) {
	line = bytes.TrimSpace(line)
	end := bytes.IndexAny(line, "{ \t")
	if end <= 0 || line[0] == '#' {
		return "", 0, false
	}
	rest := bytes.TrimLeft(line[end:], " \t")
	if rest[0] == '{' {
		rest = bytes.TrimLeft(afterLabels(rest), " \t")
	}
	if blank := bytes.IndexAny(rest, " \t"); blank >= 0 {
		rest = rest[:blank]
	}
	value, err := strconv.ParseFloat(string(rest), 64)
	return string(line[:end]), value, err == nil
}

// afterLabels is what follows the closing brace. A brace within the quotes of
// a label's value closes nothing.
func afterLabels(text []byte) []byte {
	quoted := false
	for i := 0; i < len(text); i++ {
		switch {
		case text[i] == '\\':
			i++
		case text[i] == '"':
			quoted = !quoted
		case text[i] == '}' && !quoted:
			return text[i+1:]
		}
	}
	return nil
}

// gauges names the samples that tell what an engine has to do.
type gauges struct {
	running, waiting string
	cache            []string // one for each name that it had over time
}

// read takes the work of an engine from its page of metrics. A page has a
// sample for each model and each part of the engine: requests add up, and of
// the caches the fullest one counts.
func (g gauges) read(page []byte, s *State) {
	var running, waiting count
	for name, value := range samples(page) {
		switch {
		case name == g.running:
			running = plus(running, value)
		case name == g.waiting:
			waiting = plus(waiting, value)
		case slices.Contains(g.cache, name) && !math.IsNaN(value):
			s.Cache = max(s.Cache, min(max(value, 0), 1))
		}
	}
	s.Busy, s.Waiting = running.or(s.Busy), waiting.or(s.Waiting)
}

func plus(sum count, value float64) count {
	if next := countOf(value); next.known {
		return count{n: min(sum.n+next.n, maxNumber), known: true}
	}
	return sum
}
