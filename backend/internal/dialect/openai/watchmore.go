package openai

import (
	"bytes"
	"errors"
	"math"
	"strconv"
	"strings"

	"headwater/backend/internal/dialect"
	"headwater/backend/internal/dialect/peek"
)

// resultsWatcher looks at the answer to a moderation or a rerank.
type resultsWatcher struct{ watcher }

// Answer checks that the body has results. Voyage's have another name.
func (w *resultsWatcher) Answer(body []byte) (dialect.Sign, error) {
	fields := [...]peek.Field{{Key: "results"}, {Key: "data"}, {Key: "usage"}, {Key: "error"}, {Key: "model"}}
	if err := peek.Object(body, fields[:]); err != nil {
		return dialect.Sign{}, malformed(err.Error())
	}
	sign := dialect.Sign{Content: true, Usage: readMoreUsage(fields[2].Raw(body))}
	w.seen, w.model = body, fields[4]
	if !fields[3].IsNull(body) {
		return sign, faultOf(body)
	}
	if fields[0].IsNull(body) && fields[1].IsNull(body) {
		if fault := findError(body); fault != nil {
			return sign, fault
		}
		return sign, malformed("the answer has no results")
	}
	return sign, nil
}

// mediaWatcher looks at an answer about pictures or sound: JSON, text, bytes or
// events, as its content type says.
type mediaWatcher struct {
	watcher
	endpoint dialect.Endpoint
	// kind is the content type without its parameters, in lower case.
	kind string
}

var _ dialect.TypeWatcher = (*mediaWatcher)(nil)

// Type is told the content type of the answer.
func (w *mediaWatcher) Type(contentType string) {
	kind, _, _ := strings.Cut(contentType, ";")
	w.kind = strings.ToLower(strings.TrimSpace(kind))
}

// writes reports whether the answer is what was said in a sound.
func (w *mediaWatcher) writes() bool {
	return w.endpoint == dialect.EndpointTranscriptions || w.endpoint == dialect.EndpointTranslations
}

// pictures reports whether the answer can be nothing but JSON.
func (w *mediaWatcher) pictures() bool { return w.endpoint != dialect.EndpointSpeech && !w.writes() }

func (w *mediaWatcher) isJSON() bool {
	return w.pictures() || w.kind == "application/json" || strings.HasSuffix(w.kind, "+json")
}

// Answer checks that the body is what such an answer must be. Sound and text
// cannot be read: they are taken for what they say they are, unless they are
// plainly an error or a page.
func (w *mediaWatcher) Answer(body []byte) (dialect.Sign, error) {
	switch {
	case len(body) == 0:
		return dialect.Sign{}, malformed("the answer is empty")
	case w.kind == "text/html" || startsPage(body):
		return dialect.Sign{}, malformed("the answer is a page of HTML")
	case w.isJSON():
		return w.object(body)
	}
	if fault := findError(body); fault != nil {
		return dialect.Sign{}, fault
	}
	if w.endpoint == dialect.EndpointSpeech && strings.HasPrefix(w.kind, "text/") {
		return dialect.Sign{}, malformed("the answer is " + w.kind + ", not sound")
	}
	return dialect.Sign{Content: true}, nil
}

// object looks at an answer in JSON.
func (w *mediaWatcher) object(body []byte) (dialect.Sign, error) {
	fields := [...]peek.Field{{Key: "data"}, {Key: "text"}, {Key: "segments"}, {Key: "usage"}, {Key: "error"}, {Key: "model"}}
	err := peek.Object(body, fields[:])
	if errors.Is(err, peek.ErrNotObject) && bytes.HasPrefix(bytes.TrimLeft(body, " \t\r\n"), []byte(`"`)) && w.writes() {
		return dialect.Sign{Content: true}, nil // some engines give a text as a JSON string
	}
	if err != nil {
		return dialect.Sign{}, malformed(err.Error())
	}
	sign := dialect.Sign{Content: true, Usage: readMoreUsage(fields[3].Raw(body))}
	w.seen, w.model = body, fields[5]
	if !fields[4].IsNull(body) {
		return sign, faultOf(body)
	}
	found := !fields[1].IsNull(body) || !fields[2].IsNull(body)
	if w.pictures() {
		found = !fields[0].IsNull(body)
	}
	if found && w.endpoint != dialect.EndpointSpeech {
		return sign, nil
	}
	if fault := findError(body); fault != nil {
		return sign, fault
	}
	return sign, malformed("the answer has nothing of what was asked for")
}

// Event looks at one event of a stream. Each shows something: a piece of a
// picture, of sound or of a text.
func (w *mediaWatcher) Event(name string, data []byte) (dialect.Sign, error) {
	if isDone(data) {
		w.ended, w.seen = true, nil
		return dialect.Sign{End: true}, nil
	}
	fields := [...]peek.Field{{Key: "type"}, {Key: "usage"}, {Key: "error"}, {Key: "model"}}
	if err := peek.Object(data, fields[:]); err != nil {
		return dialect.Sign{}, malformed(err.Error())
	}
	w.seen, w.model = data, fields[3]
	kind, _ := peek.String(fields[0].Raw(data))
	sign := dialect.Sign{Usage: readMoreUsage(fields[1].Raw(data))}
	if !fields[2].IsNull(data) || name == "error" || kind == "error" {
		return sign, faultOf(data)
	}
	// Several pictures are completed one by one: only the connection tells which
	// is the last.
	sign.End = strings.HasSuffix(kind, ".done")
	w.ended = w.ended || sign.End || strings.HasSuffix(kind, ".completed")
	sign.Content = true
	return sign, nil
}

// Rename appends data with its model replaced where it is JSON.
func (w *mediaWatcher) Rename(dst, data []byte, model string) []byte {
	if w.isJSON() || w.kind == "text/event-stream" {
		return w.watcher.Rename(dst, data, model)
	}
	return append(dst, data...)
}

// startsPage reports whether bytes begin like a page of HTML.
func startsPage(body []byte) bool {
	const most = 64
	start := bytes.ToLower(bytes.TrimLeft(body[:min(len(body), most)], " \t\r\n"))
	return bytes.HasPrefix(start, []byte("<!doctype html")) || bytes.HasPrefix(start, []byte("<html"))
}

// readMoreUsage reads what the smaller endpoints count: tokens under names of
// their own, or the seconds of what was heard; nil when nothing.
func readMoreUsage(raw []byte) *dialect.Usage {
	fields := [...]peek.Field{
		{Key: "input_tokens"},
		{Key: "output_tokens"},
		{Key: "input_tokens_details"},
		{Key: "input_token_details"},
		{Key: "seconds"},
		{Key: "prompt_audio_seconds"},
		{Key: "output_tokens_details"},
		{Key: "output_token_details"},
	}
	if len(raw) == 0 || raw[0] != '{' || peek.Object(raw, fields[:]) != nil {
		return nil
	}
	in, hasIn := peek.Int(fields[0].Raw(raw))
	out, hasOut := peek.Int(fields[1].Raw(raw))
	u := &dialect.Usage{In: in, Out: out}
	if !hasIn && !hasOut {
		if other := readUsage(raw); other != nil {
			u, hasIn = other, true
		}
	}
	if u.CachedIn == 0 {
		u.CachedIn = firstInt(inner(fields[2].Raw(raw), "cached_tokens"), inner(fields[3].Raw(raw), "cached_tokens"))
	}
	addModalities(&u.AudioIn, &u.ImageIn, fields[2].Raw(raw), fields[3].Raw(raw))
	addModalities(&u.AudioOut, &u.ImageOut, fields[6].Raw(raw), fields[7].Raw(raw))
	u.Seconds = max(secondsOf(fields[4].Raw(raw)), secondsOf(fields[5].Raw(raw)))
	if !hasIn && !hasOut && u.Seconds == 0 {
		return nil
	}
	return u
}

// addModalities reads what the first details that are there say of sound and
// pictures.
func addModalities(audio, image *int64, details ...[]byte) {
	for _, raw := range details {
		if a, i := modalities(raw); a != 0 || i != 0 {
			*audio, *image = a, i
			return
		}
	}
}

// secondsOf reads a length of time; zero for anything else.
func secondsOf(raw []byte) float64 {
	n, err := strconv.ParseFloat(string(raw), 64)
	if err != nil || n < 0 || math.IsInf(n, 0) || math.IsNaN(n) {
		return 0
	}
	return n
}
