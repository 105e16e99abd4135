package adminclient

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"time"

	"headwater/backend/hw"
)

// restTimeout bounds one request before there is a line.
const restTimeout = 20 * time.Second

// SetupState asks whether the installation still waits for its first
// administrator. It needs no token: who only wants to know whether a Headwater
// answers asks this.
func SetupState(ctx context.Context, c Config) (state hw.SetupState, err error) {
	err = c.rest(ctx, http.MethodGet, "/api/v1/setup", nil, &state)
	return state, err
}

// SignIn opens a session. The token in the answer is the caller's to keep.
func SignIn(ctx context.Context, c Config, in hw.SignInInput) (session hw.SignedIn, err error) {
	err = c.rest(ctx, http.MethodPost, "/api/v1/sessions", in, &session)
	return session, err
}

// SetUp makes the first administrator and signs in.
func SetUp(ctx context.Context, c Config, in hw.SetupInput) (session hw.SignedIn, err error) {
	err = c.rest(ctx, http.MethodPost, "/api/v1/setup", in, &session)
	return session, err
}

// SignOut ends the session whose token the Config has.
func SignOut(ctx context.Context, c Config) error {
	return c.rest(ctx, http.MethodDelete, "/api/v1/sessions/current", nil, nil)
}

// rest does one request of the few that come before a line.
func (c Config) rest(ctx context.Context, method, path string, in, out any) error {
	base, err := c.origin()
	if err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(ctx, restTimeout)
	defer cancel()
	var body io.Reader
	if in != nil {
		raw, err := json.Marshal(in)
		if err != nil {
			return fmt.Errorf("encoding a request: %w", err)
		}
		body = bytes.NewReader(raw)
	}
	req, err := http.NewRequestWithContext(ctx, method, base+path, body)
	if err != nil {
		return hw.Errorf(hw.CodeBadRequest, "The address %q is not host:port.", c.Address).Because(err)
	}
	if in != nil {
		req.Header.Set("Content-Type", "application/json")
	}
	if c.Token != "" {
		req.Header.Set("Authorization", "Bearer "+c.Token)
	}
	transport := &http.Transport{TLSClientConfig: c.TLS, DialContext: c.Dial, DisableKeepAlives: true}
	resp, err := (&http.Client{Transport: transport, CheckRedirect: noRedirect}).Do(req)
	if err != nil {
		return refused(nil, err)
	}
	if resp.StatusCode >= http.StatusMultipleChoices {
		return refused(resp, nil)
	}
	defer resp.Body.Close()
	if out == nil {
		return nil
	}
	if err := json.NewDecoder(io.LimitReader(resp.Body, maxProblemBytes)).Decode(out); err != nil {
		return hw.Errorf(hw.CodeUnavailable, "This address answers, but not as Headwater does.").Because(err)
	}
	return nil
}

// noRedirect keeps a token from following anyone anywhere.
func noRedirect(*http.Request, []*http.Request) error {
	return errors.New("a Headwater does not redirect")
}
