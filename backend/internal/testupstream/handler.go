package testupstream

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
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
	ctx       context.Context
	fault     Fault
	anthropic bool
	serial    int64
	requestID string
	req       request
}

// request is what the fake reads of a body, both dialects together.
type request struct {
	Model         string            `json:"model"`
	Stream        bool              `json:"stream"`
	Messages      []json.RawMessage `json:"messages"`
	System        json.RawMessage   `json:"system"`
	Input         json.RawMessage   `json:"input"`
	MaxTokens     *int              `json:"max_tokens"`
	MaxCompletion *int              `json:"max_completion_tokens"`
	Dimensions    int               `json:"dimensions"`
	Encoding      string            `json:"encoding_format"`
	Tools         []struct {
		Name     string `json:"name"` // Anthropic
		Function struct {
			Name string `json:"name"`
		} `json:"function"`
	} `json:"tools"`
	StreamOptions struct {
		IncludeUsage bool `json:"include_usage"`
	} `json:"stream_options"`
}

// ServeHTTP implements http.Handler.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	path := strings.TrimSuffix(r.URL.Path, "/")
	serial := s.begin(path[strings.LastIndexByte(path, '/')+1:])
	done := false
	// A cut connection (http.ErrAbortHandler) and a client that went both
	// leave done false; only the latter ends the request's context.
	defer func() { s.end(!done && r.Context().Err() != nil) }()

	x := &exchange{
		w: w, rc: http.NewResponseController(w), ctx: r.Context(), serial: serial,
		requestID: fmt.Sprintf("req_test_%d", serial),
		anthropic: strings.HasSuffix(path, "/messages") || r.Header.Get("Anthropic-Version") != "",
	}
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxBody))
	if err != nil {
		return // the client broke off, or sent more than any vendor takes
	}
	badJSON := len(body) > 0 && json.Unmarshal(body, &x.req) != nil
	s.remember(Request{
		Method: r.Method, Path: r.URL.Path, Query: r.URL.RawQuery, Header: r.Header.Clone(),
		Body: body[:min(len(body), seenBody)], Truncated: len(body) > seenBody, Model: x.req.Model,
	})
	credential := strings.TrimPrefix(r.Header.Get("Authorization"), "Bearer ")
	if key := r.Header.Get("X-Api-Key"); key != "" {
		credential = key
	}
	if x.fault, err = s.pick(r.Method, r.Header.Get("X-Test-Fault"), credential, x.req.Model); err != nil {
		x.refuse(http.StatusBadRequest, err.Error())
		done = true
		return
	}
	done = x.answer(r.Method, path, badJSON)
}

// faultOf finds the fault a request carries in itself.
func faultOf(header, credential, model string) (Fault, error) {
	if header != "" {
		return Parse(header)
	}
	for _, row := range [][2]string{{"revoked", "auth"}, {"broke", "quota"}, {"limited", "rate+retry-7"}} {
		if strings.Contains(credential, row[0]) {
			return Parse(row[1])
		}
	}
	f, known, err := parse(model[strings.LastIndexByte(model, '/')+1:])
	if err != nil && known == 0 {
		return none(), nil
	}
	return f, err
}

// answer plays the fault and reports whether the answer was sent to its end.
func (x *exchange) answer(method, path string, badJSON bool) bool {
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
	return x.serve(method, path, badJSON)
}

// serve answers properly, as far as the fault lets it.
func (x *exchange) serve(method, path string, badJSON bool) bool {
	switch {
	case method == http.MethodHead || path == "":
		return x.plain(http.StatusOK, "text/plain", []byte("test upstream\n"))
	case method == http.MethodGet && strings.HasSuffix(path, "/models"):
		return x.plain(http.StatusOK, "application/json", x.models())
	case method != http.MethodPost:
		return x.refuse(http.StatusMethodNotAllowed, "method not allowed: "+method)
	case badJSON || x.req.Model == "":
		return x.refuse(http.StatusBadRequest, "the body is not JSON with a model")
	case strings.HasSuffix(path, "/embeddings"):
		return x.embeddings()
	case strings.HasSuffix(path, "/chat/completions"):
		return x.chat(openaiChat{x})
	case strings.HasSuffix(path, "/messages"):
		return x.chat(anthropicChat{x})
	}
	return x.refuse(http.StatusNotFound, "unknown path "+path)
}

// chat answers a chat request in one of the two dialects.
func (x *exchange) chat(d interface {
	check() string
	whole() []byte
	frames() []frame
},
) bool {
	if fault := d.check(); fault != "" {
		return x.refuse(http.StatusBadRequest, fault)
	}
	if x.req.Stream {
		return x.stream(d.frames())
	}
	return x.plain(cmp.Or(x.fault.Status, http.StatusOK), "application/json", d.whole())
}

// head sets the fields every answer has.
func (x *exchange) head() {
	h := x.w.Header()
	remaining, reset := "999", "60ms"
	wait := x.fault.Reset
	if x.fault.NothingLeft {
		if wait == 0 {
			wait = 30 * time.Second
		}
		remaining, reset = "0", wait.String()
	}
	if x.anthropic {
		h.Set("Request-Id", x.requestID)
		h.Set("Anthropic-Ratelimit-Requests-Limit", "1000")
		h.Set("Anthropic-Ratelimit-Requests-Remaining", remaining)
		h.Set("Anthropic-Ratelimit-Requests-Reset", time.Now().UTC().Add(wait).Format(time.RFC3339))
	} else {
		h.Set("X-Request-Id", x.requestID)
		h.Set("X-Ratelimit-Limit-Requests", "1000")
		h.Set("X-Ratelimit-Remaining-Requests", remaining)
		h.Set("X-Ratelimit-Reset-Requests", reset)
	}
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
	status := e.statusFor(x.anthropic)
	if x.fault.Error == "" {
		status = cmp.Or(x.fault.Status, http.StatusInternalServerError)
		e = errorForStatus(status)
	}
	status = cmp.Or(x.fault.Status, status)
	if x.fault.ErrorIn200 {
		status = http.StatusOK
	}
	return x.plain(status, "application/json", e.body(x.anthropic, x.req.Model, x.requestID))
}

// refuse sends a plain error of the fake itself in the caller's dialect.
func (x *exchange) refuse(status int, text string) bool {
	e := errorForStatus(status)
	e.name, e.code, e.param, e.text, e.anthropicText = "", "", "", text, ""
	return x.plain(status, "application/json", e.body(x.anthropic, x.req.Model, x.requestID))
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
