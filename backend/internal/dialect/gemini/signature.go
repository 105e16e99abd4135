package gemini

import (
	"encoding/base64"
	"encoding/json"
	"strings"

	"headwater/backend/internal/dialect"
)

// parcel is what other vendors want back with the next request and what this
// dialect has no field for. It travels as a thoughtSignature, which every client
// of this dialect sends back unread: base64, as Google's SDKs demand, of a mark
// and JSON.
type parcel struct {
	// Thoughts are reasoning parts that belong before the part.
	Thoughts []thought `json:"thoughts,omitempty"`
	// Signer and Signature are those of the part itself; Data and ID too, where
	// it is reasoning.
	Signer    string `json:"signer,omitempty"`
	Signature string `json:"signature,omitempty"`
	Data      string `json:"data,omitempty"`
	ID        string `json:"id,omitempty"`
	// opened marks one that a caller sent back.
	opened bool
}

// thought is one reasoning part.
type thought struct {
	Text      string `json:"text,omitempty"`
	Signer    string `json:"signer,omitempty"`
	Signature string `json:"signature,omitempty"`
	Data      string `json:"data,omitempty"`
	ID        string `json:"id,omitempty"`
}

// parcelMark tells a parcel from a signature of Google's.
const parcelMark = "headwater/thoughts/1\n"

func (p parcel) isEmpty() bool {
	return len(p.Thoughts) == 0 && p.Signature == "" && p.Data == "" && p.ID == ""
}

// signature renders the parcel as a thoughtSignature. What only Google has
// signed stays Google's own; an empty parcel gives none.
func (p parcel) signature() string {
	switch {
	case p.isEmpty():
		return ""
	case p.Signer == dialect.SignerGemini && len(p.Thoughts) == 0 && p.Data == "":
		return p.Signature
	}
	return base64.StdEncoding.EncodeToString(append([]byte(parcelMark), mustJSON(p)...))
}

// openParcel reads a thoughtSignature that a caller sends back.
func openParcel(signature string) parcel {
	if signature == "" {
		return parcel{}
	}
	text, err := base64.StdEncoding.DecodeString(signature)
	if err == nil && strings.HasPrefix(string(text), parcelMark) {
		var p parcel
		if json.Unmarshal(text[len(parcelMark):], &p) == nil {
			p.opened = true
			return p
		}
	}
	return parcel{Signer: dialect.SignerGemini, Signature: signature}
}

// parts are the reasoning parts of a parcel.
func (p parcel) parts() []dialect.Part {
	var parts []dialect.Part
	for _, t := range p.Thoughts {
		parts = append(parts, dialect.Part{
			Kind: dialect.PartReasoning, Text: t.Text, Data: t.Data, Signature: t.Signature, Signer: t.Signer, ID: t.ID, Sealed: true,
		})
	}
	return parts
}
