package drill_test

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"io"
	"log"
	"math/big"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"headwater/backend/hw"
	"headwater/backend/internal/dialect"
	"headwater/backend/internal/dialect/openai"
	"headwater/backend/internal/drill"
	"headwater/backend/internal/health"
	"headwater/backend/internal/snapshot"
	"headwater/backend/internal/testupstream"
	"headwater/backend/internal/upstream"
)

// The timers of an attempt in these tests, short and real.
var (
	errFirst = errors.New("no content in time")
	errIdle  = errors.New("silence")
)

const patience = 250 * time.Millisecond

type sender = func(context.Context) (*upstream.Response, error)

// attempt carries out an attempt as the gateway does, and has health judge it.
type attempt struct {
	ctx    context.Context
	cancel context.CancelCauseFunc
	speaks string
	stream bool
	facts  health.Facts
	got    string // what the caller would have got
	resp   *upstream.Response
}

func judge(t *testing.T, speaks string, stream bool, send sender) (health.Outcome, *attempt) {
	t.Helper()
	a := &attempt{speaks: speaks, stream: stream}
	a.ctx, a.cancel = context.WithCancelCause(t.Context())
	defer a.cancel(nil)
	outcome := a.run(send)
	if a.resp != nil {
		_ = a.resp.Body.Close()
	}
	return outcome, a
}

func (a *attempt) run(send sender) health.Outcome {
	var silent atomic.Bool // the first content has come
	timer := time.AfterFunc(patience, func() {
		if silent.Load() {
			a.cancel(errIdle)
		}
		a.cancel(errFirst)
	})
	defer timer.Stop()
	a.facts.Phase = health.PhaseHead
	resp, err := send(a.ctx)
	if err != nil {
		return a.fail(err)
	}
	a.resp = resp
	a.facts.Phase, a.facts.Status, a.facts.Header = health.PhaseBody, resp.Status, resp.Header
	out := dialects()[a.speaks]
	if resp.Status >= 300 {
		body, err := io.ReadAll(resp.Body)
		if err != nil {
			return a.fail(err)
		}
		a.facts.Detail = out.ReadError(resp.Status, resp.Header, body)
		return health.Classify(a.facts, time.Now())
	}
	exchange := dialect.NewExchange(openai.Inbound{}, out, dialect.EncodeOptions{
		Op: dialect.Operation{Endpoint: dialect.EndpointChat}, Stream: a.stream, Model: "m", RequestID: "req_1", Request: &dialect.Request{},
	})
	if strings.HasPrefix(strings.Join(resp.Header["Content-Type"], ""), "text/event-stream") {
		err = a.readStream(exchange, func() { silent.Store(true); timer.Reset(patience) })
	} else {
		err = a.readWhole(exchange)
	}
	if err != nil {
		return a.fail(err)
	}
	return health.Classify(a.facts, time.Now())
}

func (a *attempt) readWhole(exchange dialect.Exchange) error {
	body, err := io.ReadAll(a.resp.Body)
	if err != nil {
		return err
	}
	var out []byte
	if a.stream {
		out, _, err = exchange.AnswerAsStream(nil, body)
	} else {
		out, _, err = exchange.Answer(nil, body)
	}
	a.got = string(out)
	return err
}

func (a *attempt) readStream(exchange dialect.Exchange, content func()) error {
	buf := make([]byte, 4<<10)
	for {
		n, err := a.resp.Body.Read(buf)
		if n > 0 {
			out, sign, ferr := exchange.Feed(nil, buf[:n])
			a.got += string(out)
			if ferr != nil {
				return ferr
			}
			if sign.Content {
				content()
			}
		}
		if errors.Is(err, io.EOF) {
			_, _, err := exchange.Close(nil)
			return err
		}
		if err != nil {
			return err
		}
	}
}

func (a *attempt) fail(err error) health.Outcome {
	a.facts.Err = err
	if fault, ok := errors.AsType[*dialect.Fault](err); ok {
		a.facts.Fault, a.facts.Err = fault, nil
		return health.Classify(a.facts, time.Now())
	}
	if dial, ok := errors.AsType[*upstream.DialError](err); ok {
		a.facts.Phase = health.PhaseConnect
		if timeout, ok := errors.AsType[net.Error](dial.Unwrap()); ok && timeout.Timeout() {
			a.facts.TimedOut = health.TimeoutConnect
		}
	}
	switch cause := context.Cause(a.ctx); {
	case errors.Is(cause, errFirst):
		a.facts.TimedOut = health.TimeoutFirstByte
	case errors.Is(cause, errIdle):
		a.facts.TimedOut = health.TimeoutIdle
	}
	return health.Classify(a.facts, time.Now())
}

type noPractice struct{}

func (noPractice) RoundTrip(*http.Request) (*http.Response, error) {
	return nil, errors.New("the simulator must not be asked")
}

// really is an attempt at a real address.
func really(t *testing.T, base, speaks string, stream bool, dial func(context.Context, string, string) (net.Conn, error), roots *x509.CertPool) sender {
	t.Helper()
	pool, err := upstream.New(upstream.Config{Practice: noPractice{}, Dial: dial})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(pool.Close)
	u, err := url.Parse(base + "/v1")
	if err != nil {
		t.Fatal(err)
	}
	target := &snapshot.Target{Upstream: &snapshot.Upstream{
		ID: "ups_1", Name: "up", Base: u, Local: true, Fingerprint: base, RootCAs: roots,
		Timeouts: snapshot.Timeouts{Connect: time.Second, TLS: time.Second, FirstByte: time.Second, Idle: time.Second},
	}}
	wire := dialect.Wire{Path: "/chat/completions", Body: []byte(`{"model":"m","messages":[{"role":"user","content":"hi"}],"stream":` + map[bool]string{true: "true", false: "false"}[stream] + `}`)}
	if speaks == "anthropic" {
		wire.Path, wire.Header = "/messages", dialect.Header{"Anthropic-Version": {"2023-06-01"}}
		wire.Body = []byte(strings.Replace(string(wire.Body), `"model"`, `"max_tokens":50,"model"`, 1))
	}
	return func(ctx context.Context) (*upstream.Response, error) { return pool.Send(ctx, "POST", target, wire) }
}

// rehearsed is the same attempt while a drill runs.
func rehearsed(t *testing.T, s hw.DrillSpec, speaks string, target drill.Target, next sender) sender {
	t.Helper()
	r := newRig(t, &memory{})
	r.start(s)
	i := r.hit(inScope(), target)
	return func(ctx context.Context) (*upstream.Response, error) { return i.Send(ctx, speaks, next) }
}

// TestAFaultLooksToHealthLikeTheRealOne compares the whole judgement of each
// rehearsed fault, its words included, with that of the same fault over real
// sockets.
func TestAFaultLooksToHealthLikeTheRealOne(t *testing.T) {
	for _, row := range []struct {
		fault hw.DrillFault
		real  string // what the vendor is told to do
		hint  int64
		plain bool // the real fault exists for plain answers only
		class hw.Class
	}{
		{hw.DrillBlackhole, "hang", 0, false, hw.ClassSlow},
		{hw.DrillSlowFirstToken, "silent", 0, false, hw.ClassSlow},
		{hw.DrillRate, "rate", 0, false, hw.ClassRate},
		{hw.DrillRate, "rate+retry-7", 7, false, hw.ClassRate},
		{hw.DrillQuota, "quota", 0, false, hw.ClassQuota},
		{hw.DrillQuota, "quota+retry-7", 7, false, hw.ClassQuota},
		{hw.DrillRevokedKey, "auth", 0, false, hw.ClassAuth},
		{hw.DrillError500, "server", 0, false, hw.ClassFailed},
		{hw.DrillOverloaded503, "status-503", 0, false, hw.ClassOverloaded},
		{hw.DrillOverloaded503, "status-503-retry-9", 9, false, hw.ClassOverloaded},
		{hw.DrillOverloaded529, "status-529", 0, false, hw.ClassOverloaded},
		{hw.DrillHTML, "html+status-502", 0, false, hw.ClassOverloaded},
		{hw.DrillBadJSON, "badjson", 0, true, hw.ClassFailed},
		{hw.DrillErrorIn200, "error-in-200", 0, false, hw.ClassFailed},
		{hw.DrillStall, "stall-after-1", 0, false, hw.ClassSlow},
		{hw.DrillCut, "cut-after-1", 0, false, hw.ClassFailed},
	} {
		for _, speaks := range []string{"openai", "anthropic"} {
			for _, stream := range []bool{true, false} {
				name := string(row.fault) + "/" + row.real + "/" + speaks + map[bool]string{true: "/stream", false: "/plain"}[stream]
				t.Run(name, func(t *testing.T) {
					t.Parallel()
					vendor := testupstream.Start(t)
					next := really(t, vendor.URL(), speaks, stream, nil, nil)
					s := spec(row.fault)
					s.RetryAfterS = row.hint
					if row.fault == hw.DrillSlowFirstToken {
						s.DelayMs = 10_000
					}
					got, seen := judge(t, speaks, stream, rehearsed(t, s, speaks, atUp(), next))
					if got.Class != row.class {
						t.Errorf("rehearsed: %+v", got)
					}
					if stream && row.plain {
						return
					}
					if err := vendor.SetFault(row.real); err != nil {
						t.Fatal(err)
					}
					want, same := judge(t, speaks, stream, next)
					if got != want {
						t.Errorf("rehearsed %+v\nreal      %+v", got, want)
					}
					if stream && (seen.got == "") != (same.got == "") {
						t.Errorf("rehearsed, the caller gets %q; really %q", seen.got, same.got)
					}
				})
			}
		}
	}
}

func TestAFaultOfTheConnectionLooksLikeTheRealOne(t *testing.T) {
	listener, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	closed := "http://" + listener.Addr().String()
	_ = listener.Close()
	open := testupstream.Start(t).URL()
	expired, roots := expiredServer(t)
	slow := spec(hw.DrillSlowConnect)
	slow.DelayMs = 100
	bounded := atUp()
	bounded.Connect = 20 * time.Millisecond
	for name, row := range map[string]struct {
		spec   hw.DrillSpec
		target drill.Target
		real   sender
		words  string
	}{
		"refused":          {spec(hw.DrillRefused), atUp(), really(t, closed, "openai", true, nil, nil), "connection refused"},
		"flapping":         {spec(hw.DrillFlapping), atUp(), really(t, closed, "openai", true, nil, nil), "connection refused"},
		"dns":              {spec(hw.DrillDNS), atUp(), really(t, "http://vendor.invalid", "openai", true, unknownHost(t), nil), "host name not found"},
		"tls expired":      {spec(hw.DrillTLSExpired), atUp(), really(t, expired, "openai", true, nil, roots), "TLS certificate expired or not yet valid before an answer"},
		"slow to the end":  {slow, bounded, really(t, open, "openai", true, (&net.Dialer{Timeout: time.Nanosecond}).DialContext, nil), "connecting took too long"},
		"slow, in the end": {slow, atUp(), really(t, open, "openai", true, nil, nil), ""},
	} {
		t.Run(name, func(t *testing.T) {
			next := unsent
			if name == "slow, in the end" {
				next = row.real
			}
			got, seen := judge(t, "openai", true, rehearsed(t, row.spec, "openai", row.target, next))
			want, _ := judge(t, "openai", true, row.real)
			if got != want || got.Cause != row.words {
				t.Errorf("rehearsed %+v (%v)\nreal      %+v", got, seen.facts.Err, want)
			}
			if name == "slow, in the end" && seen.resp.ConnectTime < 100*time.Millisecond {
				t.Errorf("connecting took %s", seen.resp.ConnectTime)
			}
		})
	}
}

// expiredServer speaks TLS with a certificate that is trusted and over.
func expiredServer(t *testing.T) (base string, roots *x509.CertPool) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), NotBefore: time.Now().Add(-48 * time.Hour), NotAfter: time.Now().Add(-24 * time.Hour),
		IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)}, IsCA: true, BasicConstraintsValid: true,
	}
	raw, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	server := httptest.NewUnstartedServer(http.NotFoundHandler())
	server.TLS = &tls.Config{Certificates: []tls.Certificate{{Certificate: [][]byte{raw}, PrivateKey: key}}, MinVersion: tls.VersionTLS12}
	server.Config.ErrorLog = log.New(io.Discard, "", 0)
	server.StartTLS()
	t.Cleanup(server.Close)
	certificate, err := x509.ParseCertificate(raw)
	if err != nil {
		t.Fatal(err)
	}
	roots = x509.NewCertPool()
	roots.AddCert(certificate)
	return server.URL, roots
}

// unknownHost dials by way of a name server that knows no name.
func unknownHost(t *testing.T) func(context.Context, string, string) (net.Conn, error) {
	t.Helper()
	server, err := (&net.ListenConfig{}).ListenPacket(t.Context(), "udp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = server.Close() })
	go func() {
		buf := make([]byte, 512)
		for {
			n, from, err := server.ReadFrom(buf)
			if err != nil {
				return
			}
			buf[2], buf[3] = 0x85, 0x83   // an authoritative answer: no such name
			buf[10], buf[11] = 0, 0       // without what the question brought along
			end := 12                     // after the header
			for end < n && buf[end] > 0 { // the name asked for
				end += int(buf[end]) + 1
			}
			_, _ = server.WriteTo(buf[:end+5], from)
		}
	}()
	return (&net.Dialer{Resolver: &net.Resolver{
		PreferGo: true,
		Dial: func(ctx context.Context, _, _ string) (net.Conn, error) {
			return (&net.Dialer{}).DialContext(ctx, "udp", server.LocalAddr().String())
		},
	}}).DialContext
}
