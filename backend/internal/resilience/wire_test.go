//go:build linux

package resilience

import (
	"bufio"
	"bytes"
	"fmt"
	"io"
	"net"
	"net/http"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"testing"
	"unicode/utf8"
)

// The places where a stream can be cut.
const (
	atName     = "inside an event's name"
	atData     = "inside data"
	atRune     = "inside a UTF-8 sequence"
	atBreak    = "inside an event's line ends"
	atEvent    = "between events"
	atEnd      = "before the end marker"
	inEnd      = "inside the end marker"
	atChunk    = "inside a chunk's size"
	atChunkEnd = "before a chunk's line end"
)

// tape is what an upstream sends, byte by byte with the place of each: cut
// before a byte is cut at its place.
type tape struct {
	bytes  []byte
	places []string
	// finished is where the reason to finish has been said, marker and over
	// where the end marker's data begins and is complete.
	finished, marker, over int
}

func (t *tape) add(place, text string) {
	t.bytes = append(t.bytes, text...)
	for range len(text) {
		t.places = append(t.places, place)
	}
}

// event adds one event; its first byte stands between events.
func (t *tape) event(name, data, before, inside string) {
	begun := len(t.bytes)
	if name != "" {
		t.add(atName, "event: "+name)
		t.add(atBreak, "\n")
	}
	t.add(inside, "data: ")
	t.marker = len(t.bytes)
	for i := range len(data) {
		place := inside
		if !utf8.RuneStart(data[i]) {
			place = atRune
		}
		t.add(place, data[i:i+1])
	}
	t.over = len(t.bytes)
	t.add(atBreak, "\n\n")
	t.places[begun] = before
}

// chunked is the same in chunks, cut where the first one was and at each event.
func (t *tape) chunked() *tape {
	c := &tape{}
	from := 0
	at := make([]int, len(t.bytes)+1) // where each byte lies now
	for to := 1; to <= len(t.bytes); to++ {
		if to < len(t.bytes) && t.places[to] != atEvent && t.places[to] != atEnd {
			continue
		}
		c.add(atChunk, fmt.Sprintf("%x\r\n", to-from))
		for i := from; i < to; i++ {
			at[i] = len(c.bytes)
			c.add(t.places[i], string(t.bytes[i:i+1]))
		}
		at[to] = len(c.bytes)
		c.add(atChunkEnd, "\r\n")
		from = to
	}
	c.finished, c.marker, c.over = at[t.finished], at[t.marker], at[t.over]
	return c
}

// greeting are the words of the answers, with letters of two to four bytes.
var greeting = []string{"grüße ", "und ", "二つの ", "говорю ", "🦊🦊 ", "schließlich"}

// openAITape is a chat stream of OpenAI's: what comes before commit, and the rest.
func openAITape() (lead, rest *tape) {
	piece := func(delta, finish string) string {
		return `{"id":"c1","object":"chat.completion.chunk","created":1,"model":"m","choices":[{"index":0,"delta":` + delta + `,"finish_reason":` + finish + `}]}`
	}
	lead, rest = &tape{}, &tape{}
	lead.event("", piece(`{"role":"assistant","content":""}`, "null"), atEvent, atData)
	lead.event("", piece(`{"content":"`+greeting[0]+`"}`, "null"), atEvent, atData)
	for _, word := range greeting[1:] {
		rest.event("chunk", piece(`{"content":"`+word+`"}`, "null"), atEvent, atData)
	}
	rest.event("chunk", piece(`{}`, `"stop"`), atEvent, atData)
	rest.finished = rest.over
	rest.event("", "[DONE]", atEnd, inEnd)
	return lead, rest
}

// anthropicTape is the same as a message stream of Anthropic's.
func anthropicTape() (lead, rest *tape) {
	delta := func(word string) string {
		return `{"type":"content_block_delta","index":0,"delta":{"type":"text_delta","text":"` + word + `"}}`
	}
	lead, rest = &tape{}, &tape{}
	lead.event("message_start", `{"type":"message_start","message":{"id":"m1","type":"message","role":"assistant","model":"m","content":[],"usage":{"input_tokens":1,"output_tokens":1}}}`, atEvent, atData)
	lead.event("content_block_start", `{"type":"content_block_start","index":0,"content_block":{"type":"text","text":""}}`, atEvent, atData)
	lead.event("content_block_delta", delta(greeting[0]), atEvent, atData)
	for _, word := range greeting[1:] {
		rest.event("content_block_delta", delta(word), atEvent, atData)
	}
	rest.event("content_block_stop", `{"type":"content_block_stop","index":0}`, atEvent, atData)
	rest.event("message_delta", `{"type":"message_delta","delta":{"stop_reason":"end_turn","stop_sequence":null},"usage":{"output_tokens":6}}`, atEvent, atData)
	rest.finished = rest.over
	rest.event("message_stop", `{"type":"message_stop"}`, atEnd, inEnd)
	return lead, rest
}

// sawn is an upstream that is written by hand, so that it can cut its answers
// at any byte. The prompt of a request says which answer it gets.
type sawn struct {
	listener net.Listener
	over     sync.WaitGroup
	plans    []*sawing

	mu   sync.Mutex
	open map[net.Conn]bool
}

// sawing is one answer: lead, and when the caller has got it, rest up to cut.
type sawing struct {
	lead, rest *tape
	chunked    bool
	cut        int
	reset      bool // with a reset instead of a proper end of the connection
	got        chan struct{}
}

func saw(t *testing.T, plans []*sawing) *sawn {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	u := &sawn{listener: listener, plans: plans, open: map[net.Conn]bool{}}
	u.over.Go(func() {
		for {
			conn, err := listener.Accept()
			if err != nil {
				return
			}
			u.mu.Lock()
			u.open[conn] = true
			u.mu.Unlock()
			u.over.Go(func() { u.serve(conn) })
		}
	})
	t.Cleanup(u.stop)
	return u
}

func (u *sawn) stop() {
	_ = u.listener.Close()
	u.mu.Lock()
	for conn := range u.open {
		_ = conn.Close()
	}
	u.mu.Unlock()
	u.over.Wait()
}

func (u *sawn) url() string { return "http://" + u.listener.Addr().String() + "/v1" }

var planNumber = regexp.MustCompile(`plan-(\d+)-`)

// serve reads one request of a connection and answers it.
func (u *sawn) serve(conn net.Conn) {
	defer func() {
		u.mu.Lock()
		delete(u.open, conn)
		u.mu.Unlock()
		_ = conn.Close()
	}()
	req, err := http.ReadRequest(bufio.NewReader(conn))
	if err != nil {
		return
	}
	body, err := io.ReadAll(req.Body)
	if err != nil {
		return
	}
	m := planNumber.FindSubmatch(body)
	if m == nil {
		fmt.Fprint(conn, "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 11\r\nConnection: close\r\n\r\n{\"data\":[]}")
		return
	}
	n, _ := strconv.Atoi(string(m[1]))
	u.plans[n].answer(conn)
}

func (p *sawing) answer(conn net.Conn) {
	head := "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nConnection: close\r\n"
	lead := p.lead.bytes
	if p.chunked {
		head += "Transfer-Encoding: chunked\r\n"
		lead = p.lead.chunked().bytes
	}
	fmt.Fprintf(conn, "%s\r\n%s", head, lead)
	<-p.got
	rest := p.rest.bytes
	if p.whole() {
		if p.chunked {
			rest = append(bytes.Clone(rest), "0\r\n\r\n"...)
		}
		_, _ = conn.Write(rest)
		return
	}
	_, _ = conn.Write(rest[:p.cut])
	if p.reset {
		_ = conn.(*net.TCPConn).SetLinger(0)
	}
}

func (p *sawing) whole() bool { return p.cut < 0 }

// place is where the answer is cut.
func (p *sawing) place() string { return p.rest.places[p.cut] }

// String implements fmt.Stringer.
func (p *sawing) String() string {
	if p.whole() {
		return "whole"
	}
	return fmt.Sprintf("cut %s, after %q (chunked=%v, reset=%v)", p.place(), p.rest.bytes[max(0, p.cut-30):p.cut], p.chunked, p.reset)
}

// words is all that a whole answer says.
func words() string { return strings.Join(greeting, "") }
