package drill

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"time"

	"headwater/backend/hw"
	"headwater/backend/internal/dialect"
	"headwater/backend/internal/upstream"
)

// Injection is a fault that hits one attempt.
type Injection struct {
	a        *active
	upstream string
	connect  time.Duration
	op       dialect.Operation
}

// Fault is the fault's name, for the attempt's row in the log.
func (i *Injection) Fault() string { return string(i.a.fault) }

// Send carries out the attempt as the fault has it: next, which really sends,
// is called where the fault lets the request through, once at most. dialect is
// the upstream's. Where the drill ends while the fault holds the attempt up,
// the attempt goes on as if the upstream had recovered.
func (i *Injection) Send(ctx context.Context, dialect string, next func(ctx context.Context) (*upstream.Response, error)) (*upstream.Response, error) {
	tools := i.a.tools
	switch i.a.fault {
	case hw.DrillRefused, hw.DrillFlapping:
		return i.dial(ctx, tools.refused)
	case hw.DrillDNS:
		return i.dial(ctx, tools.unknown)
	case hw.DrillTLSExpired:
		return nil, i.sending(&tls.CertificateVerificationError{Err: x509.CertificateInvalidError{
			Reason: x509.Expired, Detail: "rehearsed by a drill",
		}})
	case hw.DrillBlackhole:
		if err := i.hold(ctx, nil, nil); err != nil {
			return nil, i.sending(err)
		}
		return next(ctx)
	case hw.DrillSlowConnect:
		return i.slowConnect(ctx, next)
	case hw.DrillSlowFirstToken, hw.DrillStall, hw.DrillCut:
		resp, err := next(ctx)
		if err != nil || resp.Status >= 300 {
			return resp, err // nothing has begun that could be late or break off
		}
		resp.Body = i.body(ctx, dialect, resp)
		return resp, nil
	default:
		return i.answer(dialect), nil
	}
}

// sending wraps an error as the pool does, which sends for everybody else.
func (i *Injection) sending(err error) error {
	return fmt.Errorf("sending to %s: %w", i.upstream, err)
}

// slowConnect connects late, or not at all where the upstream's bound on
// connecting is passed.
func (i *Injection) slowConnect(ctx context.Context, next func(ctx context.Context) (*upstream.Response, error)) (*upstream.Response, error) {
	began := time.Now()
	late := i.connect > 0 && i.connect < i.a.delay
	wait := i.a.delay
	if late {
		wait = i.connect
	}
	timer := time.NewTimer(wait)
	defer timer.Stop()
	if err := i.hold(ctx, timer.C, nil); err != nil {
		return nil, i.sending(err)
	}
	if late && time.Since(began) >= wait {
		return i.dial(ctx, i.a.tools.late)
	}
	waited := time.Since(began)
	resp, err := next(ctx)
	if err == nil {
		resp.ConnectTime += waited
	}
	return resp, err
}

// hold waits until something in pass happens, the body is closed, the drill
// ends, or ctx does, whose cause it then returns. A nil channel is not waited for.
func (i *Injection) hold(ctx context.Context, pass <-chan time.Time, closed <-chan struct{}) error {
	select {
	case <-ctx.Done():
	case <-pass:
	case <-closed:
	case <-i.a.over:
	}
	if ctx.Err() != nil {
		return context.Cause(ctx) //nolint:wrapcheck // the attempt's own reason, as the transport gives it
	}
	return nil
}
