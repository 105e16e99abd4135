package upstream

import (
	"context"
	"crypto/tls"
	"encoding/json"
	"errors"
	"net"
	"net/http"
	"net/url"
	"strings"
	"time"

	"golang.org/x/oauth2"
	"golang.org/x/oauth2/clientcredentials"
	"golang.org/x/oauth2/jwt"

	"headwater/backend/hw"
	"headwater/backend/internal/keyform"
	"headwater/backend/internal/snapshot"
)

// maxToken bounds an access token, which goes with each request. Microsoft's are
// some 2 KiB. Unit: bytes.
const maxToken = 16 << 10

// The bounds of what an issuer says of a token's life: it must neither be asked
// for each call, nor be believed for ever.
const (
	leastLife = time.Second
	mostLife  = 24 * time.Hour
)

// mint asks an issuer for an access token, on the way on which the upstream is
// asked: the same guard of addresses, the same trust and the same timeouts. The
// library bounds what is read of the answer (1 MiB). Errors are *TokenError.
func (p *Pool) mint(ctx context.Context, up *snapshot.Upstream, account *keyform.Account) (value string, life time.Duration, err error) {
	transport := p.newTransport(up)
	transport.DisableKeepAlives = true // the next one is asked for in an hour
	defer transport.CloseIdleConnections()
	trip := &issuerTrip{ctx: ctx, transport: transport}
	client := &http.Client{Transport: trip, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	token, err := sourceOf(context.WithValue(ctx, oauth2.HTTPClient, client), account).Token()
	if err != nil {
		return "", 0, trip.failed(err, account)
	}
	if token.AccessToken == "" || len(token.AccessToken) > maxToken || strings.ContainsFunc(token.AccessToken, func(r rune) bool { return r <= ' ' || r > '~' }) {
		return "", 0, tokenError(false, nil, hw.Say("token.empty", "server", serverOf(account)))
	}
	life = usualLife
	if !token.Expiry.IsZero() {
		life = min(max(time.Until(token.Expiry), leastLife), mostLife)
	}
	return token.AccessToken, life, nil
}

// sourceOf asks with a signed assertion (RFC 7523) for a service account, with a
// client's secret (RFC 6749, section 4.4) for a client.
func sourceOf(ctx context.Context, a *keyform.Account) oauth2.TokenSource {
	if a.Issuer == hw.TokenIssuerGoogle {
		return (&jwt.Config{
			Email: a.ID, PrivateKey: []byte(a.Secret), PrivateKeyID: a.KeyID, Scopes: []string{a.Scope}, TokenURL: a.TokenURL,
		}).TokenSource(ctx)
	}
	return (&clientcredentials.Config{
		ClientID: a.ID, ClientSecret: a.Secret, Scopes: []string{a.Scope}, TokenURL: a.TokenURL, AuthStyle: oauth2.AuthStyleInParams,
	}).TokenSource(ctx)
}

// issuerTrip binds the library's requests to a context, and keeps the network's
// own error, which the library turns into text.
type issuerTrip struct {
	ctx       context.Context //nolint:containedctx // one trip, one context
	transport http.RoundTripper
	asked     bool
	err       error
}

// RoundTrip implements http.RoundTripper.
func (t *issuerTrip) RoundTrip(req *http.Request) (*http.Response, error) {
	t.asked = true
	resp, err := t.transport.RoundTrip(req.WithContext(t.ctx))
	if err == nil {
		err = final(resp)
	}
	t.err = err
	return resp, err //nolint:wrapcheck // kept for failed
}

// failed says why there is no token.
func (t *issuerTrip) failed(err error, a *keyform.Account) *TokenError {
	server := serverOf(a)
	if !t.asked && a.Issuer == hw.TokenIssuerGoogle {
		return tokenError(true, err, hw.Say("token.unsigned"))
	}
	if t.err != nil {
		return tokenError(false, t.err, networkSaid(server, t.err))
	}
	answer, ok := errors.AsType[*oauth2.RetrieveError](err)
	if !ok || answer.Response == nil {
		if cause := t.ctx.Err(); cause != nil {
			return tokenError(false, cause, networkSaid(server, cause))
		}
		return tokenError(false, nil, hw.Say("token.unread", "server", server))
	}
	status := answer.Response.StatusCode
	code, why := oauthError(answer.Body)
	if refuses(status, code) {
		return tokenError(true, nil, refusedSaid(a, code, why))
	}
	return tokenError(false, nil, hw.Say("token.status", "server", server, "status", status))
}

// refuses reports whether an answer is about the credential. The codes are those
// of RFC 6749, section 5.2; Microsoft tells of an unknown tenant as an invalid
// request.
func refuses(status int, code string) bool {
	if status != http.StatusBadRequest && status != http.StatusUnauthorized && status != http.StatusForbidden {
		return false
	}
	switch code {
	case "", "temporarily_unavailable", "server_error", "slow_down":
		return false
	}
	return true
}

// oauthError reads an error's code and what is said of it.
func oauthError(body []byte) (code, why string) {
	var e struct {
		Code string `json:"error"`
		Why  string `json:"error_description"`
	}
	if json.Unmarshal(body, &e) != nil {
		return "", ""
	}
	return e.Code, e.Why
}

// maxWhy bounds what is repeated of an issuer's own words, and maxScanned what is
// searched for the secret. Unit: bytes.
const (
	maxWhy     = 160
	maxScanned = 4 << 10
)

// refusedSaid is such as "Google refused the service account: invalid_grant:
// Invalid JWT Signature."
func refusedSaid(a *keyform.Account, code, why string) hw.Said {
	said := plainWords(hide(code[:min(len(code), maxScanned)], a.Secret), maxWhy)
	if why = plainWords(hide(why[:min(len(why), maxScanned)], a.Secret), maxWhy); why != "" {
		said += ": " + why
	}
	if a.Issuer == hw.TokenIssuerEntra {
		return hw.Say("token.entra_refused", "said", said)
	}
	return hw.Say("token.google_refused", "said", said)
}

// plainWords is the first line of a text from outside, up to its first full stop
// and in characters that every log can show. Microsoft lets numbers follow that
// are new each time.
func plainWords(text string, most int) string {
	text, _, _ = strings.Cut(strings.ReplaceAll(text, "\r", "\n"), "\n")
	if end := strings.Index(text, ". "); end >= 0 {
		text = text[:end+1]
	}
	text = strings.Map(func(r rune) rune {
		if r < ' ' || r > '~' {
			return -1
		}
		return r
	}, text)
	return strings.TrimSpace(text[:min(len(text), most)])
}

// serverOf names where tokens are asked for.
func serverOf(a *keyform.Account) string {
	u, err := url.Parse(a.TokenURL)
	if err != nil {
		return "The issuer of access tokens"
	}
	return u.Host
}

// networkSaid says what went wrong below HTTP on the way to an issuer.
func networkSaid(host string, err error) hw.Said {
	if said, _, ok := certificateSaid(err, host); ok {
		return said
	}
	if _, ok := errors.AsType[*net.DNSError](err); ok {
		return hw.Say("token.unknown", "server", host)
	}
	if _, ok := errors.AsType[tls.RecordHeaderError](err); ok {
		return hw.Say("tls.none", "host", host)
	}
	switch {
	case errors.Is(err, ErrForbiddenAddress):
		return hw.Say("address.forbidden", "host", host)
	case isTimeout(err):
		return hw.Say("token.late", "server", host)
	}
	if _, ok := errors.AsType[*DialError](err); ok {
		return hw.Say("connect.refused", "host", host)
	}
	return hw.Say("answer.broken_off", "host", host)
}

func isTimeout(err error) bool {
	timed, ok := errors.AsType[net.Error](err)
	return errors.Is(err, context.DeadlineExceeded) || ok && timed.Timeout()
}
