// Package engine reads what a local model engine says of itself: how many
// requests it works on, which models it holds in memory, whether it is still
// loading one.
//
// It is handed a getter and does no more than ask it: no dialing, no
// goroutine, no clock. Its two invariants: it asks only for paths of which the
// engine's documentation or source says that a GET there neither loads nor
// evicts a model in the state that the engine just gave, and whatever an
// engine answers, the worst that comes of it is "unknown".
package engine

import (
	"context"
	"errors"
	"fmt"
	"slices"
)

// Get fetches a path below the engine's root (scheme://host:port) and returns
// the status and at most 1 MiB of the body. An error means that no answer
// came. A getter may refuse a path with an error: what is only told there
// stays unknown.
type Get func(ctx context.Context, path string) (status int, body []byte, err error)

// Kind names an engine. Its string may be stored and shown.
type Kind string

// The engines that there is an adapter for, and None for all the rest.
const (
	None     Kind = "none"
	Ollama   Kind = "ollama"
	LlamaCpp Kind = "llamacpp"
	VLLM     Kind = "vllm"
	LMStudio Kind = "lmstudio"
)

// ErrUnwell is returned when the engine itself says that it cannot work, which
// is not the same as loading a model.
var ErrUnwell = errors.New("the engine says that it cannot work")

// State is what an engine says of itself.
type State struct {
	Kind Kind
	// Capacity is how many requests the engine works on at once; 0 is unknown.
	Capacity int
	// Busy is how many requests are under way now, whoever sent them; -1 is
	// unknown.
	Busy int
	// Waiting is how many requests are queued in the engine; -1 is unknown.
	Waiting int
	// Loaded are the models in memory. Nil is unknown, empty is none.
	Loaded []string
	// Installed are the models that it could load, those in memory among them.
	// Nil is unknown.
	Installed []string
	// Loading says that the engine is loading a model now.
	Loading bool
	// Context is how many tokens a request may take with its answer; 0 is
	// unknown, also when the loaded models differ in it.
	Context int
	// Cache is the share of the memory for contexts that is in use, from 0 to
	// 1; -1 is unknown.
	Cache float64
}

// unknown is the state of an engine that said nothing.
func unknown(kind Kind) State { return State{Kind: kind, Busy: -1, Waiting: -1, Cache: -1} }

// Has reports whether the engine knows a model, in memory or not. A false may
// also mean that the engine did not say: see Installed and Loaded.
func (s State) Has(model string) bool { return s.lists(s.Installed, model) || s.IsLoaded(model) }

// IsLoaded reports whether the engine says that a model is in memory.
func (s State) IsLoaded(model string) bool { return s.lists(s.Loaded, model) }

// lists looks a model up under the engine's own rules for names.
func (s State) lists(list []string, model string) bool {
	same := func(listed, wanted string) bool { return listed == wanted }
	if row, ok := adapterOf(s.Kind); ok {
		same = row.same
	}
	return model != "" && slices.ContainsFunc(list, func(listed string) bool { return same(listed, model) })
}

// adapter is all there is to know of one engine.
type adapter struct {
	kind Kind
	// detect reports whether this engine is the one that answers.
	detect func(ctx context.Context, a *asker) bool
	// read fills in what the engine tells and leaves the rest unknown.
	read func(ctx context.Context, a *asker, s *State) error
	// same reports whether a name that the engine lists and a name that a
	// caller uses are the same model to the engine.
	same func(listed, wanted string) bool
}

// adapters are the known engines in the order of detection. LM Studio comes
// first because it writes an error to its user's log for each path that it
// does not know; the others take a stray GET in silence.
var adapters = []adapter{
	{LMStudio, detectLMStudio, readLMStudio, sameText},
	{Ollama, detectOllama, readOllama, sameOllama},
	{LlamaCpp, detectLlamaCpp, readLlamaCpp, sameLlamaCpp},
	{VLLM, detectVLLM, readVLLM, sameText},
}

func sameText(listed, wanted string) bool { return listed == wanted }

func adapterOf(kind Kind) (adapter, bool) {
	i := slices.IndexFunc(adapters, func(row adapter) bool { return row.kind == kind })
	if i < 0 {
		return adapter{}, false
	}
	return adapters[i], true
}

// Detect finds out which engine answers, by GETs that cost nothing. None
// without an error means that somebody answers who is no engine we know; None
// with an error means that it could not be found out.
func Detect(ctx context.Context, get Get) (Kind, error) {
	a := newAsker(get)
	for _, row := range adapters {
		if row.detect(ctx, a) {
			return row.kind, nil
		}
	}
	return None, a.failure
}

// Read asks an engine for its state. It fails when nothing answers and when
// the engine says that it cannot work (ErrUnwell); the state is then unknown.
// A part that is missing, switched off, forbidden or not understood is no
// error: that part stays unknown.
func Read(ctx context.Context, kind Kind, get Get) (State, error) {
	s := unknown(kind)
	if kind == None {
		return s, nil
	}
	row, ok := adapterOf(kind)
	if !ok {
		return s, fmt.Errorf("reading the state: there is no engine %q", kind)
	}
	a := newAsker(get)
	err := row.read(ctx, a, &s)
	if err == nil && !a.heard {
		err = a.failure
	}
	if err != nil {
		return unknown(kind), err
	}
	return s, nil
}
