package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"slices"
	"sync"
	"time"
)

// load is one kind of traffic at one contender.
type load struct {
	addr   string
	key    string
	stream bool
	conns  int
}

// sample is what a client saw.
type sample struct {
	requests, failed int
	took             time.Duration
	latencies        []time.Duration
}

func (s *sample) quantile(q float64) time.Duration {
	if len(s.latencies) == 0 {
		return 0
	}
	slices.Sort(s.latencies)
	return s.latencies[min(int(q*float64(len(s.latencies))), len(s.latencies)-1)]
}

// run asks on every connection without pause until the time is over.
func (l load) run(ctx context.Context, d time.Duration) (sample, error) {
	ctx, cancel := context.WithTimeout(ctx, d)
	defer cancel()
	var (
		mu    sync.Mutex
		total sample
		errs  []error
		wg    sync.WaitGroup
	)
	start := time.Now()
	for range l.conns {
		wg.Go(func() {
			s, err := l.connection(ctx)
			mu.Lock()
			defer mu.Unlock()
			total.requests += s.requests
			total.failed += s.failed
			total.latencies = append(total.latencies, s.latencies...)
			errs = append(errs, err)
		})
	}
	wg.Wait()
	total.took = time.Since(start)
	return total, errors.Join(errs...)
}

// connection asks again and again on one keep-alive connection.
func (l load) connection(ctx context.Context) (sample, error) {
	var s sample
	var dialer net.Dialer
	conn, err := dialer.DialContext(context.WithoutCancel(ctx), "tcp", l.addr)
	if err != nil {
		return s, fmt.Errorf("connecting: %w", err)
	}
	defer func() { _ = conn.Close() }()
	request := l.bytes()
	reader := bufio.NewReaderSize(conn, 32<<10)
	for first := true; first || ctx.Err() == nil; first = false {
		begun := time.Now()
		if _, err := conn.Write(request); err != nil {
			return s, fmt.Errorf("asking: %w", err)
		}
		resp, err := http.ReadResponse(reader, nil)
		if err != nil {
			return s, fmt.Errorf("reading the head: %w", err)
		}
		n, err := io.Copy(io.Discard, resp.Body)
		_ = resp.Body.Close()
		if err != nil {
			return s, fmt.Errorf("reading the answer: %w", err)
		}
		s.requests++
		if resp.StatusCode != http.StatusOK || n < answerBytes-100 {
			s.failed++
		}
		s.latencies = append(s.latencies, time.Since(begun))
	}
	return s, nil
}

func (l load) bytes() []byte {
	body := requestBody(l.stream)
	head := fmt.Sprintf("POST /v1/chat/completions HTTP/1.1\r\nHost: %s\r\nAuthorization: Bearer %s\r\n"+
		"Content-Type: application/json\r\nAccept: application/json\r\nUser-Agent: bench/1\r\nContent-Length: %d\r\n\r\n",
		l.addr, l.key, len(body))
	return append([]byte(head), body...)
}
