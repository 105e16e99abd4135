package testupstream

import (
	"net/http"
	"strings"
)

// frameKind places a frame in its stream.
type frameKind string

const (
	frameLead    frameKind = "lead"    // before the content
	frameContent frameKind = "content" // what N counts
	frameTail    frameKind = "tail"    // finish and usage
	frameEnd     frameKind = "end"     // the terminator
)

// frame is one server-sent event; an empty name is left out.
type frame struct {
	kind frameKind
	name string
	data string
}

// stream sends frames as server-sent events, as far as the fault lets it, and
// reports whether it came to the end it was meant to have.
func (x *exchange) stream(frames []frame) bool {
	f := &x.fault
	h := x.w.Header()
	h.Set("Content-Type", "text/event-stream; charset=utf-8")
	h.Set("Cache-Control", "no-cache")
	x.w.WriteHeader(http.StatusOK)
	sent := 0
	for _, fr := range frames {
		if fr.kind != frameLead {
			if over, complete := x.interrupt(sent); over {
				return complete
			}
		}
		if f.leavesOut(fr.kind) {
			continue
		}
		if fr.kind == frameContent {
			if sent > 0 && f.Gap > 0 && !x.sleep(f.Gap) {
				return false
			}
			if f.BadJSON && sent == 1 {
				fr.data = fr.data[:len(fr.data)/2]
			}
			sent++
		}
		if !x.send(fr) {
			return false
		}
	}
	return true
}

// leavesOut reports whether a stream goes without frames of a kind.
func (f *Fault) leavesOut(kind frameKind) bool {
	return f.NoEnd && (kind == frameTail || kind == frameEnd) || f.NoDone && kind == frameEnd
}

// interrupt plays the faults that count events, when their count is reached.
func (x *exchange) interrupt(sent int) (over, complete bool) {
	f := &x.fault
	switch sent {
	case f.CutAfter:
		x.cut()
	case f.StallAfter:
		<-x.ctx.Done()
		return true, false
	case f.ErrorAfter:
		name := f.Error
		if name == "" {
			name = "overloaded"
		}
		fr := frame{data: string(errorNamed(name).body(x.anthropic, x.req.Model, ""))}
		if x.anthropic {
			fr.name = "error"
		}
		return true, x.send(fr)
	}
	return false, false
}

// send writes one event and flushes it.
func (x *exchange) send(fr frame) bool {
	var b strings.Builder
	if x.fault.Pings {
		b.WriteString(": keep-alive\n\n")
	}
	if fr.name != "" {
		b.WriteString("event: " + fr.name + "\n")
	}
	b.WriteString("data: " + fr.data + "\n\n")
	text := b.String()
	if x.fault.CRLF {
		text = strings.ReplaceAll(text, "\n", "\r\n")
	}
	step := len(text)
	if x.fault.Bytes {
		step = 1
	}
	for ; len(text) > 0; text = text[step:] {
		if _, err := x.w.Write([]byte(text[:step])); err != nil {
			return false
		}
		if err := x.rc.Flush(); err != nil {
			return false
		}
	}
	// A write to a connection whose client has gone can succeed for a while.
	return x.ctx.Err() == nil
}
