package bedrock_test

import (
	"errors"
	"strings"
	"testing"

	"headwater/backend/internal/dialect"
	"headwater/backend/internal/dialect/bedrock"
	"headwater/backend/internal/dialect/dialecttest"
	"headwater/backend/internal/dialect/sse"
)

// oddAnswers are the recorded answers whose facts the decoder does not give,
// and why.
var oddAnswers = map[string]string{
	"249dff3f510e": citingText,
	"53b1cbff6190": citingText,
	"9bd86e133143": citingText,
	"bc0b45608798": citingText,
	"4a18724c8fe3": serversCall,
	"4d9fd2ee7ba3": serversCall,
}

const (
	citingText  = "the facts leave out text with citations"
	serversCall = "the facts take a call that the server carried out for one of the caller's tools"
)

// decodeStream reads a streamed answer that arrives in pieces.
func decodeStream(stream []byte, size int) (*dialect.Answer, error) {
	d := bedrock.Outbound{}.Decoder(dialect.Operation{Endpoint: dialect.EndpointChat})
	var g dialect.Gatherer
	var split sse.AWS
	for len(stream) > 0 {
		n := min(size, len(stream))
		split.Write(stream[:n])
		stream = stream[n:]
		for ev, ok := split.Next(); ok; ev, ok = split.Next() {
			if !ev.HasData {
				continue
			}
			events, err := d.Event(nil, string(ev.Name), ev.Data)
			g.Add(events...)
			if err != nil {
				return nil, err
			}
		}
	}
	if split.Err() != nil {
		return nil, split.Err()
	}
	events, err := d.Finish(nil)
	g.Add(events...)
	return g.Answer(), err
}

// unlike compares a decoded answer with the facts of its record.
func unlike(r *dialecttest.Record, a *dialect.Answer) []string {
	got, want := &dialecttest.Client{Finish: a.Choices[0].Finish}, &dialecttest.Client{
		Text: r.Facts.Text, Reasoning: r.Facts.Reasoning, ToolCalls: r.Facts.ToolCalls, Finish: finishFact(r.Facts),
	}
	for _, p := range a.Choices[0].Parts {
		switch p.Kind {
		case dialect.PartText:
			got.Text += p.Text
		case dialect.PartReasoning:
			got.Reasoning += p.Text
		case dialect.PartToolCall:
			got.ToolCalls = append(got.ToolCalls, dialecttest.Call{ID: p.Call.ID, Name: p.Call.Name, Args: p.Call.Args})
		default:
		}
	}
	for i := range want.ToolCalls {
		if strings.TrimSpace(want.ToolCalls[i].Args) == "" {
			want.ToolCalls[i].Args = "{}"
		}
	}
	out := dialecttest.Differences(got, want)
	if u := r.Facts.Usage; (a.Usage == nil) != (u == nil) {
		out = append(out, "usage missing or invented")
	} else if u != nil && (a.Usage.In != u.In+u.CachedIn+u.CacheWrite || a.Usage.Out != u.Out || a.Usage.CachedIn != u.CachedIn || a.Usage.CacheWrite != u.CacheWrite) {
		out = append(out, "usage")
	}
	return out
}

// finishFact is Bedrock's word in the neutral form.
func finishFact(f *dialecttest.Facts) string {
	switch f.Finish {
	case "max_tokens":
		return dialect.FinishLength
	case "guardrail_intervened", "content_filtered":
		return dialect.FinishFilter
	case "tool_use":
		return dialect.FinishTools
	case "end_turn", "stop_sequence":
		return dialect.FinishStop
	}
	return f.Finish
}

func judge(r *dialecttest.Record) []string {
	if r.Failed() {
		header := dialect.Header{}
		if kind := r.Response.Headers["x-amzn-errortype"]; kind != "" {
			header["X-Amzn-Errortype"] = []string{kind}
		}
		d := bedrock.Outbound{}.ReadError(r.Response.Status, header, r.Plain())
		if d.Message == "" || d.Reason == dialect.ReasonUnknown {
			return []string{"error not read"}
		}
		return nil
	}
	stream, framing := r.Stream()
	if framing == dialect.FramingNone {
		a, err := bedrock.Outbound{}.Decoder(dialect.Operation{}).Answer(r.Plain())
		if err != nil {
			return []string{err.Error()}
		}
		return unlike(r, a)
	}
	for _, size := range []int{len(stream), 113} {
		a, err := decodeStream(stream, size)
		if r.Has("stream_error") {
			if fault, ok := errors.AsType[*dialect.Fault](err); !ok || fault.Malformed || fault.Truncated {
				return []string{"error inside the stream not seen"}
			}
			continue
		}
		if err != nil {
			return []string{err.Error()}
		}
		if differences := unlike(r, a); len(differences) > 0 {
			return differences
		}
	}
	return nil
}

func TestRecordedAnswersDecode(t *testing.T) {
	for _, name := range []string{"bedrock-converse", "bedrock-converse-stream"} {
		var y dialecttest.Tally
		dialecttest.Recordings(t, name, func(r *dialecttest.Record) {
			differences := judge(r)
			if reason, known := oddAnswers[r.ID]; known && len(differences) > 0 {
				y.AddKnown(r.ID, reason)
				return
			}
			y.Add(r.ID, differences)
			if len(differences) > 0 {
				t.Errorf("%s: %s", r.ID, strings.Join(differences, "; "))
			}
		})
		y.Report(t, name, 99.5)
	}
}
