//go:build !windows

package ossvc

import (
	"context"
	"errors"
	"os/signal"
	"syscall"
)

// Run runs program as the service. Its context ends when the service manager
// asks for a stop; a second signal ends the process at once. What program
// returns is returned, except that ending because it was asked to is no error.
func Run(program func(ctx context.Context) error) error {
	ctx, release := signal.NotifyContext(context.Background(), syscall.SIGTERM, syscall.SIGINT)
	defer release()
	// From the first signal on the next one has its usual, deadly meaning.
	context.AfterFunc(ctx, release)
	err := program(ctx)
	if ctx.Err() != nil && errors.Is(err, context.Canceled) {
		return nil
	}
	return err
}

// startWhenReady starts the service.
func startWhenReady(_ context.Context, start func() error) error { return start() }
