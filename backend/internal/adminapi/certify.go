package adminapi

import (
	"context"
	"net/http"

	"headwater/backend/hw"
	"headwater/backend/internal/admin"
)

// certifyIn names an upstream and what is to be certified.
type certifyIn struct {
	Ref    string `path:"ref" maxLength:"200" doc:"Id, or name"`
	Tenant string `query:"tenant" maxLength:"64" doc:"Tenant the name belongs to; absent means the installation"`
	Body   hw.CertifyInput
}

func (in *certifyIn) ref() admin.Ref { return admin.Ref{Tenant: in.Tenant, Name: in.Ref} }

// capabilitiesIn chooses an upstream.
type capabilitiesIn struct {
	Upstream string `query:"upstream" maxLength:"200" doc:"Id or name of an upstream; absent means all"`
	Tenant   string `query:"tenant" maxLength:"64" doc:"Tenant the name belongs to; absent means the installation"`
}

// capabilityIn names one record.
type capabilityIn struct {
	ID string `path:"id" maxLength:"64" doc:"Id of the record"`
}

// capabilityHistoryIn names one model behind one upstream.
type capabilityHistoryIn struct {
	Upstream string `query:"upstream" required:"true" minLength:"1" maxLength:"200" doc:"Id or name of the upstream"`
	Tenant   string `query:"tenant" maxLength:"64" doc:"Tenant the name belongs to; absent means the installation"`
	Model    string `query:"model" required:"true" minLength:"1" maxLength:"128" doc:"Model, by the upstream's name for it"`
}

// certifyRows are the live checks of models behind upstreams, and what they showed.
func (s *Server) certifyRows() []operation {
	a := s.cfg.Admin
	return []operation{
		row("upstreams.certify", http.MethodPost, "/api/v1/upstreams/{ref}/certify", hw.PermUpstreamsWrite, "Make live checks of a model as a job; they cost what the vendor takes",
			func(ctx context.Context, in *certifyIn) (*answer[hw.Job], error) {
				return answered(a.StartCertify(ctx, actorOf(ctx), in.ref(), in.Body))
			}).created(),
		row("upstreams.certify_plan", http.MethodPost, "/api/v1/upstreams/{ref}/certify/plan", hw.PermUpstreamsWrite, "Say what live checks of a model would do and cost at most; nothing is spent",
			func(ctx context.Context, in *certifyIn) (*answer[hw.CertifyPlan], error) {
				return answered(a.PlanCertify(ctx, actorOf(ctx), in.ref(), in.Body))
			}),
		row("capabilities.list", http.MethodGet, "/api/v1/capabilities", hw.PermUpstreamsRead, "What live checks showed of each model, newest first",
			func(ctx context.Context, in *capabilitiesIn) (*answer[hw.Page[hw.CapabilityRecord]], error) {
				return whole(a.Capabilities(ctx, actorOf(ctx), admin.Ref{Tenant: in.Tenant, Name: in.Upstream}))
			}),
		row("capabilities.show", http.MethodGet, "/api/v1/capabilities/{id}", hw.PermUpstreamsRead, "One run of live checks with all of them",
			func(ctx context.Context, in *capabilityIn) (*answer[hw.CapabilityRecord], error) {
				return answered(a.Capability(ctx, actorOf(ctx), in.ID))
			}),
		row("capabilities.history", http.MethodGet, "/api/v1/capabilities/history", hw.PermUpstreamsRead, "The runs of live checks of one model, newest first and without the single checks",
			func(ctx context.Context, in *capabilityHistoryIn) (*answer[hw.Page[hw.CapabilityRecord]], error) {
				return whole(a.CapabilityHistory(ctx, actorOf(ctx), admin.Ref{Tenant: in.Tenant, Name: in.Upstream}, in.Model))
			}),
	}
}
