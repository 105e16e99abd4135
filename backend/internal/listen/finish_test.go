package listen

import (
	"bufio"
	"io"
	"net"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"
)

// refusing answers without a look at the body.
func refusing(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusUnauthorized) }

func TestDoor_doesNotWaitForBodiesNobodyReads(t *testing.T) {
	flushing := func(w http.ResponseWriter, _ *http.Request) {
		w.WriteHeader(http.StatusUnauthorized)
		_ = http.NewResponseController(w).Flush() // writes the head inside the handler
	}
	silent := func(http.ResponseWriter, *http.Request) {}
	partly := func(w http.ResponseWriter, r *http.Request) {
		_, _ = r.Body.Read(make([]byte, 1))
		_, _ = io.WriteString(w, strings.Repeat("x", 8<<10)) // more than the library's buffers
	}
	const length = "Content-Length: 10\r\n"
	for _, row := range []struct {
		name, head string
		handler    http.HandlerFunc
		status     int
	}{
		{"refused by the handler", "POST /x HTTP/1.1\r\nHost: localhost\r\n" + length, refusing, 401},
		{"flushed by the handler", "POST /x HTTP/1.1\r\nHost: localhost\r\n" + length, flushing, 401},
		{"a GET", "GET /healthz HTTP/1.1\r\nHost: localhost\r\n" + length, answering, 200},
		{"nothing written", "POST /x HTTP/1.1\r\nHost: localhost\r\n" + length, silent, 200},
		{"a part read", "POST /x HTTP/1.1\r\nHost: localhost\r\n" + length + "\r\n12", partly, 200},
		{"a foreign host", "POST /x HTTP/1.1\r\nHost: evil.example\r\n" + length, answering, 421},
		{"a caller that closes anyway", "POST /x HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n" + length, refusing, 401},
		{"chunks", "POST /x HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n", refusing, 401},
		{"a caller that waits to be asked", "POST /x HTTP/1.1\r\nHost: localhost\r\nExpect: 100-continue\r\n" + length, refusing, 401},
	} {
		t.Run(row.name, func(t *testing.T) {
			inMemory(t, Config{Handler: row.handler}, func(t *testing.T, p *pipes, stop func() error) {
				c, began := p.dial(), time.Now()
				head := row.head
				if !strings.Contains(head, "\r\n\r\n") {
					head += "\r\n"
				}
				go func() { _, _ = io.WriteString(c, head) }()
				answer := bufio.NewReader(c)
				resp, err := http.ReadResponse(answer, nil)
				if err != nil || resp.StatusCode != row.status || !resp.Close {
					t.Fatalf("%+v, %v", resp, err)
				}
				_, _ = io.Copy(io.Discard, resp.Body)
				_, _ = io.ReadAll(answer) // until the connection ends
				if took := time.Since(began); took > 2*drainTime {
					t.Errorf("the connection was held for %s", took)
				}
				if err := stop(); err != nil {
					t.Error(err)
				}
			})
		})
	}
}

func TestDoor_keepsConnectionsWhoseBodiesWereRead(t *testing.T) {
	reading := func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body)
		time.Sleep(2 * drainTime) // an answer may take its time
		answering(w, r)
	}
	inMemory(t, Config{Handler: http.HandlerFunc(reading)}, func(t *testing.T, p *pipes, stop func() error) {
		c := p.dial()
		answer := bufio.NewReader(c)
		for range 3 {
			go func() {
				_, _ = io.WriteString(c, "POST /x HTTP/1.1\r\nHost: localhost\r\nContent-Length: 10\r\n\r\n")
				time.Sleep(3 * drainTime) // so may a body
				_, _ = io.WriteString(c, "0123456789")
			}()
			resp, err := http.ReadResponse(answer, nil)
			if err != nil || resp.StatusCode != 200 || resp.Close {
				t.Fatalf("%+v, %v", resp, err)
			}
			_, _ = io.Copy(io.Discard, resp.Body)
		}
		_ = c.Close()
		if err := stop(); err != nil {
			t.Error(err)
		}
	})
}

func TestDoor_doesNotWaitForAnswersNobodyReads(t *testing.T) {
	for _, host := range []string{"localhost", "evil.example"} {
		inMemory(t, Config{Handler: http.HandlerFunc(answering)}, func(t *testing.T, p *pipes, stop func() error) {
			c := p.dial()
			_, _ = io.WriteString(c, "GET /healthz HTTP/1.1\r\nHost: "+host+"\r\n\r\n")
			time.Sleep(lastWriteTime + time.Second)
			synctest.Wait()
			if n, err := io.ReadFull(c, make([]byte, 1)); err == nil {
				t.Errorf("%s: the connection is still open, %d bytes", host, n)
			}
			if err := stop(); err != nil {
				t.Error(err)
			}
		})
	}
}

func TestDoor_leavesTakenConnectionsAlone(t *testing.T) {
	taken := make(chan net.Conn, 1)
	hijacking := func(w http.ResponseWriter, _ *http.Request) {
		conn, _, err := http.NewResponseController(w).Hijack()
		if err != nil {
			t.Error(err)
		}
		taken <- conn
	}
	inMemory(t, Config{Handler: http.HandlerFunc(hijacking)}, func(t *testing.T, p *pipes, stop func() error) {
		c := p.dial()
		_, _ = io.WriteString(c, "GET /ws HTTP/1.1\r\nHost: localhost\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n")
		conn := <-taken
		time.Sleep(time.Hour)
		go func() { _, _ = io.WriteString(conn, "still here") }()
		got := make([]byte, 10)
		if _, err := io.ReadFull(c, got); err != nil || string(got) != "still here" {
			t.Errorf("%q, %v", got, err)
		}
		if err := stop(); err != nil {
			t.Error(err)
		}
	})
}

func TestDoor_waitsForTheHandlersOfWhatItCut(t *testing.T) {
	for name, row := range map[string]struct {
		last time.Duration // what a handler still has to do after the cut
		done bool
	}{"a second of work": {time.Second, true}, "too much": {time.Minute, false}} {
		t.Run(name, func(t *testing.T) {
			var done atomic.Int32
			streaming := func(_ http.ResponseWriter, r *http.Request) {
				<-r.Context().Done()
				time.Sleep(row.last)
				done.Add(1)
			}
			inMemory(t, Config{Handler: http.HandlerFunc(streaming)}, func(t *testing.T, p *pipes, stop func() error) {
				const calls = 5
				for range calls {
					_, _ = io.WriteString(p.dial(), "GET /x HTTP/1.1\r\nHost: localhost\r\n\r\n")
				}
				synctest.Wait()
				began := time.Now()
				if err := stop(); err != nil {
					t.Error(err)
				}
				if took := time.Since(began); took > graceTime+handlerTime {
					t.Errorf("the stop took %s", took)
				}
				if all := done.Load() == calls; all != row.done {
					t.Errorf("%d of %d handlers had returned", done.Load(), calls)
				}
				time.Sleep(row.last) // leave nobody behind
			})
		})
	}
}
