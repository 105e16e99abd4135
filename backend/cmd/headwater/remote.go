package main

import (
	"context"
	"encoding/json"

	"headwater/backend/adminclient"
	"headwater/backend/hw"
)

// remote is the running service at the other end of a line.
type remote struct{ client *adminclient.Client }

// connect opens a line to the running service. The error is an
// unreachableError when nobody answers as Headwater does.
func (c *cli) connect(ctx context.Context) (*remote, error) {
	at, err := c.find()
	if err != nil {
		return nil, err
	}
	client, err := adminclient.Dial(ctx, adminclient.Config{Address: at.address, Token: at.token})
	if hw.CodeOf(err) == hw.CodeUnavailable {
		return nil, &unreachableError{address: at.address, cause: err}
	}
	if err != nil {
		return nil, err //nolint:wrapcheck // an *hw.Error in words for the caller
	}
	return &remote{client}, nil
}

// call does one operation of the service's table.
func (r *remote) call(ctx context.Context, operation string, p params, result any) error {
	if p == nil {
		return r.client.Call(ctx, operation, nil, result) //nolint:wrapcheck // an *hw.Error in words for the caller
	}
	return r.client.Call(ctx, operation, p, result) //nolint:wrapcheck // an *hw.Error in words for the caller
}

func (r *remote) close() error { return r.client.Close() } //nolint:wrapcheck // it says what it was doing

func (r *remote) export(ctx context.Context) (string, error) {
	var text hw.ConfigText
	err := r.call(ctx, "config.export", nil, &text)
	return text.YAML, err
}

func (r *remote) diff(ctx context.Context, file hw.ConfigFile) (hw.Plan, error) {
	return r.sendFile(ctx, "config.diff", file)
}

func (r *remote) apply(ctx context.Context, file hw.ConfigFile) (hw.Plan, error) {
	return r.sendFile(ctx, "config.apply", file)
}

// maxSent bounds a file as it is sent: the service cuts a line on a message of
// more than 4 MiB. Unit: bytes.
const maxSent = 4<<20 - 4<<10

func (r *remote) sendFile(ctx context.Context, operation string, file hw.ConfigFile) (plan hw.Plan, err error) {
	body, err := marshalPlain(file)
	if err != nil {
		return plan, err
	}
	if len(body) > maxSent {
		e := hw.Errorf(hw.CodeTooLarge, "The file is too large to be sent to the running service.")
		e.Hint = "Split it into several files, or stop the service: apply then works on its files."
		return plan, e
	}
	err = r.call(ctx, operation, params{"body": json.RawMessage(body)}, &plan)
	return plan, err
}

// listWhole reads a list that has one page.
func listWhole[T any](ctx context.Context, r *remote, operation string) ([]T, error) {
	var page hw.Page[T]
	err := r.call(ctx, operation, nil, &page)
	return page.Items, err
}
