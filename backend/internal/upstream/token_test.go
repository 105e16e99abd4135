package upstream

import (
	"context"
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/tls"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"encoding/pem"
	"errors"
	"fmt"
	"io"
	"log"
	"math/big"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"headwater/backend/hw"
	"headwater/backend/internal/dialect"
	"headwater/backend/internal/keyform"
	"headwater/backend/internal/snapshot"
)

// pipes is a network inside a bubble: names lead to servers over in-memory
// connections.
type pipes struct {
	mu      sync.Mutex
	servers map[string]chan net.Conn
	down    map[string]error
	dialled map[string]int
}

func (n *pipes) dial(ctx context.Context, _, address string) (net.Conn, error) {
	n.mu.Lock()
	n.dialled[address]++
	to, down := n.servers[address], n.down[address]
	n.mu.Unlock()
	if down != nil || to == nil {
		if down == nil {
			down = errors.New("no such name")
		}
		return nil, down
	}
	here, there := net.Pipe()
	select {
	case to <- there:
		return here, nil
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

// asked is how often Google's issuer was connected to.
func (n *pipes) asked() int {
	n.mu.Lock()
	defer n.mu.Unlock()
	return n.dialled[google]
}

func (n *pipes) cutOff(address string, err error) {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.down[address] = err
}

// pipeListener accepts what is dialled.
type pipeListener struct {
	conns chan net.Conn
	done  chan struct{}
	once  sync.Once
}

func (l *pipeListener) Accept() (net.Conn, error) {
	select {
	case c := <-l.conns:
		return c, nil
	case <-l.done:
		return nil, net.ErrClosed
	}
}
func (l *pipeListener) Close() error   { l.once.Do(func() { close(l.done) }); return nil }
func (l *pipeListener) Addr() net.Addr { return &net.TCPAddr{} }

// serve puts a server behind a name, with TLS where a certificate is given.
func (n *pipes) serve(t *testing.T, address string, certificate *tls.Certificate, h http.HandlerFunc) {
	t.Helper()
	l := &pipeListener{conns: make(chan net.Conn), done: make(chan struct{})}
	n.mu.Lock()
	n.servers[address] = l.conns
	n.mu.Unlock()
	server := &http.Server{Handler: h, ReadHeaderTimeout: time.Minute}
	var on net.Listener = l
	if certificate != nil {
		on = tls.NewListener(l, &tls.Config{Certificates: []tls.Certificate{*certificate}, MinVersion: tls.VersionTLS12})
	}
	go func() { _ = server.Serve(on) }()
	t.Cleanup(func() { _ = server.Close() })
}

// authority signs the certificate of the issuers, for as long as a bubble's
// clock can run.
func authority(t *testing.T) (*tls.Certificate, *x509.CertPool) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), NotBefore: time.Date(1999, 1, 1, 0, 0, 0, 0, time.UTC), NotAfter: time.Date(2090, 1, 1, 0, 0, 0, 0, time.UTC),
		IsCA: true, BasicConstraintsValid: true, DNSNames: []string{"oauth2.googleapis.com", "login.microsoftonline.com"},
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	parsed, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	pool := x509.NewCertPool()
	pool.AddCert(parsed)
	return &tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key}, pool
}

const (
	google = "oauth2.googleapis.com:443"
	entra  = "login.microsoftonline.com:443"
	vendor = "vendor.test:80"
)

// rig is an upstream whose tokens an issuer mints: tok-1, tok-2 and so on, each
// good for an hour unless answer is set.
type rig struct {
	*pipes
	pool   *Pool
	up     *snapshot.Upstream
	key    *rsa.PrivateKey
	minted atomic.Int64
	answer atomic.Pointer[http.HandlerFunc]
	forms  chan url.Values
	// seen are the Authorization fields that the upstream got.
	seen   chan string
	status atomic.Int64
}

func newRig(t *testing.T) *rig {
	t.Helper()
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(goodbye) // runs last
	certificate, roots := authority(t)
	r := &rig{
		pipes: &pipes{servers: map[string]chan net.Conn{}, down: map[string]error{}, dialled: map[string]int{}},
		key:   key, forms: make(chan url.Values, 100), seen: make(chan string, 100),
	}
	r.status.Store(200)
	issuer := func(w http.ResponseWriter, req *http.Request) {
		if own := r.answer.Load(); own != nil {
			(*own)(w, req)
			return
		}
		_ = req.ParseForm()
		r.forms <- req.PostForm
		w.Header().Set("Content-Type", "application/json")
		_, _ = fmt.Fprintf(w, `{"access_token":"tok-%d","expires_in":3600,"token_type":"Bearer"}`, r.minted.Add(1))
	}
	r.serve(t, google, certificate, issuer)
	r.serve(t, entra, certificate, issuer)
	r.serve(t, vendor, nil, func(w http.ResponseWriter, req *http.Request) {
		r.seen <- req.Header.Get("Authorization") + "|" + req.Header.Get("Api-Key")
		w.WriteHeader(int(r.status.Load()))
		_, _ = io.WriteString(w, `{"data":[]}`)
	})
	pool, err := New(Config{Practice: http.DefaultTransport, Dial: r.dial})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(pool.Close)
	r.pool = pool
	r.up = &snapshot.Upstream{
		Name: "cloud", Fingerprint: "f", RootCAs: roots, Base: &url.URL{Scheme: "http", Host: "vendor.test"},
		Provider: hw.Provider{Name: "Cloud", Dialect: "openai", AuthHeader: "Api-Key", TokenIssuer: hw.TokenIssuerGoogle},
		Timeouts: snapshot.Timeouts{Connect: 3 * time.Second, TLS: 5 * time.Second},
	}
	t.Cleanup(goodbye) // runs first: a server that is closed meanwhile would wait for it with a lock in hand
	return r
}

// goodbye lets TLS take the time that it takes where nobody reads any more.
func goodbye() {
	time.Sleep(time.Minute)
	synctest.Wait()
}

// serviceAccount is a credential with the key of one.
func (r *rig) serviceAccount(t *testing.T) *snapshot.Credential {
	t.Helper()
	der, err := x509.MarshalPKCS8PrivateKey(r.key)
	if err != nil {
		t.Fatal(err)
	}
	file, err := json.Marshal(map[string]string{
		"type": "service_account", "client_email": "gateway@p.iam.gserviceaccount.com", "private_key_id": "kid-1",
		"private_key": string(pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der})),
	})
	if err != nil {
		t.Fatal(err)
	}
	return credentialOf(t, hw.TokenIssuerGoogle, string(file))
}

func credentialOf(t *testing.T, issuer, secret string) *snapshot.Credential {
	t.Helper()
	account, err := keyform.Read(issuer, secret, "vendor.test")
	if err != nil || account == nil {
		t.Fatal(account, err)
	}
	return &snapshot.Credential{Name: "main", Secret: secret, Account: account}
}

// call makes one and gives what the upstream saw; empty where it saw nothing.
func (r *rig) call(t *testing.T, c *snapshot.Credential) (string, error) {
	t.Helper()
	resp, err := r.pool.Send(t.Context(), http.MethodPost, &snapshot.Target{Upstream: r.up, Credential: c}, dialect.Wire{Path: "/chat", Body: []byte(`{}`)})
	if err != nil {
		select {
		case saw := <-r.seen:
			t.Errorf("the upstream was asked all the same, with %q", saw)
		default:
		}
		return "", err
	}
	_, _ = io.Copy(io.Discard, resp.Body)
	_ = resp.Body.Close()
	return <-r.seen, nil
}

func (r *rig) expect(t *testing.T, c *snapshot.Credential, want string) {
	t.Helper()
	if got, err := r.call(t, c); err != nil || got != want {
		t.Errorf("the upstream saw %q (%v), want %q", got, err, want)
	}
}

func (r *rig) issuerSays(h http.HandlerFunc) { r.answer.Store(&h) }

// checkAssertion verifies what a service account has signed.
func (r *rig) checkAssertion(t *testing.T, form url.Values) {
	t.Helper()
	if form.Get("grant_type") != "urn:ietf:params:oauth:grant-type:jwt-bearer" {
		t.Errorf("grant type %q", form.Get("grant_type"))
	}
	parts := strings.Split(form.Get("assertion"), ".")
	if len(parts) != 3 {
		t.Fatalf("assertion %q", form.Get("assertion"))
	}
	sum := sha256.Sum256([]byte(parts[0] + "." + parts[1]))
	signature, err := base64.RawURLEncoding.DecodeString(parts[2])
	if err != nil || rsa.VerifyPKCS1v15(&r.key.PublicKey, crypto.SHA256, sum[:], signature) != nil {
		t.Error("the signature is not the account's")
	}
	var head struct{ Alg, Kid string }
	var claims struct {
		Iss, Aud, Scope string
		Iat, Exp        int64
	}
	for i, to := range []any{&head, &claims} {
		raw, err := base64.RawURLEncoding.DecodeString(parts[i])
		if err != nil || json.Unmarshal(raw, to) != nil {
			t.Fatal(string(raw), err)
		}
	}
	now := time.Now().Unix()
	if head.Alg != "RS256" || head.Kid != "kid-1" || claims.Iss != "gateway@p.iam.gserviceaccount.com" ||
		claims.Aud != "https://oauth2.googleapis.com/token" || claims.Scope != "https://www.googleapis.com/auth/cloud-platform" ||
		claims.Iat > now || claims.Exp <= now || claims.Exp-claims.Iat > 3700 {
		t.Errorf("%+v %+v", head, claims)
	}
}

func TestOneAccessTokenServesAllCalls(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newRig(t)
		c := r.serviceAccount(t)
		var all sync.WaitGroup
		for range 20 {
			all.Go(func() { r.expect(t, c, "Bearer tok-1|") })
		}
		all.Wait()
		r.expect(t, c, "Bearer tok-1|")
		if r.minted.Load() != 1 || r.asked() != 1 {
			t.Errorf("%d tokens over %d connections", r.minted.Load(), r.asked())
		}
		r.checkAssertion(t, <-r.forms)
		other := *c
		other.Secret += " "
		r.expect(t, &other, "Bearer tok-2|")
		if bytesOf := fmt.Sprintf("%+v", <-r.forms); strings.Contains(bytesOf, "PRIVATE") {
			t.Error("the private key was sent")
		}
	})
}

func TestAClientOfEntraGetsATokenAndAKeyIsSentAsItIs(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newRig(t)
		c := credentialOf(t, hw.TokenIssuerEntra, "contoso.example:11111111-2222-3333-4444-55555555abcd:s3:cret~")
		r.expect(t, c, "Bearer tok-1|")
		form := <-r.forms
		for name, want := range map[string]string{
			"grant_type": "client_credentials", "client_id": "11111111-2222-3333-4444-55555555abcd", "client_secret": "s3:cret~",
			"scope": "https://cognitiveservices.azure.com/.default",
		} {
			if form.Get(name) != want {
				t.Errorf("%s = %q", name, form.Get(name))
			}
		}
		r.expect(t, &snapshot.Credential{Secret: "0123456789abcdef"}, "|0123456789abcdef")
		if r.minted.Load() != 1 {
			t.Error("a token was asked for a plain key")
		}
	})
}

func TestATokenIsRenewedShortlyBeforeItsEndAndNobodyWaits(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newRig(t)
		c := r.serviceAccount(t)
		r.expect(t, c, "Bearer tok-1|")
		time.Sleep(54 * time.Minute)
		r.expect(t, c, "Bearer tok-1|")
		if r.minted.Load() != 1 {
			t.Fatal("renewed too early")
		}
		gate := make(chan struct{})
		r.issuerSays(func(w http.ResponseWriter, _ *http.Request) {
			<-gate
			w.Header().Set("Content-Type", "application/json")
			_, _ = io.WriteString(w, `{"access_token":"tok-late","expires_in":3600}`)
		})
		time.Sleep(90 * time.Second)
		for range 3 {
			r.expect(t, c, "Bearer tok-1|") // the issuer takes its time: nobody notices
		}
		synctest.Wait()
		if r.asked() != 2 {
			t.Errorf("%d requests to the issuer", r.asked())
		}
		close(gate)
		synctest.Wait()
		r.expect(t, c, "Bearer tok-late|")
		time.Sleep(2 * time.Hour)
		r.answer.Store(nil)
		r.expect(t, c, "Bearer tok-2|")
	})
}

func TestARenewalThatFailsLeavesTheTokenInUse(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newRig(t)
		c := r.serviceAccount(t)
		r.expect(t, c, "Bearer tok-1|")
		r.cutOff(google, syscall.ECONNREFUSED)
		time.Sleep(56 * time.Minute)
		for range 100 {
			r.expect(t, c, "Bearer tok-1|")
			synctest.Wait()
			time.Sleep(100 * time.Millisecond)
		}
		if asked := r.asked(); asked < 3 || asked > 6 { // after 1, 2 and 4 seconds
			t.Errorf("the issuer was asked %d times in 10 s", asked)
		}
		time.Sleep(4 * time.Minute)
		_, err := r.call(t, c)
		failure, ok := errors.AsType[*TokenError](err)
		if !ok || failure.Refused || failure.Words != "oauth2.googleapis.com refused the connection." {
			t.Fatalf("%+v, %v", failure, err)
		}
		r.cutOff(google, nil)
		time.Sleep(31 * time.Second)
		r.expect(t, c, "Bearer tok-2|")
	})
}

func TestAFailureOfTheIssuerIsToldToAllForAWhile(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newRig(t)
		c := r.serviceAccount(t)
		r.issuerSays(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(503) })
		for range 50 {
			if _, err := r.call(t, c); err == nil {
				t.Fatal("a call without a token")
			}
		}
		if r.asked() != 1 {
			t.Errorf("the issuer was asked %d times at once", r.asked())
		}
	})
}

func TestWhoIsToBlameForATokenThatIsNotGiven(t *testing.T) {
	says := func(status int, kind, body string) http.HandlerFunc {
		return func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", kind)
			w.WriteHeader(status)
			_, _ = io.WriteString(w, body)
		}
	}
	const asJSON = "application/json"
	const client = "contoso.example:11111111-2222-3333-4444-55555555abcd:canary"
	for name, row := range map[string]struct {
		secret  string // a client's; empty means a service account
		answer  http.HandlerFunc
		refused bool
		words   string
	}{
		"a key that Google does not take": {
			"", says(400, asJSON, `{"error":"invalid_grant","error_description":"Invalid JWT Signature."}`), true,
			"Google refused the service account: invalid_grant: Invalid JWT Signature.",
		},
		"a client's secret that Microsoft does not take": {
			client, says(401, asJSON, `{"error":"invalid_client","error_description":"AADSTS7000215: Invalid client secret provided. Trace ID: 1\r\nTimestamp: 2"}`), true,
			"Microsoft Entra refused the client: invalid_client: AADSTS7000215: Invalid client secret provided.",
		},
		"a tenant that is not there": {
			client, says(400, asJSON, `{"error":"invalid_request","error_description":"AADSTS90002: Tenant 'contoso.example' not found."}`), true,
			"Microsoft Entra refused the client: invalid_request: AADSTS90002: Tenant 'contoso.example' not found.",
		},
		"words that repeat the secret":         {client, says(401, asJSON, `{"error":"invalid_client","error_description":"canary is wrong"}`), true, "Microsoft Entra refused the client: invalid_client: [key] is wrong"},
		"an issuer that is busy":               {"", says(503, asJSON, `{"error":"server_error"}`), false, "oauth2.googleapis.com answered 503."},
		"an issuer that limits":                {"", says(429, asJSON, `{"error":"rate_limit_exceeded"}`), false, "oauth2.googleapis.com answered 429."},
		"trouble told with 400":                {"", says(400, asJSON, `{"error":"temporarily_unavailable"}`), false, "oauth2.googleapis.com answered 400."},
		"a proxy's page":                       {"", says(403, "text/html", `<html>no</html>`), false, "oauth2.googleapis.com answered 403."},
		"a page in place of a token":           {"", says(200, "text/html", `<html>hello</html>`), false, "oauth2.googleapis.com answered with something that is no access token."},
		"an answer without a token":            {"", says(200, asJSON, `{"expires_in":1}`), false, "oauth2.googleapis.com answered with no access token."},
		"a token that would be a second field": {"", says(200, asJSON, `{"access_token":"a\r\nX: b","expires_in":60}`), false, "oauth2.googleapis.com answered with no access token."},
		"a token of half a megabyte":           {"", says(200, asJSON, `{"access_token":"`+strings.Repeat("t", 512<<10)+`","expires_in":60}`), false, "oauth2.googleapis.com answered with no access token."},
		"a redirect, which is not followed": {"", func(w http.ResponseWriter, req *http.Request) {
			http.Redirect(w, req, "https://login.microsoftonline.com/", http.StatusTemporaryRedirect)
		}, false, "oauth2.googleapis.com answered 307."},
		"an answer without an end": {"", func(w http.ResponseWriter, req *http.Request) {
			for req.Context().Err() == nil {
				if _, err := w.Write(make([]byte, 64<<10)); err != nil {
					return
				}
			}
		}, false, "oauth2.googleapis.com answered with something that is no access token."},
		"silence": {"", func(_ http.ResponseWriter, req *http.Request) {
			_, _ = io.Copy(io.Discard, req.Body)
			<-req.Context().Done()
		}, false, "oauth2.googleapis.com did not give an access token in time."},
		"a connection that breaks": {"", func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) }, false, "oauth2.googleapis.com broke the connection off."},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				r := newRig(t)
				c := r.serviceAccount(t)
				if row.secret != "" {
					c = credentialOf(t, hw.TokenIssuerEntra, row.secret)
				}
				r.issuerSays(row.answer)
				_, err := r.call(t, c)
				failure, ok := errors.AsType[*TokenError](err)
				if !ok || failure.Refused != row.refused || failure.Words != row.words {
					t.Fatalf("%+v, %v", failure, err)
				}
				if strings.Contains(err.Error(), "canary") || strings.Contains(err.Error(), "PRIVATE") {
					t.Errorf("a secret is in %v", err)
				}
			})
		})
	}
}

// TestALifeThatNoTokenHasIsNotBelieved: neither is the issuer asked for each
// call, nor a token kept for ever.
func TestALifeThatNoTokenHasIsNotBelieved(t *testing.T) {
	for _, life := range []string{"9223372036854775807", "1e18", "-5", "9000000000", "0"} {
		synctest.Test(t, func(t *testing.T) {
			r := newRig(t)
			c := r.serviceAccount(t)
			var asked atomic.Int64
			r.issuerSays(func(w http.ResponseWriter, _ *http.Request) {
				asked.Add(1)
				w.Header().Set("Content-Type", "application/json")
				_, _ = fmt.Fprintf(w, `{"access_token":"tok","expires_in":%s,"token_type":"Bearer"}`, life)
			})
			for range 5 {
				if _, err := r.call(t, c); err != nil {
					if strings.HasPrefix(life, "1e") { // no whole number
						return
					}
					t.Fatal(life, err)
				}
			}
			if n := asked.Load(); n != 1 {
				t.Errorf("%s: the issuer was asked %d times for five calls", life, n)
			}
			time.Sleep(mostLife)
			if _, err := r.call(t, c); err != nil || asked.Load() < 2 {
				t.Errorf("%s: the token is still used after a day: %v", life, err)
			}
		})
	}
}

func TestACallerWhoLeavesDoesNotTakeTheTokenAlong(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newRig(t)
		c := r.serviceAccount(t)
		r.issuerSays(func(w http.ResponseWriter, _ *http.Request) {
			time.Sleep(2 * time.Second)
			w.Header().Set("Content-Type", "application/json")
			_, _ = io.WriteString(w, `{"access_token":"tok","expires_in":3600}`)
		})
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		_, err := r.pool.Send(ctx, http.MethodPost, &snapshot.Target{Upstream: r.up, Credential: c}, dialect.Wire{})
		if failure, ok := errors.AsType[*TokenError](err); !ok || failure.Refused || !errors.Is(err, context.DeadlineExceeded) {
			t.Fatal(err)
		}
		r.expect(t, c, "Bearer tok|")
		if r.asked() != 1 {
			t.Errorf("the issuer was asked %d times", r.asked())
		}
	})
}

func TestATokenThatTheUpstreamRefusesIsNotUsedAgain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newRig(t)
		c := r.serviceAccount(t)
		r.expect(t, c, "Bearer tok-1|")
		r.status.Store(401)
		r.expect(t, c, "Bearer tok-1|")
		r.status.Store(200)
		r.expect(t, c, "Bearer tok-2|")
		r.status.Store(403) // that is about what it may do, not about who it is
		r.expect(t, c, "Bearer tok-2|")
		r.expect(t, c, "Bearer tok-2|")
	})
}

func TestTokensOfCredentialsThatAreGoneAreForgotten(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newRig(t)
		c := r.serviceAccount(t)
		r.expect(t, c, "Bearer tok-1|")
		r.up.Credentials = []*snapshot.Credential{c}
		r.pool.Keep(&snapshot.Snapshot{Upstreams: []*snapshot.Upstream{r.up}})
		r.expect(t, c, "Bearer tok-1|")
		r.pool.Keep(&snapshot.Snapshot{})
		if n := len(r.pool.tokens.tokens); n != 0 {
			t.Errorf("%d tokens are kept", n)
		}
		r.expect(t, c, "Bearer tok-2|")
		r.pool.Close()
		r.pool.Close()
		if _, err := r.call(t, c); err == nil {
			t.Error("a closed pool gave a token")
		}
	})
}

func TestATestMakesATokenOfItsOwnAStep(t *testing.T) {
	list := dialect.Wire{Path: "/models"}
	synctest.Test(t, func(t *testing.T) {
		r := newRig(t)
		r.up.Credentials = []*snapshot.Credential{r.serviceAccount(t)}
		r.expect(t, r.up.Credentials[0], "Bearer tok-1|")
		report := r.pool.Diagnose(t.Context(), r.up, list)
		if got := <-r.seen; !report.OK || got != "Bearer tok-2|" { // a new one: the account may be gone since
			t.Errorf("%+v, the upstream saw %q", report, got)
		}
		if first := report.Steps[0]; first.Name != hw.StepToken || !first.OK || first.Words != "oauth2.googleapis.com gave an access token" {
			t.Errorf("%+v", report.Steps)
		}
		report = r.pool.Diagnose(t.Context(), r.up, dialect.Wire{})
		if !report.OK || !strings.Contains(report.Diagnosis, "lists no models") || report.Steps[0].Name != hw.StepToken || len(r.seen) != 0 {
			t.Errorf("an upstream without a list: %+v", report)
		}
		r.cutOff(vendor, syscall.ECONNREFUSED)
		if report = r.pool.Diagnose(t.Context(), r.up, dialect.Wire{}); report.OK || report.Code != hw.CodeUpstreamUnreachable.Info().Public {
			t.Errorf("%+v", report)
		}
		r.issuerSays(func(w http.ResponseWriter, _ *http.Request) {
			w.WriteHeader(400)
			_, _ = io.WriteString(w, `{"error":"invalid_grant","error_description":"Invalid grant: account not found"}`)
		})
		report = r.pool.Diagnose(t.Context(), r.up, list)
		if report.OK || report.Code != hw.CodeUpstreamAuth.Info().Public || len(report.Steps) != 1 || report.Steps[0].Name != hw.StepToken ||
			report.Diagnosis != "Google refused the service account: invalid_grant: Invalid grant: account not found" || !strings.Contains(report.Hint, "clock") {
			t.Errorf("%+v", report)
		}
		r.cutOff(google, syscall.ECONNREFUSED)
		report = r.pool.Diagnose(t.Context(), r.up, list)
		if report.OK || report.Code != hw.CodeUpstreamUnreachable.Info().Public || !strings.Contains(report.Hint, "not judged") {
			t.Errorf("%+v", report)
		}
	})
}

func TestTheGuardHoldsOnTheWayToAnIssuer(t *testing.T) {
	pool, err := New(Config{Practice: http.DefaultTransport})
	if err != nil {
		t.Fatal(err)
	}
	defer pool.Close()
	for address, local := range map[string]bool{"127.0.0.1:9": false, "10.0.0.1:9": false, "169.254.169.254": true, "100.100.100.200": true} {
		up := &snapshot.Upstream{
			Name: "x", Fingerprint: address, Local: local, Base: &url.URL{Scheme: "https", Host: "vendor.test"},
			Provider: hw.Provider{AuthHeader: "Api-Key"}, Timeouts: snapshot.Timeouts{Connect: time.Second, TLS: time.Second},
		}
		c := &snapshot.Credential{Account: &keyform.Account{Issuer: hw.TokenIssuerEntra, ID: "i", Secret: "s", TokenURL: "https://" + address + "/token"}}
		_, err := pool.Send(t.Context(), http.MethodPost, &snapshot.Target{Upstream: up, Credential: c}, dialect.Wire{})
		if !errors.Is(err, ErrForbiddenAddress) {
			t.Errorf("%s: %v", address, err)
		}
	}
}

func TestAnIssuerThatIsNotTrustedGetsNoSecret(t *testing.T) {
	var asked atomic.Int64
	server := httptest.NewUnstartedServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { asked.Add(1) }))
	server.Config.ErrorLog = log.New(io.Discard, "", 0)
	certificate, _ := authority(t)
	server.TLS = &tls.Config{Certificates: []tls.Certificate{*certificate}, MinVersion: tls.VersionTLS12}
	server.StartTLS()
	defer server.Close()
	pool, err := New(Config{Practice: http.DefaultTransport, Dial: func(ctx context.Context, network, _ string) (net.Conn, error) {
		return (&net.Dialer{}).DialContext(ctx, network, server.Listener.Addr().String())
	}})
	if err != nil {
		t.Fatal(err)
	}
	defer pool.Close()
	up := &snapshot.Upstream{
		Name: "x", Fingerprint: "x", RootCAs: x509.NewCertPool(), Base: &url.URL{Scheme: "https", Host: "vendor.test"},
		Provider: hw.Provider{AuthHeader: "Api-Key"}, Timeouts: snapshot.Timeouts{Connect: time.Second, TLS: time.Second},
	}
	c := credentialOf(t, hw.TokenIssuerEntra, "contoso.example:11111111-2222-3333-4444-55555555abcd:s")
	_, err = pool.Send(t.Context(), http.MethodPost, &snapshot.Target{Upstream: up, Credential: c}, dialect.Wire{})
	failure, ok := errors.AsType[*TokenError](err)
	if !ok || failure.Refused || !strings.Contains(failure.Words, "login.microsoftonline.com presented a certificate signed by") || asked.Load() != 0 {
		t.Fatalf("%+v, %v", failure, err)
	}
}
