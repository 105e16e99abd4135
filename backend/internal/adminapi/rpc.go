package adminapi

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/creachadair/jrpc2"

	"headwater/backend/hw"
)

// The methods of a socket that are no operations.
const (
	methodAuth        = "auth"
	methodUnsubscribe = "unsubscribe"
	// methodCancel is the notification by which jrpc2 clients give up a call.
	methodCancel = "rpc.cancel"
)

// rpcStatus is the JSON-RPC code of an HTTP status: -32422 for 422.
func rpcStatus(status int) jrpc2.Code {
	return jrpc2.Code(-32000 - status) //nolint:gosec // a status has three digits
}

// Assign implements jrpc2.Assigner. Every name has a handler, so that every
// call gives its slot back.
func (l *line) Assign(_ context.Context, method string) jrpc2.Handler {
	handle := l.method(method)
	return func(ctx context.Context, req *jrpc2.Request) (any, error) {
		defer func() { <-l.slots }()
		result, err := handle(ctx, req)
		if err != nil {
			return nil, l.rpcError(err)
		}
		return result, nil
	}
}

// method finds what a name stands for.
func (l *line) method(name string) jrpc2.Handler {
	switch name {
	case methodAuth:
		return l.auth
	case methodUnsubscribe:
		return l.unsubscribe
	case methodCancel:
		return cancelCalls
	case methodTest:
		return l.test
	case methodConsoleSend:
		return l.console
	case methodConsoleCancel:
		return l.consoleCancel
	}
	if topic, ok := streamNamed(name); ok {
		return func(ctx context.Context, req *jrpc2.Request) (any, error) { return l.subscribe(ctx, req, topic) }
	}
	if op, ok := l.server.methods[name]; ok {
		return func(ctx context.Context, req *jrpc2.Request) (any, error) { return l.operate(ctx, req, op) }
	}
	return func(context.Context, *jrpc2.Request) (any, error) {
		return nil, jrpc2.Errorf(jrpc2.MethodNotFound, "There is no method %s.", name)
	}
}

// actor finds out anew who sits at the end of the line: a role may have changed.
func (l *line) actor(ctx context.Context) (hw.Actor, error) {
	token, _ := l.holder()
	if token == "" {
		return hw.Actor{Remote: l.remote}, nil
	}
	return l.server.authenticate(ctx, token, l.remote)
}

// auth signs the line in.
func (l *line) auth(ctx context.Context, req *jrpc2.Request) (any, error) {
	var in hw.AuthInput
	if err := req.UnmarshalParams(&in); err != nil {
		return nil, badParams(err)
	}
	actor, err := l.server.authenticate(ctx, in.Token, l.remote)
	if err != nil {
		return nil, err
	}
	info, err := l.server.cfg.Admin.CurrentSession(ctx, actor)
	if err != nil {
		return nil, err
	}
	l.signIn(in.Token, actor)
	return info, nil
}

// cancelCalls ends calls that the client no longer waits for.
func cancelCalls(ctx context.Context, req *jrpc2.Request) (any, error) {
	var ids []json.RawMessage
	if err := req.UnmarshalParams(&ids); err != nil {
		return nil, badParams(err)
	}
	for _, id := range ids {
		jrpc2.ServerFromContext(ctx).CancelRequest(string(id))
	}
	return nil, nil
}

// operate runs an operation of the table: the params become the request that
// REST would have got, so that both go the same way.
func (l *line) operate(ctx context.Context, req *jrpc2.Request, op operation) (any, error) {
	actor, err := l.actor(ctx)
	if err != nil {
		return nil, err
	}
	r, err := newRequest(ctx, op, req)
	if err != nil {
		return nil, err
	}
	r.RemoteAddr = l.remote
	r = r.WithContext(context.WithValue(ctx, callKey{}, call{actor: actor}))
	w := &memoryWriter{header: http.Header{}, status: http.StatusOK}
	l.server.inner.ServeHTTP(w, r)
	body := bytes.TrimSpace(w.body.Bytes())
	if w.status >= http.StatusBadRequest {
		return nil, problemError(w.status, body)
	}
	if len(body) == 0 {
		return nil, nil // nothing is null
	}
	return json.RawMessage(body), nil
}

// newRequest builds the HTTP request of a call: body from "body", the parts of
// the path by their names, everything else into the query.
func newRequest(ctx context.Context, op operation, req *jrpc2.Request) (*http.Request, error) {
	params := map[string]json.RawMessage{}
	if req.HasParams() {
		if err := req.UnmarshalParams(&params); err != nil {
			return nil, badParams(err)
		}
	}
	var body io.Reader = http.NoBody
	if raw, ok := params["body"]; ok {
		body = bytes.NewReader(raw)
		delete(params, "body")
	}
	path := op.path
	query := url.Values{}
	for name, raw := range params {
		value, given := paramText(raw)
		placeholder := "{" + name + "}"
		switch {
		case !given:
		case strings.Contains(path, placeholder):
			path = strings.Replace(path, placeholder, url.PathEscape(value), 1)
		default:
			query.Set(name, value)
		}
	}
	if _, missing, found := strings.Cut(path, "{"); found {
		name, _, _ := strings.Cut(missing, "}")
		return nil, hw.Invalid([]hw.Problem{{Field: "path." + name, Text: "is required"}})
	}
	if len(query) > 0 {
		path += "?" + query.Encode()
	}
	r, err := http.NewRequestWithContext(ctx, op.method, path, body)
	if err != nil {
		return nil, hw.Errorf(hw.CodeBadRequest, "The parameters do not make a path.").Because(err)
	}
	r.Header.Set("Content-Type", "application/json")
	return r, nil
}

// paramText is a parameter as it would be written in a URL, a list of texts
// with commas between; null is none.
func paramText(raw json.RawMessage) (string, bool) {
	var text string
	var list []string
	switch {
	case string(raw) == "null":
		return "", false
	case json.Unmarshal(raw, &text) == nil:
		return text, true
	case json.Unmarshal(raw, &list) == nil:
		return strings.Join(list, ","), true
	}
	return string(raw), true
}

func badParams(err error) error {
	return hw.Errorf(hw.CodeBadRequest, "The params must be an object with named values.").Because(err)
}

// rpcError is any error as JSON-RPC carries it.
func (l *line) rpcError(err error) error {
	_, ours := errors.AsType[*hw.Error](err)
	if e, ok := errors.AsType[*jrpc2.Error](err); ok && !ours {
		return e
	}
	c := call{id: hw.NewID(hw.PrefixCall), log: l.server.cfg.Log}
	c.logFailure(err)
	d := hw.AsError(err).Details(c.id)
	return jrpc2.Errorf(rpcStatus(d.Status), "%s", d.Detail).WithData(d)
}

// problemError is the answer of an operation that was refused.
func problemError(status int, body []byte) error {
	var d hw.ProblemDetails
	if err := json.Unmarshal(body, &d); err != nil {
		return hw.Errorf(hw.CodeInternal, "Headwater could not complete this.").Because(err)
	}
	return &jrpc2.Error{Code: rpcStatus(status), Message: d.Detail, Data: body}
}

// memoryWriter collects the answer of an operation.
type memoryWriter struct {
	header http.Header
	status int
	wrote  bool
	body   bytes.Buffer
}

// Header implements http.ResponseWriter.
func (w *memoryWriter) Header() http.Header { return w.header }

// WriteHeader implements http.ResponseWriter; the first status counts.
func (w *memoryWriter) WriteHeader(status int) {
	if !w.wrote {
		w.status, w.wrote = status, true
	}
}

// Write implements http.ResponseWriter.
func (w *memoryWriter) Write(p []byte) (int, error) {
	w.wrote = true
	return w.body.Write(p)
}

// SetReadDeadline lets huma bound the reading of a body, which is here already.
func (w *memoryWriter) SetReadDeadline(time.Time) error { return nil }
