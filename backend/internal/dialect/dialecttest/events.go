package dialecttest

import "strings"

// sseEvent is one event of an event stream, as the WHATWG standard reads it.
type sseEvent struct {
	name, data string
	// named is true when the event had a name field.
	named bool
}

// sseEvents cuts a stream into its events. What the standard allows but our
// side never sends is a problem; comments are counted.
func (c *Client) sseEvents(body []byte) (events []sseEvent, comments int) {
	text := strings.NewReplacer("\r\n", "\n", "\r", "\n").Replace(string(body))
	var ev sseEvent
	var data []string
	for line := range strings.SplitSeq(text, "\n") {
		if line == "" {
			if data != nil {
				ev.data = strings.Join(data, "\n")
				events = append(events, ev)
			}
			ev, data = sseEvent{}, nil
			continue
		}
		field, value, _ := strings.Cut(line, ":")
		value = strings.TrimPrefix(value, " ")
		switch field {
		case "":
			comments++
		case "data":
			data = append(data, value)
		case "event":
			ev.name, ev.named = value, true
		case "id", "retry":
		default:
			c.problem("a line that is no field: %.60q", line)
		}
	}
	if data != nil {
		c.problem("the last event has no blank line")
		ev.data = strings.Join(data, "\n")
		events = append(events, ev)
	}
	return events, comments
}
