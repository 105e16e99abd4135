package adminclient

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strings"

	"headwater/backend/hw"
)

// LocalToken reads the token of local administration from the state directory.
func LocalToken(stateDir string) (string, error) {
	raw, err := os.ReadFile(filepath.Join(stateDir, "admin.token"))
	if err != nil {
		return "", fmt.Errorf("reading the token of local administration: %w", err)
	}
	return strings.TrimSpace(string(raw)), nil
}

// SignIn opens a session with name and password. Config needs no token.
func SignIn(ctx context.Context, c Config, in hw.SignInInput) (hw.SignedIn, error) {
	return post(ctx, c, "/api/v1/sessions", in)
}

// RedeemSetup makes the first administrator and signs in. Config needs no token.
func RedeemSetup(ctx context.Context, c Config, in hw.SetupInput) (hw.SignedIn, error) {
	return post(ctx, c, "/api/v1/setup", in)
}

// post runs an operation that nobody has to be signed in for. A socket would
// need a token first.
func post(ctx context.Context, c Config, path string, in any) (out hw.SignedIn, err error) {
	url, err := c.url("http", path)
	if err != nil {
		return out, err
	}
	body, err := json.Marshal(in)
	if err != nil {
		return out, fmt.Errorf("encoding the request: %w", err)
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, url, bytes.NewReader(body))
	if err != nil {
		return out, fmt.Errorf("making the request: %w", err)
	}
	req.Header.Set("Content-Type", "application/json")
	client := http.Client{
		Timeout:   handshakeTimeout * 2,
		Transport: &http.Transport{TLSClientConfig: c.TLS, DialContext: c.Dial, DisableKeepAlives: true},
	}
	resp, err := client.Do(req)
	if err != nil {
		return out, unreachable(err)
	}
	defer resp.Body.Close()
	if resp.StatusCode != http.StatusCreated {
		return out, problemOf(resp)
	}
	if err := json.NewDecoder(http.MaxBytesReader(nil, resp.Body, maxProblemBytes)).Decode(&out); err != nil {
		return out, hw.Errorf(hw.CodeInternal, "The answer could not be read.").Because(err)
	}
	return out, nil
}
