package responses_test

import (
	"encoding/json"
	"errors"
	"strings"
	"testing"

	"headwater/backend/hw"
	"headwater/backend/internal/dialect"
	"headwater/backend/internal/dialect/dialecttest"
	"headwater/backend/internal/dialect/responses"
)

const recorded = "openai-responses"

// known are the recorded answers that are read otherwise than their facts say,
// each with the reason.
var known = map[string]string{
	"538f21f6b2c3": "four answers one after the other in one stream: the first is read, the facts tell the last",
	"24c55d8d8d33": "most deltas were cut out of the recording: what they gave is not given again at the end",
}

// decodeRecord reads a recorded answer into the neutral form, a stream cut into
// pieces of the given size.
func decodeRecord(r *dialecttest.Record, size int) (*dialect.Answer, error) {
	dec := responses.Outbound{}.Decoder(dialect.Operation{Endpoint: dialect.EndpointChat})
	if r.Response.SSE == "" {
		return dec.Answer(r.Plain())
	}
	return gather(dec, r.Response.SSE, size)
}

// neutralClient is what a caller gets out of a neutral answer.
func neutralClient(a *dialect.Answer) *dialecttest.Client {
	c := &dialecttest.Client{}
	for _, p := range a.Choices[0].Parts {
		switch p.Kind {
		case dialect.PartText:
			c.Text += p.Text
		case dialect.PartReasoning:
			c.Reasoning += p.Text
		case dialect.PartRefusal:
			c.Refusal += p.Text
		case dialect.PartToolCall:
			c.ToolCalls = append(c.ToolCalls, dialecttest.Call{ID: p.Call.ID, Name: p.Call.Name, Args: p.Call.Args})
		default: // an image, which the facts do not know
		}
	}
	c.Finish = a.Choices[0].Finish
	if u := a.Usage; u != nil {
		c.Usage = &dialecttest.Usage{In: u.In, Out: u.Out, CachedIn: u.CachedIn, Reasoning: u.ReasoningOut}
	}
	return c
}

// wanted is what the facts say, in the neutral words.
func wanted(r *dialecttest.Record) *dialecttest.Client {
	f := r.Facts
	c := &dialecttest.Client{Text: f.Text, Reasoning: f.Reasoning, Refusal: f.Refusal, ToolCalls: f.ToolCalls}
	switch {
	case f.Finish == "incomplete":
		c.Finish = dialect.FinishLength
	case f.Finish == "queued":
		c.Finish = dialect.FinishUnknown
	case len(f.ToolCalls) > 0:
		c.Finish = dialect.FinishTools
	default:
		c.Finish = dialect.FinishStop
	}
	if u := f.Usage; u != nil {
		c.Usage = &dialecttest.Usage{In: u.In, Out: u.Out, CachedIn: u.CachedIn, Reasoning: u.Reasoning}
	}
	return c
}

// judge compares a decoded record with its facts.
func judge(r *dialecttest.Record, a *dialect.Answer, err error) []string {
	if r.Has("stream_error") {
		if fault, ok := errors.AsType[*dialect.Fault](err); !ok || fault.Malformed || fault.Truncated || fault.Detail.Message == "" {
			return []string{"the error in the stream was not seen"}
		}
		return nil
	}
	if err != nil {
		return []string{err.Error()}
	}
	got, want := neutralClient(a), wanted(r)
	if want.Refusal == "" {
		want.Refusal = got.Refusal // these facts do not tell it
	}
	// The facts put the parts of a summary together without what parts them.
	flat := strings.NewReplacer("\n\n", "")
	got.Reasoning, want.Reasoning = flat.Replace(got.Reasoning), flat.Replace(want.Reasoning)
	return dialecttest.Differences(got, want)
}

func TestRecordedAnswersAreRead(t *testing.T) {
	var y dialecttest.Tally
	dialecttest.Recordings(t, recorded, func(r *dialecttest.Record) {
		if r.Failed() {
			d := responses.Outbound{}.ReadError(r.Response.Status, nil, r.Plain())
			if d.Message == "" || d.Reason == dialect.ReasonUnknown {
				t.Errorf("%s: error not read: %+v from %.200s", r.ID, d, r.Plain())
			}
			return
		}
		if r.Facts == nil {
			t.Errorf("%s: no facts", r.ID)
			return
		}
		var differences []string
		for _, size := range []int{1 << 20, 113} {
			a, err := decodeRecord(r, size)
			differences = append(differences, judge(r, a, err)...)
		}
		switch why, ok := known[r.ID]; {
		case ok && len(differences) > 0:
			y.AddKnown(r.ID, why)
			return
		case ok:
			t.Errorf("%s: no longer an exception: %s", r.ID, why)
		}
		y.Add(r.ID, differences)
		for _, d := range differences {
			t.Errorf("%s: %s", r.ID, d)
		}
	})
	y.Report(t, "Responses answers, decoded", 99.5)
}

// TestRecordedAnswersAreWrittenAgain sends every decoded answer out, plain and
// streamed, to a strict client of this dialect.
func TestRecordedAnswersAreWrittenAgain(t *testing.T) {
	var y dialecttest.Tally
	dialecttest.Recordings(t, recorded, func(r *dialecttest.Record) {
		if r.Failed() || r.Has("stream_error") {
			return
		}
		a, err := decodeRecord(r, 1<<20)
		if err != nil {
			return
		}
		opts := dialect.EncodeOptions{Op: dialect.Operation{Endpoint: dialect.EndpointChat}, Model: "route", RequestID: "req_1"}
		plain, err := responses.Inbound{}.Encoder(opts).Answer(nil, a)
		if err != nil {
			t.Fatal(err)
		}
		enc := responses.Inbound{}.Encoder(opts)
		var stream []byte
		for _, ev := range a.Events() {
			stream = enc.Event(stream, ev)
		}
		for form, c := range map[string]*dialecttest.Client{
			"plain": dialecttest.Responses{}.Plain(plain), "stream": dialecttest.Responses{}.Stream(stream),
		} {
			want := neutralClient(a)
			var differences []string
			for _, p := range c.Problems {
				if !strings.Contains(p, "image_generation_call") {
					differences = append(differences, form+": "+p)
				}
			}
			c.Finish, want.Usage, c.Usage = want.Finish, nil, nil
			y.Add(r.ID, append(differences, dialecttest.Differences(c, want)...))
		}
	})
	y.Report(t, "Responses answers, written again", 100)
}

func TestRecordedAnswersPassThrough(t *testing.T) {
	n := 0
	dialecttest.Recordings(t, recorded, func(r *dialecttest.Record) {
		if r.Failed() {
			return
		}
		n++
		w := responses.Outbound{}.Watcher(dialect.Operation{Endpoint: dialect.EndpointChat})
		var usage *dialect.Usage
		content := false
		var err error
		if r.Response.SSE == "" {
			var sign dialect.Sign
			sign, err = w.Answer(r.Plain())
			usage, content = sign.Usage, sign.Content
			checkRename(t, w, r, r.Plain())
		} else {
			for ev := range eventsOf(r.Response.SSE) {
				var sign dialect.Sign
				if sign, err = w.Event(ev.name, ev.data); err != nil {
					break
				}
				content = content || sign.Content
				if sign.Usage != nil {
					usage = sign.Usage
				}
				checkRename(t, w, r, ev.data)
			}
			if err == nil {
				err = w.Finish()
			}
		}
		a, wantErr := decodeRecord(r, 1<<20)
		if (err == nil) != (wantErr == nil) {
			t.Errorf("%s: watched with %v, decoded with %v", r.ID, err, wantErr)
			return
		}
		if err != nil {
			return
		}
		if known[r.ID] != "" {
			return
		}
		if (usage == nil) != (a.Usage == nil) || usage != nil && *usage != *a.Usage {
			t.Errorf("%s: usage %+v, decoded %+v", r.ID, usage, a.Usage)
		}
		if !content && len(a.Choices[0].Parts) > 0 {
			t.Errorf("%s: no content seen", r.ID)
		}
	})
	t.Logf("%d answers passed through", n)
}

// checkRename holds a renamed piece against the original: another model at its
// place and not one byte else.
func checkRename(t *testing.T, w dialect.Watcher, r *dialecttest.Record, data []byte) {
	t.Helper()
	var top struct {
		Model    *string `json:"model"`
		Response *struct {
			Model *string `json:"model"`
		} `json:"response"`
	}
	if json.Unmarshal(data, &top) != nil {
		return
	}
	old := top.Model
	if old == nil && top.Response != nil {
		old = top.Response.Model
	}
	got := string(w.Rename(nil, data, "a/\"route\""))
	if old == nil {
		if got != string(data) {
			t.Errorf("%s: %s became %s", r.ID, data, got)
		}
		return
	}
	back := string(w.Rename(nil, []byte(got), *old))
	if back != string(data) || !strings.Contains(got, `"a/\"route\""`) {
		t.Errorf("%s: %s became %s", r.ID, data, got)
	}
}

func TestRecordedRequestsAreRead(t *testing.T) {
	accepted, refused := 0, map[string]int{}
	dialecttest.Recordings(t, recorded, func(r *dialecttest.Record) {
		body := r.RequestBody()
		if len(body) == 0 || body[0] != '{' {
			return
		}
		if previous, _, err := (responses.Inbound{}).Thread(body); err == nil && previous != "" {
			joined, err := responses.Inbound{}.Join(body, []byte(`[{"role":"user","content":"before"}]`))
			if err != nil {
				t.Errorf("%s: %v", r.ID, err)
				return
			}
			body = joined
		}
		req, err := responses.Inbound{}.Decode(dialect.Operation{Endpoint: dialect.EndpointChat}, body)
		if err != nil {
			e, ok := errors.AsType[*hw.Error](err)
			if !ok || e.Text == "" || e.Field == "" {
				t.Errorf("%s: %v", r.ID, err)
			}
			refused[err.Error()]++
			return
		}
		accepted++
		wire, err := responses.Outbound{}.Encode(req, dialect.Target{Model: "gpt-5"})
		if err != nil {
			if hw.CodeOf(err) == hw.CodeInternal {
				t.Errorf("%s: %v", r.ID, err)
			}
			refused[err.Error()]++
			return
		}
		again, err := responses.Inbound{}.Decode(dialect.Operation{Endpoint: dialect.EndpointChat}, wire.Body)
		if err != nil {
			t.Errorf("%s: our own request is refused: %v", r.ID, err)
			return
		}
		checkConversation(t, r.ID, wire.Body)
		if a, b := meaning(req), meaning(again); len(wire.Dropped) == len(req.Unmapped) && a != b {
			t.Errorf("%s: meaning changed\n%s\n%s", r.ID, a, b)
		}
	})
	t.Logf("%d requests accepted, refused: %v", accepted, refused)
}
