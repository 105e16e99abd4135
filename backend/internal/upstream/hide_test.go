package upstream

import (
	"strings"
	"testing"

	"headwater/backend/internal/keyform"
	"headwater/backend/internal/snapshot"
)

func TestAnUpstreamsWordsAreRepeatedWithoutTheKey(t *testing.T) {
	plain := &snapshot.Credential{Secret: "sk-live-0123456789abcdef"}
	account := &snapshot.Credential{
		Secret:  `{"project_id":"acme-project","private_key":"…"}`,
		Account: &keyform.Account{Secret: "-----BEGIN KEY-----\nMIIEvQIBADANBgkq\n-----END KEY-----\n"},
	}
	for _, row := range []struct {
		credential *snapshot.Credential
		text, want string
	}{
		{nil, "No such model.", "No such model."},
		{plain, "Incorrect key sk-live-0123456789abcdef.", "Incorrect key [key]."},
		{plain, "It ends with 89abcdef", "It ends with [key]"},
		{account, "No access to acme-project", "No access to acme-project"},
		{account, "key MIIEvQIBADANBgkq", "key [key]"},
		{nil, "Invalid: ya29.c.c0ASRK0Gxxxxxxxxxxxxxxxx", "Invalid: [key]"},
		{nil, "Invalid eyJ0eXAiOiJKV1QiLCJhbGciOi.eyJhdWQiOiJodHRwcz.c2lnbmF0dXJl", "Invalid [key]"},
		{nil, "Authorization: Bearer abcdefghijklmnopqrstuvwxyz", "Authorization: Bearer [key]"},
	} {
		if got := Hide(row.text, row.credential); got != row.want {
			t.Errorf("%q, want %q", got, row.want)
		}
	}
}

func TestAnIssuersWordsAreRepeatedWithoutTheSecret(t *testing.T) {
	a := &keyform.Account{Issuer: "entra", Secret: "Ab8~clients.secret-0123456789"}
	for _, row := range [][2]string{
		{"invalid_client", "AADSTS7000215: Invalid client secret " + a.Secret + " provided"},
		{"invalid_client: " + a.Secret, "no"},
		{"invalid_client", strings.Repeat("x", maxWhy-12) + a.Secret},
		{"invalid_client", "the assertion eyJ0eXAiOiJKV1QiLCJhbGciOi.eyJhdWQiOiJodHRwcz.c2lnbmF0dXJl"},
	} {
		words := refusedSaid(a, row[0], row[1]).Words()
		if strings.Contains(words, a.Secret[:leastEcho]) || strings.Contains(words, "eyJ") || !strings.Contains(words, "invalid_client") {
			t.Errorf("%q", words)
		}
	}
}
