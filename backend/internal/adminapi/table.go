package adminapi

import (
	"context"
	"net/http"
	"strconv"
	"time"

	"headwater/backend/hw"
	"headwater/backend/internal/admin"
	"headwater/backend/internal/store"
)

// operations is the table: every operation of the admin listener, one row each.
func (s *Server) operations() []operation {
	var table []operation
	table = append(table, s.sessionRows()...)
	table = append(table, s.upstreamRows()...)
	table = append(table, s.scanRows()...)
	table = append(table, s.certifyRows()...)
	table = append(table, s.catalogRows()...)
	table = append(table, documentRows[hw.Credential, hw.CredentialInput, hw.Credential](s, hw.KindCredential, "credentials", hw.PermUpstreamsRead, hw.PermUpstreamsWrite)...)
	table = append(table, documentRows[hw.Route, hw.Route, hw.Route](s, hw.KindRoute, "routes", hw.PermRoutesRead, hw.PermRoutesWrite)...)
	table = append(table, s.routeRows()...)
	table = append(table, documentRows[hw.Tenant, hw.Tenant, hw.Tenant](s, hw.KindTenant, "tenants", hw.PermTenantsRead, hw.PermTenantsWrite)...)
	table = append(table, documentRows[hw.App, hw.App, hw.App](s, hw.KindApp, "apps", hw.PermAppsRead, hw.PermAppsWrite)...)
	table = append(table, s.keyRows()...)
	table = append(table, documentRows[hw.Member, hw.MemberInput, hw.Member](s, hw.KindMember, "members", hw.PermMembersRead, hw.PermMembersWrite)...)
	table = append(table, s.settingRows()...)
	table = append(table, s.configRows()...)
	table = append(table, s.callRows()...)
	table = append(table, s.statusRows()...)
	table = append(table, s.jobRows()...)
	table = append(table, s.drillRows()...)
	table = append(table, documentRows[hw.DrillSchedule, hw.DrillSchedule, hw.DrillSchedule](s, hw.KindSchedule, "schedules", hw.PermDrillsRead, hw.PermDrillsWrite)...)
	table = append(table, s.scheduleStatesRow())
	table = append(table, s.consoleRow())
	return table
}

// answer is a response with a body.
type answer[T any] struct{ Body T }

// answered wraps what a use case returned.
func answered[T any](v T, err error) (*answer[T], error) {
	if err != nil {
		return nil, err
	}
	return &answer[T]{Body: v}, nil
}

// nothing is an empty request or response.
type nothing struct{}

// done is the answer to a command that returns nothing.
func done(err error) (*nothing, error) {
	if err != nil {
		return nil, err
	}
	return nil, nil //nolint:nilnil // no output is 204
}

func (s *Server) statusRows() []operation {
	a := s.cfg.Admin
	return []operation{
		row("status.get", http.MethodGet, "/api/v1/status", hw.PermStatusRead, "What runs here, and whether callers can be served",
			func(ctx context.Context, _ *nothing) (*answer[hw.Status], error) {
				return answered(a.Status(actorOf(ctx)))
			}),
		row("providers.list", http.MethodGet, "/api/v1/providers", hw.PermUpstreamsRead, "The catalogue of providers",
			func(ctx context.Context, _ *nothing) (*answer[hw.Page[hw.Provider]], error) {
				return whole(a.Providers(actorOf(ctx)))
			}),
		row("health.list", http.MethodGet, "/api/v1/health", hw.PermStatusRead, "The health of every target",
			func(ctx context.Context, in *healthIn) (*answer[hw.Page[hw.TargetHealth]], error) {
				return whole(a.Health(actorOf(ctx), admin.HealthFilter{Upstreams: in.Upstreams, Unwell: in.Unwell, Limit: in.Limit}))
			}),
		row("health.upstreams", http.MethodGet, "/api/v1/health/upstreams", hw.PermStatusRead, "What the targets and keys of each upstream come to",
			func(ctx context.Context, in *stripIn) (*answer[hw.Page[hw.UpstreamFigures]], error) {
				return whole(a.UpstreamFigures(actorOf(ctx), in.Upstreams))
			}),
		row("health.history", http.MethodGet, "/api/v1/health/history", hw.PermStatusRead, "How health has changed, newest first",
			func(ctx context.Context, in *historyIn) (*answer[hw.Page[hw.HealthEvent]], error) {
				return answered(a.HealthHistory(ctx, actorOf(ctx), in.filter()))
			}),
		row("health.strip", http.MethodGet, "/api/v1/health/strip", hw.PermStatusRead, "How each upstream did over the last day",
			func(ctx context.Context, in *stripIn) (*answer[hw.HealthStrip], error) {
				return answered(a.HealthStrip(ctx, actorOf(ctx), in.Upstreams))
			}),
		row("traffic.get", http.MethodGet, "/api/v1/traffic", hw.PermStatusRead, "What callers got, up to now",
			func(ctx context.Context, in *trafficIn) (*answer[hw.Traffic], error) {
				return answered(a.Traffic(actorOf(ctx), in.Minutes))
			}),
	}
}

// healthIn chooses targets.
type healthIn struct {
	Upstreams []string `query:"upstreams" maxItems:"200" doc:"Names of upstreams; absent means all"`
	Unwell    bool     `query:"unwell" doc:"Only targets that are not healthy, on their way back or unused; last those that a person took out of use"`
	Limit     int      `query:"limit" minimum:"0" doc:"How many at most; 0 means all"`
}

// stripIn chooses upstreams.
type stripIn struct {
	Upstreams []string `query:"upstreams" maxItems:"200" doc:"Names of upstreams; absent means all"`
}

// historyIn chooses transitions.
type historyIn struct {
	Upstream string    `query:"upstream" maxLength:"64" doc:"Name of an upstream; absent means all"`
	Since    time.Time `query:"since" doc:"Happened at or after"`
	Until    time.Time `query:"until" doc:"Happened before"`
	Cursor   string    `query:"cursor" pattern:"^[0-9]{0,18}$" doc:"The next of the page before"`
	Limit    int       `query:"limit" minimum:"0" maximum:"200" doc:"Size of the page; 0 means 200"`
}

func (in *historyIn) filter() store.HealthFilter {
	before, _ := strconv.ParseInt(in.Cursor, 10, 64) // the pattern lets nothing else in
	return store.HealthFilter{Upstream: in.Upstream, Since: in.Since, Until: in.Until, Before: before, Limit: in.Limit}
}

// trafficIn is a span.
type trafficIn struct {
	Minutes int `query:"minutes" minimum:"0" maximum:"1440" doc:"Span up to now; 0 means 60"`
}

// whole answers with a list that has one page.
func whole[T any](items []T, err error) (*answer[hw.Page[T]], error) {
	return answered(hw.Page[T]{Items: items, Total: len(items)}, err)
}
