//go:build window

package windowtest

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"strings"
	"time"

	"github.com/gorilla/websocket"
)

// page is the page of a window that was built with an inspector: WebKit serves
// it on a port, one page at /socket/1/1/WebPage, and wraps what is said to a
// page in messages to its target.
type page struct {
	conn   *websocket.Conn
	target string
	id     int
}

type message struct {
	ID     int             `json:"id,omitempty"`
	Method string          `json:"method,omitempty"`
	Params json.RawMessage `json:"params,omitempty"`
	Result json.RawMessage `json:"result,omitempty"`
	Error  json.RawMessage `json:"error,omitempty"`
}

// replyTime bounds the wait for one answer of the inspector.
const replyTime = 10 * time.Second

// inspect connects to the window, once its page is there.
func inspect(ctx context.Context, address string) (*page, error) {
	if err := listed(ctx, address); err != nil {
		return nil, err
	}
	var conn *websocket.Conn
	for {
		var err error
		if conn, _, err = websocket.DefaultDialer.DialContext(ctx, "ws://"+address+"/socket/1/1/WebPage", nil); err == nil {
			break
		}
		select {
		case <-ctx.Done():
			return nil, fmt.Errorf("reaching the inspector: %w", err)
		case <-time.After(20 * time.Millisecond):
		}
	}
	p := &page{conn: conn, id: 1}
	for p.target == "" {
		m, err := p.read()
		if err != nil {
			return nil, errors.Join(err, conn.Close())
		}
		if m.Method == "Target.targetCreated" {
			var created struct {
				TargetInfo struct {
					TargetID string `json:"targetId"`
				} `json:"targetInfo"`
			}
			if err := json.Unmarshal(m.Params, &created); err != nil {
				return nil, errors.Join(err, conn.Close())
			}
			p.target = created.TargetInfo.TargetID
		}
	}
	return p, nil
}

// listed waits until the inspector offers the page. One that is asked for a
// page while it is being made takes the whole window down.
func listed(ctx context.Context, address string) error {
	for {
		req, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+address+"/", nil)
		if err != nil {
			return err
		}
		if resp, err := http.DefaultClient.Do(req); err == nil {
			body, _ := io.ReadAll(io.LimitReader(resp.Body, 1<<20))
			_ = resp.Body.Close()
			if strings.Contains(string(body), "/socket/1/1/") {
				return nil
			}
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(100 * time.Millisecond):
		}
	}
}

func (p *page) read() (m message, err error) {
	if err := p.conn.SetReadDeadline(time.Now().Add(replyTime)); err != nil {
		return m, err
	}
	return m, p.conn.ReadJSON(&m)
}

// call runs one command of the inspector protocol on the page.
func (p *page) call(method string, params any) (json.RawMessage, error) {
	p.id++
	inner, err := json.Marshal(map[string]any{"id": p.id, "method": method, "params": params})
	if err != nil {
		return nil, err
	}
	outer := map[string]any{"id": p.id + 1_000_000, "method": "Target.sendMessageToTarget", "params": map[string]any{"targetId": p.target, "message": string(inner)}}
	if err := p.conn.WriteJSON(outer); err != nil {
		return nil, err
	}
	for {
		m, err := p.read()
		if err != nil {
			return nil, fmt.Errorf("%s: %w", method, err)
		}
		if m.Method != "Target.dispatchMessageFromTarget" {
			continue
		}
		var wrapped struct{ Message string }
		var answer message
		if json.Unmarshal(m.Params, &wrapped) != nil || json.Unmarshal([]byte(wrapped.Message), &answer) != nil || answer.ID != p.id {
			continue
		}
		if answer.Error != nil {
			return nil, fmt.Errorf("%s: %s", method, answer.Error)
		}
		return answer.Result, nil
	}
}

// eval runs an expression in the page; a promise is waited for by the caller.
func (p *page) eval(expression string) (any, error) {
	raw, err := p.call("Runtime.evaluate", map[string]any{"expression": expression, "returnByValue": true})
	if err != nil {
		return nil, err
	}
	var r struct {
		Result struct {
			Value       any
			Description string
		}
		WasThrown bool
	}
	if err := json.Unmarshal(raw, &r); err != nil {
		return nil, err
	}
	if r.WasThrown {
		return nil, errors.New(r.Result.Description)
	}
	return r.Result.Value, nil
}

// shot writes what the page shows as a picture.
func (p *page) shot(file string) error {
	raw, err := p.call("Page.snapshotRect", map[string]any{"x": 0, "y": 0, "width": 1280, "height": 800, "coordinateSystem": "Viewport"})
	if err != nil {
		return err
	}
	var r struct{ DataURL string }
	if err := json.Unmarshal(raw, &r); err != nil {
		return err
	}
	_, data, _ := strings.Cut(r.DataURL, ",")
	picture, err := base64.StdEncoding.DecodeString(data)
	if err != nil {
		return err
	}
	return os.WriteFile(file, picture, 0o600)
}
