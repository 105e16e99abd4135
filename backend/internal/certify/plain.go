package certify

import (
	"context"
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
		return yes("saw.answer")
	case strings.TrimSpace(got.text()) != "":
		return yes("saw.other_words")
	}
	return r.no("", "saw.empty").ended(got)
}

func plainUsage(_ context.Context, r *run) finding {
	got := r.kept[checkAnswer]
	switch {
	case got == nil:
		return unclear("check.no_answer")
	case got.usage == nil || got.usage.In == 0 || got.usage.Out == 0:
		return r.no("", "saw.no_tokens")
	}
	return yes("saw.tokens", "in", got.usage.In, "out", got.usage.Out)
}

func askSystem(*subject) *dialect.Request {
	return chat(
		said(dialect.RoleSystem, "Whatever you are asked: "+exactly+systemWord),
		said(dialect.RoleUser, "What is the capital of France?"),
	)
}

func judgeSystem(r *run, got *reply) finding {
	if has(got, systemWord) {
		return yes("saw.system")
	}
	return r.no(got.text(), "saw.no_system")
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
		return yes("saw.turns")
	}
	return r.no(got.text(), "saw.no_turns")
}

func askUnicode(*subject) *dialect.Request { return asking(exactly + unicodeText) }

func judgeUnicode(r *run, got *reply) finding {
	if strings.Contains(got.text(), unicodeText) {
		return yes("saw.unicode")
	}
	return r.no(got.text(), "saw.no_unicode")
}

func askLength(*subject) *dialect.Request {
	req := asking("Count from 1 to 300, the numbers separated by spaces.")
	req.MaxTokens = cutOut
	return req
}

func judgeLength(r *run, got *reply) finding {
	if got.finish() == dialect.FinishLength {
		return yes("saw.length", "tokens", cutOut)
	}
	return r.no(got.text(), "saw.no_length", "tokens", cutOut, "finish", got.finish())
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
		return r.no(text, "saw.past_stop")
	case !strings.Contains(text, "10"):
		return unclear("saw.before_stop").saw(text, r.s.credential)
	}
	return yes("saw.stop")
}

func reasoningCheck() check {
	c := featured(chatCheck("reasoning.tokens", hw.CapReasoning, shortOut, askReasoning, judgeReasoning), "reasoning_effort")
	c.fits = func(s *subject) hw.Said {
		if s.facts.Reasoning || dialect.Reasons(s.model) {
			return hw.Said{}
		}
		return hw.Say("check.no_reasoning")
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
		return yes("saw.reasoning_tokens", "tokens", got.usage.ReasoningOut)
	}
	for _, p := range got.parts() {
		if p.Kind == dialect.PartReasoning {
			return yes("saw.reasoning")
		}
	}
	return r.no(got.text(), "saw.no_reasoning")
}

func lists(s *subject) hw.Said {
	if _, can := s.out.(dialect.ModelLister); !can || !s.out.Serves(dialect.EndpointModels) {
		return hw.Say("check.no_list")
	}
	return hw.Said{}
}

// modelsList asks for the list of models, which is free.
func modelsList(ctx context.Context, r *run) finding {
	list, err := r.s.out.Adapt(dialect.Operation{Endpoint: dialect.EndpointModels}, nil, dialect.Target{}, false)
	if err != nil {
		return unclear("saw.list_unasked")
	}
	names, t := r.list(ctx, list)
	if t != nil {
		return r.told(t)
	}
	for _, m := range names {
		if m.ID == r.s.model || m.ID == r.s.model+":latest" {
			return yes("saw.listed", "models", len(names))
		}
	}
	return r.no("", "saw.unlisted", "models", len(names))
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
		return r.no("", "saw.no_count")
	}
	return yes("saw.count", "tokens", got.usage.In)
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
		return r.no("", "saw.other_vectors", "vectors", len(v))
	}
	for i := range v[0] {
		if v[0][i] != v[1][i] {
			return yes("saw.vectors", "size", len(v[0]))
		}
	}
	return r.no("", "saw.same_vector")
}

func wantsKey(s *subject) hw.Said {
	if s.secretive() {
		return hw.Said{}
	}
	return hw.Say("check.keyless")
}

// unknownModel is a name that no upstream has.
const unknownModel = "no-model"

func errorsModel(ctx context.Context, r *run) finding {
	_, t := r.ask(ctx, &question{req: r.s.small(), model: unknownModel})
	status := t.statusOf()
	return r.clearly(t, wrong{
		taken:   hw.Say("saw.model_taken"),
		unread:  hw.Say("saw.model_unread", "status", status),
		refused: hw.Say("saw.model_refused", "status", status),
	})
}

func errorsRequest(ctx context.Context, r *run) finding {
	_, t := r.ask(ctx, &question{req: r.s.small(), spoilt: true})
	status := t.statusOf()
	return r.clearly(t, wrong{
		taken:   hw.Say("saw.half_taken"),
		unread:  hw.Say("saw.half_unread", "status", status),
		refused: hw.Say("saw.half_refused", "status", status),
	})
}

// wrong is what is said of each way in which a wrong request may be met.
type wrong struct {
	// taken: as if nothing were wrong. unread: with an error that its dialect does
	// not read. refused: as it should be.
	taken, unread, refused hw.Said
}

// clearly judges the refusal of what is wrong: an error of the client's, with a
// message that its dialect reads.
func (r *run) clearly(t *trouble, said wrong) finding {
	switch {
	case t == nil:
		return finding{outcome: hw.CheckNo, said: []hw.Said{said.taken}}
	case t.kind == shaky, t.kind == unfit, t.status < http.StatusBadRequest:
		return r.unlearned(t)
	case !t.readable:
		return finding{outcome: hw.CheckNo, said: []hw.Said{said.unread}}.saw(t.message, r.s.credential)
	}
	return finding{outcome: hw.CheckYes, said: []hw.Said{said.refused}}
}

// unlearned is trouble of which the check at hand learns nothing.
func (r *run) unlearned(t *trouble) finding {
	return finding{outcome: hw.CheckUnclear, said: []hw.Said{t.said}}.saw(t.message, r.s.credential)
}

func errorsKey(ctx context.Context, r *run) finding {
	_, t := r.ask(ctx, &question{req: r.s.small(), key: wrongKey()})
	switch {
	case t == nil:
		return r.no("", "saw.key_taken")
	case t.kind == denied && t.reason != dialect.ReasonQuota:
		return yes("saw.key_refused", "status", t.status)
	case t.kind == refused:
		return r.no(t.message, "saw.key_unclear", "status", t.status)
	}
	return r.unlearned(t)
}

func rateHeaders(_ context.Context, r *run) finding {
	switch {
	case r.limits:
		return yes("saw.limits")
	case len(r.outcomes) == 0 || r.outcomes[r.s.baseline()] != hw.CheckYes:
		return unclear("check.no_answer")
	}
	return r.no("", "saw.no_limits")
}
