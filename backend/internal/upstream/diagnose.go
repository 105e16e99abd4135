package upstream

import (
	"cmp"
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"io"
	"net"
	"net/http"
	"net/http/httptrace"
	"slices"
	"strings"
	"sync"
	"time"

	"headwater/backend/hw"
	"headwater/backend/internal/dialect"
	"headwater/backend/internal/snapshot"
)

// maxModelList bounds the model list a test reads.
const maxModelList = 4 << 20

// testPatience is how long a test waits for an answer of an upstream without a
// bound of its own.
const testPatience = 30 * time.Second

// Diagnose asks an upstream for its model list, once for each credential, and
// says what is wrong in words. It costs nothing at the vendor and spends no
// token. list is the dialect's request for the list; without a path it means that
// there is none, and that connecting is all that can be tried.
func (p *Pool) Diagnose(ctx context.Context, up *snapshot.Upstream, list dialect.Wire) hw.TestReport {
	began := time.Now()
	d := &diagnosis{pool: p, up: up, tell: func(step string) { hw.BeginTestStep(ctx, step) }, listless: list.Path == "", report: hw.TestReport{Upstream: up.Name, Steps: []hw.TestStep{}, At: began.UTC()}}
	transport := p.transport(up)
	if t, ok := transport.(*http.Transport); ok {
		t = t.Clone() // a fresh one walks every step instead of reusing a connection
		defer t.CloseIdleConnections()
		transport = t
	}
	credentials := up.Credentials
	if len(credentials) == 0 {
		credentials = []*snapshot.Credential{nil}
	}
	for _, credential := range credentials {
		if !d.ask(ctx, transport, credential, list) {
			break
		}
	}
	return d.conclude(time.Since(began))
}

// diagnosis collects the steps of one test. The hooks of a dial that nobody
// waits for any more may still run after the test.
type diagnosis struct {
	pool *Pool
	up   *snapshot.Upstream
	// tell says which step begins, to whoever follows the test.
	tell func(step string)
	// listless is true for an upstream that has no list of models to ask for.
	listless bool
	mu       sync.Mutex
	// The fields below are guarded by mu.
	report hw.TestReport
	began  map[string]time.Time
}

// conclude gives the report as it is now; late hooks do not reach it.
func (d *diagnosis) conclude(took time.Duration) hw.TestReport {
	d.mu.Lock()
	defer d.mu.Unlock()
	report := d.report
	report.Steps = slices.Clone(report.Steps)
	report.TotalMs = milliseconds(took)
	if report.Diagnosis == "" {
		report.OK = true
		said := hw.Say("test.answers", "upstream", d.up.Name)
		if d.listless {
			said = hw.Say("test.reachable", "upstream", d.up.Name)
		}
		report.Diagnosis, report.DiagnosisSaid = hw.Tell(said)
	}
	return report
}

// again forgets the times of the credential before.
func (d *diagnosis) again() {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.began = map[string]time.Time{}
}

func (d *diagnosis) start(step string) {
	d.tell(step)
	d.mu.Lock()
	defer d.mu.Unlock()
	d.began[step] = time.Now()
}

// worked records a step that did what it should.
func (d *diagnosis) worked(name string, key hw.SaidKey, args ...any) {
	d.add(name, true, hw.Say(key, args...))
}

func (d *diagnosis) add(name string, ok bool, said hw.Said) {
	d.mu.Lock()
	defer d.mu.Unlock()
	took := 0.0
	if t, was := d.began[name]; was {
		took = milliseconds(time.Since(t))
	}
	step := hw.TestStep{Name: name, OK: ok, Ms: took}
	step.Words, step.WordsSaid = hw.Tell(said)
	d.report.Steps = append(d.report.Steps, step)
}

// codesHint stands for the hint of the code.
var codesHint hw.Said

// fail records the step that ended the test and what to do about it.
func (d *diagnosis) fail(name string, code hw.Code, diagnosis, hint hw.Said) bool {
	d.add(name, false, diagnosis)
	d.mu.Lock()
	defer d.mu.Unlock()
	row := code.Info()
	d.report.Diagnosis, d.report.DiagnosisSaid = hw.Tell(diagnosis)
	d.report.Hint, d.report.HintSaid = hw.Tell(hint)
	d.report.Hint, d.report.Code = cmp.Or(d.report.Hint, row.Hint), row.Public
	return false
}

func (d *diagnosis) trace() *httptrace.ClientTrace {
	return &httptrace.ClientTrace{
		DNSStart: func(httptrace.DNSStartInfo) { d.start(hw.StepAddress) },
		DNSDone: func(info httptrace.DNSDoneInfo) {
			if info.Err == nil {
				d.worked(hw.StepAddress, "address.found", "host", d.up.Base.Hostname())
			}
		},
		ConnectStart: func(string, string) { d.start(hw.StepConnect) },
		ConnectDone: func(_, _ string, err error) {
			if err == nil {
				d.worked(hw.StepConnect, "connect.made")
			}
		},
		// From here on only the answer is waited for.
		GotConn:           func(httptrace.GotConnInfo) { d.tell(hw.StepAnswer) },
		TLSHandshakeStart: func() { d.start(hw.StepTLS) },
		TLSHandshakeDone: func(state tls.ConnectionState, err error) {
			if err == nil {
				d.worked(hw.StepTLS, "tls.version", "version", tls.VersionName(state.Version))
			}
		},
	}
}

// ask makes one request and reports whether the test goes on.
func (d *diagnosis) ask(ctx context.Context, transport http.RoundTripper, credential *snapshot.Credential, list dialect.Wire) bool {
	d.again()
	limit := d.up.Timeouts.Connect + d.up.Timeouts.TLS + cmp.Or(d.up.Timeouts.FirstByte, testPatience)
	ctx, cancel := context.WithTimeout(httptrace.WithClientTrace(ctx, d.trace()), limit)
	defer cancel()
	who, ok := d.prove(ctx, credential)
	if !ok {
		return false
	}
	if d.listless {
		return d.reach(ctx)
	}
	url := endpoint(d.up.Base, list.Path)
	req := (&http.Request{Method: http.MethodGet, URL: url, Host: url.Host, Header: headerFor(ctx, http.MethodGet, url, who, &list)}).WithContext(ctx)
	d.start(hw.StepAnswer)
	resp, err := transport.RoundTrip(req)
	if err == nil {
		err = final(resp)
	}
	if err != nil {
		return d.network(err)
	}
	plain := decompress(resp)
	defer func() { _ = plain.Close() }()
	body, err := io.ReadAll(io.LimitReader(plain, maxModelList))
	if err != nil {
		return d.network(err)
	}
	return d.answer(resp.StatusCode, body, credential)
}

// reach opens a connection and closes it again.
func (d *diagnosis) reach(ctx context.Context) bool {
	if err := d.pool.Connect(ctx, d.up); err != nil {
		return d.network(err)
	}
	if d.up.Base.Scheme == "https" {
		d.worked(hw.StepTLS, "tls.encrypted")
	}
	return true
}

// network names what went wrong below HTTP.
func (d *diagnosis) network(err error) bool {
	host := d.up.Base.Host
	if _, ok := errors.AsType[*net.DNSError](err); ok {
		return d.fail(hw.StepAddress, hw.CodeUpstreamDNS, hw.Say("address.unknown", "host", d.up.Base.Hostname()), codesHint)
	}
	if errors.Is(err, ErrForbiddenAddress) {
		return d.fail(hw.StepConnect, hw.CodeUpstreamAddress, hw.Say("address.forbidden", "host", host), codesHint)
	}
	if said, hint, ok := certificateSaid(err, host); ok {
		return d.fail(hw.StepTLS, hw.CodeUpstreamTLS, said, hint)
	}
	if _, ok := errors.AsType[tls.RecordHeaderError](err); ok {
		return d.fail(hw.StepTLS, hw.CodeUpstreamTLS, hw.Say("tls.none", "host", host), hw.Say("tls.use_http"))
	}
	if dial, ok := errors.AsType[*DialError](err); ok {
		if t, ok := errors.AsType[net.Error](dial.Unwrap()); ok && t.Timeout() {
			return d.fail(hw.StepConnect, hw.CodeUpstreamConnect, hw.Say("connect.silent", "host", host, "limit", d.up.Timeouts.Connect), codesHint)
		}
		return d.fail(hw.StepConnect, hw.CodeUpstreamUnreachable, hw.Say("connect.refused", "host", host), codesHint)
	}
	if errors.Is(err, context.DeadlineExceeded) {
		return d.fail(hw.StepAnswer, hw.CodeUpstreamTimeout, hw.Say("answer.silent", "host", host), hw.Say("answer.look_at_it"))
	}
	return d.fail(hw.StepAnswer, hw.CodeUpstreamBroken, hw.Say("answer.broken_off", "host", host), hw.Say("answer.is_it_http"))
}

// certificateSaid says what is wrong with a certificate and what to do.
func certificateSaid(err error, host string) (said, hint hw.Said, ok bool) {
	if unknown, ok := errors.AsType[x509.UnknownAuthorityError](err); ok {
		said = hw.Say("tls.untrusted_nameless", "host", host)
		if unknown.Cert != nil && unknown.Cert.Issuer.CommonName != "" {
			said = hw.Say("tls.untrusted", "host", host, "issuer", unknown.Cert.Issuer.CommonName)
		}
		return said, hw.Say("tls.trust_it"), true
	}
	if invalid, ok := errors.AsType[x509.CertificateInvalidError](err); ok {
		if invalid.Reason == x509.Expired {
			return hw.Say("tls.expired", "host", host), codesHint, true
		}
		return hw.Say("tls.invalid", "host", host), codesHint, true
	}
	if _, ok := errors.AsType[x509.HostnameError](err); ok {
		return hw.Say("tls.other_name", "host", host), codesHint, true
	}
	return hw.Said{}, codesHint, false
}

// answer judges the status of the model list.
func (d *diagnosis) answer(status int, body []byte, credential *snapshot.Credential) bool {
	who := d.up.Provider.Name
	switch {
	case status == http.StatusUnauthorized, status == http.StatusForbidden:
		if credential == nil {
			return d.fail(hw.StepAuth, hw.CodeUpstreamAuth, hw.Say("auth.refused_keyless", "who", who, "status", status), hw.Say("auth.add_key"))
		}
		return d.fail(hw.StepAuth, hw.CodeUpstreamAuth, hw.Say("auth.refused", "who", who, "key", credential.Name, "status", status), hw.Say("auth.check_project"))
	case status == http.StatusPaymentRequired:
		return d.fail(hw.StepAuth, hw.CodeUpstreamQuota, noCredit(credential), hw.Say("auth.add_credit"))
	case status == http.StatusNotFound, status == http.StatusMethodNotAllowed:
		return d.fail(hw.StepModels, hw.CodeUpstreamNoModels, hw.Say("models.none", "address", d.up.Base, "status", status), codesHint)
	case status >= 400:
		return d.fail(hw.StepModels, hw.CodeUpstreamBroken, hw.Say("models.status", "who", who, "status", status), codesHint)
	case !looksLikeJSON(body):
		return d.fail(hw.StepModels, hw.CodeUpstreamMalformed, hw.Say("answer.no_json"), hw.Say("models.check_url"))
	}
	if credential == nil {
		d.worked(hw.StepAuth, "auth.none")
	} else {
		d.worked(hw.StepAuth, "auth.accepted", "key", credential.Name)
	}
	d.worked(hw.StepModels, "models.read")
	return true
}

func noCredit(credential *snapshot.Credential) hw.Said {
	if credential == nil {
		return hw.Say("auth.no_credit_keyless")
	}
	return hw.Say("auth.no_credit", "key", credential.Name)
}

func looksLikeJSON(body []byte) bool {
	trimmed := strings.TrimLeft(string(body[:min(len(body), 64)]), " \t\r\n")
	return strings.HasPrefix(trimmed, "{") || strings.HasPrefix(trimmed, "[")
}

func milliseconds(d time.Duration) float64 { return float64(d.Microseconds()) / 1000 }
