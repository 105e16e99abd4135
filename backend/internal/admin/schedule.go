package admin

import (
	"context"
	"fmt"
	"time"

	"headwater/backend/hw"
)

// prepareSchedule writes down from which day a schedule counts, so that every
// start of the service counts alike. A change that does not speak of it keeps
// the day.
func prepareSchedule(_ *Service, e *edit) error {
	after, ok := e.after.(*hw.DrillSchedule)
	if !ok {
		return nil
	}
	before, _ := e.before.(*hw.DrillSchedule)
	kept := ""
	if before != nil {
		kept = before.First
	}
	switch {
	case after.EveryDays == 0 && after.First == kept:
		after.First = ""
	case after.EveryDays > 0 && after.First == "":
		after.First = kept
		if kept == "" {
			after.First = nextDay(after.At, time.Now())
		}
	}
	return nil
}

// nextDay is the day on which a time of day comes next.
func nextDay(at string, now time.Time) string {
	if now.Format("15:04") >= at {
		now = now.AddDate(0, 0, 1)
	}
	return now.Format(time.DateOnly)
}

// StartScheduled begins the drill of a schedule, in its name. It takes the way
// of every drill: whatever refuses a person's drill refuses this one.
func (s *Service) StartScheduled(ctx context.Context, schedule *hw.DrillSchedule) (hw.Drill, error) {
	return s.StartDrill(ctx, hw.Actor{Name: "schedule " + schedule.Name, Role: hw.RoleAdministrator}, schedule.Drill)
}

// Schedules returns the schedules in force, by name. They must not be changed.
func (s *Service) Schedules() []*hw.DrillSchedule {
	docs := s.inForce.Load().kind(hw.KindSchedule)
	schedules := make([]*hw.DrillSchedule, 0, len(docs))
	for _, doc := range docs {
		if schedule, ok := doc.(*hw.DrillSchedule); ok {
			schedules = append(schedules, schedule)
		}
	}
	return schedules
}

// ScheduleStates says of every schedule when it is due, and what came of it.
func (s *Service) ScheduleStates(ctx context.Context, actor hw.Actor) ([]hw.ScheduleState, error) {
	if err := permit(actor, hw.PermDrillsRead); err != nil {
		return nil, err
	}
	states, err := s.cfg.ScheduleStates(ctx)
	if err != nil {
		return nil, fmt.Errorf("reading what came of the schedules: %w", err)
	}
	return orEmpty(states), nil
}
