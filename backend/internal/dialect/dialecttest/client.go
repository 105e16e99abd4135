// Package dialecttest reads what a caller of the gateway gets, the way the
// official SDKs of each dialect accumulate it, and knows the recorded traffic
// that it must agree with.
//
// It is for tests only and deliberately shares no code with the dialects it
// judges: its readers are written against the protocols. They read leniently,
// so that answers which passed through with their upstream's oddities can be
// compared, and note beside it whatever a strict client would stumble over.
//
// Its one invariant: a reader never fails; what it cannot read is a problem.
package dialecttest

import (
	"bytes"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"
)

// Client is what a caller got out of one answer: its first choice.
type Client struct {
	Text, Reasoning, Refusal string
	ToolCalls                []Call
	// Sources are the addresses of what the text cites, each once.
	Sources []string
	// Finish is the dialect's own word; that of a Responses answer which is
	// incomplete has the reason behind a colon.
	Finish string
	// Usage counts as the dialect counts; nil when nothing was told.
	Usage *Usage
	ID    string
	Model string
	// Choices is how many alternatives the answer had.
	Choices int
	// Done is true when the stream had its proper end; always for a plain answer.
	Done bool
	// Problems is what a strict client would stumble over.
	Problems []string
	// custom is the text of each call of a custom tool so far.
	custom map[int]string
}

// Call is one tool call; Args is JSON text.
type Call struct {
	ID   string `json:"id"`
	Name string `json:"name"`
	Args string `json:"args"`
}

// Usage counts tokens as one dialect, or one provider, counts them.
type Usage struct {
	In         int64 `json:"in"`
	Out        int64 `json:"out"`
	Total      int64 `json:"total"`
	CachedIn   int64 `json:"cached_in"`
	CacheWrite int64 `json:"cache_write"`
	Reasoning  int64 `json:"reasoning_out"`
}

// Reader reads the answers of one dialect as its callers do.
type Reader interface {
	// Plain reads a whole answer.
	Plain(body []byte) *Client
	// Stream reads a whole stream.
	Stream(body []byte) *Client
}

const mostProblems = 12

// problem notes what a strict client would stumble over.
func (c *Client) problem(format string, args ...any) {
	text := fmt.Sprintf(format, args...)
	if len(c.Problems) < mostProblems && !slices.Contains(c.Problems, text) {
		c.Problems = append(c.Problems, text)
	}
}

// require notes a problem unless ok.
func (c *Client) require(ok bool, format string, args ...any) {
	if !ok {
		c.problem(format, args...)
	}
}

// cite notes a source.
func (c *Client) cite(url string) {
	if url != "" && !slices.Contains(c.Sources, url) {
		c.Sources = append(c.Sources, url)
	}
}

// need notes the fields that are missing or null.
func (c *Client) need(o object, where string, keys ...string) {
	for _, key := range keys {
		c.require(o.has(key), "%s has no %s", where, key)
	}
}

// parse reads one JSON object; nil when it is none.
func (c *Client) parse(data []byte, where string) object {
	if !utf8.Valid(data) {
		c.problem("%s is not UTF-8", where)
	}
	var o object
	dec := json.NewDecoder(bytes.NewReader(data))
	dec.UseNumber()
	if err := dec.Decode(&o); err != nil || o == nil {
		c.problem("%s is not a JSON object: %.80q", where, data)
		return nil
	}
	if dec.More() {
		c.problem("%s has more than one JSON value", where)
	}
	return o
}

// object is a JSON object, read leniently: what is not there or of another
// type is empty.
type object map[string]any

// has is true for what is there and not null.
func (o object) has(key string) bool { return o[key] != nil }

// there is true even for null.
func (o object) there(key string) bool {
	_, ok := o[key]
	return ok
}

func (o object) text(key string) string {
	s, _ := o[key].(string)
	return s
}

func (o object) isText(key string) bool {
	_, ok := o[key].(string)
	return ok
}

func (o object) number(key string) int64 {
	n, _ := o[key].(json.Number)
	v, _ := n.Int64()
	return v
}

func (o object) isNumber(key string) bool {
	n, ok := o[key].(json.Number)
	_, err := n.Int64()
	return ok && err == nil
}

func (o object) object(key string) object {
	m, _ := o[key].(map[string]any)
	return m
}

func (o object) isList(key string) bool {
	_, ok := o[key].([]any)
	return ok
}

// objects are the objects of a list.
func (o object) objects(key string) []object {
	list, _ := o[key].([]any)
	var out []object
	for _, raw := range list {
		if m, ok := raw.(map[string]any); ok {
			out = append(out, m)
		}
	}
	return out
}

// texts are the texts of a field in a list of objects, one after another.
func (o object) texts(list string, keys ...string) string {
	var out strings.Builder
	for _, m := range o.objects(list) {
		for _, key := range keys {
			out.WriteString(m.text(key))
		}
	}
	return out.String()
}

// json renders a field; empty when it is not there.
func (o object) json(key string) string {
	if !o.there(key) {
		return ""
	}
	return jsonOf(o[key])
}

func jsonOf(v any) string {
	var buf bytes.Buffer
	enc := json.NewEncoder(&buf)
	enc.SetEscapeHTML(false)
	if enc.Encode(v) != nil {
		return ""
	}
	return strings.TrimSuffix(buf.String(), "\n")
}
