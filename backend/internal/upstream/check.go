package upstream

import (
	"context"
	"crypto/tls"
	"fmt"
	"io"
	"net/http"
	"net/url"

	"headwater/backend/internal/dialect"
	"headwater/backend/internal/snapshot"
)

// maxCheckBody bounds what is read of the answer to a free check.
const maxCheckBody = 1 << 20

// Ask makes one GET with an upstream's credential, below its base URL, and
// reads at most 1 MiB of the answer. It is for what costs nothing: free checks.
func (p *Pool) Ask(ctx context.Context, up *snapshot.Upstream, credential *snapshot.Credential, wire dialect.Wire) (*Response, []byte, error) {
	resp, err := p.Send(ctx, http.MethodGet, &snapshot.Target{Upstream: up, Credential: credential}, wire)
	if err != nil {
		return nil, nil, err
	}
	defer func() { _ = resp.Body.Close() }()
	body, err := io.ReadAll(io.LimitReader(resp.Body, maxCheckBody))
	if err != nil {
		return resp, body, fmt.Errorf("reading the answer: %w", err)
	}
	return resp, body, nil
}

// AskRoot is Ask for a path from the root of the upstream's address.
func (p *Pool) AskRoot(ctx context.Context, up *snapshot.Upstream, credential *snapshot.Credential, path string) (*Response, []byte, error) {
	at, err := url.ParseRequestURI(path)
	if err != nil {
		return nil, nil, fmt.Errorf("reading the path of a check: %w", err)
	}
	root := *up
	root.Base = &url.URL{Scheme: up.Base.Scheme, Host: up.Base.Host, Path: at.Path, RawPath: at.RawPath, RawQuery: at.RawQuery}
	return p.Ask(ctx, &root, credential, dialect.Wire{})
}

// Connect opens a connection to an upstream, with TLS where its address has it,
// and closes it again.
func (p *Pool) Connect(ctx context.Context, up *snapshot.Upstream) error {
	conn, err := timed(p.dialer(up))(ctx, "tcp", address(up))
	if err != nil {
		return fmt.Errorf("connecting to %s: %w", up.Name, err)
	}
	defer func() { _ = conn.Close() }()
	if up.Base.Scheme != "https" {
		return nil
	}
	config := tlsConfig(up)
	config.ServerName = up.Base.Hostname()
	if err := tls.Client(conn, config).HandshakeContext(ctx); err != nil {
		return fmt.Errorf("TLS with %s: %w", up.Name, err)
	}
	return nil
}
