package engine

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
)

// maxBody is what is looked at of one answer, should a getter hand out more.
const maxBody = 1 << 20 // bytes

// answer is what came back for one path.
type answer struct {
	came   bool
	status int
	body   []byte
}

// asker asks one engine for one state. It keeps the answers, because several
// adapters look at the same path while they find out whose it is.
type asker struct {
	get     Get
	answers map[string]answer
	// heard is true once anything came back.
	heard bool
	// failure is why the first path without an answer had none.
	failure error
}

func newAsker(get Get) *asker { return &asker{get: get, answers: map[string]answer{}} }

// ask fetches a path, once. doing says what for, in the words of an error.
func (a *asker) ask(ctx context.Context, doing, path string) answer {
	if known, asked := a.answers[path]; asked {
		return known
	}
	// Whoever did not answer the first path is not there: to try the others
	// would multiply the time that it takes to say so.
	if a.failure != nil && (!a.heard || ctx.Err() != nil) {
		return answer{}
	}
	status, body, err := a.get(ctx, path)
	if err != nil {
		if a.failure == nil {
			a.failure = fmt.Errorf("%s: %w", doing, err)
		}
		a.answers[path] = answer{}
		return answer{}
	}
	a.heard = true
	got := answer{came: true, status: status, body: body[:min(len(body), maxBody)]}
	a.answers[path] = got
	return got
}

// page fetches a path and returns its body when the status is 200.
func (a *asker) page(ctx context.Context, doing, path string) ([]byte, bool) {
	got := a.ask(ctx, doing, path)
	return got.body, got.came && got.status == http.StatusOK
}

// object fetches a path whose body is JSON and decodes what fits of it.
func (a *asker) object(ctx context.Context, doing, path string, into any) bool {
	body, ok := a.page(ctx, doing, path)
	return ok && decode(body, into)
}

// decode reads JSON and skips the fields that are of another type than
// expected: another version of the engine may have changed one of them.
func decode(body []byte, into any) bool {
	err := json.Unmarshal(body, into)
	mistyped := new(json.UnmarshalTypeError)
	return err == nil || errors.As(err, &mistyped)
}
