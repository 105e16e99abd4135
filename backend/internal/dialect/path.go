package dialect

import "strings"

// Placer is implemented by an Inbound that knows where its caller wrote what an
// Outbound refuses.
type Placer interface {
	// PathOf is the caller's path of one in the neutral form, such as
	// "messages[2].content[0]"; empty where that is not known.
	PathOf(asked Asked, neutral string) string
}

// Asked is a request in both its forms.
type Asked struct {
	Op   Operation
	Body []byte
	// Request is what Decode made of Body.
	Request *Request
}

// PathIn is the path of what an Outbound refuses in the words of the caller; empty
// where it is not known: another part would be blamed then.
func PathIn(in Inbound, asked Asked, neutral string) string {
	placer, ok := in.(Placer)
	switch {
	case strings.Contains(neutral, " "): // a phrase, and no path
		return ""
	case neutral == "model":
		return neutral
	case ok:
		return placer.PathOf(asked, neutral)
	case strings.HasPrefix(neutral, "messages"):
		return ""
	}
	return neutral
}

// MessageOf cuts a path of the neutral form behind its message, "messages[2]".
func MessageOf(neutral string) string {
	head, _, inside := strings.Cut(neutral, "]")
	if !inside || !strings.HasPrefix(head, "messages[") {
		return neutral
	}
	return head + "]"
}
