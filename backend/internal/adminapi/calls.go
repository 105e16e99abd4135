package adminapi

import (
	"context"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"headwater/backend/hw"
	"headwater/backend/internal/calllog"
)

// callsIn chooses calls. Huma reads a query into flat fields only.
type callsIn struct {
	Since       time.Time `query:"since" doc:"Started at or after"`
	Until       time.Time `query:"until" doc:"Started before"`
	Status      int       `query:"status" minimum:"0" maximum:"599" doc:"HTTP status; 0 means any"`
	StatusClass int       `query:"status_class" minimum:"0" maximum:"5" doc:"First digit of the status; 0 means any"`
	Errors      bool      `query:"errors" doc:"Only calls that failed or were interrupted"`
	Code        string    `query:"code" maxLength:"64" doc:"Error code"`
	Model       string    `query:"model" maxLength:"200" doc:"Model as asked for or as answered by"`
	Route       string    `query:"route" maxLength:"200" doc:"Route"`
	Tenant      string    `query:"tenant" maxLength:"64" doc:"Tenant"`
	App         string    `query:"app" maxLength:"64" doc:"App"`
	Key         string    `query:"key" maxLength:"64" doc:"Id of the key"`
	Upstream    string    `query:"upstream" maxLength:"64" doc:"Upstream that answered or was tried"`
	Text        string    `query:"q" maxLength:"200" doc:"Text in id, asked model or error"`
	Limit       int       `query:"limit" minimum:"0" maximum:"500" doc:"Size of the page; 0 means 50"`
	Cursor      string    `query:"cursor" maxLength:"64" doc:"The next of the page before"`
}

func (in *callsIn) filter() calllog.Filter {
	return calllog.Filter{
		Since: in.Since, Until: in.Until, Status: in.Status, StatusClass: in.StatusClass, Errors: in.Errors,
		Code: hw.Code(in.Code), Model: in.Model, Route: in.Route, Tenant: in.Tenant, App: in.App, Key: in.Key,
		Upstream: in.Upstream, Text: in.Text, Limit: in.Limit, Cursor: in.Cursor,
	}
}

// callIn names one call.
type callIn struct {
	ID string `path:"id" maxLength:"64" doc:"Request id of the call"`
}

// download is an answer that is written as it is made.
type download struct {
	ContentType string `header:"Content-Type"`
	Disposition string `header:"Content-Disposition"`
	Body        func(huma.Context)
}

func (s *Server) callRows() []operation {
	a := s.cfg.Admin
	return []operation{
		row("calls.list", http.MethodGet, "/api/v1/calls", hw.PermCallsRead, "Search the call log, newest first",
			func(ctx context.Context, in *callsIn) (*answer[hw.CallPage], error) {
				return answered(a.Calls(ctx, actorOf(ctx), in.filter()))
			}),
		row("calls.get", http.MethodGet, "/api/v1/calls/{id}", hw.PermCallsRead, "Get one call with its attempts",
			func(ctx context.Context, in *callIn) (*answer[hw.Call], error) {
				return answered(a.Call(ctx, actorOf(ctx), in.ID))
			}),
		row("calls.export", http.MethodGet, "/api/v1/calls/export", hw.PermCallsRead, "Download calls as JSON lines",
			func(_ context.Context, in *callsIn) (*download, error) {
				return &download{
					ContentType: "application/jsonl",
					Disposition: `attachment; filename="calls.jsonl"`,
					Body:        func(hc huma.Context) { s.export(hc, in.filter()) }, //nolint:contextcheck // hc carries it
				}, nil
			}).overRESTOnly(),
	}
}

// export streams the download. Once it has begun, a failure can only cut it
// short: the connection is broken off, so that nobody takes it for complete.
func (s *Server) export(hc huma.Context, f calllog.Filter) {
	begin := func() { hc.SetStatus(http.StatusOK) }
	rows, err := s.cfg.Admin.ExportCalls(hc.Context(), actorOf(hc.Context()), hc.BodyWriter(), f, begin)
	if err != nil {
		s.cfg.Log.Warn("export of calls cut short", "request_id", callOf(hc.Context()).id, "rows", rows, "error", err)
		panic(http.ErrAbortHandler)
	}
}
