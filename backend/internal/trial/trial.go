// Package trial makes one tiny request to a model, on demand, and says in words
// how it went: what a list of models cannot prove, that the model answers.
//
// It is no call: it goes past routes, health and limits, because a person asked
// for it, and it has no row in the log of calls. Its one invariant: it sends at
// most one request, bounded to a token or, for models that reason, to 16.
package trial

import (
	"cmp"
	"context"
	"io"
	"math"
	"net/http"
	"strconv"
	"strings"
	"time"
	"unicode"

	"headwater/backend/hw"
	"headwater/backend/internal/catalog"
	"headwater/backend/internal/dialect"
	"headwater/backend/internal/snapshot"
	"headwater/backend/internal/upstream"
)

// The bounds of the request.
const (
	// patience is how long the answer may take. Unit: wall time. A local engine
	// may have to load the model first; whoever asked waits no longer than 90 s.
	patience   = 60 * time.Second
	maxBody    = 1 << 20 // bytes of an answer: a long embedding is 100 KiB
	maxText    = 200     // bytes of what came back
	maxSaid    = 300     // bytes of an upstream's own words
	maxScanned = 4 << 10 // bytes of them that are searched for the key
)

// embedWords are what a model of embeddings is given.
const embedWords = "one"

// Question is what a trial needs to know.
type Question struct {
	Upstream *snapshot.Upstream
	Model    string
	// Facts are what is known of the model; the zero value means nothing.
	Facts hw.CatalogModel
	// Speaks is the dialect of the upstream.
	Speaks dialect.Outbound
	// List gives the upstream's own models, to find like names; it is asked only
	// where the upstream does not have the model.
	List func(ctx context.Context) []string
}

// trial is one request under way.
type trial struct {
	Question
	pool       *upstream.Pool
	credential *snapshot.Credential
	out        *hw.TestCompletion
	report     *hw.TestReport
	endpoint   dialect.Endpoint
	began      time.Time
}

// Run makes the request with the first key that is in use, and adds its step to
// a report. A report of free steps that failed for want of a list of models, and
// for nothing else, is well when the model answers.
func Run(ctx context.Context, pool *upstream.Pool, q Question, report *hw.TestReport) {
	t := &trial{Question: q, pool: pool, report: report, began: time.Now(), endpoint: dialect.EndpointChat}
	t.out = &hw.TestCompletion{Model: q.Model, Endpoint: string(dialect.EndpointChat)}
	if t.embeds() {
		t.endpoint, t.out.Endpoint = dialect.EndpointEmbeddings, string(dialect.EndpointEmbeddings)
	}
	report.Completion = t.out
	if t.choose() {
		t.ask(ctx)
	}
	report.TotalMs += milliseconds(time.Since(t.began))
}

// embeds reports whether the model makes embeddings, by the catalogue or, where
// it does not know the model, by its name.
func (t *trial) embeds() bool {
	switch {
	case !t.Speaks.Serves(dialect.EndpointEmbeddings):
		return false
	case t.Facts.Kind != "" || t.Facts.ID != "":
		return t.Facts.Kind == hw.ModelEmbedding
	}
	return !t.Speaks.Serves(dialect.EndpointChat) || strings.Contains(strings.ToLower(t.Model), "embed")
}

// choose finds the key and refuses what cannot be asked so cheaply. Nothing is
// sent when it gives false.
func (t *trial) choose() bool {
	if k := t.Facts.Kind; k != "" && k != hw.ModelChat && k != hw.ModelEmbedding || !t.Speaks.Serves(t.endpoint) {
		said := hw.Say("completion.other_kind", "model", t.Model)
		if k != "" {
			said = hw.Say("completion.kind", "model", t.Model, "kind", k)
		}
		return t.fail(hw.CodeUnsupported, hw.Say("completion.name_chat"), said)
	}
	for _, c := range t.Upstream.Credentials {
		if c.Enabled && (c.ExpiresAt.IsZero() || c.ExpiresAt.After(t.began)) {
			t.credential, t.out.Credential = c, c.Name
			return true
		}
	}
	if len(t.Upstream.Credentials) > 0 {
		return t.fail(hw.CodeUpstreamAuth, hw.Say("completion.switch_key_on"), hw.Say("completion.no_key"))
	}
	return true
}

// request is the smallest one of its kind.
func (t *trial) request() *dialect.Request {
	if t.endpoint == dialect.EndpointEmbeddings {
		return &dialect.Request{Endpoint: dialect.EndpointEmbeddings, Model: t.Model, Input: []string{embedWords}, Encoding: "float"}
	}
	return dialect.SmallQuestion(t.Model, t.Facts.Reasoning || dialect.Reasons(t.Model))
}

// ask sends the request and reads what comes back.
func (t *trial) ask(ctx context.Context) {
	wire, err := t.Speaks.Encode(t.request(), dialect.Target{Provider: t.Upstream.Provider.ID, Model: t.Model, MaxOutput: t.Facts.MaxOutput})
	if err != nil {
		t.fail(hw.CodeUnsupported, hw.Say("completion.name_other"), hw.Say("completion.unfit", "why", hw.AsError(err).Text))
		return
	}
	hw.BeginTestStep(ctx, hw.StepCompletion)
	asking, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	t.out.Spent = true
	resp, err := t.pool.Send(asking, http.MethodPost, &snapshot.Target{Upstream: t.Upstream, Credential: t.credential, Model: t.Model}, wire)
	if err != nil {
		t.network(ctx, asking, err)
		return
	}
	defer func() { _ = resp.Body.Close() }()
	body, err := io.ReadAll(io.LimitReader(resp.Body, maxBody))
	if err != nil {
		t.network(ctx, asking, err)
		return
	}
	if resp.Status >= http.StatusMultipleChoices {
		t.refused(ctx, resp.Status, t.Speaks.ReadError(resp.Status, resp.Header, body))
		return
	}
	t.answer(ctx, body)
}

// answer reads a good answer. One without content is good too: so few tokens
// may all go into thinking.
func (t *trial) answer(ctx context.Context, body []byte) {
	got, err := t.Speaks.Decoder(dialect.Operation{Endpoint: t.endpoint}).Answer(body)
	if err != nil {
		t.fault(ctx, err, body)
		return
	}
	t.bill(got.Usage.Sound())
	said := hw.Say("completion.silent", "model", t.Model)
	switch {
	case t.endpoint == dialect.EndpointEmbeddings && len(got.Embeddings) == 0:
		t.fail(hw.CodeUpstreamMalformed, codesHint, hw.Say("completion.no_embedding"))
		return
	case t.endpoint == dialect.EndpointEmbeddings:
		said = hw.Say("completion.embedding", "model", t.Model, "size", len(got.Embeddings[0]))
	case t.text(got) != "":
		t.out.Text = t.text(got)
		said = hw.Say("completion.text", "model", t.Model, "text", t.out.Text)
	}
	t.step(true, said, t.spent())
	if !t.report.OK && t.report.Code == hw.CodeUpstreamNoModels.Info().Public {
		t.report.Diagnosis, t.report.DiagnosisSaid = hw.Tell(hw.Say("test.no_list_answers", "upstream", t.Upstream.Name, "model", t.Model))
		t.report.OK, t.report.Hint, t.report.HintSaid, t.report.Code = true, "", nil, ""
	}
}

// text is what the first choice says, cut to maxText bytes on one line. Some who
// stand in for an upstream repeat what they were sent.
func (t *trial) text(got *dialect.Answer) string {
	if len(got.Choices) == 0 {
		return ""
	}
	var b strings.Builder
	for _, part := range got.Choices[0].Parts {
		if part.Kind == dialect.PartText || part.Kind == dialect.PartRefusal {
			b.WriteString(part.Text)
		}
	}
	said := b.String()
	return cut(upstream.Hide(said[:min(len(said), maxScanned)], t.credential), maxText)
}

// bill notes what the answer used and what that costs.
func (t *trial) bill(u *dialect.Usage) {
	if u == nil {
		t.out.Tokens.Estimated = true
		return
	}
	t.out.Tokens = hw.Tokens{
		In: u.In, Out: u.Out, CachedIn: u.CachedIn, CacheWrite: u.CacheWrite, Reasoning: u.ReasoningOut, Estimated: u.Estimated,
	}
	if price, known := catalog.PriceFor(t.Facts, u.In); known {
		t.out.CostUSD, t.out.PriceKnown = catalog.Cost(price, t.out.Tokens), true
	}
}

// spent says what was used.
func (t *trial) spent() hw.Said {
	n := t.out.Tokens
	switch {
	case n.Estimated:
		return hw.Say("completion.untold")
	case !t.out.PriceKnown:
		return hw.Say("completion.unpriced", "in", n.In, "out", n.Out)
	case t.out.CostUSD == 0:
		return hw.Say("completion.free", "in", n.In, "out", n.Out)
	}
	return hw.Say("completion.cost", "in", n.In, "out", n.Out, "cost", "$"+dollars(t.out.CostUSD))
}

// dollars writes a sum with two digits that mean something.
func dollars(sum float64) string {
	digits := max(2, 1-int(math.Floor(math.Log10(sum))))
	return strconv.FormatFloat(sum, 'f', digits, 64)
}

// step adds the step of the trial.
func (t *trial) step(ok bool, said ...hw.Said) {
	step := hw.TestStep{Name: hw.StepCompletion, OK: ok, Ms: milliseconds(time.Since(t.began))}
	step.Words, step.WordsSaid = hw.Tell(said...)
	t.report.Steps = append(t.report.Steps, step)
}

// codesHint stands for the hint of the code.
var codesHint hw.Said

// fail ends the trial with what is said of it. It gives false.
func (t *trial) fail(code hw.Code, hint hw.Said, said ...hw.Said) bool {
	t.step(false, said...)
	row := code.Info()
	t.report.Diagnosis, t.report.DiagnosisSaid = hw.Tell(said...)
	t.report.Hint, t.report.HintSaid = hw.Tell(hint)
	t.report.OK, t.report.Hint, t.report.Code = false, cmp.Or(t.report.Hint, row.Hint), row.Public
	return false
}

func milliseconds(d time.Duration) float64 { return float64(d.Microseconds()) / 1000 }

// cut makes one line of at most so many bytes of a text.
func cut(text string, most int) string {
	text = strings.ToValidUTF8(text[:min(len(text), 4*most)], "")
	text = strings.Join(strings.FieldsFunc(text, func(r rune) bool { return unicode.IsSpace(r) || unicode.IsControl(r) }), " ")
	if len(text) <= most {
		return text
	}
	return strings.ToValidUTF8(text[:most], "") + "…"
}
