package dialect_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"regexp"
	"strings"
	"testing"

	"headwater/backend/internal/dialect"
	"headwater/backend/internal/dialect/dialecttest"
)

// form is how an answer came and how the caller gets it.
type form string

const (
	plainToPlain   form = "plain"
	streamToStream form = "stream"
	plainToStream  form = "plain as stream"
	streamToPlain  form = "stream as plain"
)

// leastEqual is the share of the answers that can be judged, in percent, that
// must be equal in every pair; each of the others needs a reason all the same.
const leastEqual = 99.5

// known are the records that cannot be equal for every caller, with the reason.
var known = map[string]string{
	"d4fc60c3e565": "its calls were made and answered by the vendor's own code execution: the turn ended as it says",
	"249dff3f510e": "the text of a citation, which the facts do not read",
	"53b1cbff6190": "the text of a citation, which the facts do not read",
	"9bd86e133143": "the text of a citation, which the facts do not read",
	"bc0b45608798": "the text of a citation, which the facts do not read",
	"4a18724c8fe3": "the call of a server tool, which itself answered it: no call of the caller's",
	"4d9fd2ee7ba3": "the call of a server tool, which itself answered it: no call of the caller's",
	"281bdba68621": "a custom tool, which the facts do not know",
	"30d1d14e1ba8": "reasoning in reasoning_details only, which the facts do not know",
	"3ba05fd4662d": "two parts of a summary, which the facts join without a blank line",
	"5197b4be45ee": "reasoning in reasoning_details only, which the facts do not know",
	"cb835a14683a": "a custom tool, which the facts do not know",
	"e19f3bb839e4": "a spoken answer with its transcript, which the facts do not know",
}

// leftOut are recordings that are no answer as a provider would send it.
var leftOut = map[string]string{
	"009f1ab77949": "a hand-made stream that begins anew after its first call: the facts count the second call twice and the first never",
	"24c55d8d8d33": "most deltas of the recording were cut out by hand: only the end has the whole text",
	"2847cbd5e6d7": "two answers of a tool loop behind one another in one body: the second is not part of the answer",
	"538f21f6b2c3": "several answers of a tool loop behind one another in one body: the others are not part of the answer",
	"81949d947b0a": "many answers of a tool loop behind one another in one body: the others are not part of the answer",
}

// TestEveryRecordedAnswerReachesEveryCaller carries each recorded answer, in
// all forms, to a caller of each dialect and compares what the caller reads
// with what the provider said.
func TestEveryRecordedAnswerReachesEveryCaller(t *testing.T) {
	var table strings.Builder
	needed := map[string]bool{}
	for _, up := range upstreams() {
		for _, to := range callers() {
			t.Run(up.name+" to "+to.name, func(t *testing.T) {
				y := &dialecttest.Tally{}
				for _, name := range up.recorded {
					dialecttest.Recordings(t, name, func(r *dialecttest.Record) {
						if !r.Failed() && leftOut[r.ID] == "" {
							matrixRecord(t, y, up, to, r)
						}
					})
				}
				report(t, y, up.name+" to "+to.name)
				for why, ids := range y.Reasons {
					for _, id := range ids {
						needed[id] = needed[id] || strings.HasPrefix(why, "known: ")
					}
				}
				fmt.Fprintf(&table, "\n%-10s %-10s %5d of %5d equal, %d known", up.name, to.name, y.Equal, y.Total, y.Known)
			})
		}
	}
	t.Log(table.String())
	for id := range known {
		if table.Len() > 0 && !needed[id] {
			t.Errorf("%s is equal for every caller: it needs no reason any more", id)
		}
	}
}

// report fails for what is different without a reason, and where too much is.
func report(t *testing.T, y *dialecttest.Tally, what string) {
	t.Helper()
	y.Report(t, what, leastEqual)
	if n := y.Total - y.Equal - y.Known; n > 0 {
		t.Errorf("%s: %d answers are different for no known reason", what, n)
	}
}

func matrixRecord(t *testing.T, y *dialecttest.Tally, up upstreamRow, to callerRow, r *dialecttest.Record) {
	t.Helper()
	forms := []form{plainToPlain, plainToStream}
	if _, framing := r.Stream(); framing != dialect.FramingNone {
		forms = []form{streamToStream, streamToPlain}
	}
	for _, f := range forms {
		if f == plainToPlain && up.out.Name() == to.in.Name() && bytes.HasPrefix(r.Plain(), []byte("[")) {
			continue // a list of Gemini's, which no upstream is asked for, so that none passes through
		}
		got := carry(up, to, r, f)
		differences := judge(up, to, r, f, got)
		if len(differences) == 0 {
			y.Add(r.ID, nil)
			continue
		}
		if why := reasonFor(up, to, r, f); why != "" {
			y.AddKnown(r.ID, why)
			continue
		}
		if testing.Verbose() {
			t.Logf("%s (%s): %s", r.ID, f, strings.Join(differences, "; "))
		}
		y.Add(r.ID, differences)
	}
}

// carried is what came out of an exchange.
type carried struct {
	client *dialecttest.Client
	usage  *dialect.Usage
	err    error
	// cut says how the pieces of a stream changed the result; empty when not.
	cut string
}

// carry takes a recorded answer through the pair.
func carry(up upstreamRow, to callerRow, r *dialecttest.Record, f form) (got carried) {
	body, framing := r.Stream()
	asked := f == streamToStream || f == plainToStream
	make := func() dialect.Exchange { return dialect.NewExchange(to.in, up.out, to.options(framing, asked)) }
	var out []byte
	switch f {
	case plainToPlain:
		out, got.usage, got.err = make().Answer(nil, r.Plain())
	case plainToStream:
		out, got.usage, got.err = make().AnswerAsStream(nil, r.Plain())
	case streamToPlain:
		out, got.usage, got.err = make().StreamAsAnswer(nil, body)
	case streamToStream:
		out, got.usage, _, got.err = feed(make(), string(body), len(body))
		for _, size := range sizesFor(len(body)) {
			again, usage, _, err := feed(make(), string(body), size)
			if (err == nil) != (got.err == nil) || !sameBytes(out, again) || (usage == nil) != (got.usage == nil) || usage != nil && *usage != *got.usage {
				got.cut = fmt.Sprintf("pieces of %d give another result", size)
			}
		}
	}
	if asked {
		got.client = to.reader.Stream(out)
	} else if got.err == nil {
		got.client = to.reader.Plain(out)
	}
	return got
}

// sizesFor are the pieces a stream is cut into; every byte on its own only
// where that is quick.
func sizesFor(length int) []int {
	if length < 3000 {
		return []int{1, 7, 113}
	}
	return []int{61, 1021}
}

// clock matches what an encoder takes from the clock.
var clock = regexp.MustCompile(`"(created|created_at|completed_at|createTime|[a-z_]+_duration)":("[^"]*"|\d+)`)

func sameBytes(a, b []byte) bool {
	return bytes.Equal(a, b) || bytes.Equal(clock.ReplaceAll(a, nil), clock.ReplaceAll(b, nil))
}

// judge says what is different from what the record's facts tell.
func judge(up upstreamRow, to callerRow, r *dialecttest.Record, f form, got carried) []string {
	if r.Has("error_in_200") || r.Has("stream_error") {
		fault, ok := errors.AsType[*dialect.Fault](got.err)
		switch {
		case !ok || fault.Malformed || fault.Truncated:
			return []string{fmt.Sprintf("an error inside a success was not seen: %v", got.err)}
		case got.client != nil && got.client.Done:
			return []string{"a clean end after an error"}
		}
		return nil
	}
	if got.err != nil {
		return []string{got.err.Error()}
	}
	var out []string
	if got.cut != "" {
		out = append(out, got.cut)
	}
	if to.in.Name() == up.out.Name() && (f == plainToPlain || f == streamToStream) {
		out = append(out, judgePassed(r, got)...)
	} else {
		out = append(out, judgeTranslated(up, to, r, got)...)
	}
	if got.client.Model != "the-route" && got.client.Model != "" {
		out = append(out, "model "+got.client.Model)
	}
	return append(out, judgeUsage(up, r.Facts.Usage, got.usage)...)
}

// judgePassed compares what passed through: the provider's own words.
func judgePassed(r *dialecttest.Record, got carried) []string {
	f, c := r.Facts, got.client
	want := &dialecttest.Client{Text: f.Text, Reasoning: f.Reasoning, Refusal: c.Refusal, Finish: f.Finish, ToolCalls: f.ToolCalls, Usage: c.Usage}
	if r.Has("partial_tool_args") {
		want.ToolCalls = c.ToolCalls // only the newest clients put the pieces together
	}
	finish, _, _ := strings.Cut(c.Finish, ":")
	passed := *c
	passed.Finish = finish
	out := dialecttest.Differences(&passed, want)
	if (c.Usage == nil) != (f.Usage == nil) {
		out = append(out, "usage lost or invented")
	}
	return out
}

var pictureInText = regexp.MustCompile(`!\[[a-z]*\]\((data:[^)]*)\)`)

// judgeTranslated compares what went through the neutral form, which puts right
// what providers say in their own words.
func judgeTranslated(up upstreamRow, to callerRow, r *dialecttest.Record, got carried) []string {
	f, c := r.Facts, got.client
	// A picture that the model made stands in the text where there is no other
	// place for it; the facts do not count it.
	c.Text = pictureInText.ReplaceAllString(c.Text, "")
	want := &dialecttest.Client{Text: f.Text, Reasoning: f.Reasoning, Refusal: f.Refusal, Finish: c.Finish, ToolCalls: wantCalls(to, f.ToolCalls, c.ToolCalls)}
	if r.Has("partial_tool_args") {
		adoptArgs(want.ToolCalls, c.ToolCalls)
	}
	if up.refusal != nil {
		want.Refusal += up.refusal(r)
	}
	if up.reasoning != nil {
		want.Reasoning += up.reasoning(r)
	}
	refused := want.Refusal != ""
	if !to.refusals {
		want.Text, want.Refusal = want.Text+want.Refusal, ""
	}
	if got.usage != nil {
		usage := to.usage(*got.usage)
		want.Usage = &usage
	} else if to.wantsUsage {
		want.Usage = &dialecttest.Usage{}
	}
	out := dialecttest.Differences(c, want)
	if neutral := up.finish(f); !to.accepts(neutral, c.Finish) && !(refused && to.accepts(dialect.FinishFilter, c.Finish)) {
		out = append(out, fmt.Sprintf("finish %s for %s (%s)", c.Finish, neutral, f.Finish))
	}
	if c.Model != "the-route" {
		out = append(out, "model "+c.Model)
	}
	if !c.Done {
		out = append(out, "no end")
	}
	for _, p := range c.Problems {
		out = append(out, "problem: "+p)
	}
	return out
}

// adoptArgs takes over the arguments where the facts have none, because the
// provider sent them in pieces that the facts do not put together.
func adoptArgs(want, got []dialecttest.Call) {
	for i := range want {
		if i < len(got) && got[i].Args != "{}" && json.Valid([]byte(got[i].Args)) {
			want[i].Args = got[i].Args
		}
	}
}

// wantCalls are the calls as the caller must see them: with arguments where the
// model gave none, and with an id of our own where there is none to carry.
func wantCalls(to callerRow, calls, got []dialecttest.Call) []dialecttest.Call {
	out := make([]dialecttest.Call, len(calls))
	for i, call := range calls {
		if call.Args == "" || call.Args == "null" {
			call.Args = "{}"
		}
		if i < len(got) && !to.carries(call.ID) {
			call.ID = got[i].ID
		}
		out[i] = call
	}
	return out
}

// judgeUsage compares the usage for the log with the facts.
func judgeUsage(up upstreamRow, want *dialecttest.Usage, got *dialect.Usage) []string {
	if (got == nil) != (want == nil) {
		return []string{"usage missing or invented"}
	}
	if got == nil {
		return nil
	}
	w := up.usage(*want)
	w.Out = max(w.Out, 0) // a provider has counted less than nothing
	// Some upstreams count reasoning beside the output, some name only a total,
	// some name what the cache gave in their own way, and the facts of some
	// leave the reasoning out.
	out := got.Out == w.Out || got.Out == w.Out+w.ReasoningOut
	in := got.In == w.In || got.In == want.Total-got.Out
	cached := got.CachedIn == min(w.CachedIn, got.In) || w.CachedIn == 0
	if !in || !out || !cached || got.ReasoningOut != w.ReasoningOut && w.ReasoningOut != 0 {
		return []string{fmt.Sprintf("usage %+v for %+v", *got, w)}
	}
	return nil
}

// reasonFor is why an answer may be different; empty when it may not.
func reasonFor(up upstreamRow, to callerRow, r *dialecttest.Record, f form) string {
	if why := known[r.ID]; why != "" {
		return why
	}
	for _, rule := range rules {
		if rule.when(up, to, r, f) {
			return rule.why
		}
	}
	return ""
}

// rules are the reasons that hold for more than a few records.
var rules = []struct {
	why  string
	when func(up upstreamRow, to callerRow, r *dialecttest.Record, f form) bool
}{
	{"arguments that are no JSON object cannot be one", func(_ upstreamRow, to callerRow, r *dialecttest.Record, _ form) bool {
		return to.objects && r.Has("bad_tool_args")
	}},
}
