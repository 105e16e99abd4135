package gemini

import (
	"strconv"
	"strings"

	"headwater/backend/internal/dialect"
	"headwater/backend/internal/dialect/peek"
)

// Encoder makes the writer of one answer.
func (Inbound) Encoder(opts dialect.EncodeOptions) dialect.Encoder {
	e := &encoder{opts: opts, shows: true}
	if r := opts.Request; r != nil {
		e.shows = r.ShowThoughts != nil && *r.ShowThoughts
	}
	return e
}

// encoder writes one answer, plain or streamed.
type encoder struct {
	opts dialect.EncodeOptions
	// shows is true when the caller wants to see thoughts. Else they travel
	// inside a thoughtSignature: a client that asked for none would take them for
	// the answer.
	shows bool
	// id is the answer's id; listed is true once the list of a stream was opened.
	id     string
	listed bool
	// choices are those that a stream has shown, in order.
	choices []*openChoice
	byIndex map[int]*openChoice
	usage   *dialect.Usage
}

// openChoice is what the encoder remembers of one choice of a stream.
type openChoice struct {
	index  int
	finish string
	// calls wait until their arguments are whole; Gemini has no pieces of them.
	calls []*pendingCall
	// byTool are those of a tool's index, given or not.
	byTool map[int][]*pendingCall
	// hidden are the thoughts that the next part carries with it.
	hidden []thought
	// grown is the text of the last of them while pieces of it come.
	grown []byte
	text  strings.Builder
	cited []cited
}

type pendingCall struct {
	call outCall
	seal parcel
	args strings.Builder
	// checked is how long the arguments were when they were found not to be
	// whole; given is true once the call was.
	checked int
	given   bool
}

func (e *encoder) responseID(id string) string {
	if id != "" {
		return id
	}
	return e.opts.RequestID
}

// Event appends the chunk that says what ev says; nothing for what only a later
// chunk can show.
func (e *encoder) Event(dst []byte, ev dialect.Event) []byte {
	switch ev.Kind {
	case dialect.EventPing: // Google's SDKs take comments for broken chunks
		return dst
	case dialect.EventStart:
		e.id = ev.ID
		return dst
	case dialect.EventUsage:
		e.usage = ev.Usage
		return dst
	case dialect.EventEnd:
		return e.end(dst)
	default:
	}
	return e.ofChoice(dst, e.choice(ev.Choice), ev)
}

// ofChoice appends the chunk of an event of one choice.
func (e *encoder) ofChoice(dst []byte, c *openChoice, ev dialect.Event) []byte {
	switch ev.Kind {
	case dialect.EventText, dialect.EventRefusal:
		return e.text(dst, c, ev)
	case dialect.EventReasoning:
		return e.reasoning(dst, c, ev)
	case dialect.EventMedia:
		return e.media(dst, c, ev)
	case dialect.EventToolStart:
		c.openCall(ev)
	case dialect.EventToolArgs:
		c.addArgs(ev)
	case dialect.EventCitation:
		if ev.Citation != nil {
			c.cited = append(c.cited, cited{citation: *ev.Citation})
		}
	case dialect.EventFinish:
		c.finish = ev.Finish
	default: // the rest belongs to the whole answer
	}
	return dst
}

func (c *openChoice) openCall(ev dialect.Event) {
	if c.byTool == nil {
		c.byTool = map[int][]*pendingCall{}
	}
	p := &pendingCall{call: outCall{ID: ev.CallID, Name: ev.ToolName}, seal: c.seal(ev.Signer, ev.Signature)}
	c.calls, c.byTool[ev.Tool] = append(c.calls, p), append(c.byTool[ev.Tool], p)
}

func (c *openChoice) addArgs(ev dialect.Event) {
	for _, p := range c.byTool[ev.Tool] {
		if !p.given {
			p.args.WriteString(ev.Text)
		}
	}
}

// media appends the chunk of an image or audio that the model made.
func (e *encoder) media(dst []byte, c *openChoice, ev dialect.Event) []byte {
	if ev.Media == nil {
		return dst
	}
	p, ok := mediaOut(ev.Media)
	if !ok {
		return dst
	}
	return e.chunk(dst, c, append(c.ready(), p)...)
}

func (e *encoder) choice(index int) *openChoice {
	if c := e.byIndex[index]; c != nil {
		return c
	}
	c := &openChoice{index: index}
	if e.byIndex == nil {
		e.byIndex = map[int]*openChoice{}
	}
	e.byIndex[index], e.choices = c, append(e.choices, c)
	return c
}

// seal makes the parcel of a part: its own signature and the hidden thoughts.
func (c *openChoice) seal(signer, signature string) parcel {
	c.settle()
	p := parcel{Thoughts: c.hidden}
	if signature != "" {
		p.Signer, p.Signature = signer, signature
	}
	c.hidden = nil
	return p
}

// text appends the chunk of a piece of text.
func (e *encoder) text(dst []byte, c *openChoice, ev dialect.Event) []byte {
	if ev.Text == "" && ev.Signature == "" {
		return dst
	}
	c.text.WriteString(ev.Text)
	parts, signature := c.ready(), c.seal(ev.Signer, ev.Signature).signature()
	if len(parts) == 0 && signature == "" {
		return e.textChunk(dst, c, ev.Text, false)
	}
	text := ev.Text // so that only here something must be allocated
	return e.chunk(dst, c, append(parts, outPart{Text: &text, Signature: signature})...)
}

// reasoning appends the chunk of a piece of reasoning, or keeps it for the next
// part: where the caller does not want to see it, and what has no text. The SDK
// for Go forgets parts without any, their signatures included.
func (e *encoder) reasoning(dst []byte, c *openChoice, ev dialect.Event) []byte {
	t := thought{Text: ev.Text, Signer: ev.Signer, Signature: ev.Signature, Data: ev.Redacted, ID: ev.PartID}
	if t == (thought{}) {
		return dst
	}
	if !e.shows || t.Text == "" {
		c.hide(t)
		return dst
	}
	parts, seal := c.ready(), c.seal("", "")
	if len(parts) == 0 && seal.isEmpty() && t.Signature == "" && t.Data == "" {
		return e.textChunk(dst, c, t.Text, true)
	}
	return e.chunk(dst, c, append(parts, thoughtOut(t, seal))...)
}

// hide adds to the hidden thoughts: to the last one up to its signature.
func (c *openChoice) hide(t thought) {
	if n := len(c.hidden); n > 0 && t.Data == "" {
		if last := &c.hidden[n-1]; last.Signature == "" && last.Data == "" && (last.ID == "" || last.ID == t.ID) {
			if c.grown == nil {
				c.grown = []byte(last.Text)
			}
			c.grown = append(c.grown, t.Text...)
			last.Signer, last.Signature, last.ID = t.Signer, t.Signature, t.ID
			return
		}
	}
	c.settle()
	c.hidden = append(c.hidden, t)
}

// settle gives the last hidden thought the text that grew.
func (c *openChoice) settle() {
	if c.grown != nil {
		c.hidden[len(c.hidden)-1].Text, c.grown = string(c.grown), nil
	}
}

// thoughtOut renders a reasoning part that the caller sees.
func thoughtOut(t thought, seal parcel) outPart {
	if t.Signature != "" || t.Data != "" { // an id alone is not needed by anybody
		seal.Signer, seal.Signature, seal.Data, seal.ID = t.Signer, t.Signature, t.Data, t.ID
	}
	return outPart{Text: &t.Text, Thought: true, Signature: seal.signature()}
}

// ready takes out the calls that are whole, up to the first that is not: other
// content follows them.
func (c *openChoice) ready() []outPart {
	n := 0
	for n < len(c.calls) && c.calls[n].whole() {
		c.calls[n].given = true
		n++
	}
	if n == 0 {
		return nil
	}
	parts := callParts(c.calls[:n])
	c.calls = c.calls[n:]
	return parts
}

// whole reports whether the arguments are whole, without another look at what
// was not.
func (p *pendingCall) whole() bool {
	if p.args.Len() == p.checked {
		return false
	}
	p.checked = p.args.Len()
	return peek.Object([]byte(p.args.String()), nil) == nil
}

func callParts(calls []*pendingCall) []outPart {
	parts := make([]outPart, 0, len(calls)+1)
	for _, p := range calls {
		p.call.Args = argsObject(p.args.String())
		parts = append(parts, outPart{Call: &p.call, Signature: p.seal.signature()})
	}
	return parts
}

// mediaOut renders what the model made; false when it cannot be.
func mediaOut(p *dialect.Part) (outPart, bool) {
	out, err := media(p)
	return out, err == nil
}

// outCandidate is a candidate of an answer or chunk.
type outCandidate struct {
	Content   content    `json:"content"`
	Finish    string     `json:"finishReason,omitempty"`
	Index     int        `json:"index"`
	Grounding *grounding `json:"groundingMetadata,omitempty"`
}

// outAnswer is an answer or chunk in Google's order of fields.
type outAnswer struct {
	Candidates []outCandidate `json:"candidates"`
	Usage      *outUsage      `json:"usageMetadata,omitempty"`
	Model      string         `json:"modelVersion"`
	ID         string         `json:"responseId"`
}

type outUsage struct {
	Prompt     int64 `json:"promptTokenCount"`
	Candidates int64 `json:"candidatesTokenCount"`
	Total      int64 `json:"totalTokenCount"`
	Cached     int64 `json:"cachedContentTokenCount,omitempty"`
	Thoughts   int64 `json:"thoughtsTokenCount,omitempty"`
	// Estimated is beside what Google sends: the upstream told no counts.
	Estimated bool `json:"estimated,omitempty"`
}

func usageOut(u *dialect.Usage) *outUsage {
	if u == nil {
		return nil
	}
	return &outUsage{u.In, max(u.Out-u.ReasoningOut, 0), u.In + u.Out, u.CachedIn, u.ReasoningOut, u.Estimated}
}

// finishWord never leaves the last chunk without a reason: clients wait for it.
func finishWord(reason string) string {
	switch reason {
	case dialect.FinishLength:
		return "MAX_TOKENS"
	case dialect.FinishFilter:
		return "SAFETY"
	}
	return "STOP"
}

// chunk appends one chunk with parts of one choice.
func (e *encoder) chunk(dst []byte, c *openChoice, parts ...outPart) []byte {
	return e.frame(dst, outAnswer{
		Candidates: []outCandidate{{Content: content{"model", parts}, Index: c.index}},
		Model:      e.opts.Model, ID: e.responseID(e.id),
	})
}

// textChunk appends one chunk with one piece of text or of a thought. Most are,
// so it is put together in place.
func (e *encoder) textChunk(dst []byte, c *openChoice, text string, isThought bool) []byte {
	dst = e.before(dst)
	dst = append(dst, `{"candidates":[{"content":{"role":"model","parts":[{"text":`...)
	dst = peek.AppendString(dst, text)
	if isThought {
		dst = append(dst, `,"thought":true`...)
	}
	dst = append(dst, `}]},"index":`...)
	dst = strconv.AppendInt(dst, int64(c.index), 10)
	dst = append(dst, `}],"modelVersion":`...)
	dst = peek.AppendString(dst, e.opts.Model)
	dst = append(dst, `,"responseId":`...)
	dst = peek.AppendString(dst, e.responseID(e.id))
	return e.after(append(dst, '}'))
}

// frame appends a chunk.
func (e *encoder) frame(dst []byte, a outAnswer) []byte {
	return e.after(append(e.before(dst), mustJSON(a)...))
}

// before and after make a chunk an event, or the next element of a list.
func (e *encoder) before(dst []byte) []byte {
	switch {
	case !e.opts.Op.List:
		return append(dst, "data: "...)
	case !e.listed:
		e.listed = true
		return append(dst, '[')
	}
	return append(dst, ",\r\n"...)
}

func (e *encoder) after(dst []byte) []byte {
	if e.opts.Op.List {
		return dst
	}
	return append(dst, "\r\n\r\n"...)
}

// end appends the last chunk: of every choice what waited, its reason to finish
// and its sources, and the usage of all. It has a part even where nothing is
// left to say: the SDKs discard a turn with a chunk that has none. An empty text
// stands alone, since the SDK for Go discards a turn with one beside other parts.
func (e *encoder) end(dst []byte) []byte {
	if len(e.choices) == 0 {
		e.choice(0)
	}
	last := outAnswer{Usage: usageOut(e.usage), Model: e.opts.Model, ID: e.responseID(e.id)}
	for _, c := range e.choices {
		parts := callParts(c.calls)
		if len(parts) > 0 && len(c.hidden) > 0 {
			dst = e.chunk(dst, c, parts...)
			parts = nil
		}
		if len(parts) == 0 {
			parts = []outPart{{Text: new(string), Signature: c.seal("", "").signature()}}
		}
		for i := range c.cited {
			c.cited[i].text = c.text.String()
		}
		last.Candidates = append(last.Candidates, outCandidate{
			Content: content{"model", parts}, Finish: finishWord(c.finish), Index: c.index, Grounding: groundingOf(c.cited),
		})
	}
	dst = e.frame(dst, last)
	if e.opts.Op.List {
		dst = append(dst, "]\n"...)
	}
	return dst
}
