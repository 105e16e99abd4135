package appliance

import (
	"context"
	"fmt"
	"math/rand/v2"
	"time"

	"headwater/backend/hw"
	"headwater/backend/internal/drill"
	"headwater/backend/internal/gateway"
	"headwater/backend/internal/health"
	"headwater/backend/internal/schedule"
)

// openDrills makes the runner of fire drills, and what starts them by the clock.
func (h *house) openDrills() (err error) {
	h.drills, err = drill.New(drill.Config{
		Keeper: h.store, Log: h.log, Dialects: outbound(), DrillKey: h.drillKey, Health: h.drillHealth,
		Told: func(d hw.Drill) { h.bus.Publish(hw.TopicDrills, d) },
	})
	if err != nil {
		return fmt.Errorf("opening the fire drills: %w", err)
	}
	// The administration, which has the schedules, is opened after it and runs
	// before it.
	h.planned, err = schedule.New(schedule.Config{
		Keeper: h.store, Log: h.log,
		Schedules: func() []*hw.DrillSchedule { return h.admin.Schedules() },
		Start: func(ctx context.Context, s *hw.DrillSchedule) (hw.Drill, error) {
			return h.admin.StartScheduled(ctx, s)
		},
	})
	if err != nil {
		return fmt.Errorf("opening the schedules of fire drills: %w", err)
	}
	return nil
}

// drillKey reports whether a key is scoped for drills.
func (h *house) drillKey(id string) bool {
	s := h.holder.Load()
	if s == nil {
		return false
	}
	key, ok := s.KeyByID(id)
	return ok && key.Drill
}

// drillHealth makes the states that the calls of a drill see: as everybody's
// are now, and apart from them from then on.
func (h *house) drillHealth(id string) *health.Registry {
	now := time.Now()
	states := health.NewRegistry(health.Config{
		Rand: rand.Float64, NoChecks: true, Like: h.health,
		Freed: func(target string) bool { return h.rooms.Offer(gateway.DrillPlace(target)) },
		Events: func(e hw.HealthChanged) {
			e.Drill = id
			e.Name, e.Upstreams = nameScope(h.holder.Load(), e.Kind, e.Scope)
			h.drills.Health(e, time.Now())
			h.told.Add(1)
			h.bus.Publish(hw.TopicHealth, e)
		},
	})
	states.Restore(h.health.Save(now), now)
	return states
}

// errDrillFull stands for a disk that takes nothing.
var errDrillFull error = hw.Errorf(hw.CodeDiskFull, "A fire drill plays a full disk.")

func (h *house) rehearseFull() error {
	if full, _ := h.drills.Faults(); full {
		return errDrillFull
	}
	return nil
}

// rehearseLock is asked by the store, which is opened before the drills are.
func (h *house) rehearseLock() bool {
	if h.drills == nil {
		return false
	}
	_, locked := h.drills.Faults()
	return locked
}
