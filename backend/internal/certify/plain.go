package certify

import (
	"context"
	"fmt"
	"net/http"
	"strings"

	"headwater/backend/hw"
	"headwater/backend/internal/dialect"
)

// exactly asks for a text and nothing else.
const exactly = "Answer with exactly this and nothing else: "

// The words that cannot be guessed from their questions.
const (
	answerWord = "bluebell"
	systemWord = "heron"
	turnsWord  = "kingfisher"
	// unicodeText has two, three and four bytes a character, and joined ones.
	unicodeText = "Grüße 水の流れ 🚀 👩‍🔬"
)

func has(got *reply, word string) bool {
	return strings.Contains(strings.ToLower(got.text()), strings.ToLower(word))
}

func askAnswer(*subject) *dialect.Request { return asking(exactly + answerWord) }

// judgeAnswer takes any words: whether they are the right ones is no matter of
// what a call needs.
func judgeAnswer(r *run, got *reply) finding {
	switch {
	case has(got, answerWord):
		return yes("It answered.")
	case strings.TrimSpace(got.text()) != "":
		return yes("It answered, in other words than it was asked for.")
	}
	return r.no("", "The answer is empty%s.", ended(got))
}

// ended says how an answer ended that is not what was wanted.
func ended(got *reply) string {
	if got.finish() == "" {
		return ""
	}
	return fmt.Sprintf(" and ended with %q", got.finish())
}

func plainUsage(_ context.Context, r *run) finding {
	got := r.kept[checkAnswer]
	switch {
	case got == nil:
		return unclear("There was no answer to look at.")
	case got.usage == nil || got.usage.In == 0 || got.usage.Out == 0:
		return r.no("", "The answer does not tell its tokens.")
	}
	return yes("It counted %d tokens in and %d out.", got.usage.In, got.usage.Out)
}

func askSystem(*subject) *dialect.Request {
	return chat(
		said(dialect.RoleSystem, "Whatever you are asked: "+exactly+systemWord),
		said(dialect.RoleUser, "What is the capital of France?"),
	)
}

func judgeSystem(r *run, got *reply) finding {
	if has(got, systemWord) {
		return yes("It followed the system instruction.")
	}
	return r.no(got.text(), "It did not follow the system instruction.")
}

func askTurns(*subject) *dialect.Request {
	return chat(
		said(dialect.RoleUser, "The password is "+turnsWord+". Remember it."),
		said(dialect.RoleAssistant, "I will."),
		said(dialect.RoleUser, "What is the password? Answer with that word alone."),
	)
}

func judgeTurns(r *run, got *reply) finding {
	if has(got, turnsWord) {
		return yes("It knew what was said two turns before.")
	}
	return r.no(got.text(), "It did not know what was said two turns before.")
}

func askUnicode(*subject) *dialect.Request { return asking(exactly + unicodeText) }

func judgeUnicode(r *run, got *reply) finding {
	if strings.Contains(got.text(), unicodeText) {
		return yes("Every character came back whole.")
	}
	return r.no(got.text(), "The characters did not come back as they were sent.")
}

func askLength(*subject) *dialect.Request {
	req := asking("Count from 1 to 300, the numbers separated by spaces.")
	req.MaxTokens = cutOut
	return req
}

func judgeLength(r *run, got *reply) finding {
	if got.finish() == dialect.FinishLength {
		return yes("The answer was cut at %d tokens, and says so.", cutOut)
	}
	return r.no(got.text(), "The answer was to be cut at %d tokens, and ended with %q.", cutOut, got.finish())
}

// counting asks for an answer of many tokens that is known in advance.
const counting = "Count from 1 to 20, the numbers separated by spaces."

func askStop(*subject) *dialect.Request {
	req := asking(counting)
	req.Stop = []string{"12"}
	return req
}

func judgeStop(r *run, got *reply) finding {
	text := got.text()
	switch {
	case strings.Contains(text, "13"):
		return r.no(text, "It went on past the stop sequence.")
	case !strings.Contains(text, "10"):
		return finding{outcome: hw.CheckUnclear, words: "It did not come as far as the stop sequence.", seen: excerpt(text, r.s.credential)}
	}
	return yes("It ended at the stop sequence.")
}

func reasoningCheck() check {
	c := featured(chatCheck("reasoning.tokens", hw.CapReasoning, shortOut, askReasoning, judgeReasoning), "reasoning_effort")
	c.fits = func(s *subject) string {
		if s.facts.Reasoning || dialect.Reasons(s.model) {
			return ""
		}
		return "The model is not known to reason."
	}
	return c
}

func askReasoning(*subject) *dialect.Request {
	req := asking("Which is larger, 9.11 or 9.9? Answer with the number alone.")
	req.Effort = "low"
	return req
}

func judgeReasoning(r *run, got *reply) finding {
	if got.usage != nil && got.usage.ReasoningOut > 0 {
		return yes("It counted %d tokens of reasoning.", got.usage.ReasoningOut)
	}
	for _, p := range got.parts() {
		if p.Kind == dialect.PartReasoning {
			return yes("It showed its reasoning.")
		}
	}
	return r.no(got.text(), "It was asked to reason, and neither showed nor counted any reasoning.")
}

func lists(s *subject) string {
	if _, can := s.out.(dialect.ModelLister); !can || !s.out.Serves(dialect.EndpointModels) {
		return "The dialect has no list of models."
	}
	return ""
}

// modelsList asks for the list of models, which is free.
func modelsList(ctx context.Context, r *run) finding {
	list, err := r.s.out.Adapt(dialect.Operation{Endpoint: dialect.EndpointModels}, nil, dialect.Target{}, false)
	if err != nil {
		return unclear("The list could not be asked for.")
	}
	names, t := r.list(ctx, list)
	if t != nil {
		return r.told(t)
	}
	for _, m := range names {
		if m.ID == r.s.model || m.ID == r.s.model+":latest" {
			return yes("The model is one of the %d in the list.", len(names))
		}
	}
	return r.no("", "The list has %d models, and this is none of them.", len(names))
}

func askCount(s *subject) *dialect.Request {
	req := askAnswer(s)
	req.Endpoint = dialect.EndpointCount
	return req
}

func countTokens(ctx context.Context, r *run) finding {
	got, t := r.ask(ctx, &question{req: askCount(r.s)})
	switch {
	case t != nil:
		return r.told(t)
	case got.usage == nil || got.usage.In == 0:
		return r.no("", "The answer tells no count.")
	}
	return yes("It counted %d tokens without asking the model.", got.usage.In)
}

func askVector(*subject) *dialect.Request {
	return &dialect.Request{Endpoint: dialect.EndpointEmbeddings, Input: []string{"a brook", "a mountain"}}
}

func embeddingsVector(ctx context.Context, r *run) finding {
	got, t := r.ask(ctx, &question{req: askVector(r.s)})
	if t != nil {
		return r.told(t)
	}
	v := got.Embeddings
	if len(v) != 2 || len(v[0]) == 0 || len(v[0]) != len(v[1]) {
		return r.no("", "Two texts were sent, and %d vectors came back.", len(v))
	}
	for i := range v[0] {
		if v[0][i] != v[1][i] {
			return yes("Two texts became two vectors of %d numbers.", len(v[0]))
		}
	}
	return r.no("", "Two texts became the same vector.")
}

func wantsKey(s *subject) string {
	if s.secretive() {
		return ""
	}
	return "The upstream is asked without a key."
}

// unknownModel is a name that no upstream has.
const unknownModel = "no-model"

func errorsModel(ctx context.Context, r *run) finding {
	_, t := r.ask(ctx, &question{req: r.s.small(), model: unknownModel})
	return r.clearly(t, "a model that does not exist")
}

func errorsRequest(ctx context.Context, r *run) finding {
	_, t := r.ask(ctx, &question{req: r.s.small(), spoilt: true})
	return r.clearly(t, "half a request")
}

// clearly judges the refusal of what is wrong: an error of the client's, with a
// message that its dialect reads.
func (r *run) clearly(t *trouble, what string) finding {
	switch {
	case t == nil:
		return r.no("", "It answered %s as if nothing were wrong.", what)
	case t.kind == shaky, t.kind == unfit, t.status < http.StatusBadRequest:
		return finding{outcome: hw.CheckUnclear, words: t.words, seen: excerpt(t.message, r.s.credential)}
	case !t.readable:
		return r.no(t.message, "It refused %s with %d, and says nothing that its dialect reads.", what, t.status)
	}
	return yes("It refused %s with %d and a message.", what, t.status)
}

func errorsKey(ctx context.Context, r *run) finding {
	_, t := r.ask(ctx, &question{req: r.s.small(), key: wrongKey()})
	switch {
	case t == nil:
		return r.no("", "It answered with a wrong key.")
	case t.kind == denied && t.reason != dialect.ReasonQuota:
		return yes("It refused a wrong key with %d.", t.status)
	case t.kind == refused:
		return r.no(t.message, "It refused a wrong key with %d, which does not say that the key was wrong.", t.status)
	}
	return finding{outcome: hw.CheckUnclear, words: t.words, seen: excerpt(t.message, r.s.credential)}
}

func rateHeaders(_ context.Context, r *run) finding {
	switch {
	case r.limits:
		return yes("It tells its limits in the header of its answers.")
	case len(r.outcomes) == 0 || r.outcomes[r.s.baseline()] != hw.CheckYes:
		return unclear("There was no answer to look at.")
	}
	return r.no("", "It tells no limits in the header of its answers.")
}
