//go:build linux

package resilience

import (
	"bufio"
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"
	"sync"
	"time"
)

func hashed(key string) string {
	sum := sha256.Sum256([]byte(key))
	return hex.EncodeToString(sum[:])
}

// caller asks as an app does.
type caller struct {
	url, key string
	client   *http.Client
}

// answer is what one call gave, as the caller saw it.
type answer struct {
	id          string
	sent, ended time.Time
	stream      bool
	status      int // 0: no answer at all
	header      http.Header
	text        string // the content received
	body        string // of a plain answer
	done        bool   // a plain answer is whole, a stream had its [DONE]
	told        string // code of the error event inside a stream
	err         error  // of the connection
}

func (a *answer) took() time.Duration { return a.ended.Sub(a.sent) }

// String implements fmt.Stringer.
func (a *answer) String() string {
	return fmt.Sprintf("call %s: stream=%v status=%d done=%v told=%q text=%q err=%v body=%.300s attempts=%q",
		a.id, a.stream, a.status, a.done, a.told, a.text, a.err, a.body, a.header.Get("X-Headwater-Attempts"))
}

// errorBody is an error in OpenAI's shape.
type errorBody struct {
	Error struct {
		Message string `json:"message"`
		Type    string `json:"type"`
		Code    string `json:"code"`
	} `json:"error"`
}

// openAIError reads an error body; ok only when it has all of the shape.
func openAIError(body string) (e errorBody, ok bool) {
	ok = json.Unmarshal([]byte(body), &e) == nil && e.Error.Message != "" && e.Error.Type != "" && e.Error.Code != ""
	return e, ok
}

func chatBody(model string, stream bool) []byte {
	body, err := json.Marshal(map[string]any{
		"model": model, "stream": stream, "messages": []map[string]string{{"role": "user", "content": "hello"}},
	})
	if err != nil {
		panic("bug: " + err.Error())
	}
	return body
}

// chat makes one call and reads its answer to the end.
func (c *caller) chat(ctx context.Context, model string, stream bool) *answer {
	a := &answer{sent: time.Now(), stream: stream, header: http.Header{}}
	defer func() { a.ended = time.Now() }()
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, c.url+"/v1/chat/completions", bytes.NewReader(chatBody(model, stream)))
	if err != nil {
		a.err = err
		return a
	}
	req.Header.Set("Authorization", "Bearer "+c.key)
	req.Header.Set("Content-Type", "application/json")
	resp, err := c.client.Do(req)
	if err != nil {
		a.err = err
		return a
	}
	defer resp.Body.Close()
	a.status, a.header, a.id = resp.StatusCode, resp.Header, resp.Header.Get("X-Request-Id")
	if strings.HasPrefix(resp.Header.Get("Content-Type"), "text/event-stream") {
		a.err = a.readStream(resp.Body)
		return a
	}
	a.err = readAll(a, resp)
	a.readPlain()
	return a
}

func readAll(a *answer, resp *http.Response) error {
	raw, err := io.ReadAll(io.LimitReader(resp.Body, 64<<20))
	a.body = string(raw)
	return err
}

// chunk is a piece of a chat answer, streamed or not.
type chunk struct {
	Choices []struct {
		Delta   struct{ Content string } `json:"delta"`
		Message struct{ Content string } `json:"message"`
	} `json:"choices"`
}

func (a *answer) readPlain() {
	var whole chunk
	if a.err == nil && json.Unmarshal([]byte(a.body), &whole) == nil && len(whole.Choices) > 0 {
		a.text, a.done = whole.Choices[0].Message.Content, true
	}
}

func (a *answer) readStream(body io.Reader) error {
	lines := bufio.NewReader(body)
	for {
		line, err := lines.ReadString('\n')
		if data, ok := strings.CutPrefix(strings.TrimRight(line, "\r\n"), "data: "); ok {
			a.event(data)
		}
		if err == io.EOF {
			return nil
		}
		if err != nil {
			return err
		}
	}
}

func (a *answer) event(data string) {
	if data == "[DONE]" {
		a.done = true
		return
	}
	if e, ok := openAIError(data); ok {
		a.told = e.Error.Code
		return
	}
	var piece chunk
	if json.Unmarshal([]byte(data), &piece) == nil && len(piece.Choices) > 0 {
		a.text += piece.Choices[0].Delta.Content
	}
}

// drive makes calls at a steady rate, whether or not earlier ones have been
// answered, until ctx ends; then it waits for those under way. work gets the
// number of the call.
func drive(ctx context.Context, perSecond int, work func(i int)) {
	interval := time.Second / time.Duration(perSecond)
	began := time.Now()
	var calls sync.WaitGroup
	defer calls.Wait()
	for i := 0; ; i++ {
		wait := time.NewTimer(time.Until(began.Add(time.Duration(i) * interval)))
		select {
		case <-ctx.Done():
			wait.Stop()
			return
		case <-wait.C:
		}
		calls.Go(func() { work(i) })
	}
}

// answers collects what concurrent callers got.
type answers struct {
	mu  sync.Mutex
	all []*answer
}

func (l *answers) add(a *answer) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.all = append(l.all, a)
}

func (l *answers) list() []*answer {
	l.mu.Lock()
	defer l.mu.Unlock()
	return slices.Clone(l.all)
}

// load drives calls to the route "fast", every second one a stream, and
// collects the answers.
func (c *caller) load(ctx context.Context, perSecond int) *answers {
	var got answers
	drive(ctx, perSecond, func(i int) {
		// The end of the load is not the end of its calls.
		got.add(c.chat(context.WithoutCancel(ctx), "fast", i%2 == 1))
	})
	return &got
}

// quantile is the value below which the share q of the times lies.
func quantile(times []time.Duration, q float64) time.Duration {
	if len(times) == 0 {
		return 0
	}
	sorted := slices.Sorted(slices.Values(times))
	return sorted[min(int(q*float64(len(sorted))), len(sorted)-1)]
}

// spread are the figures of a set of times for the table.
func spread(times []time.Duration) string {
	return fmt.Sprintf(" (p50 %s, p99 %s, max %s, n=%d)",
		short(quantile(times, 0.5)), short(quantile(times, 0.99)), short(quantile(times, 1)), len(times))
}
