package trial_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"headwater/backend/hw"
	"headwater/backend/internal/dialect"
	"headwater/backend/internal/dialect/anthropic"
	"headwater/backend/internal/dialect/bedrock"
	"headwater/backend/internal/dialect/cohere"
	"headwater/backend/internal/dialect/gemini"
	"headwater/backend/internal/dialect/ollama"
	"headwater/backend/internal/dialect/openai"
	"headwater/backend/internal/dialect/responses"
	"headwater/backend/internal/snapshot"
	"headwater/backend/internal/testupstream"
	"headwater/backend/internal/trial"
	"headwater/backend/internal/upstream"
)

type noPractice struct{}

func (noPractice) RoundTrip(*http.Request) (*http.Response, error) {
	return nil, errors.New("the simulator must not be asked")
}

// spoken are the dialects with the path and the header of the key that their
// upstreams have, and where in a body the bound on the answer stands.
var spoken = []struct {
	out    dialect.Outbound
	path   string
	header string
	scheme string
	bound  []string
	// least is what the dialect makes of one token.
	least float64
}{
	{openai.Outbound{}, "/v1", "Authorization", "Bearer", []string{"max_tokens"}, 1},
	{responses.Outbound{}, "/v1", "Authorization", "Bearer", []string{"max_output_tokens"}, 16},
	{anthropic.Outbound{}, "/v1", "X-Api-Key", "", []string{"max_tokens"}, 1},
	{gemini.Outbound{}, "/v1beta", "X-Goog-Api-Key", "", []string{"generationConfig", "maxOutputTokens"}, 1},
	{ollama.Outbound{}, "", "Authorization", "Bearer", []string{"options", "num_predict"}, 1},
	{cohere.Outbound{}, "/v2", "Authorization", "Bearer", []string{"max_tokens"}, 1},
	{bedrock.Outbound{}, "", "Authorization", "Bearer", []string{"inferenceConfig", "maxTokens"}, 1},
}

type rig struct {
	vendor *testupstream.Server
	pool   *upstream.Pool
	q      trial.Question
}

// newRig is an upstream of a dialect, the first by default, with one key.
func newRig(t *testing.T, at int) *rig {
	t.Helper()
	r := &rig{vendor: testupstream.Start(t)}
	var err error
	if r.pool, err = upstream.New(upstream.Config{Practice: noPractice{}}); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(r.pool.Close)
	base, err := url.Parse(r.vendor.URL() + spoken[at].path)
	if err != nil {
		t.Fatal(err)
	}
	r.q = trial.Question{Model: "house-model", Speaks: spoken[at].out, Upstream: &snapshot.Upstream{
		ID: "ups_1", Name: "up", Base: base, Local: true, Fingerprint: base.String(),
		Provider:    hw.Provider{ID: "p", Name: "Vendor", AuthHeader: spoken[at].header, AuthScheme: spoken[at].scheme},
		Timeouts:    snapshot.Timeouts{Connect: time.Second, TLS: time.Second},
		Credentials: []*snapshot.Credential{{ID: "c1", Name: "main", Secret: "sk-test-secret", Enabled: true}},
	}}
	return r
}

// run asks, after free steps that went well.
func (r *rig) run(t *testing.T) hw.TestReport {
	t.Helper()
	report := hw.TestReport{Upstream: "up", OK: true, Diagnosis: "up answers.", Steps: []hw.TestStep{{Name: hw.StepModels, OK: true}}, TotalMs: 5}
	trial.Run(t.Context(), r.pool, r.q, &report)
	last := report.Steps[len(report.Steps)-1]
	if len(report.Steps) != 2 || last.Name != hw.StepCompletion || last.OK != report.OK || report.Completion == nil || report.TotalMs < 5 {
		t.Fatalf("report %+v", report)
	}
	if (report.Code == "") != report.OK || !report.OK && (report.Hint == "" || report.Diagnosis != last.Words) {
		t.Errorf("report %+v", report)
	}
	if words, _ := hw.Tell(last.WordsSaid...); words == "" || words != last.Words {
		t.Errorf("it says %q, and %q for other languages", last.Words, words)
	}
	if words, _ := hw.Tell(report.HintSaid...); words != "" && words != report.Hint {
		t.Errorf("the hint is %q, and %q for other languages", report.Hint, words)
	}
	return report
}

// sent are the requests that reached the vendor.
func (r *rig) sent() []testupstream.Request { return r.vendor.Seen() }

// field finds a value in a JSON body.
func field(t *testing.T, body []byte, path ...string) any {
	t.Helper()
	var at any
	if err := json.Unmarshal(body, &at); err != nil {
		t.Fatalf("%s: %v", body, err)
	}
	for _, key := range path {
		object, _ := at.(map[string]any)
		at = object[key]
	}
	return at
}

func TestOneTinyCompletionInEveryDialect(t *testing.T) {
	for i, d := range spoken {
		t.Run(d.out.Name(), func(t *testing.T) {
			r := newRig(t, i)
			r.q.Facts = hw.CatalogModel{ID: "house-model", Price: &hw.Price{Input: 3, Output: 15}}
			report := r.run(t)
			c := report.Completion
			if !report.OK || !c.Spent || c.Endpoint != "chat" || c.Credential != "main" || c.Model != "house-model" || c.Text == "" {
				t.Errorf("%+v %+v", report, c)
			}
			cost := (float64(c.Tokens.In)*3 + float64(c.Tokens.Out)*15) / 1e6
			if c.Tokens.In == 0 || c.Tokens.Out == 0 || !c.PriceKnown || c.CostUSD < cost*0.999 || c.CostUSD > cost*1.001 {
				t.Errorf("%+v, want $%g", c, cost)
			}
			words := report.Steps[1].Words
			for _, part := range []string{fmt.Sprintf("answered %q", c.Text), fmt.Sprintf("%d tokens in, %d out", c.Tokens.In, c.Tokens.Out), "$0.000"} {
				if !strings.Contains(words, part) {
					t.Errorf("%q does not say %q", words, part)
				}
			}
			sent := r.sent()
			if len(sent) != 1 {
				t.Fatalf("%d requests", len(sent))
			}
			if got := field(t, sent[0].Body, d.bound...); got != d.least {
				t.Errorf("the bound is %v in %s", got, sent[0].Body)
			}
			if !strings.Contains(string(sent[0].Body), dialect.SmallWords) || !strings.Contains(sent[0].Header.Get(d.header), "sk-test-secret") {
				t.Errorf("%s %v", sent[0].Body, sent[0].Header)
			}
		})
	}
}

func TestAModelThatReasonsGetsMoreTokens(t *testing.T) {
	for name, facts := range map[string]hw.CatalogModel{"o3-mini": {}, "house-model": {ID: "house-model", Reasoning: true}} {
		t.Run(name, func(t *testing.T) {
			r := newRig(t, 0)
			r.q.Model, r.q.Facts = name, facts
			if report := r.run(t); !report.OK {
				t.Errorf("%+v", report)
			}
			body := r.sent()[0].Body
			if field(t, body, "max_tokens") != 16.0 && field(t, body, "max_completion_tokens") != 16.0 {
				t.Errorf("%s", body)
			}
		})
	}
}

func TestAModelOfEmbeddingsGivesATinyEmbedding(t *testing.T) {
	for i, d := range spoken {
		if !d.out.Serves(dialect.EndpointEmbeddings) {
			continue
		}
		t.Run(d.out.Name(), func(t *testing.T) {
			models := map[string]hw.CatalogModel{"nomic-embed-text": {}, "house-model": {ID: "house-model", Kind: hw.ModelEmbedding}}
			if d.out.Name() == "bedrock" { // where each model has a form of its own
				models = map[string]hw.CatalogModel{"amazon.titan-embed-text-v2:0": {}}
			}
			for name, facts := range models {
				r := newRig(t, i)
				r.q.Model, r.q.Facts = name, facts
				report := r.run(t)
				if !report.OK || report.Completion.Endpoint != "embeddings" || !strings.Contains(report.Steps[1].Words, "an embedding of ") || len(r.sent()) != 1 {
					t.Errorf("%s: %+v %+v", name, report, r.sent())
				}
			}
		})
	}
	t.Run("a chat model by the catalogue is asked to chat, whatever its name", func(t *testing.T) {
		r := newRig(t, 0)
		r.q.Model, r.q.Facts = "embedded-chat", hw.CatalogModel{ID: "embedded-chat"}
		if report := r.run(t); !report.OK || report.Completion.Endpoint != "chat" {
			t.Errorf("%+v", report.Completion)
		}
	})
}

func TestEmptyContentIsWell(t *testing.T) {
	for i, d := range spoken {
		t.Run(d.out.Name(), func(t *testing.T) {
			r := newRig(t, i)
			if err := r.vendor.SetFault("tokens-0"); err != nil {
				t.Fatal(err)
			}
			report := r.run(t)
			if !report.OK || report.Completion.Text != "" || !strings.Contains(report.Steps[1].Words, "answered nothing") || !strings.Contains(report.Steps[1].Words, "price unknown") {
				t.Errorf("%+v %+v", report, report.Completion)
			}
		})
	}
}

func TestWhyItFailedIsSaidInWords(t *testing.T) {
	rows := []struct {
		fault, words string
		code         hw.Code
	}{
		{"no-model", "up has no model house-model", hw.CodeUnknownModel},
		{"auth", `Vendor refused key "main" for this model`, hw.CodeUpstreamAuth},
		{"quota", `The account behind key "main" is out of credit.`, hw.CodeUpstreamQuota},
		{"rate", `takes no more requests with key "main"`, hw.CodeAllRateLimited},
		{"overloaded", "too busy at the moment", hw.CodeUpstreamBroken},
		{"bad-request", "Vendor refused the question", hw.CodeUpstreamRefused},
		{"server", "Vendor ", hw.CodeUpstreamBroken},
		{"html", "The answer is not JSON", hw.CodeUpstreamMalformed},
		{"badjson", "", hw.CodeUpstreamMalformed},
		{"empty", "The answer is not JSON", hw.CodeUpstreamMalformed},
		{"cut", "broke the connection off", hw.CodeUpstreamBroken},
	}
	for i, d := range spoken {
		for _, row := range rows {
			t.Run(d.out.Name()+": "+row.fault, func(t *testing.T) {
				if d.out.Name() == "bedrock" && row.fault == "quota" {
					row.words, row.code = "takes no more requests", hw.CodeAllRateLimited // of a day: it is over by itself
				}
				r := newRig(t, i)
				r.q.List = func(context.Context) []string { return nil }
				if err := r.vendor.SetFault(row.fault); err != nil {
					t.Fatal(err)
				}
				report := r.run(t)
				if report.OK || report.Code != row.code.Info().Public || !strings.Contains(report.Diagnosis, row.words) || !report.Completion.Spent {
					t.Errorf("%+v", report)
				}
				if len(r.sent()) != 1 {
					t.Errorf("%d requests: it must never be tried again", len(r.sent()))
				}
			})
		}
	}
}

func TestTheModelsWithALikeNameAreNamed(t *testing.T) {
	r := newRig(t, 0)
	r.q.Model = "GPT-4o-mni"
	asked := 0
	r.q.List = func(context.Context) []string {
		asked++
		return []string{"claude-opus", "gpt-4o-mini", "gpt-4o", "openai/gpt-4o-mini", "whisper-1"}
	}
	if err := r.vendor.SetFault("no-model"); err != nil {
		t.Fatal(err)
	}
	report := r.run(t)
	if want := []string{"gpt-4o-mini", "openai/gpt-4o-mini", "gpt-4o"}; !slices.Equal(report.Completion.Near, want) || !strings.Contains(report.Hint, "gpt-4o-mini") || asked != 1 {
		t.Errorf("%q %q", report.Completion.Near, report.Hint)
	}
	if err := r.vendor.SetFault("ok"); err != nil {
		t.Fatal(err)
	}
	if r.run(t); asked != 1 {
		t.Error("the list is asked for where the model is there")
	}
}

func TestSilenceEndsWithWhoAsked(t *testing.T) {
	r := newRig(t, 0)
	if err := r.vendor.SetFault("hang"); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	go func() {
		_ = r.vendor.Await(t.Context(), func(c testupstream.Counts) bool { return c.InFlight == 1 })
		cancel()
	}()
	report := hw.TestReport{OK: true}
	trial.Run(ctx, r.pool, r.q, &report)
	if report.OK || report.Code != hw.CodeCanceled.Info().Public || !report.Completion.Spent {
		t.Errorf("%+v", report)
	}
}

func TestNothingIsSpentWhereNothingIsSent(t *testing.T) {
	rows := map[string]struct {
		change func(r *rig)
		words  string
	}{
		"a model that makes pictures": {func(r *rig) { r.q.Facts.Kind = hw.ModelImage }, "house-model is a model of image"},
		"all keys are switched off":   {func(r *rig) { r.q.Upstream.Credentials[0].Enabled = false }, "No key of this upstream is in use."},
		"all keys have ended": {func(r *rig) {
			r.q.Upstream.Credentials[0].ExpiresAt = time.Now().Add(-time.Hour)
		}, "No key of this upstream is in use."},
		"nobody is there any more": {func(r *rig) { r.vendor.Down() }, "could not be reached"},
	}
	for name, row := range rows {
		t.Run(name, func(t *testing.T) {
			r := newRig(t, 0)
			row.change(r)
			report := r.run(t)
			if report.OK || report.Completion.Spent || !strings.Contains(report.Diagnosis, row.words) || len(r.sent()) != 0 {
				t.Errorf("%+v %+v", report, report.Completion)
			}
		})
	}
}

func TestTheFirstKeyInUseIsUsedOnce(t *testing.T) {
	r := newRig(t, 0)
	r.q.Upstream.Credentials = []*snapshot.Credential{
		{ID: "c0", Name: "off", Secret: "sk-off"},
		{ID: "c1", Name: "second", Secret: "sk-second", Enabled: true},
		{ID: "c2", Name: "third", Secret: "sk-third", Enabled: true},
	}
	report := r.run(t)
	if sent := r.sent(); report.Completion.Credential != "second" || len(sent) != 1 || sent[0].Header.Get("Authorization") != "Bearer sk-second" {
		t.Errorf("%+v %+v", report.Completion, sent)
	}
}

func TestAnUpstreamWithoutAListIsWellWhenTheModelAnswers(t *testing.T) {
	r := newRig(t, 0)
	row := hw.CodeUpstreamNoModels.Info()
	report := hw.TestReport{Diagnosis: "no list", Hint: row.Hint, Code: row.Public, Steps: []hw.TestStep{{Name: hw.StepModels}}}
	trial.Run(t.Context(), r.pool, r.q, &report)
	if !report.OK || report.Code != "" || report.Hint != "" || report.Diagnosis != "up has no list of models at this address, and house-model answers." {
		t.Errorf("%+v", report)
	}
}

func TestTheKeyIsNeverInTheWords(t *testing.T) {
	r := newRig(t, 0)
	const secret = "no-model-house" // the vendor repeats names that it does not know
	r.q.Model, r.q.Upstream.Credentials[0].Secret = secret, secret
	if err := r.vendor.SetFault("bad-request"); err != nil {
		t.Fatal(err)
	}
	report := r.run(t)
	if strings.Contains(report.Diagnosis, secret) {
		t.Errorf("%q", report.Diagnosis)
	}
	for _, said := range report.DiagnosisSaid {
		if strings.Contains(said.Args["words"], secret) {
			t.Errorf("%v", said)
		}
	}
}

func TestAnAnswerThatRepeatsTheKeyIsShownWithoutIt(t *testing.T) {
	r := newRig(t, 0)
	echo := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, q *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		_, _ = fmt.Fprintf(w, `{"id":"c","choices":[{"index":0,"message":{"role":"assistant","content":"You sent %s"},"finish_reason":"stop"}],"usage":{"prompt_tokens":-4,"completion_tokens":9}}`, q.Header.Get("Authorization"))
	}))
	t.Cleanup(echo.Close)
	base, err := url.Parse(echo.URL)
	if err != nil {
		t.Fatal(err)
	}
	r.q.Upstream.Base, r.q.Upstream.Fingerprint = base, echo.URL
	report := r.run(t)
	text, err := json.Marshal(report)
	if err != nil || !report.OK || !strings.Contains(report.Completion.Text, "You sent") {
		t.Fatalf("%s %v", text, err)
	}
	if strings.Contains(string(text), "sk-test") || report.Completion.Tokens.In != 0 || report.Completion.Tokens.Out != 9 {
		t.Errorf("%s", text)
	}
}
