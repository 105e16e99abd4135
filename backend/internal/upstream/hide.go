package upstream

import (
	"bytes"
	"regexp"
	"strings"

	"headwater/backend/internal/snapshot"
)

// hidden stands for what was taken out.
const hidden = "[key]"

// leastEcho is the shortest run of characters that gives a key away. Unit: bytes.
const leastEcho = 8

// tokenShapes are how access tokens look where they are repeated. They are made
// for an hour, so that nobody who reads an answer knows them: what follows the
// word for one, those of Google, and those in the form of RFC 7519, which
// Microsoft's are, and what a service account signs.
var tokenShapes = []struct {
	shape *regexp.Regexp
	put   string
}{
	{regexp.MustCompile(`(?i)\b(bearer|basic|token|key)[ :="']{1,4}[A-Za-z0-9._~+/-]{20,}=*`), "$1 " + hidden},
	{regexp.MustCompile(`ya29\.[A-Za-z0-9._~+/-]{10,}=*`), hidden},
	{regexp.MustCompile(`eyJ[A-Za-z0-9_-]{10,}[A-Za-z0-9._-]*`), hidden},
}

// Hide takes the key out of an upstream's words, which some repeat: every part of
// it that is long enough to be one, and all that looks like an access token. The
// work grows with the text, which the caller bounds. credential may be nil.
func Hide(text string, credential *snapshot.Credential) string {
	secret := ""
	switch {
	case credential == nil:
	case credential.Account != nil: // the rest of its file is no secret
		secret = credential.Account.Secret
	default:
		secret = credential.Secret
	}
	return hide(text, secret)
}

// Blot takes the whole key out of an answer for a caller, whose bytes are
// otherwise left as they came. credential may be nil.
func Blot(body []byte, credential *snapshot.Credential) []byte {
	if credential == nil || len(credential.Secret) < leastEcho || !bytes.Contains(body, []byte(credential.Secret)) {
		return body
	}
	return bytes.ReplaceAll(body, []byte(credential.Secret), []byte(hidden))
}

func hide(text, secret string) string {
	text = withoutKey(text, secret)
	for _, row := range tokenShapes {
		text = row.shape.ReplaceAllString(text, row.put)
	}
	return text
}

// withoutKey takes out every run of characters that is part of the secret.
func withoutKey(text, secret string) string {
	least := min(leastEcho, len(secret))
	if least < leastEcho/2 { // so short a key is no secret, and would hide half of all words
		return text
	}
	var b strings.Builder
	for at := 0; at < len(text); {
		end := at + least
		if end > len(text) || !strings.Contains(secret, text[at:end]) {
			b.WriteByte(text[at])
			at++
			continue
		}
		for end < len(text) && strings.Contains(secret, text[at:end+1]) {
			end++
		}
		b.WriteString(hidden)
		at = end
	}
	return b.String()
}
