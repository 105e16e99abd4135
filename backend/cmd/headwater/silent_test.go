package main

import (
	"context"
	"io"
	"net"
	"strconv"
	"sync"
	"sync/atomic"

	"github.com/rogpeppe/go-internal/testscript"
)

// silentServer takes connections, reads what is asked and never answers.
type silentServer struct {
	// asked are those that wait for an answer now.
	asked atomic.Int64
}

// serve ends with its context and with the connections it has.
func (s *silentServer) serve(ctx context.Context, ln net.Listener) {
	var open sync.WaitGroup
	defer open.Wait()
	defer context.AfterFunc(ctx, func() { _ = ln.Close() })()
	for {
		conn, err := ln.Accept()
		if err != nil {
			return
		}
		open.Go(func() {
			defer context.AfterFunc(ctx, func() { _ = conn.Close() })()
			defer func() { _ = conn.Close() }()
			if _, err := conn.Read(make([]byte, 4096)); err != nil {
				return
			}
			s.asked.Add(1)
			defer s.asked.Add(-1)
			_, _ = io.Copy(io.Discard, conn)
		})
	}
}

// startSilent gives a story an upstream that says nothing: $SILENT.
func startSilent(env *testscript.Env) error {
	ctx, cancel := context.WithCancel(context.Background())
	var lc net.ListenConfig
	ln, err := lc.Listen(ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		cancel()
		return err
	}
	s, done := &silentServer{}, make(chan struct{})
	go func() {
		defer close(done)
		s.serve(ctx, ln)
	}()
	env.Defer(func() { cancel(); <-done })
	env.Setenv("SILENT", "http://"+ln.Addr().String())
	env.Values[silentKey{}] = s
	return nil
}

type silentKey struct{}

// cmdSilent waits until so many calls wait for the silent upstream: silent N.
func cmdSilent(ts *testscript.TestScript, _ bool, args []string) {
	if len(args) != 1 {
		ts.Fatalf("usage: silent N")
	}
	want, err := strconv.ParseInt(args[0], 10, 64)
	ts.Check(err)
	s, _ := ts.Value(silentKey{}).(*silentServer)
	soon(ts, args[0]+" calls at the silent upstream", func() bool { return s.asked.Load() == want })
}
