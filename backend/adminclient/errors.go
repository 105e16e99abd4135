package adminclient

import (
	"encoding/json"
	"errors"
	"io"
	"net/http"

	"github.com/gorilla/websocket"

	"headwater/backend/hw"
)

// maxProblemBytes bounds what is read of a refusal.
const maxProblemBytes = 64 << 10

// methodNotFound is JSON-RPC's code for a method that is not there.
const methodNotFound = -32601

// err is the error that the service meant.
func (e *rpcError) err() error {
	if d, ok := readProblem(e.Data); ok {
		return d.Err()
	}
	code := hw.CodeInternal
	if e.Code == methodNotFound {
		code = hw.CodeNotFound
	}
	return hw.Errorf(code, "%s", e.Message)
}

// readProblem reads RFC 9457 problem details.
func readProblem(raw []byte) (hw.ProblemDetails, bool) {
	var d hw.ProblemDetails
	if json.Unmarshal(raw, &d) != nil || d.Code == "" {
		return d, false
	}
	return d, true
}

// refused is why a line could not be opened: what the service said, or that
// it cannot be reached.
func refused(resp *http.Response, cause error) error {
	if resp == nil {
		// A pin that does not fit says so better than we could.
		if told, ok := errors.AsType[*hw.Error](cause); ok {
			return told
		}
		e := hw.Errorf(hw.CodeUnavailable, "The service cannot be reached.")
		e.Hint = "Check that it runs, and the address."
		return e.Because(cause)
	}
	defer resp.Body.Close()
	raw, err := io.ReadAll(io.LimitReader(resp.Body, maxProblemBytes))
	if d, ok := readProblem(raw); ok {
		return d.Err()
	}
	return hw.Errorf(hw.CodeUnavailable, "This address answers, but not as Headwater does (%s).", resp.Status).Because(err)
}

func lost(err error) error {
	e := hw.Errorf(hw.CodeUnavailable, "Lost contact with the service.")
	e.Hint = "Check that it runs, and try again."
	return e.Because(err)
}

// ended is why an open line has ended.
func ended(err error) error {
	if bye, ok := errors.AsType[*websocket.CloseError](err); ok && bye.Code == closeSignedOut {
		return hw.Errorf(hw.CodeUnauthenticated, "The session has ended.").Because(err)
	}
	return lost(err)
}
