package adminapi

import (
	"context"
	"net/http"

	"headwater/backend/hw"
)

// drillIn names one drill.
type drillIn struct {
	ID string `path:"id" maxLength:"64" doc:"Id of the drill"`
}

// drillRows are the operations of fire drills.
func (s *Server) drillRows() []operation {
	a := s.cfg.Admin
	return []operation{
		row("drills.list", http.MethodGet, "/api/v1/drills", hw.PermDrillsRead, "List fire drills, newest first",
			func(ctx context.Context, _ *nothing) (*answer[hw.Page[hw.Drill]], error) {
				return whole(a.ListDrills(ctx, actorOf(ctx)))
			}),
		row("drills.get", http.MethodGet, "/api/v1/drills/{id}", hw.PermDrillsRead, "Get one fire drill with its report",
			func(ctx context.Context, in *drillIn) (*answer[hw.Drill], error) {
				return answered(a.Drill(ctx, actorOf(ctx), in.ID))
			}),
		row("drills.start", http.MethodPost, "/api/v1/drills", hw.PermDrillsWrite, "Rehearse a fault in the traffic of a scope; it ends by itself",
			func(ctx context.Context, in *struct{ Body hw.DrillSpec }) (*answer[hw.Drill], error) {
				return answered(a.StartDrill(ctx, actorOf(ctx), in.Body))
			}).created(),
		row("drills.abort", http.MethodPost, "/api/v1/drills/{id}/abort", hw.PermDrillsWrite, "End a fire drill at once",
			func(ctx context.Context, in *drillIn) (*answer[hw.Drill], error) {
				return answered(a.AbortDrill(ctx, actorOf(ctx), in.ID))
			}),
	}
}

// scheduleStatesRow is what schedules are beside their documents.
func (s *Server) scheduleStatesRow() operation {
	return row("schedules.states", http.MethodGet, "/api/v1/schedule-states", hw.PermDrillsRead, "Say when each schedule is due, and what came of its last time",
		func(ctx context.Context, _ *nothing) (*answer[hw.Page[hw.ScheduleState]], error) {
			return whole(s.cfg.Admin.ScheduleStates(ctx, actorOf(ctx)))
		})
}
