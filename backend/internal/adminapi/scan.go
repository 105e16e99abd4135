package adminapi

import (
	"context"
	"net/http"

	"headwater/backend/hw"
)

// scanRows look for engines that could be connected.
func (s *Server) scanRows() []operation {
	return []operation{
		row("upstreams.scan", http.MethodPost, "/api/v1/upstreams/scan", hw.PermUpstreamsWrite, "Look for engines on this machine",
			func(ctx context.Context, _ *nothing) (*answer[hw.ScanReport], error) {
				return answered(s.cfg.Admin.Scan(ctx, actorOf(ctx)))
			}),
		row("upstreams.scan_range", http.MethodPost, "/api/v1/upstreams/scan/range", hw.PermUpstreamsWrite, "Start to look for engines on a private network; a job's report says what was found",
			func(ctx context.Context, in *struct{ Body hw.ScanInput }) (*answer[hw.Job], error) {
				return answered(s.cfg.Admin.ScanRange(ctx, actorOf(ctx), in.Body))
			}).created(),
	}
}
