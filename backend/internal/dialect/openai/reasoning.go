package openai

import (
	"encoding/json"
	"slices"
	"strings"

	"headwater/backend/internal/dialect"
)

// reasoningDetail carries reasoning with the proof its vendor wants back on
// replay. It is the form that several gateways share; "reasoning.text" has
// Text and Signature, "reasoning.summary" has Summary, "reasoning.encrypted"
// has Data.
type reasoningDetail struct {
	Type      string    `json:"type"`
	Text      looseText `json:"text,omitempty"`
	Summary   looseText `json:"summary,omitempty"`
	Signature looseText `json:"signature,omitempty"`
	Data      looseText `json:"data,omitempty"`
	Format    looseText `json:"format,omitempty"`
	// ID is the vendor's id of the reasoning, or that of the tool call which
	// the data proves.
	ID    looseText `json:"id,omitempty"`
	Index int       `json:"index"`
}

// The types of a reasoningDetail.
const (
	detailText      = "reasoning.text"
	detailSummary   = "reasoning.summary"
	detailEncrypted = "reasoning.encrypted"
)

// formatOf names whose a detail's proof is. One without a signer comes from
// before signers were told apart, when Anthropic alone signed.
func formatOf(signer string) looseText {
	switch signer {
	case dialect.SignerGemini:
		return "google-gemini-v1"
	case dialect.SignerOpenAI:
		return "openai-responses-v1"
	}
	return "anthropic-claude-v1"
}

// signerOf reads whose a detail's proof is; empty where it means nothing to us.
func signerOf(format looseText) string {
	switch {
	case format == "" || strings.HasPrefix(string(format), "anthropic"):
		return dialect.SignerAnthropic
	case strings.HasPrefix(string(format), "google-gemini"):
		return dialect.SignerGemini
	case strings.HasPrefix(string(format), "openai-responses"):
		return dialect.SignerOpenAI
	}
	return ""
}

// part is the neutral form of a detail; empty when it has none.
func (d *reasoningDetail) part() dialect.Part {
	p := dialect.Part{Kind: dialect.PartReasoning}
	signer := signerOf(d.Format)
	switch {
	case d.Type == detailSummary:
		p.Text = string(d.Summary)
	case d.Type == detailText:
		p.Text = string(d.Text)
		if signer != "" {
			p.Signature = string(d.Signature)
		}
	case d.Type != detailEncrypted || signer == "":
	case signer == dialect.SignerGemini: // what it encrypts is the proof, not the thought
		p.Signature = string(d.Data)
	default:
		p.Data = string(d.Data)
	}
	if p.Signature != "" || p.Data != "" {
		p.Signer, p.ID = signer, string(d.ID)
	}
	return p
}

// detailParts reads the details that say something. Callers who gathered a
// stream send the pieces of one text one by one.
func detailParts(details []reasoningDetail) []dialect.Part {
	var parts []dialect.Part
	grows, piece := false, 0 // the index of the text that may go on
	var grown []byte         // that text, where it did
	settle := func() {
		if grown != nil {
			parts[len(parts)-1].Text, grown = string(grown), nil
		}
	}
	for i := range details {
		d := &details[i]
		p := d.part()
		if p.Text == "" && p.Signature == "" && p.Data == "" {
			continue
		}
		last := len(parts) - 1
		if d.Type == detailText && grows && piece == d.Index {
			if grown == nil {
				grown = []byte(parts[last].Text)
			}
			grown = append(grown, p.Text...)
			parts[last].Signature, parts[last].Signer, parts[last].ID = p.Signature, p.Signer, p.ID
		} else {
			settle()
			parts = append(parts, p)
		}
		grows, piece = d.Type == detailText && p.Signature == "", d.Index
	}
	settle()
	return parts
}

// reasoningParts puts bare reasoning text and the parts of details together:
// the details repeat the text and add proofs to it.
func reasoningParts(text string, parts []dialect.Part) []dialect.Part {
	told, proven := false, false
	for _, p := range parts {
		told = told || p.Text != ""
		proven = proven || p.Signature != "" || p.Data != ""
	}
	switch {
	case text == "":
		return parts
	case proven && told:
		return weave(text, parts)
	case !proven:
		return []dialect.Part{{Kind: dialect.PartReasoning, Text: text}}
	case len(parts) == 1 && parts[0].Signature != "":
		parts[0].Text = text // the only proof is that of the only text
		return parts
	}
	return append([]dialect.Part{{Kind: dialect.PartReasoning, Text: text}}, parts...)
}

// sealed marks the reasoning that a caller sends back with its proof: the dialect's
// own vendor hands none out, so that a gateway has, in this conversation. A text
// without a proof beside what OpenAI encrypts is the summary of that.
func sealed(parts []dialect.Part) []dialect.Part {
	secret := slices.ContainsFunc(parts, func(p dialect.Part) bool { return p.Signer == dialect.SignerOpenAI })
	for i := range parts {
		parts[i].Sealed = secret || parts[i].Signer != ""
	}
	return parts
}

// weave finds the texts of the parts in the bare text and puts what stands
// between them in its place: it has no proof.
func weave(text string, parts []dialect.Part) []dialect.Part {
	var out []dialect.Part
	bare := func(text string) {
		if strings.TrimSpace(text) != "" {
			out = append(out, dialect.Part{Kind: dialect.PartReasoning, Text: text})
		}
	}
	for _, p := range parts {
		if p.Text != "" {
			before, after, found := strings.Cut(text, p.Text)
			if !found {
				return parts // told in other words
			}
			bare(before)
			text = after
		}
		out = append(out, p)
	}
	bare(text)
	return out
}

// claimProofs hands the proofs that name a tool call to it and gives the rest.
func claimProofs(proofs, calls []dialect.Part) []dialect.Part {
	if len(proofs) == 0 {
		return proofs
	}
	byID := map[string]*dialect.Part{} // of two with one id the first counts
	for i := range calls {
		if id := calls[i].Call.ID; byID[id] == nil {
			byID[id] = &calls[i]
		}
	}
	return slices.DeleteFunc(proofs, func(p dialect.Part) bool {
		c := byID[p.ID]
		if c == nil || p.Text != "" || p.ID == "" {
			return false
		}
		c.Signature, c.Signer = p.Signature+p.Data, p.Signer
		return true
	})
}

// details carries a vendor's proof of its reasoning; nil when there is none.
func details(p dialect.Part) []reasoningDetail {
	d := reasoningDetail{Format: formatOf(p.Signer), ID: looseText(p.ID)}
	switch {
	case p.Data != "":
		d.Type, d.Data = detailEncrypted, looseText(p.Data)
	case p.Signature == "":
		return nil
	case p.Signer == dialect.SignerOpenAI, p.Signer == dialect.SignerGemini && p.Text == "" && p.ID != "":
		d.Type, d.Data = detailEncrypted, looseText(p.Signature)
	default:
		d.Type, d.Text, d.Signature = detailText, looseText(p.Text), looseText(p.Signature)
	}
	if p.Text != "" && p.Signer == dialect.SignerOpenAI {
		return []reasoningDetail{{Type: detailSummary, Summary: looseText(p.Text), Format: d.Format}, d}
	}
	return []reasoningDetail{d}
}

// callProof carries the proof of a tool call beside the call.
func callProof(callID, signature, signer string) reasoningDetail {
	return reasoningDetail{Type: detailEncrypted, Data: looseText(signature), Format: formatOf(signer), ID: looseText(callID)}
}

// number gives the details the places from first on.
func number(details []reasoningDetail, first int) []reasoningDetail {
	for i := range details {
		details[i].Index = first + i
	}
	return details
}

// extraContent is where Google's form of this dialect keeps its signatures, on
// messages and on tool calls.
type extraContent struct {
	Google googleContent `json:"google"`
}

type googleContent struct {
	Signature string `json:"thought_signature"`
}

func extraOut(signature string) *extraContent {
	return &extraContent{googleContent{signature}}
}

// thoughtSignature reads a signature from raw extra content; empty when it has
// none.
func thoughtSignature(raw json.RawMessage) string {
	if !isSet(raw) { // as in nearly every chunk: what follows costs an allocation
		return ""
	}
	var extra struct {
		Google struct {
			Signature looseText `json:"thought_signature"`
		} `json:"google"`
	}
	if json.Unmarshal(raw, &extra) != nil {
		return ""
	}
	return string(extra.Google.Signature)
}

// replays reports whether the vendor behind an upstream's model is the one who
// signed: to any other the proof is a field it may refuse. A router names the
// vendor before the model; OpenAI itself takes no reasoning in this dialect.
func replays(model, signer string) bool {
	vendor, _, routed := strings.Cut(model, "/")
	switch signer {
	case dialect.SignerGemini:
		return routed && vendor == "google"
	case dialect.SignerOpenAI:
		return routed && vendor == "openai"
	}
	return strings.Contains(model, "claude")
}

// takesExtra reports whether the upstream speaks Google's form.
func takesExtra(model string) bool {
	_, after, routed := strings.Cut(model, "/")
	if routed {
		model = after
	}
	return strings.Contains(model, "gemini")
}
