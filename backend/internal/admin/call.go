package admin

import (
	"context"
	"fmt"
	"io"

	"headwater/backend/hw"
	"headwater/backend/internal/calllog"
)

// Calls returns one page of the call log, newest first.
func (s *Service) Calls(ctx context.Context, actor hw.Actor, f calllog.Filter) (hw.CallPage, error) {
	if err := permit(actor, hw.PermCallsRead); err != nil {
		return hw.CallPage{}, err
	}
	if f.Cursor == "" {
		s.cfg.Calls.Settle(ctx)
	}
	page, err := s.cfg.Calls.List(ctx, f)
	if err != nil {
		return hw.CallPage{}, fmt.Errorf("listing calls: %w", err)
	}
	out := hw.CallPage{Items: make([]hw.Call, 0, len(page.Calls)), Next: page.Next, Partial: page.Partial}
	for _, c := range page.Calls {
		out.Items = append(out.Items, *c)
	}
	return out, nil
}

// Call returns one call by its id.
func (s *Service) Call(ctx context.Context, actor hw.Actor, id string) (hw.Call, error) {
	if err := permit(actor, hw.PermCallsRead); err != nil {
		return hw.Call{}, err
	}
	s.cfg.Calls.Settle(ctx)
	c, err := s.cfg.Calls.Show(ctx, id)
	if err != nil {
		return hw.Call{}, fmt.Errorf("reading call %q: %w", id, err)
	}
	return *c, nil
}

// ExportCalls writes calls as JSON lines and returns how many there were.
// Begin is called before the first byte, once it is known that the actor may.
func (s *Service) ExportCalls(ctx context.Context, actor hw.Actor, w io.Writer, f calllog.Filter, begin func()) (int64, error) {
	if err := permit(actor, hw.PermCallsRead); err != nil {
		return 0, err
	}
	s.cfg.Calls.Settle(ctx)
	begin()
	rows, err := s.cfg.Calls.Export(ctx, w, f)
	if err != nil {
		return rows, fmt.Errorf("exporting calls: %w", err)
	}
	return rows, nil
}
