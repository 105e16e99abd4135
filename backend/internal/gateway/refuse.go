package gateway

import (
	"errors"
	"net/http"
	"strconv"
	"strings"

	"headwater/backend/hw"
	"headwater/backend/internal/dialect"
)

// statusClosed is logged for a caller who hung up; nobody receives it.
const statusClosed = 499

// refuse answers a call that will not be served, in the caller's dialect.
func (g *Gateway) refuse(c *Call, err error) {
	e := hw.AsError(err)
	c.failure = e
	if c.answered() {
		return
	}
	c.pulse.stop()
	if c.pulse.open() { // the status is 200 for good: the stream itself tells
		c.status = statusOf(err)
		g.interrupt(c, e)
		return
	}
	if e.Code == hw.CodeCanceled {
		c.status = statusClosed
		c.front.Abort()
		return
	}
	status, body := statusOf(err), []byte(nil)
	if r, ok := errors.AsType[*refusal](err); ok {
		body = r.body
	}
	if body == nil {
		body = c.in.Error(e, c.id)
	}
	_ = c.sendPlain(status, body, c.refusalHeader(e, status)) // a caller who is gone cannot be told
}

// statusOf is the one that an error is told with.
func statusOf(err error) int {
	if r, ok := errors.AsType[*refusal](err); ok {
		return r.status
	}
	return hw.AsError(err).HTTPStatus()
}

func (c *Call) refusalHeader(e *hw.Error, status int) dialect.Header {
	h := make(dialect.Header, 8)
	if e.RetryAfter > 0 {
		h["Retry-After"] = []string{strconv.Itoa(seconds(e.RetryAfter))}
	}
	h["X-Should-Retry"] = []string{strconv.FormatBool(status == 429 || status >= 500 && e.RetryAfter > 0)}
	if e.Code == hw.CodeMethod {
		h["Allow"] = []string{methods(c.op)}
	}
	if e.Status == http.StatusUnsupportedMediaType && e.Field == encodingHeader {
		h["Accept-Encoding"] = []string{gzipped} // what would have been read; RFC 9110, section 12.5.3
	}
	if e.Code.Info().Status == 401 && e.Code.Info().Blame == hw.BlameCaller {
		h["Www-Authenticate"] = []string{`Bearer realm="headwater"`}
	}
	if words := c.sentWords(); words != "" {
		h["X-Headwater-Attempts"] = []string{words}
	}
	return h
}

// sentWords lists the attempts that were made.
func (c *Call) sentWords() string {
	var words []string
	for i := range c.tried {
		if c.tried[i].sent {
			words = append(words, c.attemptWords(c.tried[i]))
		}
	}
	return strings.Join(words, ", ")
}
