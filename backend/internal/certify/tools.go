package certify

import (
	"bytes"
	"context"
	"encoding/json"
	"slices"
	"strings"

	"headwater/backend/hw"
	"headwater/backend/internal/dialect"
)

// The result of a call, and what of it the answer must have.
const (
	toolSays = "Vienna: 17 degrees, rain"
	saysMark = "17"
)

// callIt demands a call in words, so that no choice needs to be forced.
const callIt = "Call the tool " + toolWeather + " for the city " + toolCity + ". Do not answer yourself."

func withTools(text string, offered ...dialect.Tool) *dialect.Request {
	req := asking(text)
	req.Tools = offered
	return req
}

func askCall(*subject) *dialect.Request { return withTools(callIt, tools()[0]) }

func judgeCall(r *run, got *reply) finding {
	calls := got.calls()
	if len(calls) == 0 {
		return r.uncalled(got)
	}
	if f := r.callOf(calls[0], toolWeather); f != nil {
		return *f
	}
	return yes("saw.call")
}

// uncalled is an answer without the call that was asked for.
func (r *run) uncalled(got *reply) finding {
	if strings.Contains(got.text(), toolWeather) {
		return r.no(got.text(), "saw.call_written")
	}
	return r.no(got.text(), "saw.no_call").ended(got)
}

// callOf says what is wrong with a call; nil when nothing is.
func (r *run) callOf(call *dialect.ToolCall, name string) *finding {
	var args struct {
		City *string `json:"city"`
	}
	var f finding
	switch {
	case call.Name != name:
		f = r.no(call.Name, "saw.other_call")
	case json.Unmarshal([]byte(call.Args), &args) != nil:
		f = r.no(call.Args, "saw.args_no_object")
	case args.City == nil || *args.City == "":
		f = r.no(call.Args, "saw.args_lacking")
	default:
		return nil
	}
	return &f
}

// toolsResult goes on from the call of tools.call, with all that its turn held:
// some vendors want their proofs back.
func toolsResult(ctx context.Context, r *run) finding {
	before := r.kept[checkCall]
	if before == nil || r.outcomes[checkCall] != hw.CheckYes {
		return skipped(hw.Say("check.needs_call", "check", checkCall))
	}
	req := askCall(r.s)
	req.Messages = append(req.Messages, dialect.Message{Role: dialect.RoleAssistant, Parts: before.parts()})
	results := dialect.Message{Role: dialect.RoleTool}
	for _, call := range before.calls() {
		results.Parts = append(results.Parts, dialect.Part{Kind: dialect.PartToolResult, CallID: call.ID, Text: toolSays})
	}
	req.Messages = append(req.Messages, results)
	got, t := r.ask(ctx, &question{req: req})
	switch {
	case t != nil:
		return r.told(t)
	case has(got, saysMark):
		return yes("saw.result")
	}
	return r.no(got.text(), "saw.no_result").ended(got)
}

func askForced(*subject) *dialect.Request {
	req := withTools("What is the weather in "+toolCity+"?", tools()...)
	req.Choice = dialect.ToolChoice{Mode: "named", Name: toolClock}
	return req
}

func judgeForced(r *run, got *reply) finding {
	calls := got.calls()
	if len(calls) == 0 {
		return r.no(got.text(), "saw.no_forced", "tool", toolClock).ended(got)
	}
	if f := r.callOf(calls[0], toolClock); f != nil {
		return *f
	}
	return yes("saw.forced")
}

func askNone(*subject) *dialect.Request {
	req := withTools(callIt, tools()...)
	req.Choice = dialect.ToolChoice{Mode: "none"}
	return req
}

func judgeNone(r *run, got *reply) finding {
	if calls := got.calls(); len(calls) > 0 {
		return r.no(calls[0].Name, "saw.call_unwanted")
	}
	return yes("saw.call_left")
}

func askParallel(*subject) *dialect.Request {
	req := withTools("Call both tools, "+toolWeather+" and "+toolClock+", for the city "+toolCity+", in one turn. Do not answer yourself.", tools()...)
	several := true
	req.ParallelTools = &several
	return req
}

func judgeParallel(r *run, got *reply) finding {
	calls := got.calls()
	for _, name := range []string{toolWeather, toolClock} {
		at := slices.IndexFunc(calls, func(c *dialect.ToolCall) bool { return c.Name == name })
		if at < 0 {
			return r.no(got.text(), "saw.no_parallel", "calls", len(calls))
		}
		if f := r.callOf(calls[at], name); f != nil {
			return *f
		}
	}
	return yes("saw.parallel", "calls", len(calls))
}

func askToolStream(s *subject) *dialect.Request {
	req := askCall(s)
	req.Stream, req.StreamUsage = true, true
	return req
}

func judgeToolStream(r *run, got *reply) finding {
	calls := got.calls()
	if len(calls) == 0 {
		return r.uncalled(got)
	}
	if f := r.callOf(calls[0], toolWeather); f != nil {
		return *f
	}
	if got.finish() != dialect.FinishTools {
		return r.no("", "saw.call_other_end", "finish", got.finish())
	}
	return yes("saw.call_stream")
}

func askJSON(*subject) *dialect.Request {
	req := asking(`Answer with a JSON object that has the key "colour" and the value "green".`)
	req.Format = dialect.Format{Kind: "json"}
	return req
}

func judgeJSON(r *run, got *reply) finding {
	var object map[string]json.RawMessage
	if json.Unmarshal([]byte(got.text()), &object) != nil {
		return r.no(got.text(), "saw.no_json")
	}
	return yes("saw.json")
}

func askSchema(*subject) *dialect.Request {
	req := asking("Make up the weather of a city.")
	strict := true
	req.Format = dialect.Format{Kind: "schema", Name: "weather", Schema: json.RawMessage(replySchema), Strict: &strict}
	return req
}

func judgeSchema(r *run, got *reply) finding {
	var answer struct {
		City        *string `json:"city"`
		Temperature *int64  `json:"temperature"`
		Raining     *bool   `json:"raining"`
	}
	dec := json.NewDecoder(bytes.NewReader([]byte(got.text())))
	dec.DisallowUnknownFields()
	if dec.Decode(&answer) != nil || dec.More() || answer.City == nil || answer.Temperature == nil || answer.Raining == nil {
		return r.no(got.text(), "saw.no_schema")
	}
	return yes("saw.schema")
}

func askImage(*subject) *dialect.Request {
	req := asking("Which colour has this picture? Answer with one of: red, green, blue, yellow, black, white.")
	req.Messages[0].Parts = append(req.Messages[0].Parts, dialect.Part{Kind: dialect.PartImage, Data: picture(), MIME: "image/png"})
	return req
}

func judgeImage(r *run, got *reply) finding {
	text := strings.ToLower(got.text())
	for _, other := range []string{"red", "green", "blue", "black", "white"} {
		if strings.Contains(text, other) {
			return r.no(got.text(), "saw.other_colour")
		}
	}
	if !strings.Contains(text, pictureColour) {
		return r.no(got.text(), "saw.no_colour")
	}
	return yes("saw.colour")
}

func askDocument(*subject) *dialect.Request {
	req := asking("Which word stands in this document? Answer with that word alone.")
	req.Messages[0].Parts = append(req.Messages[0].Parts, dialect.Part{
		Kind: dialect.PartDocument, Data: document(), MIME: "application/pdf", Filename: "word.pdf",
	})
	return req
}

func judgeDocument(r *run, got *reply) finding {
	if has(got, documentWord) {
		return yes("saw.document")
	}
	return r.no(got.text(), "saw.no_document")
}
