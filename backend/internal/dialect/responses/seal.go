package responses

import (
	"encoding/base64"
	"slices"
	"strings"

	"headwater/backend/internal/dialect"
)

// sealPrefix begins the encrypted_content that Headwater writes for reasoning
// that another vendor signed. Callers send encrypted_content back unread, so
// it carries the proof over to the next turn.
const sealPrefix = "headwater.v1."

// What a seal is for.
const (
	// sealSignature proves the text of the item it stands in.
	sealSignature = "signature"
	// sealData is reasoning that its vendor keeps secret.
	sealData = "data"
	// sealText proves the text before the item, sealCall the call with its id.
	sealText = "text"
	sealCall = "call"
)

// seal is a vendor's proof on its way through a caller's hands.
type seal struct {
	signer, kind, value string
	// call is the id of the call that a sealCall proves.
	call string
}

// String is the seal as encrypted_content. The signer is a word of ours; the
// rest is base64url, which has no dots.
func (s seal) String() string {
	text := sealPrefix + s.signer + "." + s.kind + "." + base64.RawURLEncoding.EncodeToString([]byte(s.value))
	if s.call != "" {
		text += "." + base64.RawURLEncoding.EncodeToString([]byte(s.call))
	}
	return text
}

// openSeal reads encrypted_content; false for what we did not write.
func openSeal(content string) (seal, bool) {
	rest, ok := strings.CutPrefix(content, sealPrefix)
	fields := strings.Split(rest, ".")
	if !ok || len(fields) < 3 || len(fields) > 4 {
		return seal{}, false
	}
	value, err := base64.RawURLEncoding.DecodeString(fields[2])
	if err != nil || len(value) == 0 {
		return seal{}, false
	}
	s := seal{signer: fields[0], kind: fields[1], value: string(value)}
	signers := []string{dialect.SignerAnthropic, dialect.SignerGemini, dialect.SignerOpenAI}
	kinds := []string{sealSignature, sealData, sealText, sealCall}
	if !slices.Contains(signers, s.signer) || !slices.Contains(kinds, s.kind) {
		return seal{}, false
	}
	if len(fields) == 4 {
		call, err := base64.RawURLEncoding.DecodeString(fields[3])
		if err != nil {
			return seal{}, false
		}
		s.call = string(call)
	}
	return s, true
}

// encrypted renders a proof as encrypted_content: OpenAI's own as it is.
func encrypted(signer, kind, value string) string {
	if signer == dialect.SignerOpenAI {
		return value
	}
	return seal{signer: signer, kind: kind, value: value}.String()
}
