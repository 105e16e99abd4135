package testupstream

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"
)

// Limits of what a fault may ask for, so that a stray request cannot make the
// process sit on memory or a goroutine for long.
const (
	maxTokens = 100_000
	maxWait   = time.Hour
	maxParts  = 32
	maxTools  = 128
)

// Fault is a parsed instruction to misbehave; the zero Fault answers properly.
// The package comment has the grammar.
type Fault struct {
	// Error names a row of the vendor error table; empty means none.
	Error string
	// Status overrides the status; 0 means the error's own, or 200.
	Status int
	// Header are the header fields to add, name and value.
	Header [][2]string
	// RetryDate is how far ahead the HTTP date of a Retry-After lies; 0 means none.
	RetryDate time.Duration
	// NothingLeft announces an exhausted rate limit that resets after Reset.
	NothingLeft bool
	Reset       time.Duration
	// ErrorIn200 sends the error with status 200.
	ErrorIn200 bool

	// Delay is waited before the head; Gap between two events or pieces.
	Delay, Gap time.Duration
	// Hang, Silent and Cut never give an answer: no head, only a head, no connection.
	Hang, Silent, Cut bool
	// StallAfter, CutAfter and ErrorAfter count events, or body bytes of a
	// plain answer; -1 in a parsed fault means never.
	StallAfter, CutAfter, ErrorAfter int

	NoEnd, NoDone, BadJSON, HTML, Empty, SlowBody bool
	Bytes, CRLF, Pings                            bool

	// Tokens is the number of words in the answer; -1 means the default.
	Tokens int
	// Cached is how many input tokens are reported as cached.
	Cached int
	// Tools is how many of the request's tools are called.
	Tools                      int
	NoUsage, Reasoning, Refuse bool
	// Schema answers with JSON where a schema was asked for; Vision counts the images.
	Schema, Vision bool
	// Capable answers what is asked; TextTools writes the calls of tools as text.
	Capable, TextTools bool
	// Echo repeats the credential in what is said of a lack.
	Echo bool
	// Lacks are the words of the parts lacks-WORD.
	Lacks []string
}

func (f *Fault) lacks(word string) bool { return slices.Contains(f.Lacks, word) }

// lacksWords are what a model can be told not to have.
func lacksWords() []string { return []string{"tools", "parallel", "schema", "vision", "stop"} }

func lacks(f *Fault, arg string) error {
	if !slices.Contains(lacksWords(), arg) {
		return fmt.Errorf("want one of %s", strings.Join(lacksWords(), ", "))
	}
	f.Lacks = append(f.Lacks, arg)
	return nil
}

// none returns the fault that answers properly.
func none() Fault {
	return Fault{StallAfter: -1, CutAfter: -1, ErrorAfter: -1, Tokens: -1}
}

// flagParts are the parts without an argument.
func flagParts() map[string]func(*Fault) {
	flags := map[string]func(*Fault){
		"ok":           func(*Fault) {},
		"error-in-200": func(f *Fault) { f.ErrorIn200 = true },
		"hang":         func(f *Fault) { f.Hang = true },
		"silent":       func(f *Fault) { f.Silent = true },
		"cut":          func(f *Fault) { f.Cut = true },
		"noend":        func(f *Fault) { f.NoEnd = true },
		"nodone":       func(f *Fault) { f.NoDone = true },
		"badjson":      func(f *Fault) { f.BadJSON = true },
		"html":         func(f *Fault) { f.HTML = true },
		"empty":        func(f *Fault) { f.Empty = true },
		"slow-body":    func(f *Fault) { f.SlowBody = true },
		"bytes":        func(f *Fault) { f.Bytes = true },
		"crlf":         func(f *Fault) { f.CRLF = true },
		"pings":        func(f *Fault) { f.Pings = true },
		"nousage":      func(f *Fault) { f.NoUsage = true },
		"reasoning":    func(f *Fault) { f.Reasoning = true },
		"tool":         func(f *Fault) { f.Tools = 1 },
		"schema":       func(f *Fault) { f.Schema = true },
		"vision":       func(f *Fault) { f.Vision = true },
		"capable":      func(f *Fault) { f.Capable = true },
		"text-tools":   func(f *Fault) { f.TextTools = true },
		"echo-key":     func(f *Fault) { f.Echo = true },
		"refusal":      func(f *Fault) { f.Refuse = true },
		"remaining-0":  func(f *Fault) { f.NothingLeft = true },
		"retry-junk":   func(f *Fault) { f.add("Retry-After", "soon, perhaps") },
	}
	for _, e := range vendorErrors() {
		flags[e.name] = func(f *Fault) { f.Error = e.name }
	}
	return flags
}

// argPart is a part that carries an argument after its prefix.
type argPart struct {
	prefix string
	apply  func(f *Fault, arg string) error
}

// argParts are the parts with an argument; longer prefixes come first.
func argParts() []argPart {
	return []argPart{
		{"error-in-stream-after-", number(0, maxTokens, func(f *Fault, n int) { f.ErrorAfter = n })},
		{"stall-after-", number(0, maxTokens, func(f *Fault, n int) { f.StallAfter = n })},
		{"cut-after-", number(0, maxTokens, func(f *Fault, n int) { f.CutAfter = n })},
		{"retry-date-", number(0, 86_400, func(f *Fault, n int) { f.RetryDate = time.Duration(n) * time.Second })},
		{"retry-ms-", number(0, 86_400_000, func(f *Fault, n int) { f.add("Retry-After-Ms", strconv.Itoa(n)) })},
		{"retry-", number(0, 86_400, func(f *Fault, n int) { f.add("Retry-After", strconv.Itoa(n)) })},
		{"tokens-", number(0, maxTokens, func(f *Fault, n int) { f.Tokens = n })},
		{"tools-", number(1, maxTools, func(f *Fault, n int) { f.Tools = n })},
		{"cached-", number(0, maxTokens, func(f *Fault, n int) { f.Cached = n })},
		{"delay-", wait(func(f *Fault, d time.Duration) { f.Delay = d })},
		{"gap-", wait(func(f *Fault, d time.Duration) { f.Gap = d })},
		{"reset-", wait(func(f *Fault, d time.Duration) { f.Reset = d })},
		{"status-", status},
		{"lacks-", lacks},
	}
}

// Parse reads a fault as the package comment describes it. An empty text is
// the fault that answers properly.
func Parse(text string) (Fault, error) {
	f, _, err := parse(text)
	return f, err
}

// parse also tells how many parts it knew, so that a model name that merely
// looks unlike a fault can be told from a mistyped one.
func parse(text string) (f Fault, known int, err error) {
	f = none()
	if text == "" {
		return f, 0, nil
	}
	parts := strings.Split(text, "+")
	if len(parts) > maxParts {
		return f, 0, fmt.Errorf("fault has more than %d parts", maxParts)
	}
	flags := flagParts()
	for _, part := range parts {
		if apply, ok := flags[part]; ok {
			apply(&f)
			known++
			continue
		}
		if perr := f.applyArg(part); perr != nil {
			err = perr
			continue
		}
		known++
	}
	return f, known, err
}

func (f *Fault) applyArg(part string) error {
	for _, row := range argParts() {
		arg, ok := strings.CutPrefix(part, row.prefix)
		if !ok {
			continue
		}
		if err := row.apply(f, arg); err != nil {
			return fmt.Errorf("reading fault part %.40q: %w", part, err)
		}
		return nil
	}
	return fmt.Errorf("unknown fault part %.40q", part)
}

func (f *Fault) add(name, value string) {
	f.Header = append(f.Header, [2]string{name, value})
}

// status reads "503" and "429-retry-7".
func status(f *Fault, arg string) error {
	code, retry, ok := strings.Cut(arg, "-")
	set := number(200, 599, func(f *Fault, n int) { f.Status = n })
	if err := set(f, code); err != nil {
		return err
	}
	if !ok {
		return nil
	}
	if !strings.HasPrefix(retry, "retry-") {
		return fmt.Errorf("unknown ending %.40q", retry)
	}
	if retry == "retry-junk" {
		flagParts()[retry](f)
		return nil
	}
	return f.applyArg(retry)
}

func number(low, high int, set func(*Fault, int)) func(*Fault, string) error {
	return func(f *Fault, arg string) error {
		n, err := strconv.Atoi(arg)
		if err != nil || n < low || n > high {
			return fmt.Errorf("want a number from %d to %d", low, high)
		}
		set(f, n)
		return nil
	}
}

func wait(set func(*Fault, time.Duration)) func(*Fault, string) error {
	return func(f *Fault, arg string) error {
		d, err := time.ParseDuration(arg)
		if err != nil || d < 0 || d > maxWait {
			return fmt.Errorf("want a duration from 0s to %s", maxWait)
		}
		set(f, d)
		return nil
	}
}
