package dialect_test

import (
	"maps"
	"slices"
	"testing"

	"headwater/backend/internal/dialect"
	"headwater/backend/internal/dialect/dialecttest"
)

// wantOf is what a caller must get out of the first choice.
func wantOf(to callerRow, a *dialect.Answer) *dialecttest.Client {
	want := &dialecttest.Client{}
	for _, p := range a.Choices[0].Parts {
		switch p.Kind {
		case dialect.PartText:
			want.Text += p.Text
			for _, source := range p.Citations {
				want.Sources = slices.Compact(append(want.Sources, source.URL))
			}
		case dialect.PartReasoning:
			want.Reasoning += p.Text
		case dialect.PartRefusal:
			if to.refusals {
				want.Refusal += p.Text
			} else {
				want.Text += p.Text
			}
		case dialect.PartToolCall:
			want.ToolCalls = append(want.ToolCalls, dialecttest.Call{ID: p.Call.ID, Name: p.Call.Name, Args: p.Call.Args})
		default:
		}
	}
	switch {
	case a.Usage != nil:
		usage := to.usage(*a.Usage)
		want.Usage = &usage
	case to.wantsUsage:
		want.Usage = &dialecttest.Usage{}
	}
	return want
}

// compareGenerated says what a caller got wrong of a generated answer.
func compareGenerated(to callerRow, a *dialect.Answer, got *dialecttest.Client, finishKnown bool) []string {
	want := wantOf(to, a)
	got.Text = pictureInText.ReplaceAllString(got.Text, "")
	want.Finish = got.Finish
	want.ToolCalls = wantCalls(to, want.ToolCalls, got.ToolCalls)
	out := dialecttest.Differences(got, want)
	if to.sources && !slices.Equal(got.Sources, want.Sources) {
		out = append(out, "sources")
	}
	finish := a.Choices[0].Finish
	refused := want.Refusal != "" || !to.refusals
	if finishKnown && !to.accepts(finish, got.Finish) && !(refused && to.accepts(dialect.FinishFilter, got.Finish)) {
		out = append(out, "finish "+got.Finish+" for "+finish)
	}
	for _, p := range got.Problems {
		out = append(out, "problem: "+p)
	}
	return out
}

// failures keeps the first seed of each kind of failure, and how many there were.
type failures map[string]*failure

type failure struct {
	seed  uint64
	body  string
	times int
}

func (f failures) add(what string, seed uint64, body []byte) {
	if f[what] == nil {
		f[what] = &failure{seed: seed, body: string(body)}
	}
	f[what].times++
}

func (f failures) report(t *testing.T) {
	t.Helper()
	for _, what := range slices.Sorted(maps.Keys(f)) {
		t.Errorf("%d x %s, first with seed %d:\n%.3000s", f[what].times, what, f[what].seed, f[what].body)
	}
}

func TestEveryGeneratedAnswerKeepsItsMeaning(t *testing.T) {
	for _, to := range callers() {
		t.Run(to.name, func(t *testing.T) {
			failures := failures{}
			defer failures.report(t)
			for seed := range uint64(rounds) {
				a := newGenerator(seed).answer()
				body, err := to.in.Encoder(to.options(dialect.FramingNone, false)).Answer(nil, a)
				if err != nil {
					t.Fatalf("seed %d: %v", seed, err)
				}
				for _, wrong := range compareGenerated(to, a, to.reader.Plain(body), true) {
					failures.add(wrong, seed, body)
				}
				goesBack(failures, to, a, seed, func(x dialect.Exchange) ([]byte, *dialect.Usage, error) { return x.Answer(nil, body) })
			}
		})
	}
}

func TestEveryGeneratedStreamKeepsItsMeaning(t *testing.T) {
	for _, to := range callers() {
		t.Run(to.name, func(t *testing.T) {
			failures := failures{}
			defer failures.report(t)
			for seed := range uint64(rounds) {
				g := newGenerator(seed)
				a := g.answer()
				enc := to.in.Encoder(to.options(dialect.FramingNone, true))
				var body []byte
				for _, ev := range g.stream(a) {
					body = enc.Event(body, ev)
				}
				got := to.reader.Stream(body)
				wrong := compareGenerated(to, a, got, false)
				if !got.Done {
					wrong = append(wrong, "no end")
				}
				for _, what := range wrong {
					failures.add(what, seed, body)
				}
				goesBack(failures, to, a, seed, func(x dialect.Exchange) ([]byte, *dialect.Usage, error) { return x.StreamAsAnswer(nil, body) })
			}
		})
	}
}

// goesBack reads what was written for a caller as if an upstream had sent it,
// and compares what a caller of OpenAI's dialect gets of it.
func goesBack(failures failures, from callerRow, a *dialect.Answer, seed uint64, run func(dialect.Exchange) ([]byte, *dialect.Usage, error)) {
	rows := callers()
	openAI := rows[0]
	for _, up := range upstreams() {
		if up.out.Name() != from.in.Name() || up.name == openAI.name || from.op.List {
			continue
		}
		out, usage, err := run(dialect.NewExchange(openAI.in, up.out, openAI.options(from.framing(), false)))
		if err != nil {
			failures.add("reading back: "+err.Error(), seed, out)
			continue
		}
		got := openAI.reader.Plain(out)
		want := wantOf(from, a)
		// What the dialect does not tell apart cannot come back apart.
		got.Text, got.Refusal = pictureInText.ReplaceAllString(got.Text+got.Refusal, ""), ""
		want.Text, want.Refusal = want.Text+want.Refusal, ""
		want.Finish, want.Usage = got.Finish, got.Usage
		want.ToolCalls = wantCalls(from, want.ToolCalls, got.ToolCalls)
		for _, wrong := range dialecttest.Differences(got, want) {
			failures.add("reading back: "+wrong, seed, out)
		}
		if (usage == nil) != (a.Usage == nil) && !from.wantsUsage {
			failures.add("reading back: usage lost or invented", seed, out)
		}
	}
}
