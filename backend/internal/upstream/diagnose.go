package upstream

import (
	"cmp"
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
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
	d := &diagnosis{pool: p, up: up, listless: list.Path == "", report: hw.TestReport{Upstream: up.Name, Steps: []hw.TestStep{}, At: began.UTC()}}
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
		report.Diagnosis = fmt.Sprintf("%s answers.", d.up.Name)
		if d.listless {
			report.Diagnosis = fmt.Sprintf("%s can be reached. It lists no models, so only a call shows whether its key is good.", d.up.Name)
		}
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
	d.mu.Lock()
	defer d.mu.Unlock()
	d.began[step] = time.Now()
}

func (d *diagnosis) step(name string, ok bool, words string) {
	d.mu.Lock()
	defer d.mu.Unlock()
	took := 0.0
	if t, was := d.began[name]; was {
		took = milliseconds(time.Since(t))
	}
	d.report.Steps = append(d.report.Steps, hw.TestStep{Name: name, OK: ok, Ms: took, Words: words})
}

// fail records the step that ended the test and what to do about it; an empty
// hint means the one of the code.
func (d *diagnosis) fail(name string, code hw.Code, diagnosis, hint string) bool {
	d.step(name, false, diagnosis)
	d.mu.Lock()
	defer d.mu.Unlock()
	row := code.Info()
	d.report.Diagnosis, d.report.Hint, d.report.Code = diagnosis, cmp.Or(hint, row.Hint), row.Public
	return false
}

func (d *diagnosis) trace() *httptrace.ClientTrace {
	return &httptrace.ClientTrace{
		DNSStart: func(httptrace.DNSStartInfo) { d.start(hw.StepAddress) },
		DNSDone: func(info httptrace.DNSDoneInfo) {
			if info.Err == nil {
				d.step(hw.StepAddress, true, fmt.Sprintf("%s was found", d.up.Base.Hostname()))
			}
		},
		ConnectStart: func(string, string) { d.start(hw.StepConnect) },
		ConnectDone: func(_, _ string, err error) {
			if err == nil {
				d.step(hw.StepConnect, true, "connected")
			}
		},
		TLSHandshakeStart: func() { d.start(hw.StepTLS) },
		TLSHandshakeDone: func(state tls.ConnectionState, err error) {
			if err == nil {
				d.step(hw.StepTLS, true, tls.VersionName(state.Version))
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
		d.step(hw.StepTLS, true, "encrypted")
	}
	return true
}

// network names what went wrong below HTTP.
func (d *diagnosis) network(err error) bool {
	host := d.up.Base.Host
	if _, ok := errors.AsType[*net.DNSError](err); ok {
		return d.fail(hw.StepAddress, hw.CodeUpstreamDNS, fmt.Sprintf("We could not find %s.", d.up.Base.Hostname()), "")
	}
	if errors.Is(err, ErrForbiddenAddress) {
		return d.fail(hw.StepConnect, hw.CodeUpstreamAddress, fmt.Sprintf("The address of %s is private, link-local or this gateway's own.", host), "")
	}
	if words, hint, ok := certificateWords(err, host); ok {
		return d.fail(hw.StepTLS, hw.CodeUpstreamTLS, words, hint)
	}
	if _, ok := errors.AsType[tls.RecordHeaderError](err); ok {
		return d.fail(hw.StepTLS, hw.CodeUpstreamTLS, fmt.Sprintf("%s does not speak TLS.", host), "Use http:// if that is intended, or check the port.")
	}
	if dial, ok := errors.AsType[*DialError](err); ok {
		if t, ok := errors.AsType[net.Error](dial.Unwrap()); ok && t.Timeout() {
			return d.fail(hw.StepConnect, hw.CodeUpstreamConnect, fmt.Sprintf("%s did not answer within %s.", host, d.up.Timeouts.Connect), "")
		}
		return d.fail(hw.StepConnect, hw.CodeUpstreamUnreachable, fmt.Sprintf("%s refused the connection.", host), "")
	}
	if errors.Is(err, context.DeadlineExceeded) {
		return d.fail(hw.StepAnswer, hw.CodeUpstreamTimeout, fmt.Sprintf("%s accepted the connection and then stayed silent.", host),
			"Try again; if it stays, look at the upstream itself.")
	}
	return d.fail(hw.StepAnswer, hw.CodeUpstreamBroken, fmt.Sprintf("%s broke the connection off.", host),
		"Check that this address speaks HTTP and is the API's, not a proxy's.")
}

// certificateWords says what is wrong with a certificate and what to do; an
// empty hint means the one of the code.
func certificateWords(err error, host string) (words, hint string, ok bool) {
	if unknown, ok := errors.AsType[x509.UnknownAuthorityError](err); ok {
		issuer := "an unknown issuer"
		if unknown.Cert != nil && unknown.Cert.Issuer.CommonName != "" {
			issuer = unknown.Cert.Issuer.CommonName
		}
		return fmt.Sprintf("%s presented a certificate signed by %s, which this machine does not trust.", host, issuer),
			"Add the issuer's certificate to the upstream's trusted certificates.", true
	}
	if invalid, ok := errors.AsType[x509.CertificateInvalidError](err); ok {
		if invalid.Reason == x509.Expired {
			return fmt.Sprintf("%s presented a certificate that is expired or not valid yet; check this machine's clock too.", host), "", true
		}
		return fmt.Sprintf("%s presented a certificate that is not valid.", host), "", true
	}
	if _, ok := errors.AsType[x509.HostnameError](err); ok {
		return fmt.Sprintf("%s presented a certificate for another name.", host), "", true
	}
	return "", "", false
}

// answer judges the status of the model list.
func (d *diagnosis) answer(status int, body []byte, credential *snapshot.Credential) bool {
	who, key := d.up.Provider.Name, "no key"
	if credential != nil {
		key = fmt.Sprintf("key %q", credential.Name)
	}
	switch {
	case status == http.StatusUnauthorized, status == http.StatusForbidden:
		hint := "Check that it belongs to the right project, or enter a new one."
		if credential == nil {
			hint = "Add a credential to this upstream."
		}
		return d.fail(hw.StepAuth, hw.CodeUpstreamAuth, fmt.Sprintf("%s refused %s (%d).", who, key, status), hint)
	case status == http.StatusPaymentRequired:
		return d.fail(hw.StepAuth, hw.CodeUpstreamQuota, fmt.Sprintf("The account behind %s is out of credit.", key), "Add credit at the vendor.")
	case status == http.StatusNotFound, status == http.StatusMethodNotAllowed:
		return d.fail(hw.StepModels, hw.CodeUpstreamNoModels, fmt.Sprintf("%s has no model list at this address (%d).", d.up.Base, status), "")
	case status >= 400:
		return d.fail(hw.StepModels, hw.CodeUpstreamBroken, fmt.Sprintf("%s answered %d.", who, status), "")
	case !looksLikeJSON(body):
		return d.fail(hw.StepModels, hw.CodeUpstreamMalformed, "The answer is not JSON: this may be a web page or a proxy, not the API.",
			"Check the base URL.")
	}
	if credential == nil {
		d.step(hw.StepAuth, true, "it asks for no key")
	} else {
		d.step(hw.StepAuth, true, key+" is accepted")
	}
	d.step(hw.StepModels, true, "the model list was read")
	return true
}

func looksLikeJSON(body []byte) bool {
	trimmed := strings.TrimLeft(string(body[:min(len(body), 64)]), " \t\r\n")
	return strings.HasPrefix(trimmed, "{") || strings.HasPrefix(trimmed, "[")
}

func milliseconds(d time.Duration) float64 { return float64(d.Microseconds()) / 1000 }
