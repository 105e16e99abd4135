package engine

import (
	"math"
	"strconv"
	"strings"
	"unicode"
)

// The bounds of what an engine may say. No engine in use comes near them.
const (
	maxNumber  = 1 << 28 // of requests, slots or tokens; two of them fit an int of 32 bits
	maxNames   = 4096    // models in one list
	maxNameLen = 1024    // bytes; llama.cpp names a model by its path
)

// count is a number of things. Its zero value is a number that nobody gave.
type count struct {
	n     int
	known bool
}

// countOf clamps a number. What cannot count things is unknown.
func countOf(f float64) count {
	if math.IsNaN(f) || f < 0 {
		return count{}
	}
	return count{n: int(min(f, maxNumber)), known: true}
}

// UnmarshalJSON takes any number. It never fails: a failure would cost the
// whole answer, not only this field.
func (c *count) UnmarshalJSON(raw []byte) error {
	f, err := strconv.ParseFloat(string(raw), 64)
	if err != nil && !math.IsInf(f, 1) {
		*c = count{}
		return nil
	}
	*c = countOf(f)
	return nil
}

// or gives the number, or what stands for unknown.
func (c count) or(otherwise int) int {
	if !c.known {
		return otherwise
	}
	return c.n
}

// flag is a yes or no. Its zero value is one that nobody gave; a *bool would
// turn a text in its place to a no.
type flag struct{ yes, known bool }

// UnmarshalJSON never fails, as that of count.
func (f *flag) UnmarshalJSON(raw []byte) error {
	yes := string(raw) == "true"
	*f = flag{yes: yes, known: yes || string(raw) == "false"}
	return nil
}

// no reports whether somebody said no.
func (f flag) no() bool { return f.known && !f.yes }

// names gathers the names of models: each once, within bounds.
type names struct {
	list []string
	seen map[string]bool
}

// newNames starts a list that is known and has nothing in it.
func newNames() *names { return &names{list: []string{}, seen: map[string]bool{}} }

// add takes a name up unless it is none. Names reach logs and pages, therefore
// no control characters.
func (n *names) add(name string) {
	switch {
	case name == "" || len(name) > maxNameLen || len(n.list) >= maxNames:
	case n.seen[name] || strings.ContainsFunc(name, unicode.IsControl):
	default:
		n.seen[name] = true
		n.list = append(n.list, name)
	}
}

// shared is the number that all loaded models have in common.
type shared struct {
	n     int
	mixed bool
}

func (s *shared) add(c count) {
	switch {
	case c.n == 0:
	case s.n == 0:
		s.n = c.n
	case s.n != c.n:
		s.mixed = true
	}
}

// value is 0 when there is no such number.
func (s *shared) value() int {
	if s.mixed {
		return 0
	}
	return s.n
}
