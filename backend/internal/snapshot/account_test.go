package snapshot_test

import (
	"strings"
	"testing"

	"headwater/backend/hw"
	"headwater/backend/internal/snapshot"
)

// TestASecretThatTokensAreMintedFromIsCompiled: what an account is, is known
// before the first call; what cannot be one never comes into force.
func TestASecretThatTokensAreMintedFromIsCompiled(t *testing.T) {
	const client = "contoso.example:11111111-2222-3333-4444-55555555abcd:canary"
	compile := func(issuer, base, secret string) (*snapshot.Snapshot, []hw.Problem) {
		return snapshot.Compile([]hw.Document{
			&hw.Upstream{Meta: hw.Meta{ID: "ups_a"}, Name: "a", Provider: "azure", BaseURL: base},
			&hw.Credential{Meta: hw.Meta{ID: "crd_a"}, Name: "k", Upstream: "a", Sealed: secret},
		}, snapshot.Facts{
			Provider: func(id string) (hw.Provider, bool) {
				return hw.Provider{ID: id, Dialect: "openai", AuthHeader: "Api-Key", TokenIssuer: issuer}, true
			},
			Unseal: func(_, sealed string) (string, error) { return sealed, nil },
		})
	}
	s, problems := compile(hw.TokenIssuerEntra, "https://r.openai.azure.us/openai/v1", client)
	if len(problems) > 0 {
		t.Fatal(problems)
	}
	if a := s.Upstreams[0].Credentials[0].Account; a == nil || a.TokenURL != "https://login.microsoftonline.us/contoso.example/oauth2/v2.0/token" {
		t.Errorf("%+v", a)
	}
	for _, row := range [][2]string{{"", client}, {hw.TokenIssuerEntra, "0123456789abcdef"}} {
		if s, problems := compile(row[0], "https://r.openai.azure.com/openai/v1", row[1]); len(problems) > 0 || s.Upstreams[0].Credentials[0].Account != nil {
			t.Errorf("%v: %v", row, problems)
		}
	}
	_, problems = compile(hw.TokenIssuerGoogle, "https://aiplatform.googleapis.com/v1", `{"type":"canary"}`)
	if len(problems) != 1 || problems[0].Field != "secret" || !strings.Contains(problems[0].Text, "service account") || strings.Contains(problems[0].Text, "canary") {
		t.Errorf("%+v", problems)
	}
}
