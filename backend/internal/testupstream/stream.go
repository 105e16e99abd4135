package testupstream

import (
	"cmp"
	"net/http"
)

// stream sends events in the vendor's framing, as far as the fault lets it, and
// reports whether it came to the end it was meant to have.
func (x *exchange) stream(frames []frame) bool {
	f := &x.fault
	fm := x.vendor.framing()
	h := x.w.Header()
	h.Set("Content-Type", fm.contentType)
	h.Set("Cache-Control", "no-cache")
	x.w.WriteHeader(http.StatusOK)
	_ = x.rc.Flush() // some vendors send nothing before the content, and the head comes at once
	sent, content := 0, 0
	for _, fr := range frames {
		if fr.kind != frameLead {
			if over, complete := x.interrupt(fm, sent, content); over {
				return complete
			}
		}
		if f.leavesOut(fr.kind) {
			continue
		}
		if fr.kind == frameContent {
			if content > 0 && f.Gap > 0 && !x.sleep(f.Gap) {
				return false
			}
			if f.BadJSON && content == 1 {
				fr.data = fr.data[:len(fr.data)/2]
			}
			content++
		}
		if !x.send(fm, fr) {
			return false
		}
		sent++
	}
	return true
}

// leavesOut reports whether a stream goes without frames of a kind.
func (f *Fault) leavesOut(kind frameKind) bool {
	return f.NoEnd && (kind == frameTail || kind == frameEnd) || f.NoDone && kind == frameEnd
}

// interrupt plays the faults that count events with content, when their count
// is reached; sent is how many events of any kind went out.
func (x *exchange) interrupt(fm framing, sent, content int) (over, complete bool) {
	f := &x.fault
	switch content {
	case f.CutAfter:
		x.cut()
	case f.StallAfter:
		<-x.ctx.Done()
		return true, false
	case f.ErrorAfter:
		for _, fr := range x.vendor.fatal(errorNamed(cmp.Or(f.Error, "overloaded")), sent) {
			if !x.send(fm, fr) {
				return true, false
			}
		}
		return true, true
	}
	return false, false
}

// send writes one event and flushes it.
func (x *exchange) send(fm framing, fr frame) bool {
	text := fm.render(fr)
	if x.fault.Pings && fm.comments {
		text = ": keep-alive\n\n" + text
	}
	if x.fault.CRLF && fm.lines {
		text = crlf(text)
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
