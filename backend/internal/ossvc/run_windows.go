package ossvc

import (
	"context"
	"errors"
	"fmt"
	"os"
	"time"

	"github.com/kardianos/service"
	"golang.org/x/sys/windows"
	"golang.org/x/sys/windows/svc"
)

// Run runs program as the service. Its context ends when the service manager
// asks for a stop. What program returns is returned, except that ending because
// it was asked to is no error.
func Run(program func(ctx context.Context) error) error {
	h := &hosted{program: program, done: make(chan struct{})}
	s, err := service.New(h, &service.Config{Name: Name})
	if err != nil {
		return fmt.Errorf("hosting the service: %w", err)
	}
	handler, ok := s.(svc.Handler)
	if !ok {
		panic("bug: the service library's Windows type handles no control requests")
	}
	// svc.Run and not s.Run: the library guesses from the session whether it is
	// a service and guesses wrong on some systems; --service says that it is.
	if err := svc.Run(Name, handler); err != nil {
		return fmt.Errorf("talking to the service manager: %w", err)
	}
	return h.err
}

// hosted runs a program between the service manager's start and stop.
type hosted struct {
	program func(context.Context) error
	cancel  context.CancelFunc
	// done is closed by the program's goroutine when err is final.
	done chan struct{}
	err  error
}

// Start starts the program's goroutine; Stop waits for its end.
func (h *hosted) Start(service.Service) error {
	ctx, cancel := context.WithCancel(context.Background())
	h.cancel = cancel
	go func() {
		defer close(h.done)
		err := h.program(ctx)
		if ctx.Err() != nil && errors.Is(err, context.Canceled) {
			err = nil
		}
		h.err = err
		if ctx.Err() == nil {
			// Nobody asked: a process that is gone without having said STOPPED
			// counts as a crash, and the manager's recovery restarts it.
			os.Exit(1)
		}
	}()
	return nil
}

// Stop ends the program and waits for it.
func (h *hosted) Stop(service.Service) error {
	h.cancel()
	<-h.done
	return h.err
}

// startWhenReady starts the service, again for a while when the service
// manager's database is still locked (it is while the system boots).
func startWhenReady(ctx context.Context, start func() error) error {
	ctx, cancel := context.WithTimeout(ctx, 30*time.Second)
	defer cancel()
	tick := time.NewTicker(500 * time.Millisecond)
	defer tick.Stop()
	for {
		err := start()
		if !errors.Is(err, windows.ERROR_SERVICE_DATABASE_LOCKED) {
			return err
		}
		select {
		case <-ctx.Done():
			return err
		case <-tick.C:
		}
	}
}
