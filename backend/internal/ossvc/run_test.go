//go:build !windows

package ossvc

import (
	"context"
	"errors"
	"syscall"
	"testing"

	"go.uber.org/goleak"
)

func TestMain(m *testing.M) {
	// The signal package keeps one goroutine for the life of a process.
	goleak.VerifyTestMain(m, goleak.IgnoreTopFunction("os/signal.signal_recv"), goleak.IgnoreTopFunction("os/signal.loop"))
}

func TestRunEndsWithoutErrorWhenAskedToStop(t *testing.T) {
	err := Run(func(ctx context.Context) error {
		if err := syscall.Kill(syscall.Getpid(), syscall.SIGTERM); err != nil {
			return err
		}
		<-ctx.Done()
		return ctx.Err()
	})
	if err != nil {
		t.Errorf("Run = %v, want nil", err)
	}
}

func TestRunPassesOnWhatTheProgramReturns(t *testing.T) {
	vital := errors.New("the data listener ended")
	if err := Run(func(context.Context) error { return vital }); !errors.Is(err, vital) {
		t.Errorf("Run = %v, want %v", err, vital)
	}
	if err := Run(func(context.Context) error { return context.Canceled }); !errors.Is(err, context.Canceled) {
		t.Error("a cancellation that nobody asked for was hidden")
	}
}
