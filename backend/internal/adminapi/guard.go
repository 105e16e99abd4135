package adminapi

import (
	"context"
	"errors"
	"net"
	"net/http"
	"runtime/debug"
	"slices"
	"strings"
	"sync"
	"time"

	"headwater/backend/hw"
)

// windowOrigins are the origins of the desktop window's page: on Linux and
// macOS, and on Windows. An origin is no authentication - any local program
// may serve a page from http://wails.localhost - so a token is needed as well.
func windowOrigins() []string { return []string{"wails://wails", "http://wails.localhost"} }

// numbered gives every request an id, which the answer carries.
func (s *Server) numbered(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		c := callOf(r.Context())
		c.id, c.log = hw.NewID(hw.PrefixCall), s.cfg.Log
		w.Header().Set("X-Request-Id", c.id)
		next.ServeHTTP(w, r.WithContext(context.WithValue(r.Context(), callKey{}, c)))
	})
}

// recovered turns a bug into an answer and a log line instead of a cut line.
func (s *Server) recovered(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		defer func() { //nolint:contextcheck // writeProblem takes it from the request
			v := recover()
			if v == nil {
				return
			}
			if err, ok := v.(error); ok && errors.Is(err, http.ErrAbortHandler) {
				panic(v) // the server breaks the connection off
			}
			s.cfg.Log.Error("bug in an admin operation", "request_id", callOf(r.Context()).id, "path", r.URL.Path, "panic", v, "stack", string(debug.Stack()))
			writeProblem(w, r, hw.Errorf(hw.CodeInternal, "Headwater could not complete this."))
		}()
		next.ServeHTTP(w, r)
	})
}

// guarded lets in what is addressed to us and does not come from a foreign page.
// Only the Host tells a rebound name apart: to the browser that page and we
// are one origin.
func (s *Server) guarded(next http.Handler) http.Handler {
	cross := http.NewCrossOriginProtection()
	for _, origin := range windowOrigins() {
		if err := cross.AddTrustedOrigin(origin); err != nil {
			panic("bug: window origin: " + err.Error())
		}
	}
	cross.SetDenyHandler(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		writeProblem(w, r, foreign())
	}))
	next = cross.Handler(next)
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h := w.Header()
		h.Set("X-Content-Type-Options", "nosniff")
		h.Set("Cross-Origin-Resource-Policy", "same-origin")
		switch {
		case !s.ownHost(r.Host):
			writeProblem(w, r, hw.Errorf(hw.CodeMisdirected, "This address is not known here."))
		case !originAllowed(r):
			writeProblem(w, r, foreign())
		default:
			next.ServeHTTP(w, r)
		}
	})
}

func foreign() error {
	e := hw.Errorf(hw.CodeForbidden, "Pages of other sites may not use this listener.")
	e.Hint = "Open the page from this listener's own address."
	return e
}

// ownHost reports whether a Host header names us: a loopback name with any
// port, because a tunnel has its own, or one of our addresses.
func (s *Server) ownHost(hostport string) bool {
	if s.cfg.Remote {
		return true // the door has asked, and knows more addresses
	}
	host := strings.ToLower(hostport)
	if s.cfg.Hosts != nil && slices.Contains(s.cfg.Hosts(), host) {
		return true
	}
	if name, port, err := net.SplitHostPort(host); err == nil {
		return isPort(port) && slices.Contains([]string{"localhost", "127.0.0.1", "::1"}, name)
	}
	return slices.Contains([]string{"localhost", "127.0.0.1", "[::1]"}, host)
}

func isPort(s string) bool {
	return s != "" && len(s) <= 5 && strings.Trim(s, "0123456789") == ""
}

// originAllowed reports whether a request comes from our own page, from the
// window, or from no page at all.
func originAllowed(r *http.Request) bool {
	origins := r.Header.Values("Origin")
	switch {
	case len(origins) == 0:
		return true
	case len(origins) > 1:
		return false
	case slices.Contains(windowOrigins(), origins[0]):
		return true
	}
	scheme := "http://"
	if r.TLS != nil {
		scheme = "https://"
	}
	return origins[0] == scheme+strings.ToLower(r.Host)
}

// identified finds out who asks. A wrong token is no actor; the operation's
// permission then says whether that matters.
func (s *Server) identified(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Cache-Control", "no-store")
		c := callOf(r.Context())
		c.actor = hw.Actor{Remote: remoteHost(r)}
		if token := bearer(r); token != "" {
			actor, err := s.authenticate(r.Context(), token, c.actor.Remote)
			if err != nil {
				c.logFailure(err)
				c.refused = err
			} else {
				c.actor, c.token = actor, token
			}
		}
		next.ServeHTTP(w, r.WithContext(context.WithValue(r.Context(), callKey{}, c)))
	})
}

// authenticate finds out who holds a token. On the listener for other machines
// only sessions count: who may read the token file is on this one.
func (s *Server) authenticate(ctx context.Context, token, remote string) (hw.Actor, error) {
	actor, err := s.cfg.Admin.Authenticate(ctx, token, remote)
	if err == nil && s.cfg.Remote && actor.Session == "" {
		e := hw.Errorf(hw.CodeUnauthenticated, "The token of local administration is not taken from other machines.")
		e.Hint = "Sign in with a name and a password."
		return hw.Actor{}, e
	}
	return actor, err //nolint:wrapcheck // an *hw.Error in words for the caller
}

// whileSignedIn gives a context that also ends with the session of whoever asks,
// and then has a cause in words for the caller: a call that lasts is not to
// outlive the right to make it. It is for calls over REST; what came through a
// socket ends with its line, and the token of local administration has no end.
// Who calls it calls done, which waits until nothing watches any more.
func (s *Server) whileSignedIn(ctx context.Context) (held context.Context, done func()) {
	c := callOf(ctx)
	if c.actor.Session == "" || c.token == "" {
		return ctx, func() {}
	}
	held, cut := context.WithCancelCause(ctx)
	ended, forget := s.cfg.Admin.SessionEnded(c.actor.Session)
	over := hw.Errorf(hw.CodeUnauthenticated, "The session has ended.")
	var watch sync.WaitGroup
	watch.Go(func() {
		defer forget()
		check := time.NewTicker(pingEvery)
		defer check.Stop()
		for {
			// It may have ended before we listened, and its time ends it silently.
			if hw.CodeOf(s.cfg.Admin.Check(held, c.token)) == hw.CodeUnauthenticated {
				cut(over)
				return
			}
			select {
			case <-held.Done():
				return
			case <-ended:
				cut(over)
				return
			case <-check.C:
			}
		}
	})
	return held, func() {
		cut(nil)
		watch.Wait()
	}
}

// signedOut is what to answer when the session ended meanwhile; nil when it did
// not.
func signedOut(held context.Context) error {
	if cause := context.Cause(held); hw.CodeOf(cause) == hw.CodeUnauthenticated {
		return cause
	}
	return nil
}

// bearer is the token a request carries; empty when there is none.
func bearer(r *http.Request) string {
	scheme, token, ok := strings.Cut(r.Header.Get("Authorization"), " ")
	if !ok || !strings.EqualFold(scheme, "Bearer") {
		return ""
	}
	return strings.TrimSpace(token)
}

// remoteHost is the address a request comes from, without the port.
func remoteHost(r *http.Request) string {
	host, _, err := net.SplitHostPort(r.RemoteAddr)
	if err != nil {
		return r.RemoteAddr
	}
	return host
}

// logFailure logs what is our fault; what is the caller's is in the answer.
func (c call) logFailure(err error) {
	if c.log != nil && hw.AsError(err).Code.Info().Blame == hw.BlameHeadwater {
		c.log.Error("admin operation failed", "request_id", c.id, "error", err)
	}
}
