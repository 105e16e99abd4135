package adminapi

import (
	"context"
	"net/http"

	"headwater/backend/hw"
)

// upstreamRows are the five operations of every noun, and the test.
func (s *Server) upstreamRows() []operation {
	rows := documentRows[hw.Upstream, hw.Upstream, hw.Upstream](s, hw.KindUpstream, "upstreams", hw.PermUpstreamsRead, hw.PermUpstreamsWrite)
	return append(rows,
		row("upstreams.test", http.MethodPost, "/api/v1/upstreams/{ref}/test", hw.PermUpstreamsWrite, "Make one real call to an upstream and say how it went",
			func(ctx context.Context, in *refIn) (*answer[hw.TestReport], error) {
				return answered(s.cfg.Admin.TestUpstream(ctx, actorOf(ctx), in.ref()))
			}),
		row("upstreams.models", http.MethodPost, "/api/v1/upstreams/{ref}/models", hw.PermUpstreamsWrite, "Ask an upstream which models it has, and say what is known of each; it costs nothing",
			func(ctx context.Context, in *refIn) (*answer[hw.UpstreamModels], error) {
				return answered(s.cfg.Admin.UpstreamModels(ctx, actorOf(ctx), in.ref()))
			}),
	)
}
