package main

import (
	"context"

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

func (r *remote) diff(ctx context.Context, file hw.ConfigFile) (plan hw.Plan, err error) {
	err = r.call(ctx, "config.diff", params{"body": file}, &plan)
	return plan, err
}

func (r *remote) apply(ctx context.Context, file hw.ConfigFile) (plan hw.Plan, err error) {
	err = r.call(ctx, "config.apply", params{"body": file}, &plan)
	return plan, err
}

// listWhole reads a list that has one page.
func listWhole[T any](ctx context.Context, r *remote, operation string) ([]T, error) {
	var page hw.Page[T]
	err := r.call(ctx, operation, nil, &page)
	return page.Items, err
}
