package certify_test

import (
	"context"
	"encoding/json"
	"errors"
	"math"
	"net/http"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"headwater/backend/hw"
	"headwater/backend/internal/dialect"
	"headwater/backend/internal/simulator"
	"headwater/backend/internal/testupstream"
)

// skippedBy are the checks that each dialect has no words for.
func skippedBy() map[string][]string {
	return map[string][]string{
		"openai":           {"count.tokens"},
		"openai-responses": {"plain.stop", "count.tokens"},
		"anthropic":        {},
		"gemini":           {},
		"ollama":           {"tools.forced", "document.pdf", "count.tokens"},
		"cohere":           {"document.pdf", "count.tokens"},
		"bedrock":          {"models.list", "count.tokens"},
	}
}

// limitless are the dialects whose vendor tells no limits.
func limitless() []string { return []string{"gemini", "ollama", "cohere", "bedrock"} }

func TestAGoodModelPassesAllChecksThatFitIt(t *testing.T) {
	for name := range dialects() {
		t.Run(name, func(t *testing.T) {
			r := start(t, name, priced())
			model := "capable+gap-1ms"
			if name == "bedrock" { // whose models are told apart by their names
				model = "anthropic.claude-sonnet-4-5-20250929-v1:0"
				for who, fault := range map[string]string{model: "capable+gap-1ms", "headwater-revoked-key": "auth"} {
					if err := r.vendor.SetFaultFor(who, fault); err != nil {
						t.Fatal(err)
					}
				}
			}
			plan, err := r.Plan(t.Context(), "ups_1", hw.CertifyInput{Model: model})
			if err != nil {
				t.Fatal(err)
			}
			if r.vendor.Counts().Requests != 0 {
				t.Error("the plan asked the upstream")
			}
			record := r.run(t, hw.CertifyInput{Model: model})
			for _, c := range record.Checks {
				expected := hw.CheckYes
				switch {
				case slices.Contains(skippedBy()[name], c.Name), c.Name == "embeddings.vector", c.Name == "reasoning.tokens":
					expected = hw.CheckSkipped
				case c.Name == "models.list", c.Name == "rate.headers" && slices.Contains(limitless(), name):
					expected = hw.CheckNo // the list does not have the name with its fault
				}
				if c.Outcome != expected {
					t.Errorf("%s is %s, want %s: %s %q", c.Name, c.Outcome, expected, c.Words, c.Seen)
				}
				if slices.Contains(plan.Checks, c.Name) == (c.Outcome == hw.CheckSkipped) {
					t.Errorf("%s is %s, and the plan has %v", c.Name, c.Outcome, plan.Checks)
				}
			}
			if !record.Whole() || record.Upstream != "up" || record.Credential != "main" || record.Version != "test" || len(record.Drift) != 0 {
				t.Errorf("got %+v", record)
			}
			if got := r.vendor.Counts().Requests; got > int64(plan.Requests) {
				t.Errorf("%d requests, the plan has %d", got, plan.Requests)
			}
			if record.CostUSD <= 0 || record.CostUSD > *plan.MaxCostUSD || record.Tokens.In == 0 || record.Tokens.Out > plan.TokensOut {
				t.Errorf("it cost %f of %f: %+v", record.CostUSD, *plan.MaxCostUSD, record.Tokens)
			}
			if len(r.learned) != 1 || r.learned[0].ID != record.ID || len(r.kept.records) != 1 || r.reported != [2]int64{int64(len(plan.Checks)), int64(len(plan.Checks))} {
				t.Errorf("learned %d, kept %d, reported %v", len(r.learned), len(r.kept.records), r.reported)
			}
			for _, seen := range r.vendor.Seen() {
				if strings.Contains(string(seen.Body), secret) {
					t.Error("the key is in a body")
				}
			}
		})
	}
}

// TestAnOutcomeIsHonest has one model for each way to fall short.
func TestAnOutcomeIsHonest(t *testing.T) {
	const yes, no, unclear, skipped = hw.CheckYes, hw.CheckNo, hw.CheckUnclear, hw.CheckSkipped
	for _, row := range []struct {
		name, dialect, model string
		want                 map[string]hw.CheckOutcome
		// words stand in the check of this name.
		check, words string
	}{
		{"no tools", "openai", "capable+lacks-tools", map[string]hw.CheckOutcome{
			"plain.answer": yes, "tools.call": no, "tools.result": skipped, "tools.forced": no, "tools.parallel": no, "tools.stream": no, "schema.answer": yes,
		}, "tools.call", "This model has no tools."},
		{"tools as text", "openai", "capable+text-tools", map[string]hw.CheckOutcome{
			"tools.call": no, "tools.forced": no, "tools.none": yes, "tools.stream": no, "plain.answer": yes,
		}, "tools.call", "wrote of the tool"},
		{"tools as text, elsewhere", "ollama", "capable+text-tools", map[string]hw.CheckOutcome{"tools.call": no, "tools.forced": skipped}, "", ""},
		{"one tool at a time", "anthropic", "capable+lacks-parallel", map[string]hw.CheckOutcome{"tools.call": yes, "tools.parallel": no, "tools.result": yes}, "", ""},
		{"no pictures", "anthropic", "capable+lacks-vision", map[string]hw.CheckOutcome{"vision.image": no, "document.pdf": yes}, "vision.image", "no vision"},
		{"no schema", "gemini", "capable+lacks-schema", map[string]hw.CheckOutcome{"schema.answer": no, "json.object": yes}, "", ""},
		{"stop sequences that are passed by", "cohere", "capable+lacks-stop", map[string]hw.CheckOutcome{"plain.stop": no}, "plain.stop", "went on past"},
		{"streams without an end", "openai", "capable+noend", map[string]hw.CheckOutcome{
			"plain.answer": yes, "stream.answer": no, "stream.first": unclear, "stream.usage": unclear, "tools.stream": no, "cancel.stream": yes,
		}, "stream.answer", "without its proper end"},
		{"no usage", "anthropic", "capable+nousage", map[string]hw.CheckOutcome{"plain.answer": yes, "plain.usage": no, "stream.answer": yes, "stream.usage": no}, "", ""},
		{"a page of a proxy", "openai", "html", map[string]hw.CheckOutcome{"plain.answer": no, "plain.system": unclear, "tools.call": skipped}, "", ""},
		{"words and nothing else", "openai", "ok", map[string]hw.CheckOutcome{
			"models.list": yes, "plain.answer": yes, "plain.system": no, "plain.length": no, "tools.call": no, "json.object": no, "vision.image": no, "document.pdf": no,
		}, "", ""},
		{"a server that fails", "openai", "server", map[string]hw.CheckOutcome{"plain.answer": unclear, "tools.call": skipped}, "", ""},
		{"a limit that is reached", "openai", "rate", map[string]hw.CheckOutcome{"plain.answer": unclear, "tools.call": skipped}, "", ""},
	} {
		t.Run(row.name, func(t *testing.T) {
			r := start(t, row.dialect, priced())
			record := r.run(t, hw.CertifyInput{Model: row.model})
			want(t, &record, row.want)
			if row.check != "" {
				if c := found(t, &record, row.check); !strings.Contains(c.Words+" "+c.Seen, row.words) {
					t.Errorf("it says %q, and saw %q", c.Words, c.Seen)
				}
			}
			for _, c := range record.Checks {
				if c.Words == "" || len(c.Seen) > 500 || c.Outcome == hw.CheckYes && c.Seen != "" {
					t.Errorf("got %+v", c)
				}
				if words, _ := hw.Tell(c.WordsSaid...); words != c.Words {
					t.Errorf("%s says %q, and %q for other languages", c.Name, c.Words, words)
				}
			}
		})
	}
}

func TestARunEndsEarlyAtWhatConcernsAllChecks(t *testing.T) {
	for name, row := range map[string]struct{ fault, stopped string }{
		"a key that is refused":         {"auth", `The key "main" was refused. It answered 401.`},
		"no credit":                     {"quota", "no credit left"},
		"a model that is not there":     {"no-model", "does not know the model"},
		"an upstream that is no longer": {"server", "3 checks in a row showed nothing"},
	} {
		t.Run(name, func(t *testing.T) {
			r := start(t, "openai", priced())
			record := r.run(t, hw.CertifyInput{Model: row.fault})
			if !strings.Contains(record.Stopped, row.stopped) || record.Whole() || record.CostUSD != 0 {
				t.Errorf("it ended with %q, for $%f", record.Stopped, record.CostUSD)
			}
			if words, _ := hw.Tell(record.StoppedSaid...); words != record.Stopped {
				t.Errorf("it ended with %q, and %q for other languages", record.Stopped, words)
			}
			if got := r.vendor.Counts().BySuffix["completions"]; got > 3 {
				t.Errorf("%d questions were asked all the same", got)
			}
			if record.Yes+record.No > 2 || len(record.Checks) < 25 {
				t.Errorf("%d yes and %d no of %d", record.Yes, record.No, len(record.Checks))
			}
		})
	}
}

func TestAKeyThatIsRefusedAtTheFirstRequestEndsTheRun(t *testing.T) {
	r := start(t, "anthropic", priced())
	record := r.run(t, hw.CertifyInput{Model: "capable", Credential: "off"})
	if !strings.Contains(record.Stopped, `The key "off" was refused`) || record.Credential != "off" || r.vendor.Counts().Requests != 1 {
		t.Errorf("it ended with %q after %d requests", record.Stopped, r.vendor.Counts().Requests)
	}
}

func TestOneRetryAfterTheWaitThatWasAskedFor(t *testing.T) {
	r := start(t, "openai", priced())
	if err := r.vendor.Script("rate+retry-ms-20", "capable", "rate+retry-11"); err != nil {
		t.Fatal(err)
	}
	record := r.run(t, hw.CertifyInput{Model: "capable"})
	// The second wait is too long.
	want(t, &record, map[string]hw.CheckOutcome{"plain.answer": hw.CheckYes, "plain.system": hw.CheckUnclear, "plain.turns": hw.CheckYes})
	if c := found(t, &record, "plain.system"); !strings.Contains(c.Words, "429") {
		t.Errorf("it says %q", c.Words)
	}
}

func TestAKeyThatTheUpstreamRepeatsIsNotKept(t *testing.T) {
	r := start(t, "openai", priced())
	record := r.run(t, hw.CertifyInput{Model: "capable+lacks-tools+echo-key"})
	c := found(t, &record, "tools.call")
	if c.Outcome != hw.CheckNo || !strings.Contains(c.Seen, "no tools") || !strings.Contains(c.Seen, "[key]") {
		t.Errorf("got %+v", c)
	}
	text, err := json.Marshal(r.kept.records)
	if err != nil {
		t.Fatal(err)
	}
	for at := range len(secret) - 8 {
		if strings.Contains(string(text), secret[at:at+8]) {
			t.Fatalf("the record holds %q of the key", secret[at:at+8])
		}
	}
}

func TestACostCapEndsTheRunBeforeTheCheckThatCouldGoBeyondIt(t *testing.T) {
	r := start(t, "openai", priced())
	const most = 0.001 // two or three questions at their worst
	record := r.run(t, hw.CertifyInput{Model: "capable", MaxCostUSD: most})
	if !strings.Contains(record.Stopped, "beyond the $0.0010") || record.CostUSD > most || record.CostUSD == 0 || !record.PriceKnown {
		t.Errorf("it ended with %q at $%f", record.Stopped, record.CostUSD)
	}
	want(t, &record, map[string]hw.CheckOutcome{"plain.answer": hw.CheckYes, "vision.image": hw.CheckSkipped, "rate.headers": hw.CheckSkipped})
	sum := 0.0
	for _, c := range record.Checks {
		sum += c.CostUSD
	}
	if math.Abs(sum-record.CostUSD) > 1e-12 {
		t.Errorf("the checks come to $%f of $%f", sum, record.CostUSD)
	}
	t.Run("and what the upstream does not count is counted at its worst", func(t *testing.T) {
		r := start(t, "openai", priced())
		record := r.run(t, hw.CertifyInput{Model: "capable+nousage", MaxCostUSD: most})
		// 150 tokens in and 64 out at their worst.
		if c := found(t, &record, "plain.answer"); math.Abs(c.CostUSD-0.000406) > 1e-9 || !record.Tokens.Estimated || record.CostUSD > most {
			t.Errorf("it cost $%f, the run $%f", c.CostUSD, record.CostUSD)
		}
	})
	t.Run("and a cap below the first question asks none", func(t *testing.T) {
		r := start(t, "openai", priced())
		record := r.run(t, hw.CertifyInput{Model: "capable", MaxCostUSD: 1e-6})
		if record.CostUSD != 0 || r.vendor.Counts().BySuffix["completions"] != 0 || record.Stopped == "" {
			t.Errorf("got %+v", record)
		}
	})
}

func TestWithoutAPriceTheTokensOfThePlanAreTheBound(t *testing.T) {
	r := start(t, "openai", hw.CatalogModel{})
	plan, err := r.Plan(t.Context(), "ups_1", hw.CertifyInput{Model: "capable"})
	if err != nil || plan.MaxCostUSD != nil || plan.Price != nil || plan.TokensIn == 0 || plan.TokensOut == 0 {
		t.Fatalf("planned %+v, %v", plan, err)
	}
	record := r.run(t, hw.CertifyInput{Model: "capable", MaxCostUSD: 1e-6})
	if !record.Whole() || record.PriceKnown || record.CostUSD != 0 || record.Tokens.In == 0 {
		t.Errorf("got %+v", record)
	}
}

func TestAModelOfWhichNothingIsKnownGetsRoomToThink(t *testing.T) {
	r := start(t, "openai", priced())
	known, err := r.Plan(t.Context(), "ups_1", hw.CertifyInput{Model: "capable"})
	if err != nil {
		t.Fatal(err)
	}
	unknown, err := r.Plan(t.Context(), "ups_1", hw.CertifyInput{Model: "unknown"})
	if err != nil || unknown.TokensOut < 10*known.TokensOut || unknown.TokensIn != known.TokensIn {
		t.Errorf("%d tokens out for a known model, %d for an unknown one (%v)", known.TokensOut, unknown.TokensOut, err)
	}
}

func TestReasoningIsCheckedWhereTheModelIsKnownToReason(t *testing.T) {
	facts := priced()
	facts.Reasoning = true
	for model, outcome := range map[string]hw.CheckOutcome{"capable+reasoning": hw.CheckYes, "capable": hw.CheckNo} {
		r := start(t, "openai", facts)
		record := r.run(t, hw.CertifyInput{Model: model})
		want(t, &record, map[string]hw.CheckOutcome{"reasoning.tokens": outcome, "plain.length": hw.CheckYes})
	}
}

func TestAModelForEmbeddingsGetsTheChecksThatFitIt(t *testing.T) {
	facts := priced()
	facts.Kind = "embedding"
	for _, name := range []string{"openai", "gemini", "ollama", "cohere"} {
		t.Run(name, func(t *testing.T) {
			r := start(t, name, facts)
			record := r.run(t, hw.CertifyInput{Model: "embed"})
			want(t, &record, map[string]hw.CheckOutcome{
				"embeddings.vector": hw.CheckYes, "errors.model": hw.CheckYes, "errors.request": hw.CheckYes, "errors.key": hw.CheckYes,
				"plain.answer": hw.CheckSkipped, "tools.call": hw.CheckSkipped,
			})
			if !record.Whole() || record.Unclear != 0 {
				t.Errorf("got %+v", record)
			}
		})
	}
}

func TestThePracticeModelCanBeCertified(t *testing.T) {
	for model, check := range map[string]string{"practice": "stream.answer", "practice-embedding": "embeddings.vector"} {
		r := &rig{vendor: testupstream.Start(t), kept: &memory{}}
		r.open(t, practice(), map[string]dialect.Outbound{"openai": dialects()["openai"].out}, hw.CatalogModel{Kind: map[string]string{"stream.answer": "", "embeddings.vector": "embedding"}[check]})
		record := r.run(t, hw.CertifyInput{Model: model})
		want(t, &record, map[string]hw.CheckOutcome{"models.list": hw.CheckYes, "errors.key": hw.CheckSkipped})
		if c := found(t, &record, check); !record.Whole() || c.Outcome == hw.CheckSkipped || record.Yes < 3 {
			t.Errorf("got %+v", record)
		}
	}
}

func TestACanceledRunEndsAtOnceAndIsKeptAsFarAsItCame(t *testing.T) {
	r := start(t, "openai", priced())
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	if err := r.vendor.Script("capable", "capable", "capable", "hang"); err != nil {
		t.Fatal(err)
	}
	hanging := make(chan error, 1)
	go func() {
		hanging <- r.vendor.Await(t.Context(), func(c testupstream.Counts) bool { return c.BySuffix["completions"] == 4 })
		cancel()
	}()
	record, err := r.Run(ctx, "ups_1", hw.CertifyInput{Model: "capable"}, r.report)
	if e := <-hanging; e != nil {
		t.Fatal(e)
	}
	if !errors.Is(err, context.Canceled) || record.Whole() || record.Yes < 4 || len(r.kept.records) != 1 || len(r.learned) != 1 {
		t.Errorf("got %v, %+v", err, record)
	}
	want(t, &record, map[string]hw.CheckOutcome{"plain.unicode": hw.CheckUnclear, "plain.length": hw.CheckSkipped})
	t.Run("and one that was canceled before it began leaves nothing", func(t *testing.T) {
		r := start(t, "openai", priced()) //nolint:contextcheck // the run's is one that has ended
		if _, err := r.Run(ctx, "ups_1", hw.CertifyInput{Model: "capable"}, r.report); !errors.Is(err, context.Canceled) || len(r.kept.records) != 0 || r.vendor.Counts().Requests != 0 {
			t.Errorf("got %v, kept %d", err, len(r.kept.records))
		}
	})
}

func TestWhatChangedSinceTheRunsBeforeIsNamed(t *testing.T) {
	r := start(t, "openai", priced())
	const model = "any"
	fault := func(text string) {
		t.Helper()
		if err := r.vendor.SetFaultFor(model, text); err != nil {
			t.Fatal(err)
		}
	}
	fault("capable")
	first := r.run(t, hw.CertifyInput{Model: model})
	fault("server") // shows nothing, and hides nothing
	r.run(t, hw.CertifyInput{Model: model})
	fault("capable+lacks-parallel")
	third := r.run(t, hw.CertifyInput{Model: model})
	if len(third.Drift) != 1 || third.Drift[0] != (hw.CapabilityDrift{Check: "tools.parallel", Before: hw.CheckYes, After: hw.CheckNo}) {
		t.Errorf("changed: %+v", third.Drift)
	}
	if third.Before.IsZero() || third.Before.Before(first.At) || !first.Before.IsZero() {
		t.Errorf("the run before is of %s, after one of %s", third.Before, first.At)
	}
	fault("capable")
	if again := r.run(t, hw.CertifyInput{Model: model}); len(again.Drift) != 1 || again.Drift[0].After != hw.CheckYes {
		t.Errorf("changed back: %+v", again.Drift)
	}
	plan, err := r.Plan(t.Context(), "ups_1", hw.CertifyInput{Model: model})
	if err != nil || plan.Last.IsZero() {
		t.Errorf("planned %+v, %v", plan, err)
	}
	t.Run("and runs at another address say nothing", func(t *testing.T) {
		for i := range r.kept.records {
			r.kept.records[i].Address = "https://elsewhere.example/v1"
		}
		fault("capable+lacks-parallel")
		if moved := r.run(t, hw.CertifyInput{Model: model}); len(moved.Drift) != 0 || !moved.Before.IsZero() {
			t.Errorf("changed: %+v since %s", moved.Drift, moved.Before)
		}
	})
}

func TestWhatCannotBeCertifiedIsRefused(t *testing.T) {
	image := priced()
	image.Kind = "image"
	for name, row := range map[string]struct {
		dialect, upstream string
		facts             hw.CatalogModel
		in                hw.CertifyInput
		code              hw.Code
	}{
		"an upstream that is gone":    {"openai", "ups_2", priced(), hw.CertifyInput{Model: "m"}, hw.CodeNotFound},
		"a key that is not there":     {"openai", "ups_1", priced(), hw.CertifyInput{Model: "m", Credential: "none"}, hw.CodeNotFound},
		"no model":                    {"openai", "ups_1", priced(), hw.CertifyInput{Model: " "}, hw.CodeBadRequest},
		"a model of two lines":        {"openai", "ups_1", priced(), hw.CertifyInput{Model: "m\nactor: somebody else"}, hw.CodeBadRequest},
		"a model that makes pictures": {"openai", "ups_1", image, hw.CertifyInput{Model: "m"}, hw.CodeUnsupported},
		"embeddings of who has none":  {"anthropic", "ups_1", hw.CatalogModel{Kind: "embedding"}, hw.CertifyInput{Model: "m"}, hw.CodeUnsupported},
	} {
		t.Run(name, func(t *testing.T) {
			r := start(t, row.dialect, row.facts)
			if _, err := r.Plan(t.Context(), row.upstream, row.in); hw.CodeOf(err) != row.code {
				t.Errorf("the plan says %v", err)
			}
			if _, err := r.Run(t.Context(), row.upstream, row.in, r.report); hw.CodeOf(err) != row.code || r.vendor.Counts().Requests != 0 {
				t.Errorf("the run says %v after %d requests", err, r.vendor.Counts().Requests)
			}
		})
	}
}

// silence is an upstream that never answers.
type silence struct{}

func (silence) RoundTrip(req *http.Request) (*http.Response, error) {
	<-req.Context().Done()
	return nil, req.Context().Err()
}

func TestACheckTakesAMinuteAtMostAndSilenceEndsTheRun(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := &rig{kept: &memory{}, practice: silence{}}
		r.open(t, practice(), map[string]dialect.Outbound{"openai": dialects()["openai"].out}, priced())
		began := time.Now()
		record := r.run(t, hw.CertifyInput{Model: "practice"})
		if took := time.Since(began); took != 3*time.Minute || record.TookMs != 180_000 {
			t.Errorf("it took %s, the record says %.0f ms", took, record.TookMs)
		}
		if record.Unclear != 4 || record.Yes != 0 || !strings.Contains(record.Stopped, "no answer in time") {
			t.Errorf("%d unclear, ended with %q", record.Unclear, record.Stopped)
		}
		// Nobody knows whether the two questions were answered at the other end.
		if !record.Tokens.Estimated || record.CostUSD == 0 {
			t.Errorf("used %+v, $%f", record.Tokens, record.CostUSD)
		}
	})
}

// slow is an upstream that takes its time for each answer.
type slow struct{ inner http.RoundTripper }

func (s slow) RoundTrip(req *http.Request) (*http.Response, error) {
	time.Sleep(50 * time.Second) // virtual
	return s.inner.RoundTrip(req)
}

func TestARunTakesFifteenMinutesAtMost(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := &rig{kept: &memory{}, practice: slow{simulator.New(simulator.Config{}).RoundTripper()}}
		r.open(t, practice(), map[string]dialect.Outbound{"openai": dialects()["openai"].out}, priced())
		began := time.Now()
		record := r.run(t, hw.CertifyInput{Model: "practice"})
		if took := time.Since(began); took < 15*time.Minute || took > 16*time.Minute || record.Stopped != "It took longer than 15 minutes." {
			t.Errorf("it took %s and ended with %q", took, record.Stopped)
		}
	})
}
