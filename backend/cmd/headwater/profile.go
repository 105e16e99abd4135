package main

import (
	"context"
	"fmt"
	"os"
	"runtime/pprof"
)

// profiled runs work and writes where its CPU time went to path, for `make
// pgo`. An empty path only runs it.
func profiled(ctx context.Context, path string, work func(context.Context) error) error {
	if path == "" {
		return work(ctx)
	}
	file, err := os.OpenFile(path, os.O_CREATE|os.O_WRONLY|os.O_TRUNC, 0o600)
	if err != nil {
		return fmt.Errorf("making the profile: %w", err)
	}
	if err := pprof.StartCPUProfile(file); err != nil {
		_ = file.Close()
		return fmt.Errorf("starting the profile: %w", err)
	}
	err = work(ctx)
	pprof.StopCPUProfile()
	if closing := file.Close(); err == nil && closing != nil {
		return fmt.Errorf("writing the profile: %w", closing)
	}
	return err
}
