// Package cond compiles and evaluates conditions on calls: expressions in CEL
// over what is known of a call before anybody is asked.
//
// It reads no clock, no body and no configuration, and keeps nothing of a call.
// Its one invariant: an evaluation ends. There are no macros that loop, an
// expression is short, and what it may cost is bounded.
package cond

import (
	"fmt"
	"strings"
	"sync"
	"time"

	"cel.dev/cel-go/cel"
	"cel.dev/cel-go/common/types"

	"headwater/backend/hw"
)

// The bounds of one condition.
const (
	maxText  = 1000
	maxDepth = 50
	maxNodes = 500
	maxRegex = 1000
	// maxCost is what one evaluation may cost in CEL's units, about one for each
	// step: a comparison of two short texts is one, a pattern over a long one a
	// few hundred.
	maxCost = 10_000
	// maxHeader bounds what is seen of a header's value, in bytes.
	maxHeader = 4 << 10
)

// Facts are what a condition may know of a call.
type Facts struct {
	App, Tenant string
	// Model is the model as the caller wrote it; Endpoint and Dialect are the
	// neutral name of the operation and the caller's dialect.
	Model, Endpoint, Dialect string
	Stream                   bool
	// Tokens estimates what the request takes in; called only by conditions
	// that ask. Nil means 0.
	Tokens func() int64
	// Headers are the request's, with any case of name. Those that may hold
	// credentials are not shown.
	Headers map[string][]string
	// Now gives hour and weekday, in its own zone.
	Now time.Time
}

// names are the variables of a condition with their types.
func names() map[string]*cel.Type {
	return map[string]*cel.Type{
		"app": cel.StringType, "tenant": cel.StringType, "model": cel.StringType, "endpoint": cel.StringType, "dialect": cel.StringType,
		"stream": cel.BoolType, "tokens_in": cel.IntType, "headers": cel.MapType(cel.StringType, cel.StringType),
		"hour": cel.IntType, "weekday": cel.StringType,
	}
}

// environment is made once: it is the same for every condition, and never
// changes.
var environment = sync.OnceValue(func() *cel.Env {
	options := []cel.EnvOption{
		cel.ClearMacros(), cel.Macros(cel.HasMacro), // the others loop
		cel.ParserExpressionSizeLimit(maxText), cel.ParserRecursionLimit(maxDepth),
		cel.ExpressionNodeLimit(maxNodes), cel.RegexProgramSizeLimit(maxRegex),
		cel.ASTValidators(cel.ValidateRegexLiterals()),
	}
	for name, kind := range names() {
		options = append(options, cel.Variable(name, kind))
	}
	env, err := cel.NewEnv(options...)
	if err != nil {
		panic("bug: the variables of conditions are constants: " + err.Error())
	}
	return env
})

// Condition is a compiled expression. Safe for concurrent use.
type Condition struct{ program cel.Program }

// Error says why a text is no condition.
type Error struct {
	// Line and Column count from 1; both are zero where there is no place.
	Line, Column int
	// Text is CEL's own message.
	Text string
}

// Error implements error.
func (e *Error) Error() string {
	if e.Line == 0 {
		return e.Text
	}
	return fmt.Sprintf("line %d, column %d: %s", e.Line, e.Column, e.Text)
}

// Compile makes a condition of a text; errors are *Error.
func Compile(text string) (*Condition, error) {
	tree, issues := environment().Compile(text)
	if issues.Err() != nil {
		return nil, firstOf(issues)
	}
	if tree.OutputType() != cel.BoolType {
		return nil, &Error{Text: "is of type " + tree.OutputType().String() + ", but a condition must be true or false"}
	}
	program, err := environment().Program(tree, cel.EvalOptions(cel.OptOptimize), cel.CostLimit(maxCost))
	if err != nil {
		return nil, &Error{Text: err.Error()}
	}
	return &Condition{program}, nil
}

// firstOf is the first of CEL's findings; the others often follow from it.
func firstOf(issues *cel.Issues) *Error {
	found := issues.Errors()
	if len(found) == 0 {
		return &Error{Text: issues.Err().Error()}
	}
	text, _, _ := strings.Cut(found[0].Message, " (in container '')")
	at := found[0].Location
	if at.Line() < 1 {
		return &Error{Text: text}
	}
	return &Error{Line: at.Line(), Column: at.Column() + 1, Text: text}
}

// Holds evaluates the condition. With an error it does not hold.
func (c *Condition) Holds(f *Facts) (bool, error) {
	value, _, err := c.program.Eval(known{f})
	if err != nil {
		return false, err //nolint:wrapcheck // CEL's own words are what is shown
	}
	return value == types.True, nil
}

// known lets an expression look facts up.
type known struct{ *Facts }

// Parent implements cel.Activation.
func (known) Parent() cel.Activation { return nil }

// ResolveName implements cel.Activation.
func (k known) ResolveName(name string) (any, bool) {
	switch name {
	case "app":
		return k.App, true
	case "tenant":
		return k.Tenant, true
	case "model":
		return k.Model, true
	case "endpoint":
		return k.Endpoint, true
	case "dialect":
		return k.Dialect, true
	case "stream":
		return k.Stream, true
	}
	return k.resolveFigure(name)
}

func (k known) resolveFigure(name string) (any, bool) {
	switch name {
	case "tokens_in":
		if k.Tokens == nil {
			return int64(0), true
		}
		return k.Tokens(), true
	case "headers":
		return shown(k.Headers), true
	case "hour":
		return int64(k.Now.Hour()), true
	case "weekday":
		return strings.ToLower(k.Now.Weekday().String()[:3]), true
	}
	return nil, false
}

// shown are the headers that a condition may see, by their names in lower case;
// several of one name are joined as HTTP joins them.
func shown(headers map[string][]string) map[string]string {
	out := make(map[string]string, len(headers))
	for name, values := range headers {
		if hw.SecretHeader(name) {
			continue
		}
		value := strings.Join(values, ", ")
		if len(value) > maxHeader {
			value = value[:maxHeader]
		}
		out[strings.ToLower(name)] = strings.ToValidUTF8(value, "\uFFFD")
	}
	return out
}
