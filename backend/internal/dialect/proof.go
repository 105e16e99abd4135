package dialect

// Proof is what a vendor wants back with a tool call when its answer is
// replayed in the next turn. Many clients keep of an answer only what their own
// dialect has words for, so it is kept for them.
type Proof struct {
	// Reasoning are the signed parts of reasoning that stood before the turn's
	// first call; empty for the calls after it.
	Reasoning []Part
	// Signature is that of the call itself, and Signer whose it is.
	Signature, Signer string
}

// maxProof bounds the reasoning that is gathered for one answer, in bytes. One
// that is longer is not kept: half a proof is none.
const maxProof = 256 << 10

// prover gathers the proofs of an answer from its events. Only the first
// alternative is replayed by anybody.
type prover struct {
	keep  func(callID string, p Proof)
	parts []Part
	size  int
	// told is true once the reasoning went with a call.
	told bool
}

// add looks at the next event.
func (v *prover) add(ev *Event) {
	if v.keep == nil || ev.Choice != 0 {
		return
	}
	switch ev.Kind {
	case EventReasoning:
		v.reason(ev)
	case EventToolStart:
		p := Proof{Signature: ev.Signature, Signer: ev.Signer}
		if !v.told && v.size <= maxProof {
			p.Reasoning = signedOnly(v.parts)
		}
		v.told, v.parts = true, nil
		if ev.CallID != "" && (p.Signature != "" || len(p.Reasoning) > 0) {
			v.keep(ev.CallID, p)
		}
	default: // proves nothing
	}
}

// reason grows the reasoning; a signature ends a part, a secret one stands alone.
func (v *prover) reason(ev *Event) {
	v.size += len(ev.Text) + len(ev.Redacted) + len(ev.Signature)
	if v.told || v.size > maxProof {
		v.parts = nil
		return
	}
	last := len(v.parts) - 1
	if last < 0 || v.parts[last].Signature != "" || v.parts[last].Data != "" || ev.Redacted != "" {
		v.parts = append(v.parts, Part{Kind: PartReasoning})
		last++
	}
	p := &v.parts[last]
	p.Text += ev.Text
	p.Signature, p.Data = ev.Signature, ev.Redacted
	p.Signer, p.ID = ev.Signer, ev.PartID
}

func signedOnly(parts []Part) []Part {
	var signed []Part
	for _, p := range parts {
		if p.Signature != "" || p.Data != "" {
			signed = append(signed, p)
		}
	}
	return signed
}

// Restore puts the proofs back that the caller has not sent with its tool
// calls. find looks a proof up by the call's id.
func (r *Request) Restore(find func(callID string) (Proof, bool)) {
	for i := range r.Messages {
		if m := &r.Messages[i]; m.Role == RoleAssistant {
			m.restore(find)
		}
	}
}

func (m *Message) restore(find func(callID string) (Proof, bool)) {
	proven := len(signedOnly(reasoningOf(m.Parts))) > 0
	for i := 0; i < len(m.Parts); i++ {
		p := &m.Parts[i]
		if p.Kind != PartToolCall {
			continue
		}
		proof, ok := find(p.Call.ID)
		if !ok {
			continue
		}
		if p.Signature == "" {
			p.Signature, p.Signer = proof.Signature, proof.Signer
		}
		if !proven && len(proof.Reasoning) > 0 {
			// In place of what the caller kept of it, which proves nothing.
			rest := withoutReasoning(m.Parts)
			kept := len(rest) < len(m.Parts)
			m.Parts = append(append([]Part(nil), proof.Reasoning...), rest...)
			for j := range proof.Reasoning {
				m.Parts[j].Restored, m.Parts[j].Sealed = !kept, true
			}
			proven, i = true, -1
		}
	}
}

func reasoningOf(parts []Part) []Part {
	var out []Part
	for _, p := range parts {
		if p.Kind == PartReasoning {
			out = append(out, p)
		}
	}
	return out
}

func withoutReasoning(parts []Part) []Part {
	var out []Part
	for _, p := range parts {
		if p.Kind != PartReasoning {
			out = append(out, p)
		}
	}
	return out
}
