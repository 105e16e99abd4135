package adminapi

import (
	"context"
	"net/http"

	"headwater/backend/hw"
)

func (s *Server) settingRows() []operation {
	a := s.cfg.Admin
	return []operation{
		row("settings.get", http.MethodGet, "/api/v1/settings", hw.PermSettingsRead, "Get the settings",
			func(ctx context.Context, _ *nothing) (*answer[hw.Setting], error) {
				return answered(a.Settings(actorOf(ctx)))
			}),
		row("settings.update", http.MethodPatch, "/api/v1/settings", hw.PermSettingsWrite, "Change the settings",
			func(ctx context.Context, in *struct{ Body patch[hw.Setting] }) (*answer[hw.Setting], error) {
				return answered(a.UpdateSettings(ctx, actorOf(ctx), in.Body.RawMessage))
			}),
	}
}
