package upstream

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"headwater/backend/hw"
	"headwater/backend/internal/dialect"
	"headwater/backend/internal/snapshot"
)

func signing(secret, dialectName string) *snapshot.Target {
	return &snapshot.Target{
		Upstream: &snapshot.Upstream{Provider: hw.Provider{
			ID: "amazon-bedrock", Dialect: dialectName, AuthHeader: "Authorization", AuthScheme: "Bearer",
		}},
		Credential: &snapshot.Credential{Secret: secret},
	}
}

// proved is the header of a request to a target.
func proved(t *testing.T, to *url.URL, target *snapshot.Target, wire dialect.Wire) http.Header {
	t.Helper()
	who, err := (&Pool{}).proofOf(t.Context(), target.Upstream, target.Credential)
	if err != nil {
		t.Fatal(err)
	}
	return headerFor(t.Context(), http.MethodPost, to, who, &wire)
}

func TestARequestWithAPairOfKeysIsSigned(t *testing.T) {
	to, err := url.Parse("https://bedrock-runtime.eu-central-1.amazonaws.com/model/us.anthropic.claude%3A0/converse")
	if err != nil {
		t.Fatal(err)
	}
	wire := dialect.Wire{Body: []byte(`{}`), Header: dialect.Header{"Content-Type": {"application/json"}}}
	h := proved(t, to, signing("AKIAEXAMPLE:secret/key+1:session:token", bedrock), wire)
	auth := h.Get("Authorization")
	if !strings.HasPrefix(auth, "AWS4-HMAC-SHA256 Credential=AKIAEXAMPLE/"+time.Now().UTC().Format("20060102")+"/eu-central-1/bedrock/aws4_request, SignedHeaders=content-type;host;x-amz-date;x-amz-security-token, Signature=") {
		t.Errorf("got %q", auth)
	}
	if h.Get("X-Amz-Date") == "" || h.Get("X-Amz-Security-Token") != "session:token" || strings.Contains(auth, "secret/key") {
		t.Errorf("got %v", h)
	}
	again := proved(t, to, signing("AKIAEXAMPLE:secret/key+1:session:token", bedrock), dialect.Wire{Body: []byte(`{"a":1}`), Header: wire.Header})
	if again.Get("Authorization") == auth {
		t.Error("another body has the same signature")
	}
}

func TestAnAPIKeyIsSentAsItIs(t *testing.T) {
	to := &url.URL{Scheme: "https", Host: "x.test", Path: "/"}
	for _, row := range []struct{ secret, dialect string }{
		{"bedrock-api-key-YmVk", bedrock}, {"AKIAEXAMPLE", bedrock}, {"AKIAEXAMPLE:", bedrock}, {"AKIAEXAMPLE:secret", "openai"},
	} {
		if got := proved(t, to, signing(row.secret, row.dialect), dialect.Wire{}).Get("Authorization"); got != "Bearer "+row.secret {
			t.Errorf("%s at %s: %q", row.secret, row.dialect, got)
		}
	}
}

func TestTheRegionStandsInTheAddress(t *testing.T) {
	for host, want := range map[string]string{
		"bedrock-runtime.us-west-2.amazonaws.com":                 "us-west-2",
		"bedrock-runtime-fips.us-gov-west-1.amazonaws.com":        "us-gov-west-1",
		"vpce-1a2b.bedrock-runtime.ap-south-1.vpce.amazonaws.com": "ap-south-1",
		"127.0.0.1": signedRegion, "localhost": signedRegion, "bedrock-runtime": signedRegion,
	} {
		if got := regionOf(host); got != want {
			t.Errorf("%s: %s, want %s", host, got, want)
		}
	}
}
