package drill

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"os"
	"syscall"

	"headwater/backend/internal/dialect"
	"headwater/backend/internal/snapshot"
	"headwater/backend/internal/upstream"
)

// tools is what faults are made with.
type tools struct {
	dialects map[string]dialect.Outbound
	// Pools that fail to connect, each in its way. An error made by hand would
	// only look like the pool's own; these errors are.
	refused, unknown, late *upstream.Pool
}

func newTools(dialects map[string]dialect.Outbound) (*tools, error) {
	t := &tools{dialects: dialects}
	for _, row := range []struct {
		pool **upstream.Pool
		err  error
	}{
		{&t.refused, os.NewSyscallError("connect", syscall.ECONNREFUSED)},
		{&t.unknown, &net.DNSError{Err: "no such host", Name: "rehearsed by a drill", IsNotFound: true}},
		{&t.late, os.ErrDeadlineExceeded},
	} {
		pool, err := upstream.New(upstream.Config{Practice: noPractice{}, Dial: failing(row.err)})
		if err != nil {
			return nil, fmt.Errorf("making a pool that fails: %w", err)
		}
		*row.pool = pool
	}
	return t, nil
}

// failing is a network on which every dial fails as the real one would.
func failing(err error) func(context.Context, string, string) (net.Conn, error) {
	return func(_ context.Context, network, _ string) (net.Conn, error) {
		return nil, &net.OpError{Op: "dial", Net: network, Err: err}
	}
}

// noPractice stands where the simulator would; nothing is sent to it.
type noPractice struct{}

func (noPractice) RoundTrip(*http.Request) (*http.Response, error) {
	return nil, errors.New("a drill asked the simulator")
}

// dial has a pool fail in the name of the attempt's upstream.
func (i *Injection) dial(ctx context.Context, pool *upstream.Pool) (*upstream.Response, error) {
	target := &snapshot.Target{Upstream: &snapshot.Upstream{
		Name: i.upstream, Base: &url.URL{Scheme: "http", Host: "drill.invalid"},
	}}
	return pool.Send(ctx, http.MethodPost, target, dialect.Wire{}) //nolint:wrapcheck // must be the pool's own
}
