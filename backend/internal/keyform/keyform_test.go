package keyform_test

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/json"
	"encoding/pem"
	"maps"
	"strings"
	"testing"

	"headwater/backend/hw"
	"headwater/backend/internal/keyform"
)

const (
	tenant = "0f5fd7ab-1f3b-4c0e-9b2e-7c1d4f3a2b10"
	client = "11111111-2222-3333-4444-55555555abcd"
)

func pemOf(t *testing.T, key any) string {
	t.Helper()
	der, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	return string(pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der}))
}

func rsaKey(t *testing.T) *rsa.PrivateKey {
	t.Helper()
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	return key
}

func account(t *testing.T, change map[string]string) string {
	t.Helper()
	file := map[string]string{
		"type": "service_account", "project_id": "p", "client_email": "gateway@p.iam.gserviceaccount.com",
		"private_key_id": "0123456789abcdef", "token_uri": "https://oauth2.googleapis.com/token",
	}
	maps.Copy(file, change)
	text, err := json.MarshalIndent(file, "", "  ")
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

func TestAServiceAccountIsReadFromItsFile(t *testing.T) {
	key := rsaKey(t)
	pkcs1 := string(pem.EncodeToMemory(&pem.Block{Type: "RSA PRIVATE KEY", Bytes: x509.MarshalPKCS1PrivateKey(key)}))
	for _, text := range []string{pemOf(t, key), pkcs1} {
		a, err := keyform.Read(hw.TokenIssuerGoogle, account(t, map[string]string{"private_key": text}), "us-east5-aiplatform.googleapis.com")
		if err != nil || a == nil {
			t.Fatalf("%+v, %v", a, err)
		}
		if a.ID != "gateway@p.iam.gserviceaccount.com" || a.KeyID != "0123456789abcdef" || a.Secret != text ||
			a.TokenURL != "https://oauth2.googleapis.com/token" || a.Scope != "https://www.googleapis.com/auth/cloud-platform" {
			t.Errorf("%+v", a)
		}
	}
}

func TestNoFileLeadsASignedRequestToSomebodyElse(t *testing.T) {
	key := pemOf(t, rsaKey(t))
	const own = "https://oauth2.googleapis.com/token"
	for uri, want := range map[string]string{
		"https://sts.googleapis.com/v1/token": "https://sts.googleapis.com/v1/token", "https://OAUTH2.googleapis.com/token": "https://OAUTH2.googleapis.com/token",
		"": own, "https://evil.test/token": own, "http://oauth2.googleapis.com/token": own, "https://googleapis.com.evil.test/": own,
		"https://evilgoogleapis.com/": own, "https://a@oauth2.googleapis.com/": own, "https://oauth2.googleapis.com:8443/token": own,
		"https://evil.test/.googleapis.com": own, "://": own, "http://169.254.169.254/computeMetadata/v1/": own, "https://metadata.google.internal/": own,
	} {
		a, err := keyform.Read(hw.TokenIssuerGoogle, account(t, map[string]string{"private_key": key, "token_uri": uri}), "")
		if err != nil || a.TokenURL != want {
			t.Errorf("%q: %q, %v", uri, a.TokenURL, err)
		}
	}
}

func TestAClientIsReadInEachOfItsForms(t *testing.T) {
	for _, secret := range []string{
		tenant + ":" + client + ":s3:cret~",
		`{"tenant_id":"` + tenant + `","client_id":"` + client + `","client_secret":"s3:cret~"}`,
		`{"appId":"` + client + `","displayName":"x","password":"s3:cret~","tenant":"` + tenant + `"}`,
		`{"clientId":"` + client + `","clientSecret":"s3:cret~","tenantId":"` + tenant + `"}`,
	} {
		a, err := keyform.Read(hw.TokenIssuerEntra, secret, "r.openai.azure.com")
		if err != nil || a == nil {
			t.Fatalf("%s: %+v, %v", secret, a, err)
		}
		if a.ID != client || a.Secret != "s3:cret~" || a.TokenURL != "https://login.microsoftonline.com/"+tenant+"/oauth2/v2.0/token" ||
			a.Scope != "https://cognitiveservices.azure.com/.default" {
			t.Errorf("%s: %+v", secret, a)
		}
	}
	for host, want := range map[string][2]string{
		"r.openai.azure.us":               {"https://login.microsoftonline.us/contoso.example/", "https://cognitiveservices.azure.us/.default"},
		"R.OpenAI.Azure.CN":               {"https://login.partner.microsoftonline.cn/contoso.example/", "https://cognitiveservices.azure.cn/.default"},
		"r.services.ai.azure.com":         {"https://login.microsoftonline.com/contoso.example/", "https://ai.azure.com/.default"},
		"R.Services.AI.azure.us":          {"https://login.microsoftonline.us/contoso.example/", "https://ai.azure.us/.default"},
		"services.ai.azure.com.evil.test": {"https://login.microsoftonline.com/contoso.example/", "https://cognitiveservices.azure.com/.default"},
		"azure.us.evil.test":              {"https://login.microsoftonline.com/contoso.example/", "https://cognitiveservices.azure.com/.default"},
	} {
		a, err := keyform.Read(hw.TokenIssuerEntra, "contoso.example:"+client+":x", host)
		if err != nil || !strings.HasPrefix(a.TokenURL, want[0]) || a.Scope != want[1] {
			t.Errorf("%s: %+v, %v", host, a, err)
		}
	}
}

func TestPlainKeysAreSentAsTheyAre(t *testing.T) {
	for _, row := range [][2]string{
		{hw.TokenIssuerGoogle, "ya29.a0Af:token"},
		{hw.TokenIssuerEntra, "0123456789abcdef0123456789abcdef"},
		{hw.TokenIssuerEntra, "a:b:c"},
		{hw.TokenIssuerEntra, "eyJ0eXAi.x.y"},
		{"", `{"type":"service_account"}`},
		{"", tenant + ":" + client + ":x"},
		{hw.TokenIssuerEntra, ""},
	} {
		if a, err := keyform.Read(row[0], row[1], ""); a != nil || err != nil {
			t.Errorf("%q at %q: %+v, %v", row[1], row[0], a, err)
		}
	}
}

func TestASecretThatCannotBeMeantIsRefusedInWordsThatDoNotHoldIt(t *testing.T) {
	ec, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	for _, row := range []struct{ issuer, secret, words string }{
		{hw.TokenIssuerGoogle, `{"type":"canary"`, "none"},
		{hw.TokenIssuerGoogle, `{"type":"authorized_user","refresh_token":"canary"}`, "service_account"},
		{hw.TokenIssuerGoogle, account(t, map[string]string{"private_key": "canary"}), "private_key"},
		{hw.TokenIssuerGoogle, account(t, map[string]string{"private_key": pemOf(t, ec)}), "private_key"},
		{hw.TokenIssuerGoogle, account(t, map[string]string{"private_key": pemOf(t, rsaKey(t)) + strings.Repeat(" ", 8<<10)}), "8,192 bits"},
		{hw.TokenIssuerEntra, `{"tenant_id":"canary"}`, "client_secret"},
		{hw.TokenIssuerEntra, `{"tenant_id":"canary"`, "none"},
		{hw.TokenIssuerEntra, "../canary:" + client + ":x", "tenant"},
		{hw.TokenIssuerEntra, ".:" + client + ":x", "tenant"},
		{hw.TokenIssuerEntra, ":" + client + ":canary", "tenant_id"},
		{hw.TokenIssuerEntra, `{"tenant_id":"t","client_id":"canary","client_secret":"x"}`, "client id"},
	} {
		a, err := keyform.Read(row.issuer, row.secret, "")
		if a != nil || err == nil || !strings.Contains(err.Error(), row.words) || strings.Contains(err.Error(), "canary") {
			t.Errorf("%s: %+v, %v", row.secret, a, err)
		}
	}
}

func TestWhatIsShownOfASecretIsNoSecret(t *testing.T) {
	file := account(t, map[string]string{"private_key": "k"})
	for secret, want := range map[string]string{
		file: "0123456789abcdef", keyform.OneLine(file): "0123456789abcdef", tenant + ":" + client + ":secret": client,
		`{"tenant_id":"` + tenant + `","client_id":"` + client + `","client_secret":"s"}`: client,
		`{"client_id":"no-id","client_secret":"s"}`:                                       "", "sk-proj-1234567890abcdef": "", "AKIAEXAMPLE:secret": "", "": "", "{": "",
	} {
		if got := keyform.PublicID(secret); got != want {
			t.Errorf("%s: %q, want %q", secret, got, want)
		}
	}
	if line := keyform.OneLine(file); strings.ContainsAny(line, "\n\r") || len(line) < 100 {
		t.Errorf("not one line: %q", line)
	}
	for _, same := range []string{"sk-1", "{", "{\n", ""} {
		if keyform.OneLine(same) != same {
			t.Errorf("%q was changed", same)
		}
	}
}

func FuzzRead(f *testing.F) {
	f.Add("google", `{"type":"service_account","client_email":"a@b","private_key":"x","token_uri":"https://x.googleapis.com/"}`, "h")
	f.Add("entra", tenant+":"+client+":x", "r.openai.azure.us")
	f.Add("entra", `{"tenant":"t","appId":"a","password":"p"}`, "")
	f.Fuzz(func(t *testing.T, issuer, secret, host string) {
		a, err := keyform.Read(issuer, secret, host)
		if a != nil && err != nil {
			t.Fatal("both an account and an error")
		}
		_, _ = keyform.PublicID(secret), keyform.OneLine(secret)
		if a == nil {
			return
		}
		for _, at := range []string{"https://login.microsoftonline.com/", "https://login.microsoftonline.us/", "https://login.partner.microsoftonline.cn/"} {
			if strings.HasPrefix(a.TokenURL, at) {
				return
			}
		}
		if !strings.HasPrefix(a.TokenURL, "https://") || !strings.Contains(strings.ToLower(a.TokenURL), "googleapis.com") {
			t.Fatalf("a token would be asked for at %q", a.TokenURL)
		}
	})
}
