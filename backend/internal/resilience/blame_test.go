//go:build linux

package resilience

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"headwater/backend/hw"
)

// innocence is a service whose callers and requests go wrong in every way that
// is no upstream's fault.
type innocence struct {
	*story
	sv *service
	c  *caller
	// odd are calls that did not end as they were meant to.
	odd  crowd
	sent atomic.Int64
}

// Story 12: calls that end by caller hang-ups, broken bodies, refusals of the
// caller's own request and lost hedges are counted against nobody.
func TestBlameFallsOnNobody(t *testing.T) {
	n := &innocence{story: begin(t, 12)}
	config := configured{}.app()
	for _, name := range []string{"one", "two", "slow", "idle", "quick", "late"} {
		config.upstream(name, "openai-compatible", cuedUpstream(t, name))
	}
	n.sv = newService(t)
	n.sv.apply(config.route("fast", "one", "two").route("thoughtful", "slow", "idle").hedged("raced", "quick", "late"))
	n.c = n.sv.caller(t)

	share := pick(2000, 60)
	n.refusals(share)
	n.brokenBodies(share)
	n.hangUps(share)
	n.impatient(pick(2000, 110))
	n.lostHedges(pick(2000, 60))
	n.verdict()
}

// meant sends a question that has to get a whole answer.
func (n *innocence) meant(q question) {
	n.sent.Add(1)
	if h := n.c.ask(n.Context(), q); !h.done || h.told != "" {
		n.odd.add(h)
	}
}

// refusals are requests that the upstream turns down.
func (n *innocence) refusals(calls int) {
	faults := []string{"bad-request", "context", "policy", "too-large", "status-422", "status-409"}
	together(calls, 8, func(i int) {
		n.sent.Add(1)
		q := question{model: "fast", stream: i%2 == 1, prompt: fmt.Sprintf("%d [one:%s] [two:%s]", i, faults[i%len(faults)], faults[i%len(faults)])}
		if h := n.c.ask(n.Context(), q); h.status < 400 || h.status > 499 {
			n.odd.add(h)
		}
	})
}

// brokenBodies are request bodies in chunks that are none, or that end early.
func (n *innocence) brokenBodies(calls int) {
	addr := n.sv.addresses.Data
	body := chatBody("fast", false)
	begin := head("POST", "/v1/chat/completions", addr, "Authorization: Bearer "+appKey, "Content-Type: application/json", "Transfer-Encoding: chunked")
	kinds := [][]byte{
		[]byte("zz\r\n" + string(body) + "\r\n0\r\n\r\n"),
		[]byte("-5\r\n" + string(body) + "\r\n0\r\n\r\n"),
		fmt.Appendf(nil, "%x\r\n%sx0\r\n\r\n", len(body), body),
		fmt.Appendf(nil, "%x\r\n%s\r\n0\r\n\r\n", len(body)+4, body),
		fmt.Appendf(nil, "%x\r\n%s", len(body), body[:len(body)/2]),
		fmt.Appendf(nil, "%x\r\n%s\r\n", len(body), body),
	}
	together(calls, 8, func(i int) {
		n.sent.Add(1)
		kind := kinds[i%len(kinds)]
		if i%len(kinds) >= 4 { // these end early: the caller goes in the middle of the body
			if err := abandon(addr, append(slices.Clone(begin), kind...), nil, i); err != nil {
				n.odd.add(&heard{answer: answer{err: err}})
			}
			return
		}
		if resp, text, err := raw(addr, begin, kind); err != nil || resp.StatusCode != 400 {
			n.odd.add(&heard{answer: answer{err: err, body: text}})
		}
	})
}

// abandon sends a request and leaves when it has read what it waits for; every
// second caller resets the connection.
func abandon(addr string, request, until []byte, i int) error {
	conn, err := net.DialTimeout("tcp", addr, 10*time.Second)
	if err != nil {
		return err
	}
	defer conn.Close()
	_ = conn.SetDeadline(time.Now().Add(20 * time.Second))
	if _, err := conn.Write(request); err != nil {
		return err
	}
	var seen []byte
	buf := make([]byte, 4096)
	for until != nil && !bytes.Contains(seen, until) {
		m, err := conn.Read(buf)
		if err != nil {
			return fmt.Errorf("after %q: %w", seen, err)
		}
		seen = append(seen, buf[:m]...)
	}
	if i%2 == 1 {
		_ = conn.(*net.TCPConn).SetLinger(0)
	}
	return nil
}

// hangUps are callers who leave in the middle of an answer, or just after
// asking.
func (n *innocence) hangUps(calls int) {
	together(calls, 8, func(i int) {
		n.sent.Add(1)
		q, until := question{model: "fast", stream: true, prompt: fmt.Sprintf("%d [one:stall-after-2]", i)}, []byte(`"content":"`)
		if i%3 == 0 {
			q, until = question{model: "fast", stream: i%2 == 0, prompt: fmt.Sprintf("%d [one:delay-20ms]", i)}, nil
		}
		body := q.body()
		request := append(head("POST", "/v1/chat/completions", n.sv.addresses.Data, "Authorization: Bearer "+appKey,
			"Content-Type: application/json", fmt.Sprintf("Content-Length: %d", len(body))), body...)
		if err := abandon(n.sv.addresses.Data, request, until, i); err != nil {
			n.odd.add(&heard{answer: answer{err: err}})
		}
	})
}

// impatient are callers who never wait as long as the upstream always takes,
// several at any moment and for a while: no answer is ever heard, and none is
// late.
func (n *innocence) impatient(calls int) {
	ask := func(i int) question {
		return question{model: "thoughtful", stream: true, prompt: fmt.Sprintf("%d [slow:delay-300ms]", i)}
	}
	together(30, 10, func(i int) { n.meant(ask(i)) })
	together(calls, 6, func(i int) {
		n.sent.Add(1)
		// Each leaves at another moment: somebody is always waiting.
		ctx, cancel := context.WithTimeout(n.Context(), time.Duration(120+i*37%80)*time.Millisecond)
		defer cancel()
		if h := n.c.ask(ctx, ask(i)); !errors.Is(h.err, context.DeadlineExceeded) {
			n.odd.add(h)
		}
	})
}

// lostHedges are races of two targets, of which one is cancelled.
func (n *innocence) lostHedges(calls int) {
	together(raceWarm, 4, func(i int) { n.meant(question{model: "raced", stream: true, prompt: fmt.Sprint(i)}) })
	slow := [...]string{"[quick:delay-400ms] [late:delay-10ms]", "[quick:delay-40ms] [late:delay-400ms]"}
	together(calls, 6, func(i int) {
		n.meant(question{model: "raced", stream: true, prompt: fmt.Sprintf("%d %s", i, slow[i%2])})
	})
}

// raceWarm is how many calls make the usual time of a target known.
const raceWarm = 60

// verdict reads log, health and history as an administrator does.
func (n *innocence) verdict() {
	n.Helper()
	all := int(n.sent.Load())
	rows := n.sv.awaitCalls(all)
	var blamed []string
	classes := map[hw.Class]int{}
	hedges := 0
	for _, row := range rows {
		for _, a := range row.Attempts {
			classes[a.Class]++
			if a.Hedge || a.Class == hw.ClassNeutral && row.Route == "raced" {
				hedges++
			}
			switch a.Class {
			case hw.ClassOK, hw.ClassNeutral, hw.ClassContextLength, hw.ClassContentPolicy:
			default:
				blamed = append(blamed, fmt.Sprintf("%s: %s %s: %s", row.Route, a.Upstream, a.Class, a.Cause))
			}
		}
	}
	var odd []string
	for _, h := range n.odd.all {
		odd = append(odd, h.String())
	}
	n.none("calls that did not go wrong the way they should", odd, all)
	n.none("attempts of hang-ups, broken bodies, refusals and lost hedges that the log counts against an upstream", blamed, all)
	n.none("transitions of health to anything but healthy", n.sv.setbacks(), all)
	sick, of := n.sv.sickTargets()
	n.none("targets that are neither healthy nor unknown afterwards", sick, of)
	n.figure(hedges > 0 && classes[hw.ClassNeutral] > 0 && classes[hw.ClassContextLength] > 0 && classes[hw.ClassContentPolicy] > 0,
		"classes in the log", "ok, neutral, context_overflow and content_policy only", strings.TrimPrefix(fmt.Sprint(classes), "map")+fmt.Sprintf(", %d attempts in races", hedges))
}
