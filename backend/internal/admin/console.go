package admin

import (
	"cmp"
	"context"
	"net/textproto"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"headwater/backend/hw"
)

// ConsoleCall is a call of the test console, checked and resolved.
type ConsoleCall struct {
	// App is the id of the app's document, Key that of one of its keys; empty
	// means none.
	App, Key string
	// Client is what the log says of the caller.
	Client string
	// Path is as it stood in the URL, Query without its question mark.
	Method, Path, Query string
	// Header has canonical names.
	Header map[string][]string
	Body   []byte
}

// ConsoleSink takes an answer as it is made; its methods are not called
// concurrently.
type ConsoleSink interface {
	// Begin takes status and header: once, before Write, or never.
	Begin(status int, header map[string][]string)
	// Write takes a piece of the body, which it must not keep. It may wait; an
	// error gives the call up.
	Write(p []byte) error
}

// ConsoleRun makes the call: ctx ends it. It returns the id of the call's row
// in the log; an error means that there was no call.
type ConsoleRun func(ctx context.Context, to ConsoleSink) (id string, err error)

// Console prepares a call in the name of an app. The call itself is on record
// in the log of calls, with who made it; the audit chain is for what changes.
func (s *Service) Console(actor hw.Actor, in hw.ConsoleInput) (ConsoleRun, error) {
	if err := permit(actor, hw.PermConsoleWrite); err != nil {
		return nil, err
	}
	if s.cfg.Console == nil {
		return nil, hw.Errorf(hw.CodeUnavailable, "Calls are made by the running service only.")
	}
	call, err := consoleCall(&in)
	if err != nil {
		return nil, err
	}
	call.Client = hw.ConsoleClient + actor.Name
	if call.App, call.Key, err = s.consoleCaller(&in); err != nil {
		return nil, err
	}
	return func(ctx context.Context, to ConsoleSink) (string, error) { return s.cfg.Console(ctx, call, to) }, nil
}

// consoleCaller finds the ids of the app and the key that are named.
func (s *Service) consoleCaller(in *hw.ConsoleInput) (app, key string, err error) {
	v := s.inForce.Load()
	ref := Ref{Name: in.App}
	if tenant, name, ok := strings.Cut(in.App, "/"); ok {
		ref = Ref{Tenant: tenant, Name: name}
	}
	found, err := v.find(hw.KindApp, ref)
	if err != nil {
		return "", "", hw.AsError(err).At("app")
	}
	if in.Key == "" {
		return found.Head().ID, "", nil
	}
	tenant := found.Head().Tenant
	doc, err := v.find(hw.KindKey, Ref{Tenant: tenant, Name: in.Key})
	if err != nil {
		return "", "", hw.AsError(err).At("key")
	}
	if k, ok := doc.(*hw.Key); !ok || k.Tenant != tenant || k.App != found.Label() {
		return "", "", hw.Invalid([]hw.Problem{{Field: "key", Text: "is not a key of this app"}})
	}
	return found.Head().ID, doc.Head().ID, nil
}

// consoleCall checks the request itself: over a socket nobody has before.
func consoleCall(in *hw.ConsoleInput) (ConsoleCall, error) {
	c := ConsoleCall{Method: in.Method, Body: []byte(in.Body)}
	if c.Method == "" {
		c.Method = "GET"
		if in.Body != "" {
			c.Method = "POST"
		}
	}
	var found []hw.Problem
	add := func(field, text string) { found = append(found, hw.Problem{Field: field, Text: text}) }
	if !slices.Contains([]string{"GET", "POST", "PUT", "PATCH", "DELETE"}, c.Method) {
		add("method", "must be one of GET, POST, PUT, PATCH, DELETE")
	}
	if len(in.Body) > hw.MaxConsoleBody {
		add("body", "must not be larger than 1 MiB")
	}
	var wrong string
	if c.Path, c.Query, wrong = consolePath(in.Path); wrong != "" {
		add("path", wrong)
	}
	if c.Header, wrong = consoleHeader(in.Headers); wrong != "" {
		add("headers", wrong)
	} else if in.Body != "" && c.Header["Content-Type"] == nil {
		c.Header["Content-Type"] = []string{"application/json"}
	}
	return c, hw.Invalid(found)
}

// consolePath reads a path with its query; wrong says why it is none.
func consolePath(text string) (path, query, wrong string) {
	if !strings.HasPrefix(text, "/") || strings.HasPrefix(text, "//") || len(text) > hw.MaxConsolePath {
		return "", "", "must begin with one slash and have at most 2,048 characters"
	}
	u, err := url.ParseRequestURI(text)
	if err != nil || strings.Contains(text, "#") {
		return "", "", "is no path with a query"
	}
	values, err := url.ParseQuery(u.RawQuery)
	if err != nil {
		return "", "", "has a query that cannot be read"
	}
	if values.Has("key") {
		return "", "", "must not hold a key: the app is chosen beside it"
	}
	return cmp.Or(u.RawPath, u.Path), u.RawQuery, ""
}

// notForConsole are header fields that say who calls, which the console says
// otherwise, or that belong to a connection, which it does not have.
var notForConsole = [...]string{
	"Authorization", "X-Api-Key", "Api-Key", "X-Goog-Api-Key", "Proxy-Authorization", "Cookie",
	"Host", "Connection", "Content-Length", "Transfer-Encoding", "Upgrade", "Te", "Trailer", "Expect", "Keep-Alive",
	"Forwarded", "X-Forwarded-For", "X-Real-Ip",
}

// consoleHeader makes the header of a request; wrong says what is not taken.
func consoleHeader(fields map[string]string) (header map[string][]string, wrong string) {
	header = make(map[string][]string, len(fields)+1)
	if len(fields) > hw.MaxConsoleHeaders {
		return nil, "must not be more than " + strconv.Itoa(hw.MaxConsoleHeaders)
	}
	size := 0
	for name, value := range fields {
		value = strings.TrimSpace(value)
		size += len(name) + len(value)
		canonical := textproto.CanonicalMIMEHeaderKey(name)
		switch {
		case !isToken(name) || !isFieldValue(value):
			return nil, strconv.QuoteToASCII(name) + " is no header field"
		case slices.Contains(notForConsole[:], canonical):
			return nil, canonical + " cannot be set here"
		}
		header[canonical] = []string{value}
	}
	if size > hw.MaxConsoleHead {
		return nil, "must not have more than 16 KiB in all"
	}
	return header, ""
}

// isToken reports whether a text can be the name of a header field. Source: RFC
// 9110, section 5.6.2; underscores are refused at the data listener, too.
func isToken(name string) bool {
	if name == "" {
		return false
	}
	for _, ch := range []byte(name) {
		letter := ch >= 'a' && ch <= 'z' || ch >= 'A' && ch <= 'Z' || ch >= '0' && ch <= '9'
		if !letter && !strings.ContainsRune("!#$%&'*+-.^`|~", rune(ch)) {
			return false
		}
	}
	return true
}

// isFieldValue reports whether a text can be the value of a header field.
// Source: RFC 9110, section 5.5.
func isFieldValue(value string) bool {
	return !strings.ContainsFunc(value, func(r rune) bool { return r < ' ' && r != '\t' || r == 0x7f })
}
