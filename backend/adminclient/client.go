// Package adminclient is the Go client of the admin protocol: JSON-RPC 2.0
// over one WebSocket, with subscriptions. The command line, the tray and the
// desktop window use it.
//
// It deliberately knows no operation by name - their ids and types are those
// of the operation table and of package hw - and does not reconnect by itself:
// who uses it knows what to do with a lost line. Its one invariant: every
// error a caller gets is an *hw.Error, with the code, the next step and the
// places the service named.
package adminclient

import (
	"context"
	"crypto/tls"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/gorilla/websocket"

	"headwater/backend/hw"
)

// Config says where the service is and who calls.
type Config struct {
	// Address is host:port of the admin listener, or its URL; required.
	Address string
	// Token is that of a session, or the content of admin.token; required.
	Token string
	// TLS is used for an https address. Nil means the system's defaults.
	TLS *tls.Config
	// Dial opens the connection. Nil means the network's.
	Dial func(ctx context.Context, network, address string) (net.Conn, error)
	// Notify is given the notifications of subscriptions that were made with
	// Call instead of Subscribe, in order and by the line's only reader: while
	// it waits, the service holds the rest back. Nil drops them.
	Notify func(method string, params json.RawMessage)
}

// The bounds of a client.
const (
	handshakeTimeout = 10 * time.Second
	readTimeout      = 90 * time.Second
	writeTimeout     = 10 * time.Second
	maxMessageBytes  = 32 << 20
)

// closeSignedOut is how the service ends a line whose session has ended.
const closeSignedOut = 4401

// Params are the parameters of an operation by name: "body", the parts of its
// path such as "ref", and those of its query.
type Params map[string]any

// Client is one line to the service. It is safe for concurrent use.
type Client struct {
	conn   *websocket.Conn
	notify func(method string, params json.RawMessage)
	// done is closed by the reader when the line has ended.
	done chan struct{}

	// write is held while a message goes out.
	write sync.Mutex

	mu sync.Mutex
	// The fields below are guarded by mu.
	lastID        int64
	waiting       map[int64]chan reply
	subscriptions map[string]*Subscription
	err           error
}

type reply struct {
	Result json.RawMessage
	Err    error
}

// message is anything that comes in.
type message struct {
	ID     json.RawMessage `json:"id"`
	Method string          `json:"method"`
	Params json.RawMessage `json:"params"`
	Result json.RawMessage `json:"result"`
	Error  *rpcError       `json:"error"`
}

type rpcError struct {
	Code    int             `json:"code"`
	Message string          `json:"message"`
	Data    json.RawMessage `json:"data"`
}

type request struct {
	Version string `json:"jsonrpc"`
	ID      int64  `json:"id,omitempty"`
	Method  string `json:"method"`
	Params  any    `json:"params,omitempty"`
}

// Dial opens a line. The caller closes it.
func Dial(ctx context.Context, c Config) (*Client, error) {
	url, err := c.url()
	if err != nil {
		return nil, err
	}
	dialer := websocket.Dialer{HandshakeTimeout: handshakeTimeout, TLSClientConfig: c.TLS, NetDialContext: c.Dial}
	header := http.Header{}
	header.Set("Authorization", "Bearer "+c.Token)
	conn, resp, err := dialer.DialContext(ctx, url, header)
	if err != nil {
		return nil, refused(resp, err)
	}
	_ = resp.Body.Close()
	cl := &Client{
		conn: conn, notify: c.Notify, done: make(chan struct{}),
		waiting: map[int64]chan reply{}, subscriptions: map[string]*Subscription{},
	}
	conn.SetReadLimit(maxMessageBytes)
	conn.SetPingHandler(cl.pong)
	if err := conn.SetReadDeadline(time.Now().Add(readTimeout)); err != nil {
		return nil, lost(errors.Join(err, conn.Close()))
	}
	go cl.read()
	return cl, nil
}

// Call runs one operation and waits for its result, which is decoded into
// result unless that is nil.
func (c *Client) Call(ctx context.Context, method string, params, result any) error {
	id, answer, err := c.expect()
	if err != nil {
		return err
	}
	defer c.forget(id)
	if err := c.send(request{Version: "2.0", ID: id, Method: method, Params: params}); err != nil {
		return err
	}
	select {
	case r := <-answer:
		if r.Err != nil {
			return r.Err
		}
		if result == nil {
			return nil
		}
		if err := json.Unmarshal(r.Result, result); err != nil {
			return hw.Errorf(hw.CodeInternal, "The answer to %s could not be read.", method).Because(err)
		}
		return nil
	case <-c.done:
		return c.Err()
	case <-ctx.Done():
		// Nobody waits any more: the service may stop working on it.
		_ = c.send(request{Version: "2.0", Method: "rpc.cancel", Params: []int64{id}})
		return hw.Errorf(hw.CodeCanceled, "Gave up waiting for %s.", method).Because(ctx.Err())
	}
}

// Done is closed when the line has ended; Err then says why.
func (c *Client) Done() <-chan struct{} { return c.done }

// Err says why the line ended; nil while it is open.
func (c *Client) Err() error {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.err
}

// Close ends the line and waits until its reader has.
func (c *Client) Close() error {
	c.fail(hw.Errorf(hw.CodeCanceled, "The line was closed."))
	bye := websocket.FormatCloseMessage(websocket.CloseNormalClosure, "")
	_ = c.conn.WriteControl(websocket.CloseMessage, bye, time.Now().Add(time.Second)) // a courtesy
	err := c.conn.Close()
	<-c.done
	if err != nil && !errors.Is(err, net.ErrClosed) {
		return fmt.Errorf("closing the line: %w", err)
	}
	return nil
}

// expect makes a place for an answer.
func (c *Client) expect() (int64, <-chan reply, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.err != nil {
		return 0, nil, c.err
	}
	c.lastID++
	answer := make(chan reply, 1)
	c.waiting[c.lastID] = answer
	return c.lastID, answer, nil
}

func (c *Client) forget(id int64) {
	c.mu.Lock()
	defer c.mu.Unlock()
	delete(c.waiting, id)
}

func (c *Client) send(r request) error {
	raw, err := json.Marshal(r)
	if err != nil {
		return hw.Errorf(hw.CodeBadRequest, "The parameters of %s cannot be sent.", r.Method).Because(err)
	}
	c.write.Lock()
	defer c.write.Unlock()
	if err := c.conn.SetWriteDeadline(time.Now().Add(writeTimeout)); err != nil {
		return lost(err)
	}
	if err := c.conn.WriteMessage(websocket.TextMessage, raw); err != nil {
		return lost(err)
	}
	return nil
}

// read is the only reader; it ends with the line.
func (c *Client) read() {
	defer close(c.done)
	for {
		_, raw, err := c.conn.ReadMessage()
		if err != nil {
			c.fail(ended(err))
			_ = c.conn.Close()
			return
		}
		_ = c.conn.SetReadDeadline(time.Now().Add(readTimeout)) // fails only when the line is cut
		var m message
		if err := json.Unmarshal(raw, &m); err != nil {
			continue // not JSON-RPC: nobody waits for it
		}
		if m.Method != "" {
			c.push(m)
			continue
		}
		c.answer(m)
	}
}

// answer hands an answer to who waits for it.
func (c *Client) answer(m message) {
	id, err := strconv.ParseInt(string(m.ID), 10, 64)
	if err != nil {
		return
	}
	r := reply{Result: m.Result}
	if m.Error != nil {
		r.Err = m.Error.err()
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if waiting := c.waiting[id]; waiting != nil {
		waiting <- r // has room for one, and there is one
		delete(c.waiting, id)
	}
}

// pong answers a ping and grants the service another readTimeout.
func (c *Client) pong(data string) error {
	if err := c.conn.SetReadDeadline(time.Now().Add(readTimeout)); err != nil {
		return err
	}
	_ = c.conn.WriteControl(websocket.PongMessage, []byte(data), time.Now().Add(writeTimeout)) // the next read finds a cut line
	return nil
}

// fail notes why the line ended; the first reason counts.
func (c *Client) fail(err error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.err != nil {
		return
	}
	c.err = err
	for _, s := range c.subscriptions {
		s.wake()
	}
}

// url is the address of the service's socket.
func (c Config) url() (string, error) {
	origin, err := c.origin()
	if err != nil {
		return "", err
	}
	return "ws" + strings.TrimPrefix(origin, "http") + "/ws", nil
}

// origin is the service's address as http://host:port or https://host:port.
func (c Config) origin() (string, error) {
	scheme := "http"
	given, address, found := strings.Cut(c.Address, "://")
	switch {
	case !found:
		address = given
	case given == "https" || given == "wss":
		scheme = "https"
	case given != "http" && given != "ws":
		return "", hw.Errorf(hw.CodeBadRequest, "The address %q is not one of a Headwater.", c.Address)
	}
	address = strings.TrimSuffix(address, "/")
	if address == "" || strings.ContainsAny(address, "/?#@ ") {
		return "", hw.Errorf(hw.CodeBadRequest, "The address %q is not host:port.", c.Address)
	}
	return scheme + "://" + address, nil
}
