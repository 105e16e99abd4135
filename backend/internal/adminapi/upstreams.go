package adminapi

import (
	"context"
	"net/http"

	"headwater/backend/hw"
)

// testIn names an upstream, and a model to ask.
type testIn struct {
	Ref    string `path:"ref" maxLength:"200" doc:"Id, or name"`
	Tenant string `query:"tenant" maxLength:"64" doc:"Tenant the name belongs to; absent means the installation"`
	Model  string `query:"model" maxLength:"128" doc:"Model that gets one tiny completion, or embedding; absent means none, and nothing is spent"`
}

// upstreamRows are the five operations of every noun, and the test.
func (s *Server) upstreamRows() []operation {
	rows := documentRows[hw.Upstream, hw.Upstream, hw.Upstream](s, hw.KindUpstream, "upstreams", hw.PermUpstreamsRead, hw.PermUpstreamsWrite)
	return append(rows,
		row(methodTest, http.MethodPost, "/api/v1/upstreams/{ref}/test", hw.PermUpstreamsWrite, "Ask an upstream for its models and say how it went; with a model, also for one tiny completion, which the vendor may charge",
			func(ctx context.Context, in *testIn) (*answer[hw.TestReport], error) {
				return answered(s.test(ctx, in))
			}),
		row("upstreams.models", http.MethodPost, "/api/v1/upstreams/{ref}/models", hw.PermUpstreamsWrite, "Ask an upstream which models it has, and say what is known of each; it costs nothing",
			func(ctx context.Context, in *refIn) (*answer[hw.UpstreamModels], error) {
				return answered(s.cfg.Admin.UpstreamModels(ctx, actorOf(ctx), in.ref()))
			}),
	)
}
