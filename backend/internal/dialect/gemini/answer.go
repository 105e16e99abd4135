package gemini

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"time"

	"headwater/backend/internal/dialect"
	"headwater/backend/internal/dialect/peek"
)

// answer is a whole answer or one event of a streamed one.
type answer struct {
	Candidates []candidate     `json:"candidates"`
	Feedback   *promptFeedback `json:"promptFeedback"`
	Usage      json.RawMessage `json:"usageMetadata"`
	Model      string          `json:"modelVersion"`
	ID         string          `json:"responseId"`
	CreateTime string          `json:"createTime"`
	Error      json.RawMessage `json:"error"`
	// seed is what ids are made from; counts are all reports of usage.
	seed   string
	counts counter
	// indexRepeated is true where candidates must be told apart by their place.
	indexRepeated bool
}

// promptFeedback says why a prompt was not answered at all.
type promptFeedback struct {
	BlockReason string `json:"blockReason"`
	Message     string `json:"blockReasonMessage"`
}

type candidate struct {
	Index   int `json:"index"`
	Content struct {
		Parts []part `json:"parts"`
	} `json:"content"`
	Finish        string         `json:"finishReason"`
	FinishMessage string         `json:"finishMessage"`
	Grounding     *grounding     `json:"groundingMetadata"`
	Citations     *citationsMeta `json:"citationMetadata"`
}

// part is one part of an answer. Those of Google's server tools have no neutral
// form and are skipped: no request that was translated has asked for them.
type part struct {
	Text      *string `json:"text"`
	Thought   bool    `json:"thought"`
	Signature string  `json:"thoughtSignature"`
	Call      *call   `json:"functionCall"`
	Inline    *inline `json:"inlineData"`
	File      *struct {
		MIME string `json:"mimeType"`
		URI  string `json:"fileUri"`
	} `json:"fileData"`
}

type call struct {
	ID      string          `json:"id"`
	Name    string          `json:"name"`
	Args    json.RawMessage `json:"args"`
	Partial []partialArg    `json:"partialArgs"`
	// WillContinue is true when more of the same call follows.
	WillContinue bool `json:"willContinue"`
}

type inline struct {
	MIME string `json:"mimeType"`
	Data string `json:"data"`
	Name string `json:"displayName,omitempty"`
}

// isUnspecified reports whether a finish reason says nothing.
func isUnspecified(reason string) bool { return reason == "" || reason == "FINISH_REASON_UNSPECIFIED" }

// finishOf maps Google's finish reasons to OpenAI's words. Those that tell of a
// failed call or image, and OTHER, are the model's own end of its answer.
func finishOf(reason string, hasTools bool) string {
	switch {
	case hasTools:
		return dialect.FinishTools
	case isUnspecified(reason):
		return dialect.FinishUnknown
	}
	switch reason {
	case "MAX_TOKENS", "CONTINUATION": // the latter wants to be asked for the rest
		return dialect.FinishLength
	case "SAFETY", "RECITATION", "BLOCKLIST", "PROHIBITED_CONTENT", "SPII", "LANGUAGE", "MODEL_ARMOR",
		"IMAGE_SAFETY", "IMAGE_PROHIBITED_CONTENT", "IMAGE_RECITATION":
		return dialect.FinishFilter
	}
	return dialect.FinishStop
}

// Decoder makes the reader of one answer.
func (Outbound) Decoder(op dialect.Operation) dialect.Decoder {
	return &decoder{endpoint: op.Endpoint}
}

// decoder reads one answer, plain or streamed.
type decoder struct {
	endpoint dialect.Endpoint
	started  bool
	// finished is true once any candidate said why it ended.
	finished   bool
	counts     counter
	candidates map[int]*state
	// room is where events are read; careful has all of them decoded in full,
	// so that a test can compare.
	room    room
	careful bool
}

// Answer reads a whole answer.
func (d *decoder) Answer(body []byte) (*dialect.Answer, error) {
	switch d.endpoint {
	case dialect.EndpointEmbeddings:
		return readEmbeddings(body)
	case dialect.EndpointCount:
		return readCount(body)
	default:
	}
	w, err := readAnswer(body)
	if err != nil {
		return nil, err
	}
	a := &dialect.Answer{ID: w.ID, Model: w.Model, Created: w.created(), Usage: w.counts.usage()}
	for i := range w.Candidates {
		a.Choices = append(a.Choices, w.Candidates[i].choice(w.seed, i, w.indexRepeated))
	}
	if len(a.Choices) == 0 {
		a.Choices = []dialect.Choice{w.withoutCandidate()}
	}
	return a, nil
}

// readAnswer reads a whole body. One that is a list holds the events of a
// stream that was not asked for as events.
func readAnswer(body []byte) (*answer, error) {
	whole := &answer{}
	isList := false
	for element := range peek.Elements(body) {
		isList = true
		w, err := readEvent(element)
		if err != nil {
			return nil, err
		}
		whole.add(w)
	}
	if !isList {
		return readEvent(body)
	}
	if !json.Valid(body) {
		return nil, malformed("reading the answer: the list is broken")
	}
	return whole, nil
}

// readEvent reads a whole answer or one event.
func readEvent(data []byte) (*answer, error) {
	var w answer
	if err := json.Unmarshal(data, &w); err != nil {
		return nil, malformed("reading the answer: " + err.Error())
	}
	if isSet(w.Error) {
		return nil, faultOf(data)
	}
	if w.Candidates == nil && w.Feedback == nil && !isSet(w.Usage) && w.Model == "" && w.ID == "" {
		return nil, malformed("the answer has no candidates")
	}
	if w.seed = w.ID; w.seed == "" {
		w.seed = string(data)
	}
	w.counts.add(w.Usage)
	seen := map[int]bool{}
	for _, c := range w.Candidates {
		w.indexRepeated = w.indexRepeated || seen[c.Index]
		seen[c.Index] = true
	}
	return &w, nil
}

// add appends the next event of a stream.
func (a *answer) add(w *answer) {
	for i := range w.Candidates {
		a.addCandidate(&w.Candidates[i])
	}
	if w.Feedback != nil {
		a.Feedback = w.Feedback
	}
	a.counts.add(w.Usage)
	if a.ID == "" {
		a.ID, a.Model, a.CreateTime, a.seed = w.ID, w.Model, w.CreateTime, a.seed+w.seed
	}
}

func (a *answer) addCandidate(c *candidate) {
	for i := range a.Candidates {
		have := &a.Candidates[i]
		if have.Index != c.Index {
			continue
		}
		for _, p := range c.Content.Parts {
			have.addPart(p)
		}
		if c.Finish != "" {
			have.Finish, have.FinishMessage = c.Finish, c.FinishMessage
		}
		if c.Grounding != nil {
			have.Grounding = c.Grounding
		}
		if c.Citations != nil {
			have.Citations = c.Citations
		}
		return
	}
	a.Candidates = append(a.Candidates, *c)
}

// addPart appends a part, or its text to that of the last one.
func (c *candidate) addPart(p part) {
	if n := len(c.Content.Parts); n > 0 {
		last := &c.Content.Parts[n-1]
		if last.Text != nil && p.Text != nil && last.Thought == p.Thought && last.Signature == "" && (*p.Text != "" || p.Signature == "") {
			joined := *last.Text + *p.Text
			last.Text, last.Signature = &joined, p.Signature
			return
		}
	}
	c.Content.Parts = append(c.Content.Parts, p)
}

func (a *answer) created() int64 {
	at, err := time.Parse(time.RFC3339, a.CreateTime)
	if err != nil {
		return 0
	}
	return max(at.Unix(), 0)
}

// withoutCandidate is the only choice of an answer that has none: the prompt was
// blocked, or the model had nothing to say.
func (a *answer) withoutCandidate() dialect.Choice {
	if a.Feedback == nil || a.Feedback.BlockReason == "" {
		return dialect.Choice{Finish: dialect.FinishStop}
	}
	c := dialect.Choice{Finish: dialect.FinishFilter}
	if a.Feedback.Message != "" {
		c.Parts = []dialect.Part{{Kind: dialect.PartRefusal, Text: a.Feedback.Message}}
	}
	return c
}

// choice is the neutral form of the i-th candidate of a whole answer.
func (c *candidate) choice(seed string, i int, byPlace bool) dialect.Choice {
	s := &state{index: c.Index, seed: seed}
	if byPlace {
		s.index = i
	}
	texts := map[int]int{} // from the place of a part to that of its neutral form
	out := dialect.Choice{Index: s.index}
	for j := range c.Content.Parts {
		p, ok := s.whole(&c.Content.Parts[j])
		if !ok {
			continue
		}
		if p.Kind == dialect.PartText {
			texts[j] = len(out.Parts)
		}
		out.Parts = append(out.Parts, p)
	}
	if p, ok := s.closePartial(); ok {
		out.Parts = append(out.Parts, p)
	}
	c.cite(&out, texts)
	out.Finish = finishOf(c.Finish, s.tools > 0)
	if out.Finish == dialect.FinishFilter && c.FinishMessage != "" {
		out.Parts = append(out.Parts, dialect.Part{Kind: dialect.PartRefusal, Text: c.FinishMessage})
	}
	return out
}

// state is what is remembered of one candidate.
type state struct {
	index    int
	seed     string
	finished bool
	// tools counts the calls so far, sent those that were given as events.
	tools, sent int
	// partial is the call whose arguments come in pieces; nil when none is open.
	partial *partialCall
	// cited are the sources given so far, text the length of the text.
	cited map[dialect.Citation]bool
	text  []byte
}

// whole gives the neutral form of a part of a whole answer; false when it has
// none, or none yet.
func (s *state) whole(p *part) (dialect.Part, bool) {
	if p.Call == nil {
		return p.neutral()
	}
	if s.partial != nil || p.Call.WillContinue {
		return s.piece(p)
	}
	return s.callPart(p), true
}

// neutral is the neutral form of a part that is no call; false when it has none.
func (p *part) neutral() (dialect.Part, bool) {
	out := dialect.Part{Kind: dialect.PartText}
	switch {
	case p.Text != nil:
		out.Text = *p.Text
		if p.Thought {
			out.Kind = dialect.PartReasoning
		}
	case p.Inline != nil && p.Inline.Data != "":
		out = dialect.Part{Kind: kindOf(p.Inline.MIME), MIME: p.Inline.MIME, Data: p.Inline.Data, Filename: p.Inline.Name}
	case p.File != nil && p.File.URI != "":
		out = dialect.Part{Kind: kindOf(p.File.MIME), MIME: p.File.MIME, URL: p.File.URI}
	default:
		return out, false
	}
	if p.Signature != "" {
		out.Signature, out.Signer = p.Signature, dialect.SignerGemini
	}
	return out, !isBlank(&out)
}

// callPart is the neutral form of a whole call.
func (s *state) callPart(p *part) dialect.Part {
	out := dialect.Part{Kind: dialect.PartToolCall, Call: &dialect.ToolCall{
		ID: s.callID(p.Call), Name: p.Call.Name, Args: argsOf(p.Call.Args),
	}}
	if p.Signature != "" {
		out.Signature, out.Signer = p.Signature, dialect.SignerGemini
	}
	s.tools++
	return out
}

// argsOf is the arguments of a call as JSON text.
func argsOf(raw json.RawMessage) string {
	if !isSet(raw) {
		return "{}"
	}
	return string(raw)
}

// callID is the id that the model gave, or one of our own: Gemini may give none,
// but other dialects need one that no other call of a conversation has. It is
// made from the answer's own id, so that decoding again gives the same.
func (s *state) callID(c *call) string {
	if c.ID != "" {
		return c.ID
	}
	sum := sha256.Sum256(fmt.Appendf(nil, "%d %d %s", s.index, s.tools, s.seed))
	return "call_" + hex.EncodeToString(sum[:12])
}
