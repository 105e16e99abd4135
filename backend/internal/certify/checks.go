package certify

import (
	"context"
	"encoding/json"

	"headwater/backend/hw"
	"headwater/backend/internal/dialect"
)

// The names of checks that others build on.
const (
	checkAnswer = "plain.answer"
	checkLength = "plain.length"
	checkStream = "stream.answer"
	checkCall   = "tools.call"
	checkVector = "embeddings.vector"
)

// The most tokens of a question and of an answer. Unit: tokens.
const (
	textIn = 150
	toolIn = 400
	// mediaIn covers what vendors count for a small picture, or for a page of a
	// document that is read as text and as a picture.
	mediaIn = 10_000
	// mostIn is the largest question.
	mostIn = mediaIn

	shortOut = 64
	toolOut  = 200
	// cutOut is what a long answer is cut at. Source: OpenAI API reference,
	// Responses, max_output_tokens takes no less, 2026-11-22.
	cutOut = 16
	// thinkingRoom is the least for models that think before they answer.
	thinkingRoom = 2048
)

// check is one row of the table of live checks.
type check struct {
	name       string
	capability hw.Capability
	// requests is how many it makes at most, in and room the most tokens of one
	// question and its answer; an in of zero costs nothing.
	requests, in, room int
	// embeds is true for checks of models for embeddings, both for those of all.
	embeds, both bool
	// feature is what a dialect drops that has no words for what is checked.
	feature string
	// fits says why the check does not fit a subject, zero where it does; nil means
	// that it always does.
	fits func(s *subject) hw.Said
	// build makes its first question; nil when it has none of its own.
	build func(s *subject) *dialect.Request
	make  func(ctx context.Context, r *run) finding
}

// checks is the table, in the order in which they are made: what answers at all
// first, and the wrong requests last.
func checks() []check {
	rows := []check{
		{name: "models.list", requests: 1, both: true, fits: lists, make: modelsList},
		chatCheck(checkAnswer, "", shortOut, askAnswer, judgeAnswer),
		{name: "plain.usage", make: plainUsage},
		chatCheck("plain.system", "", shortOut, askSystem, judgeSystem),
		chatCheck("plain.turns", "", shortOut, askTurns, judgeTurns),
		chatCheck("plain.unicode", "", shortOut, askUnicode, judgeUnicode),
		chatCheck(checkLength, "", cutOut, askLength, judgeLength),
		featured(chatCheck("plain.stop", hw.CapStop, shortOut, askStop, judgeStop), "stop"),
		chatCheck(checkStream, hw.CapStream, shortOut, askStream, judgeStream),
		{name: "stream.first", make: streamFirst},
		{name: "stream.usage", make: streamUsage},
		{name: "cancel.stream", requests: 2, in: textIn, room: shortOut, build: askStream, make: cancelStream},
		tooled(chatCheck(checkCall, hw.CapTools, toolOut, askCall, judgeCall)),
		{name: "tools.result", requests: 1, in: toolIn, room: shortOut, make: toolsResult},
		tooled(featured(chatCheck("tools.forced", hw.CapToolChoice, toolOut, askForced, judgeForced), "tool_choice")),
		tooled(featured(chatCheck("tools.none", "", shortOut, askNone, judgeNone), "tool_choice")),
		tooled(chatCheck("tools.parallel", hw.CapParallel, toolOut, askParallel, judgeParallel)),
		tooled(chatCheck("tools.stream", "", toolOut, askToolStream, judgeToolStream)),
		featured(chatCheck("json.object", hw.CapJSON, shortOut, askJSON, judgeJSON), "response_format"),
		featured(chatCheck("schema.answer", hw.CapSchema, shortOut, askSchema, judgeSchema), "response_format"),
		withIn(chatCheck("vision.image", hw.CapVision, shortOut, askImage, judgeImage), mediaIn),
		withIn(chatCheck("document.pdf", hw.CapDocuments, shortOut, askDocument, judgeDocument), mediaIn),
		reasoningCheck(),
		{name: "count.tokens", requests: 1, build: askCount, make: countTokens},
		{name: checkVector, capability: hw.CapEmbeddings, requests: 1, in: textIn, embeds: true, build: askVector, make: embeddingsVector},
		{name: "errors.model", requests: 1, in: textIn, room: shortOut, both: true, build: (*subject).small, make: errorsModel},
		{name: "errors.request", requests: 1, in: textIn, room: shortOut, both: true, build: (*subject).small, make: errorsRequest},
		{name: "errors.key", requests: 1, in: textIn, room: shortOut, both: true, fits: wantsKey, build: (*subject).small, make: errorsKey},
		{name: "rate.headers", both: true, make: rateHeaders},
	}
	return rows
}

// chatCheck is a check of one question, whose reply later checks may look at.
func chatCheck(name string, capability hw.Capability, room int, build func(*subject) *dialect.Request, judge func(*run, *reply) finding) check {
	return check{
		name: name, capability: capability, requests: 1, in: textIn, room: room, build: build,
		make: func(ctx context.Context, r *run) finding {
			got, t := r.ask(ctx, &question{req: build(r.s)})
			if t != nil {
				return r.told(t)
			}
			r.kept[name] = got
			return judge(r, got)
		},
	}
}

func featured(c check, feature string) check {
	c.feature = feature
	return c
}

func withIn(c check, tokens int) check {
	c.in = tokens
	return c
}

func tooled(c check) check { return withIn(c, toolIn) }

// said is a turn of text.
func said(role, text string) dialect.Message {
	return dialect.Message{Role: role, Parts: []dialect.Part{{Kind: dialect.PartText, Text: text}}}
}

// chat is a request of some turns.
func chat(turns ...dialect.Message) *dialect.Request {
	return &dialect.Request{Endpoint: dialect.EndpointChat, Messages: turns}
}

func asking(text string) *dialect.Request { return chat(said(dialect.RoleUser, text)) }

// small is the smallest question to a subject.
func (s *subject) small() *dialect.Request {
	if s.embeds {
		return askVector(s)
	}
	return askAnswer(s)
}

// The tools that models are offered.
const (
	toolWeather = "get_weather"
	toolClock   = "get_time"
	toolCity    = "Vienna"
	citySchema  = `{"type":"object","properties":{"city":{"type":"string","description":"Name of the city"}},"required":["city"],"additionalProperties":false}`
)

func tools() []dialect.Tool {
	return []dialect.Tool{
		{Name: toolWeather, Description: "The weather in a city now.", Schema: json.RawMessage(citySchema)},
		{Name: toolClock, Description: "The time in a city now.", Schema: json.RawMessage(citySchema)},
	}
}

// replySchema is what the answer of schema.answer must keep to.
const replySchema = `{"type":"object","properties":{"city":{"type":"string"},"temperature":{"type":"integer"},"raining":{"type":"boolean"}},"required":["city","temperature","raining"],"additionalProperties":false}`
