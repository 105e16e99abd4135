package openai_test

import (
	"bytes"
	"compress/gzip"
	"encoding/json"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"headwater/backend/hw"
	"headwater/backend/internal/dialect"
	"headwater/backend/internal/dialect/dialecttest"
	"headwater/backend/internal/dialect/openai"
)

// oddAnswers are the recorded answers whose facts the decoder does not give,
// and why.
var oddAnswers = map[string]string{
	"281bdba68621": "the facts know no calls of custom tools",
	"e19f3bb839e4": "the facts leave out what was spoken",
	"30d1d14e1ba8": "the facts leave out reasoning that stands in reasoning_details only",
	"5197b4be45ee": "the facts leave out reasoning that stands in reasoning_details only",
	"97cbf2b4eb6e": "a stream of the vendor's own form",
}

// unlike compares a decoded answer with the facts of its record.
func unlike(r *dialecttest.Record, a *dialect.Answer) []string {
	var choice dialect.Choice
	for _, c := range a.Choices {
		if c.Index == 0 {
			choice = c
			break
		}
	}
	got := clientOf(choice)
	want := &dialecttest.Client{Text: r.Facts.Text, Reasoning: r.Facts.Reasoning, Refusal: got.Refusal, ToolCalls: r.Facts.ToolCalls}
	want.Finish = finishFact(r.Facts)
	for i := range want.ToolCalls {
		call := &want.ToolCalls[i]
		if strings.TrimSpace(call.Args) == "" {
			call.Args = "{}"
		}
		if i < len(got.ToolCalls) && call.ID == "" {
			call.ID = got.ToolCalls[i].ID
		}
	}
	return append(dialecttest.Differences(got, want), unlikeUsage(a.Usage, r.Facts.Usage)...)
}

// clientOf is what the parts of a choice say.
func clientOf(choice dialect.Choice) *dialecttest.Client {
	c := &dialecttest.Client{Finish: choice.Finish}
	for _, p := range choice.Parts {
		switch p.Kind {
		case dialect.PartText:
			c.Text += p.Text
		case dialect.PartReasoning:
			c.Reasoning += p.Text
		case dialect.PartRefusal:
			c.Refusal += p.Text
		case dialect.PartToolCall:
			c.ToolCalls = append(c.ToolCalls, dialecttest.Call{ID: p.Call.ID, Name: p.Call.Name, Args: p.Call.Args})
		default:
		}
	}
	return c
}

// finishFact is the provider's word in the neutral form.
func finishFact(f *dialecttest.Facts) string {
	switch {
	case f.Finish == "length":
		return dialect.FinishLength
	case f.Finish == "content_filter":
		return dialect.FinishFilter
	case len(f.ToolCalls) > 0 || f.Finish == "function_call":
		return dialect.FinishTools
	case f.Finish == "eos" || f.Finish == "abort":
		return dialect.FinishStop
	}
	return f.Finish
}

// unlikeUsage compares counts. The facts know one name for cached tokens, some
// providers use others; and some count reasoning beside the output.
func unlikeUsage(got *dialect.Usage, want *dialecttest.Usage) []string {
	if (got == nil) != (want == nil) {
		return []string{"usage missing or invented"}
	}
	if got == nil {
		return nil
	}
	in := got.In == want.In || want.In == 0 && got.In == want.Total
	out := got.Out == want.Out || got.Out == want.Out+want.Reasoning
	cached := got.CachedIn == want.CachedIn || want.CachedIn == 0
	if !in || !out || !cached || got.ReasoningOut != want.Reasoning {
		return []string{"usage"}
	}
	return nil
}

// decodeRecord reads a recorded answer, plain or streamed.
func decodeRecord(r *dialecttest.Record, endpoint dialect.Endpoint) (*dialect.Answer, error) {
	d := openai.Outbound{}.Decoder(dialect.Operation{Endpoint: endpoint})
	stream, framing := r.Stream()
	if framing == dialect.FramingNone {
		return d.Answer(r.Plain())
	}
	var g dialect.Gatherer
	split := dialect.NewSplitter(framing)
	split.Write(stream)
	for {
		ev, ok := split.Next()
		if !ok {
			if ev, ok = split.Close(); !ok {
				break
			}
		}
		if !ev.HasData {
			continue
		}
		events, err := d.Event(nil, string(ev.Name), ev.Data)
		g.Add(events...)
		if err != nil {
			return nil, err
		}
	}
	events, err := d.Finish(nil)
	g.Add(events...)
	return g.Answer(), err
}

// judge compares one record.
func judge(r *dialecttest.Record, endpoint dialect.Endpoint) []string {
	if r.Failed() {
		d := openai.Outbound{}.ReadError(r.Response.Status, nil, r.Plain())
		if d.Message == "" || d.Reason == dialect.ReasonUnknown {
			return []string{"error not read"}
		}
		return nil
	}
	a, err := decodeRecord(r, endpoint)
	if r.Has("error_in_200") || r.Has("stream_error") {
		if fault, ok := errors.AsType[*dialect.Fault](err); !ok || fault.Malformed || fault.Truncated {
			return []string{"error inside a success not seen"}
		}
		return nil
	}
	if err != nil {
		return []string{err.Error()}
	}
	return unlike(r, a)
}

func tally(t *testing.T, y *dialecttest.Tally, r *dialecttest.Record, endpoint dialect.Endpoint) {
	t.Helper()
	differences := judge(r, endpoint)
	reason, known := oddAnswers[r.ID]
	switch {
	case len(differences) == 0:
		y.Add(r.ID, nil)
	case known:
		y.AddKnown(r.ID, reason)
	default:
		y.Add(r.ID, differences)
		t.Errorf("%s (%s): %s", r.ID, r.Provider, strings.Join(differences, "; "))
	}
}

func TestRecordedChatAnswersDecode(t *testing.T) {
	var y dialecttest.Tally
	dialecttest.Recordings(t, "openai-chat", func(r *dialecttest.Record) { tally(t, &y, r, dialect.EndpointChat) })
	y.Report(t, "chat answers", 99.5)
}

func TestRecordedCompletionsDecode(t *testing.T) {
	var y dialecttest.Tally
	completions(t, func(r *dialecttest.Record) { tally(t, &y, r, dialect.EndpointCompletions) })
	y.Report(t, "completions", 99.5)
}

// completions visits the recorded completions of bare texts.
func completions(t *testing.T, visit func(r *dialecttest.Record)) {
	t.Helper()
	folder := os.Getenv("HEADWATER_TESTDATA")
	if folder == "" {
		t.Skip("SKIPPED: HEADWATER_TESTDATA is unset, the recorded completions were not run")
	}
	files, err := filepath.Glob(filepath.Join(folder, "traffic", "[a-z]*.jsonl.gz"))
	if err != nil || len(files) == 0 {
		t.Fatalf("no recordings found: %v", err)
	}
	for _, file := range files {
		packed, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		zr, err := gzip.NewReader(bytes.NewReader(packed))
		if err != nil {
			t.Fatal(err)
		}
		all, err := io.ReadAll(zr)
		if err != nil {
			t.Fatal(err)
		}
		for line := range bytes.SplitSeq(all, []byte("\n")) {
			if !bytes.Contains(line[:min(len(line), 2000)], []byte(`"openai-completions"`)) {
				continue
			}
			r := &dialecttest.Record{}
			if err := json.Unmarshal(line, r); err != nil {
				t.Fatal(err)
			}
			visit(r)
		}
	}
}

func TestRecordedEmbeddingsDecode(t *testing.T) {
	var y dialecttest.Tally
	dialecttest.Recordings(t, "openai-embeddings", func(r *dialecttest.Record) {
		if r.Failed() {
			y.Add(r.ID, judge(r, dialect.EndpointEmbeddings))
			return
		}
		a, err := openai.Outbound{}.Decoder(dialect.Operation{Endpoint: dialect.EndpointEmbeddings}).Answer(r.Plain())
		if err != nil {
			y.Add(r.ID, []string{err.Error()})
			return
		}
		differences := unlikeUsage(a.Usage, r.Facts.Usage)
		for _, vector := range a.Embeddings {
			if len(vector) != len(a.Embeddings[0]) || len(vector) == 0 {
				differences = append(differences, "vectors")
			}
		}
		y.Add(r.ID, differences)
	})
	y.Report(t, "embeddings", 99.5)
}

// TestRecordedRequestsDecodeAndEncode takes each recorded request to the neutral
// form and to the wire again: what comes out must be read as the same.
func TestRecordedRequestsDecodeAndEncode(t *testing.T) {
	for name, endpoint := range map[string]dialect.Endpoint{"openai-chat": dialect.EndpointChat, "openai-embeddings": dialect.EndpointEmbeddings} {
		refused := map[string]int{}
		count := 0
		dialecttest.Recordings(t, name, func(r *dialecttest.Record) {
			body := r.RequestBody()
			if len(body) == 0 || body[0] != '{' {
				return
			}
			count++
			op := dialect.Operation{Endpoint: endpoint}
			req, err := openai.Inbound{}.Decode(op, body)
			if err != nil {
				// Azure's requests have the model in their path.
				nameless := hw.AsError(err).Field == "model"
				if hw.CodeOf(err) == hw.CodeInternal || !r.Failed() && !nameless && hw.CodeOf(err) != hw.CodeUnsupported {
					t.Errorf("%s: %v", r.ID, err)
				}
				refused[err.Error()]++
				return
			}
			wire, err := openai.Outbound{}.Encode(req, dialect.Target{Provider: r.Provider, Model: req.Model})
			if err != nil {
				t.Errorf("%s: %v", r.ID, err)
				return
			}
			again, err := openai.Inbound{}.Decode(op, wire.Body)
			if err != nil || len(again.Unmapped) > 0 {
				t.Errorf("%s: the request rendered anew is refused: %v, %q", r.ID, err, again.Unmapped)
				return
			}
			if r.Failed() && len(wire.Dropped) > 0 {
				return // what its vendor refused it over is left out, and named
			}
			if was, is := meaning(req), meaning(again); was != is {
				was, is = split(was, is)
				t.Errorf("%s: rendered anew\n%s\nwas\n%s", r.ID, is, was)
			}
		})
		t.Logf("%s: %d requests, refused %v", name, count, refused)
	}
}
