package testupstream

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"
)

// maxBody is the most of a request that is read.
const maxBody = 64 << 20

// exchange is one request on its way to its answer.
type exchange struct {
	w  http.ResponseWriter
	rc *http.ResponseController
	// ctx ends when the client goes.
	ctx    context.Context
	fault  Fault
	route  route
	vendor vendor
	serial int64
	// requestID is the answer's, in the header the vendor has for it.
	requestID string
	// model is the one the path or the body names.
	model string
	body  []byte
	query url.Values
	// form is the body where it is a multipart form.
	form       form
	credential string
	// bearer is true when the credential came as a bearer token.
	bearer bool
	asked  asked
	// version is the one that Ollama's endpoint tells.
	version string
}

// ServeHTTP implements http.Handler.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	path := strings.TrimSuffix(r.URL.Path, "/")
	serial := s.begin(countedAs(path))
	done := false
	// A cut connection (http.ErrAbortHandler) and a client that went both
	// leave done false; only the latter ends the request's context.
	defer func() { s.end(!done && r.Context().Err() != nil) }()

	x := &exchange{
		w: w, rc: http.NewResponseController(w), ctx: r.Context(), serial: serial, route: routeOf(r),
		requestID: fmt.Sprintf("req_test_%d", serial), query: r.URL.Query(), version: s.ollamaVersion(),
	}
	x.vendor = x.route.vendor(x)
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxBody))
	if err != nil {
		return // the client broke off, or sent more than any vendor takes
	}
	x.body, x.form = body, formIn(r.Header.Get("Content-Type"), body)
	x.model = cmp.Or(x.route.model, x.form.fields["model"], modelIn(body))
	s.remember(Request{
		Method: r.Method, Path: r.URL.Path, Query: r.URL.RawQuery, Header: r.Header.Clone(),
		Body: body[:min(len(body), seenBody)], Truncated: len(body) > seenBody, Model: x.model,
	})
	caller := caller{header: r.Header.Get("X-Test-Fault"), model: x.model, calls: r.Method == http.MethodPost && !x.route.look}
	caller.credential, x.bearer = credentialOf(r)
	x.credential = caller.credential
	if x.route.look {
		// Who asks about a model does not call it: its fault is for its calls.
		caller.model = ""
	}
	if x.fault, err = s.pick(caller); err != nil {
		x.refuse(http.StatusBadRequest, err.Error())
		done = true
		return
	}
	done = x.answer(r.Method, path)
}

// modelIn is the model a body names; empty when none, or when it is not JSON.
func modelIn(body []byte) string {
	var named struct {
		Model string `json:"model"`
	}
	if len(body) == 0 || json.Unmarshal(body, &named) != nil {
		return ""
	}
	return named.Model
}

// caller is what a fault is chosen by.
type caller struct {
	header, credential, model string
	// calls is true for what takes a fault from a script.
	calls bool
}

// credentialOf finds the credential in the place its vendor has for it; that of
// a request signed the AWS way is the access key's id.
func credentialOf(r *http.Request) (credential string, bearer bool) {
	for _, name := range []string{"X-Api-Key", "X-Goog-Api-Key", "Api-Key"} {
		if key := r.Header.Get(name); key != "" {
			return key, false
		}
	}
	if key := r.URL.Query().Get("key"); key != "" {
		return key, false
	}
	credential, bearer = strings.CutPrefix(r.Header.Get("Authorization"), "Bearer ")
	if _, scope, signed := strings.Cut(credential, "Credential="); signed {
		credential, _, _ = strings.Cut(scope, "/")
	}
	return credential, bearer
}

// faultOf finds the fault a request carries in itself.
func faultOf(c caller) (Fault, error) {
	if c.header != "" {
		return Parse(c.header)
	}
	for _, row := range [][2]string{{"revoked", "auth"}, {"broke", "quota"}, {"limited", "rate+retry-7"}} {
		if strings.Contains(c.credential, row[0]) {
			return Parse(row[1])
		}
	}
	// No part has a colon: what follows one is a tag (Ollama) or a version (Bedrock).
	name, _, _ := strings.Cut(c.model[strings.LastIndexByte(c.model, '/')+1:], ":")
	f, known, err := parse(name)
	if err != nil && known == 0 {
		return none(), nil
	}
	return f, err
}

// answer plays the fault and reports whether the answer was sent to its end.
func (x *exchange) answer(method, path string) bool {
	f := &x.fault
	if f.Delay > 0 && !x.sleep(f.Delay) {
		return false
	}
	switch {
	case f.Hang:
		<-x.ctx.Done()
		return false
	case f.Cut:
		x.cut()
	}
	x.head()
	switch {
	case f.Silent:
		x.w.WriteHeader(cmp.Or(f.Status, http.StatusOK))
		_ = x.rc.Flush()
		<-x.ctx.Done()
		return false
	case f.HTML:
		return x.plain(cmp.Or(f.Status, http.StatusOK), "text/html; charset=utf-8", htmlPage(cmp.Or(f.Status, http.StatusOK)))
	case f.Empty:
		return x.plain(cmp.Or(f.Status, http.StatusOK), "application/json", nil)
	case f.ErrorIn200, f.Status >= 300, f.Error != "" && f.ErrorAfter < 0:
		return x.vendorError()
	}
	return x.serve(method, path)
}

// serve answers properly, as far as the fault lets it.
func (x *exchange) serve(method, path string) bool {
	switch {
	case method == http.MethodHead || path == "":
		return x.plain(http.StatusOK, "text/plain", []byte("test upstream\n"))
	case method != x.route.method:
		return x.refuse(http.StatusMethodNotAllowed, "method not allowed: "+method)
	case x.model == "" && !x.route.modelless:
		return x.refuse(http.StatusBadRequest, notJSON)
	case x.route.serve == nil:
		return x.refuse(http.StatusNotFound, "unknown path "+path)
	}
	return x.route.serve(x)
}

// notJSON is the complaint about a body that cannot be read.
const notJSON = "the body is not JSON with a model"

// decode reads the body and says what is wrong with it; empty when nothing.
func (x *exchange) decode(v any) string {
	if json.Unmarshal(x.body, v) != nil {
		return notJSON
	}
	return ""
}

// chat answers a request for an answer of the model, in any protocol.
func (x *exchange) chat(c chat) bool {
	if fault := c.read(); fault != "" {
		return x.refuse(http.StatusBadRequest, fault)
	}
	if fault := x.lacking(); fault != "" {
		return x.refuse(http.StatusBadRequest, fault)
	}
	if x.asked.stream {
		return x.stream(c.frames())
	}
	return x.json(c.whole())
}

// json sends an answer that is no error.
func (x *exchange) json(body []byte) bool {
	return x.plain(cmp.Or(x.fault.Status, http.StatusOK), "application/json", body)
}

// head sets the fields every answer has.
func (x *exchange) head() {
	h := x.w.Header()
	left := allowance{remaining: "999", reset: "60ms", wait: x.fault.Reset}
	if x.fault.NothingLeft {
		left.wait = cmp.Or(left.wait, 30*time.Second)
		left.remaining, left.reset = "0", left.wait.String()
	}
	x.vendor.head(h, left)
	for _, field := range x.fault.Header {
		h.Set(field[0], field[1])
	}
	if d := x.fault.RetryDate; d > 0 {
		h.Set("Retry-After", time.Now().UTC().Add(d).Format(http.TimeFormat))
	}
}

// vendorError sends the error the fault names.
func (x *exchange) vendorError() bool {
	e := errorNamed(x.fault.Error)
	status := x.fault.Status
	if x.fault.Error == "" {
		status = cmp.Or(status, http.StatusInternalServerError)
		e = errorForStatus(status)
	}
	r := x.vendor.failure(e, status)
	if x.fault.ErrorIn200 {
		r.status = http.StatusOK
	}
	return x.reply(r)
}

// refuse sends a plain error of the fake itself in the caller's dialect.
func (x *exchange) refuse(status int, text string) bool {
	e := errorForStatus(status)
	e.name, e.code, e.param, e.text, e.anthropicText = "", "", "", text, ""
	return x.reply(x.vendor.failure(e, status))
}

func (x *exchange) reply(r reply) bool {
	return x.plain(r.status, cmp.Or(r.contentType, "application/json"), r.body)
}

// plain sends a whole body, as slowly or incompletely as the fault wants.
func (x *exchange) plain(status int, contentType string, body []byte) bool {
	f := &x.fault
	if f.BadJSON && len(body) > 2 {
		body = append([]byte("{"), body[:len(body)/2]...)
	}
	x.w.Header().Set("Content-Type", contentType)
	x.w.Header().Set("Content-Length", strconv.Itoa(len(body)))
	x.w.WriteHeader(status)
	if f.CutAfter >= 0 {
		_, _ = x.w.Write(body[:min(f.CutAfter, len(body))])
		_ = x.rc.Flush()
		x.cut()
	}
	if f.StallAfter >= 0 {
		_, _ = x.w.Write(body[:min(f.StallAfter, len(body))])
		_ = x.rc.Flush()
		<-x.ctx.Done()
		return false
	}
	if !f.SlowBody {
		_, err := x.w.Write(body)
		return err == nil
	}
	for len(body) > 0 {
		n := min(64, len(body))
		if _, err := x.w.Write(body[:n]); err != nil {
			return false
		}
		_ = x.rc.Flush()
		body = body[n:]
		if len(body) > 0 && !x.sleep(cmp.Or(f.Gap, 100*time.Millisecond)) {
			return false
		}
	}
	return true
}

// cut drops the connection without a proper end: net/http's documented way,
// the same on HTTP/1.1 and HTTP/2.
func (x *exchange) cut() {
	panic(http.ErrAbortHandler)
}

// sleep waits and reports whether the client is still there.
func (x *exchange) sleep(d time.Duration) bool {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return true
	case <-x.ctx.Done():
		return false
	}
}

func htmlPage(status int) []byte {
	return fmt.Appendf(nil, "<html>\r\n<head><title>%d</title></head>\r\n<body><h1>%d %s</h1><hr>proxy</body>\r\n</html>\r\n",
		status, status, http.StatusText(status))
}
