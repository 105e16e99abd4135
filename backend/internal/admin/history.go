package admin

import (
	"context"
	"fmt"
	"strconv"
	"time"

	"headwater/backend/hw"
	"headwater/backend/internal/store"
)

// defaultMinutes is the span of Traffic that nobody named.
const defaultMinutes = 60

// Traffic says what callers got over the last minutes; zero means 60.
func (s *Service) Traffic(actor hw.Actor, minutes int) (hw.Traffic, error) {
	if err := permit(actor, hw.PermStatusRead); err != nil {
		return hw.Traffic{}, err
	}
	if minutes == 0 {
		minutes = defaultMinutes
	}
	return s.cfg.Traffic(minutes, time.Now()), nil
}

func (s *Service) settleHealth(ctx context.Context) {
	if s.cfg.SettleHealth != nil {
		s.cfg.SettleHealth(ctx)
	}
}

// HealthHistory says how health has changed, newest first.
func (s *Service) HealthHistory(ctx context.Context, actor hw.Actor, f store.HealthFilter) (hw.Page[hw.HealthEvent], error) {
	if err := permit(actor, hw.PermStatusRead); err != nil {
		return hw.Page[hw.HealthEvent]{}, err
	}
	s.settleHealth(ctx)
	events, err := s.cfg.Store.Health(ctx, f)
	if err != nil {
		return hw.Page[hw.HealthEvent]{}, fmt.Errorf("reading the history of health: %w", err)
	}
	page := hw.Page[hw.HealthEvent]{Items: orEmpty(events)}
	limit := f.Limit
	if limit <= 0 {
		limit = store.HealthPage
	}
	if len(events) == limit {
		page.Next = strconv.FormatInt(events[len(events)-1].ID, 10)
	}
	return page, nil
}
