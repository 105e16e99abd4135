package gateway_test

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"encoding/pem"
	"fmt"
	"io"
	"math/big"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"headwater/backend/hw"
	"headwater/backend/internal/dialect/dialecttest"
)

// clouds adds an upstream and a route for each form in which a cloud serves
// models.
func clouds(docs []hw.Document) []hw.Document {
	root := strings.TrimSuffix(docs[1].(*hw.Upstream).BaseURL, "/v1")
	for _, row := range []struct{ name, provider, base, model string }{
		{"vertex", "google-vertex-anthropic", root + "/v1/projects/p/locations/l/publishers/anthropic", "claude-sonnet-4-5@20250929"},
		{"azure", "azure-deployments", root + "/openai?api-version=2025-04-01-preview", "my-gpt"},
		{"bedrock", "amazon-bedrock", root, "us.anthropic.claude-sonnet-4-5-20250929-v1:0"},
		{"nova", "amazon-bedrock", root, "amazon.nova-pro-v1:0"},
		{"titan", "amazon-bedrock", root, "amazon.titan-embed-text-v2:0"},
	} {
		docs = append(docs,
			&hw.Upstream{Meta: hw.Meta{ID: "ups_" + row.name}, Name: row.name, Provider: row.provider, BaseURL: row.base, Local: true},
			&hw.Credential{Meta: hw.Meta{ID: "crd_" + row.name}, Name: row.name, Upstream: row.name, Sealed: "plain-" + row.name},
			ladder(row.name, hw.Tier{Targets: []hw.RouteTarget{{Upstream: row.name, Model: row.model}}}),
			ladder(row.name+"-then", hw.Tier{Targets: []hw.RouteTarget{{Upstream: row.name, Model: row.model}}}, targetsOf("spare")))
	}
	return docs
}

func messages(model string, stream bool) string {
	return fmt.Sprintf(`{"model":%q,"max_tokens":20,"messages":[{"role":"user","content":"hi"}],"stream":%v,"unknown":[1e2]}`, model, stream)
}

func TestCallersOfAnthropicsPassThroughToItsCloudsAndOthersAreTranslated(t *testing.T) {
	r := newRig(t, clouds)
	for _, row := range []struct{ route, path, streamPath, want string }{
		{
			"vertex", "/v1/projects/p/locations/l/publishers/anthropic/models/claude-sonnet-4-5@20250929:rawPredict",
			"/v1/projects/p/locations/l/publishers/anthropic/models/claude-sonnet-4-5@20250929:streamRawPredict",
			`{"anthropic_version":"vertex-2023-10-16","max_tokens":20,"messages":[{"role":"user","content":"hi"}],"stream":%v,"unknown":[1e2]}`,
		},
		{
			"bedrock", "/model/us.anthropic.claude-sonnet-4-5-20250929-v1:0/invoke",
			"/model/us.anthropic.claude-sonnet-4-5-20250929-v1:0/invoke-with-response-stream",
			`{"anthropic_version":"bedrock-2023-05-31","max_tokens":20,"messages":[{"role":"user","content":"hi"}],"unknown":[1e2]}`,
		},
	} {
		for _, stream := range []bool{false, true} {
			got := r.do("POST", "/v1/messages", messages(row.route, stream), nil)
			read, path := dialecttest.Anthropic{}.Plain, row.path
			if stream {
				read, path = dialecttest.Anthropic{}.Stream, row.streamPath
			}
			c := read([]byte(got.body))
			if got.status != 200 || len(c.Problems) > 0 || c.Text == "" || c.Model != row.route {
				t.Fatalf("%s: %d %+v\n%s", row.route, got.status, c, got.body)
			}
			seen := r.primary.Seen()
			sent := seen[len(seen)-1]
			want := row.want
			if strings.Contains(want, "%v") {
				want = fmt.Sprintf(want, stream)
			}
			if sent.Path != path || string(sent.Body) != want || sent.Header.Get("Authorization") != "Bearer plain-"+row.route {
				t.Errorf("%s: sent %s %v\n%s", row.route, sent.Path, sent.Header, sent.Body)
			}
			if openai := r.do("POST", "/v1/chat/completions", chatBody(row.route, stream), nil); openai.status != 200 {
				t.Errorf("%s: a caller of OpenAI's got %d %s", row.route, openai.status, openai.body)
			}
		}
	}
	for _, route := range []string{"vertex", "bedrock"} {
		got := r.do("POST", "/v1/messages/count_tokens", `{"model":"`+route+`","messages":[{"role":"user","content":"one two three"}]}`, nil)
		var count struct {
			Tokens int64 `json:"input_tokens"`
		}
		if got.status != 200 || json.Unmarshal([]byte(got.body), &count) != nil || count.Tokens == 0 || strings.Contains(got.header.Get("X-Headwater-Served-By"), "estimate") {
			t.Errorf("%s: %d %s %v", route, got.status, got.body, got.header)
		}
	}
}

func TestOtherModelsOfBedrockAreAskedByConverse(t *testing.T) {
	r := newRig(t, clouds)
	if got := r.do("POST", "/v1/messages", messages("nova", false), nil); got.status != 200 {
		t.Fatalf("%d %s", got.status, got.body)
	}
	if sent := r.primary.Seen()[0]; sent.Path != "/model/amazon.nova-pro-v1:0/converse" {
		t.Errorf("sent %s", sent.Path)
	}
}

func TestAFailureInAmazonsFramesIsSeen(t *testing.T) {
	for fault, class := range map[string]hw.Class{
		"rate": hw.ClassRate, "overloaded": hw.ClassOverloaded, "error-in-stream-after-0+rate": hw.ClassRate, "cut-after-0": hw.ClassFailed, "status-503": hw.ClassOverloaded,
	} {
		r := newRig(t, clouds)
		r.misbehave(r.primary, fault)
		got := r.do("POST", "/v1/messages", messages("bedrock-then", true), nil)
		c := dialecttest.Anthropic{}.Stream([]byte(got.body))
		if got.status != 200 || len(c.Problems) > 0 || !strings.Contains(got.header.Get("X-Headwater-Served-By"), "tier=2") {
			t.Errorf("%s: %d %v\n%s", fault, got.status, c.Problems, got.body)
		}
		if first := r.calls.wait(t, 0).Attempts[0]; first.Class != class {
			t.Errorf("%s: %+v", fault, first)
		}
	}
	r := newRig(t, clouds)
	r.misbehave(r.primary, "gap-20ms+error-in-stream-after-2+rate")
	got := r.do("POST", "/v1/messages", messages("bedrock", true), nil)
	if told := (dialecttest.Anthropic{}).StreamError([]byte(got.body)); len(told.Problems) > 0 {
		t.Errorf("%+v\n%s", told, got.body)
	}
}

func TestTitanEmbedsOneTextAtATime(t *testing.T) {
	r := newRig(t, clouds)
	got := r.do("POST", "/v1/embeddings", `{"model":"titan","input":"one two three","dimensions":256}`, nil)
	if got.status != 200 || !strings.Contains(got.body, `"embedding":[0.5,-0.5]`) || !strings.Contains(got.body, `"prompt_tokens":3`) {
		t.Fatalf("%d %s", got.status, got.body)
	}
	if sent := r.primary.Seen()[0]; sent.Path != "/model/amazon.titan-embed-text-v2:0/invoke" || string(sent.Body) != `{"inputText":"one two three","dimensions":256}` {
		t.Errorf("sent %s %s", sent.Path, sent.Body)
	}
	many := `{"model":"titan","input":["a"` + strings.Repeat(`,"a"`, 100) + `]}`
	if got := r.do("POST", "/v1/embeddings", many, nil); got.status != 400 || !strings.Contains(got.body, "one text at a time") {
		t.Errorf("%d %s", got.status, got.body)
	}
	many = strings.Replace(many, "titan", "titan-then", 1)
	if got := r.do("POST", "/v1/embeddings", many, nil); got.status != 200 || !strings.Contains(got.header.Get("X-Headwater-Served-By"), "tier=2") {
		t.Errorf("%d %s", got.status, got.body)
	}
	if n := len(r.primary.Seen()); n != 1 {
		t.Errorf("%d requests for texts that are too many", n-1)
	}
}

func TestAzureIsAskedByDeploymentAndVersion(t *testing.T) {
	r := newRig(t, clouds)
	for _, stream := range []bool{false, true} {
		if got := r.do("POST", "/v1/chat/completions", chatBody("azure", stream), nil); got.status != 200 {
			t.Fatalf("%d %s", got.status, got.body)
		}
	}
	if got := r.do("POST", "/v1/embeddings", `{"model":"azure","input":"a"}`, nil); got.status != 200 {
		t.Fatalf("%d %s", got.status, got.body)
	}
	if got := r.do("POST", "/v1/responses", `{"model":"azure","input":"hi","store":false}`, nil); got.status != 200 {
		t.Fatalf("%d %s", got.status, got.body)
	}
	for i, want := range []string{
		"/openai/deployments/my-gpt/chat/completions", "/openai/deployments/my-gpt/chat/completions", "/openai/deployments/my-gpt/embeddings", "/openai/responses",
	} {
		sent := r.primary.Seen()[i]
		if sent.Path != want || sent.Query != "api-version=2025-04-01-preview" || sent.Header.Get("Api-Key") != "plain-azure" || sent.Header.Get("Authorization") != "" {
			t.Errorf("sent %s?%s %v", sent.Path, sent.Query, sent.Header)
		}
	}
}

// issuer is a server in the place of Google's, that gives tokens.
type issuer struct {
	*httptest.Server
	status atomic.Int64
	asked  atomic.Int64
	roots  string
}

func newIssuer(t *testing.T) *issuer {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour),
		IsCA: true, BasicConstraintsValid: true, DNSNames: []string{"oauth2.googleapis.com"},
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	i := &issuer{roots: string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}))}
	i.status.Store(200)
	i.Server = httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		n := i.asked.Add(1)
		w.Header().Set("Content-Type", "application/json")
		w.WriteHeader(int(i.status.Load()))
		if i.status.Load() == 200 {
			_, _ = fmt.Fprintf(w, `{"access_token":"tok-%d","expires_in":3600}`, n)
			return
		}
		_, _ = io.WriteString(w, `{"error":"invalid_grant","error_description":"Invalid JWT Signature."}`)
	}))
	i.TLS = &tls.Config{Certificates: []tls.Certificate{{Certificate: [][]byte{der}, PrivateKey: key}}, MinVersion: tls.VersionTLS12}
	i.StartTLS()
	t.Cleanup(i.Close)
	return i
}

// dial leads Google's name to the issuer, and everything else where it says.
func (i *issuer) dial(ctx context.Context, network, address string) (net.Conn, error) {
	if address == "oauth2.googleapis.com:443" {
		address = i.Listener.Addr().String()
	}
	return (&net.Dialer{}).DialContext(ctx, network, address)
}

// withAccount gives the route "vertex" a service account.
func withAccount(t *testing.T, roots string) option {
	t.Helper()
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	der, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	secret, err := json.Marshal(map[string]string{
		"type": "service_account", "client_email": "a@p.iam.gserviceaccount.com", "private_key_id": "k",
		"private_key": string(pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der})),
	})
	if err != nil {
		t.Fatal(err)
	}
	return func(docs []hw.Document) []hw.Document {
		docs = clouds(docs)
		for _, d := range docs {
			switch d := d.(type) {
			case *hw.Upstream:
				if d.Name == "vertex" {
					d.CACertificates = roots
				}
			case *hw.Credential:
				if d.Name == "vertex" {
					d.Sealed = string(secret)
				}
			}
		}
		return docs
	}
}

func TestAServiceAccountsTokenGoesWithEachCall(t *testing.T) {
	i := newIssuer(t)
	r := newRigOn(t, i.dial, withAccount(t, i.roots))
	for range 3 {
		if got := r.do("POST", "/v1/messages", messages("vertex", true), nil); got.status != 200 {
			t.Fatalf("%d %s", got.status, got.body)
		}
	}
	for _, sent := range r.primary.Seen() {
		if sent.Header.Get("Authorization") != "Bearer tok-1" {
			t.Errorf("sent %v", sent.Header)
		}
	}
	if i.asked.Load() != 1 {
		t.Errorf("the issuer was asked %d times", i.asked.Load())
	}
}

func TestACredentialThatItsIssuerRefusesRestsAndTheNextTierAnswers(t *testing.T) {
	i := newIssuer(t)
	i.status.Store(400)
	r := newRigOn(t, i.dial, withAccount(t, i.roots))
	for n := range 2 {
		got := r.do("POST", "/v1/messages", messages("vertex-then", false), nil)
		if got.status != 200 || !strings.Contains(got.header.Get("X-Headwater-Served-By"), "tier=2") {
			t.Fatalf("%d %s", got.status, got.body)
		}
		attempts := r.calls.wait(t, n).Attempts
		if n == 0 && (attempts[0].Class != hw.ClassAuth || attempts[0].Cause != "Google refused the service account: invalid_grant: Invalid JWT Signature.") {
			t.Errorf("%+v", attempts[0])
		}
		if n == 1 && len(attempts) != 1 {
			t.Errorf("the credential was tried again at once: %+v", attempts)
		}
	}
	got := r.do("POST", "/v1/messages", messages("vertex", false), nil)
	if got.status != 502 || !strings.Contains(got.body, string(hw.CodeUpstreamAuth)) || len(r.primary.Seen()) != 0 {
		t.Errorf("%d %s", got.status, got.body)
	}
}

func TestAnIssuerThatCannotBeReachedIsNoFaultOfTheCredential(t *testing.T) {
	i := newIssuer(t)
	i.status.Store(503)
	r := newRigOn(t, i.dial, withAccount(t, i.roots))
	got := r.do("POST", "/v1/messages", messages("vertex-then", false), nil)
	if got.status != 200 || !strings.Contains(got.header.Get("X-Headwater-Served-By"), "tier=2") {
		t.Fatalf("%d %s", got.status, got.body)
	}
	first := r.calls.wait(t, 0).Attempts[0]
	if first.Class != hw.ClassUnreachable || first.Cause != "oauth2.googleapis.com answered 503." || len(r.primary.Seen()) != 0 {
		t.Errorf("%+v", first)
	}
	// What fails is the way to the token: the upstream, which others may reach with
	// a plain key, stays as it was.
	if got := r.do("POST", "/v1/messages", messages("bedrock", false), nil); got.status != 200 {
		t.Errorf("%d %s", got.status, got.body)
	}
}
