package testupstream

import "strings"

// frameKind places a frame in its stream.
type frameKind string

const (
	frameLead    frameKind = "lead"    // before the content
	frameContent frameKind = "content" // what N counts
	frameTail    frameKind = "tail"    // finish and usage
	frameEnd     frameKind = "end"     // the terminator
)

// frame is one event of a stream; an empty name is left out.
type frame struct {
	kind frameKind
	name string
	data string
	// raw events are written as they are: Google's errors have no "data:".
	raw bool
	// exception marks an event that is an error (Bedrock).
	exception bool
}

// framing is how a vendor cuts a stream into events.
type framing struct {
	contentType string
	// render gives the bytes of an event.
	render func(frame) string
	// comments is true where a comment line may stand between two events, lines
	// where a line may end with CR LF.
	comments, lines bool
}

// sse is server-sent events, ended the way the vendor ends its lines.
func sse(end string) framing {
	return framing{
		contentType: "text/event-stream; charset=utf-8", comments: true, lines: true,
		render: func(fr frame) string {
			if fr.raw {
				return fr.data
			}
			name := ""
			if fr.name != "" {
				name = "event: " + fr.name + end
			}
			return name + "data: " + fr.data + end + end
		},
	}
}

// ndjson is one JSON text a line.
func ndjson() framing {
	return framing{
		contentType: "application/x-ndjson", lines: true,
		render: func(fr frame) string { return fr.data + "\n" },
	}
}

// jsonList is one list over the whole stream; the events bring its brackets
// and commas along.
func jsonList() framing {
	return framing{
		contentType: "application/json; charset=UTF-8", lines: true,
		render: func(fr frame) string { return fr.data },
	}
}

// crlf ends every line with CR LF, whatever it ended with.
func crlf(text string) string {
	return strings.ReplaceAll(strings.ReplaceAll(text, "\r\n", "\n"), "\n", "\r\n")
}
