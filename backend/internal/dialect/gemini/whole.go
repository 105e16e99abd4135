package gemini

import (
	"errors"
	"fmt"

	"headwater/backend/internal/dialect"
)

// errNoCount is returned for an answer to a count that counts nothing.
var errNoCount = errors.New("the answer counts no tokens")

// Answer appends a whole answer.
func (e *encoder) Answer(dst []byte, a *dialect.Answer) ([]byte, error) {
	var body any
	switch e.opts.Op.Endpoint {
	case dialect.EndpointEmbeddings:
		body = e.embeddings(a)
	case dialect.EndpointCount:
		if a.Usage == nil {
			return dst, errNoCount
		}
		return append(dst, Inbound{}.Count(a.Usage.In)...), nil
	default:
		out := outAnswer{Usage: usageOut(a.Usage), Model: e.opts.Model, ID: e.responseID(a.ID)}
		for i := range a.Choices {
			out.Candidates = append(out.Candidates, e.candidate(&a.Choices[i]))
		}
		body = out
	}
	text, err := marshal(body)
	if err != nil {
		return dst, fmt.Errorf("rendering the answer: %w", err)
	}
	return append(dst, text...), nil
}

// candidate renders a whole choice. What is left of hidden thoughts goes with the
// last part, so that no empty text stands beside others.
func (e *encoder) candidate(choice *dialect.Choice) outCandidate {
	c := &openChoice{index: choice.Index}
	var parts []outPart
	var seals []parcel
	for i := range choice.Parts {
		p := &choice.Parts[i]
		if p.Kind == dialect.PartReasoning && (!e.shows || p.Text == "") {
			c.hidden = append(c.hidden, thought{Text: p.Text, Signer: p.Signer, Signature: p.Signature, Data: p.Data, ID: p.ID})
			continue
		}
		out, ok := partOut(p)
		if !ok {
			continue
		}
		for _, source := range p.Citations {
			c.cited = append(c.cited, cited{len(parts), p.Text, source})
		}
		seal := c.seal(p.Signer, p.Signature)
		if p.Kind == dialect.PartReasoning && (p.Data != "" || p.Signature != "") {
			seal.Data, seal.ID = p.Data, p.ID
		}
		parts, seals = append(parts, out), append(seals, seal)
	}
	if len(parts) == 0 {
		parts, seals = []outPart{{Text: new(string)}}, []parcel{{}}
	}
	last := &seals[len(seals)-1]
	last.Thoughts = append(last.Thoughts, c.hidden...)
	for i := range parts {
		parts[i].Signature = seals[i].signature()
	}
	return outCandidate{Content: content{"model", parts}, Finish: finishWord(choice.Finish), Index: choice.Index, Grounding: groundingOf(c.cited)}
}

// partOut renders a part without its signature; false where nothing is left.
func partOut(p *dialect.Part) (outPart, bool) {
	switch p.Kind {
	case dialect.PartText, dialect.PartRefusal:
		return outPart{Text: &p.Text}, p.Text != "" || p.Signature != ""
	case dialect.PartReasoning:
		return outPart{Text: &p.Text, Thought: true}, true
	case dialect.PartToolCall:
		return outPart{Call: &outCall{p.Call.ID, p.Call.Name, argsObject(p.Call.Args)}}, true
	default:
		return mediaOut(p)
	}
}
