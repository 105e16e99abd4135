//go:build linux

package resilience

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"headwater/backend/internal/testupstream"
)

// cancels notes when each request's client went, by the number in its prompt.
type cancels struct {
	inner http.Handler

	mu   sync.Mutex
	gone map[int]time.Time
}

var callerNumber = regexp.MustCompile(`caller-(\d+)-`)

// ServeHTTP implements http.Handler.
func (k *cancels) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return
	}
	r.Body = io.NopCloser(bytes.NewReader(body))
	if m := callerNumber.FindSubmatch(body); m != nil {
		n, _ := strconv.Atoi(string(m[1]))
		context.AfterFunc(r.Context(), func() {
			at := time.Now()
			k.mu.Lock()
			defer k.mu.Unlock()
			k.gone[n] = at
		})
	}
	k.inner.ServeHTTP(w, r)
}

func (k *cancels) at(n int) (time.Time, bool) {
	k.mu.Lock()
	defer k.mu.Unlock()
	at, ok := k.gone[n]
	return at, ok
}

// seen reports whether all of some callers are known to be gone.
func (k *cancels) seen(first, last int) bool {
	k.mu.Lock()
	defer k.mu.Unlock()
	for n := first; n < last; n++ {
		if _, ok := k.gone[n]; !ok {
			return false
		}
	}
	return true
}

// hangUp opens a stream, waits for its first content and leaves; it returns
// the moment just before. Every second caller resets the connection.
func hangUp(addr string, n int) (time.Time, error) {
	conn, err := net.DialTimeout("tcp", addr, 10*time.Second)
	if err != nil {
		return time.Time{}, err
	}
	defer conn.Close()
	_ = conn.SetDeadline(time.Now().Add(30 * time.Second))
	body := fmt.Sprintf(`{"model":"fast","stream":true,"messages":[{"role":"user","content":"caller-%d-"}]}`, n)
	if _, err := fmt.Fprintf(conn, "POST /v1/chat/completions HTTP/1.1\r\nHost: %s\r\nAuthorization: Bearer %s\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n%s",
		addr, appKey, len(body), body); err != nil {
		return time.Time{}, err
	}
	var seen []byte
	buf := make([]byte, 4096)
	for !bytes.Contains(seen, []byte(`"content":"`)) {
		m, err := conn.Read(buf)
		if err != nil {
			return time.Time{}, fmt.Errorf("after %q: %w", seen, err)
		}
		seen = append(seen, buf[:m]...)
	}
	if n%2 == 1 {
		_ = conn.(*net.TCPConn).SetLinger(0)
	}
	return time.Now(), nil
}

// usage is what the service's process holds.
type usage struct {
	// files are the descriptors besides those of its databases, which are
	// stored: of these it opens more as it reads more at a time, up to
	// mostStored. Of the files, sockets are what calls cost.
	files, stored, sockets, threads int
	rssMiB                          float64
}

// mostStored bounds the descriptors of the service's databases: configuration,
// state and the calls of a day, each with one connection that writes and four
// that read; a connection holds the file, its log and their index.
const mostStored = 3 * 5 * 3

func (s *service) usage() (u usage) {
	s.t.Helper()
	proc := fmt.Sprintf("/proc/%d", s.cmd.Process.Pid)
	files, err := os.ReadDir(filepath.Join(proc, "fd"))
	if err != nil {
		s.t.Fatal(err)
	}
	for _, f := range files {
		to, _ := os.Readlink(filepath.Join(proc, "fd", f.Name())) // one that is closed by now counts as a file
		if strings.Contains(to, ".db") {
			u.stored++
			continue
		}
		u.files++
		if strings.HasPrefix(to, "socket:") {
			u.sockets++
		}
	}
	status, err := os.ReadFile(filepath.Join(proc, "status"))
	if err != nil {
		s.t.Fatal(err)
	}
	for line := range strings.Lines(string(status)) {
		name, value, _ := strings.Cut(line, ":")
		n, _ := strconv.Atoi(strings.TrimSuffix(strings.TrimSpace(value), " kB"))
		switch name {
		case "VmRSS":
			u.rssMiB = float64(n) / 1024
		case "Threads":
			u.threads = n
		}
	}
	return u
}

// stored tells what the service's databases hold open.
func (s *story) stored(u usage) {
	s.Helper()
	s.figure(u.stored <= mostStored, "descriptors of its databases", fmt.Sprintf("<= %d (three, each with five connections of three descriptors)", mostStored), strconv.Itoa(u.stored))
}

// Story 6: callers leave in the middle of a stream.
func TestCallersHangUp(t *testing.T) {
	s := begin(t, 6)
	up := testupstream.New()
	if err := up.SetFault("stall-after-2"); err != nil {
		t.Fatal(err)
	}
	k := &cancels{inner: up, gone: map[int]time.Time{}}
	server := httptest.NewServer(k)
	t.Cleanup(server.Close)
	sv := newService(t)
	sv.apply(configured{}.app().upstream("one", "openai-compatible", server.URL+"/v1").route("fast", "one"))

	const wave = 50
	total := pick(1000, 200)
	crowd := func(first, last int) (delays []time.Duration, unseen []string) {
		left := make([]time.Time, last-first)
		for from := first; from < last; from += wave {
			var callers sync.WaitGroup
			for n := from; n < min(from+wave, last); n++ {
				callers.Go(func() {
					at, err := hangUp(sv.addresses.Data, n)
					if err != nil {
						t.Errorf("caller %d: %v", n, err)
					}
					left[n-first] = at
				})
			}
			callers.Wait()
		}
		within(5*time.Second, func() bool { return k.seen(first, last) && up.Counts().InFlight == 0 })
		for n := first; n < last; n++ {
			at, ok := k.at(n)
			if !ok {
				unseen = append(unseen, fmt.Sprintf("caller %d", n))
				continue
			}
			delays = append(delays, at.Sub(left[n-first]))
		}
		return delays, unseen
	}
	crowd(0, 2*wave) // buffers and threads that stay
	server.CloseClientConnections()
	before := sv.usage()
	delays, unseen := crowd(2*wave, 2*wave+total)
	s.none("upstream requests that were never cancelled after their caller hung up", unseen, total)
	s.atMost(fmt.Sprintf("from hang-up to the upstream seeing the cancel, %d callers, p99", total), 100*time.Millisecond, quantile(delays, 0.99), spread(delays))

	var after usage
	calm := time.Now()
	back := within(2*time.Second, func() bool { after = sv.usage(); return after.files <= before.files+5 })
	s.figure(back, "descriptors of the service, besides its databases', after the last hang-up", fmt.Sprintf("<= %d (start + 5) in 2 s", before.files+5),
		fmt.Sprintf("%d, %s later", after.files, short(time.Since(calm))))
	s.stored(after)
	more := 0
	if shared.full {
		// The heap grows to its working size once, over some thousand calls;
		// what later crowds add to that would be kept for ever.
		more = 6 * total
		crowd(2*wave+total, 2*wave+5*total)
		settled := sv.usage()
		crowd(2*wave+5*total, 2*wave+7*total)
		again := sv.usage()
		s.figure(again.rssMiB <= settled.rssMiB+16 && again.threads <= settled.threads+5,
			fmt.Sprintf("what hang-ups %d to %d add to the memory (RSS) and threads of the service", 5*total, 7*total), "<= 16 MiB, <= 5 threads",
			fmt.Sprintf("%.1f MiB, %d threads (at the start %.1f MiB, after %d %.1f MiB, after %d %.1f MiB)", again.rssMiB-settled.rssMiB,
				again.threads-settled.threads, before.rssMiB, 5*total, settled.rssMiB, 7*total, again.rssMiB))
	}

	rows := sv.awaitCalls(2*wave + total + more)
	var blamed []string
	for _, row := range rows {
		if row.Status != 499 || len(row.Attempts) != 1 || row.Attempts[0].Class != "neutral" {
			blamed = append(blamed, fmt.Sprintf("%+v", row))
		}
	}
	s.none("hang-ups logged as anything but the caller's own doing (499, neutral)", blamed, len(rows))
	state := sv.health()["one"]
	s.figure(state.InFlight == 0 && state.NotBefore.IsZero(), "state of the upstream afterwards", "usable, none in flight",
		fmt.Sprintf("%s, %d in flight", state.State, state.InFlight))
}
