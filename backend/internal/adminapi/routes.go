package adminapi

import (
	"context"
	"net/http"
	"time"

	"headwater/backend/hw"
)

// routeRows are what can be asked of routes beside their documents: nothing is
// sent, and nothing changes.
func (s *Server) routeRows() []operation {
	a := s.cfg.Admin
	return []operation{
		row("routes.explain", http.MethodGet, "/api/v1/explain", hw.PermRoutesRead, "Say which targets a call would be offered to now; nothing is sent",
			func(ctx context.Context, in *explainIn) (*answer[hw.Explanation], error) {
				return answered(a.Explain(actorOf(ctx), in.sample(in.Model)))
			}),
		row("routes.condition", http.MethodGet, "/api/v1/condition", hw.PermRoutesRead, "Say whether a condition holds for a call; nothing is sent",
			func(ctx context.Context, in *conditionIn) (*answer[hw.ConditionResult], error) {
				return answered(a.TestCondition(actorOf(ctx), hw.ConditionTest{When: in.When, Sample: in.sample(in.Model)}))
			}),
	}
}

// SampleIn describes a call that is not made, beside its model. Its name is
// exported for the library that fills it in.
type SampleIn struct {
	Tenant   string    `query:"tenant" maxLength:"64" doc:"Tenant of the calling app"`
	App      string    `query:"app" maxLength:"64" doc:"Name of the calling app"`
	User     string    `query:"user" maxLength:"200" doc:"End user that the request names"`
	Endpoint string    `query:"endpoint" maxLength:"40" doc:"Operation; absent means chat"`
	Dialect  string    `query:"dialect" maxLength:"40" doc:"Dialect of the caller; absent means openai"`
	Stream   bool      `query:"stream" doc:"Whether a stream is wanted"`
	TokensIn int64     `query:"tokens_in" minimum:"0" maximum:"100000000" doc:"Tokens of the request"`
	Headers  string    `query:"headers" maxLength:"8000" doc:"Header lines of the request, one a line" example:"X-Tier: gold"`
	At       time.Time `query:"at" doc:"Moment of the call; absent means now"`
	Needs    []string  `query:"needs" maxItems:"11" enum:"stream,tools,tool_choice,parallel_tools,json,schema,vision,documents,reasoning,stop,embeddings" doc:"What the call needs of the target that answers"`
}

func (in *SampleIn) sample(model string) hw.Sample {
	return hw.Sample{
		Model: model, Tenant: in.Tenant, App: in.App, User: in.User, Endpoint: in.Endpoint, Dialect: in.Dialect,
		Stream: in.Stream, TokensIn: in.TokensIn, Headers: in.Headers, At: in.At, Needs: hw.CapabilitiesOf(in.Needs),
	}
}

// explainIn describes a call that is not made.
type explainIn struct {
	Model string `query:"model" required:"true" minLength:"1" maxLength:"200" doc:"The model as an app would write it" example:"fast"`
	SampleIn
}

// conditionIn is a condition and a call that is not made.
type conditionIn struct {
	When  string `query:"when" required:"true" minLength:"1" maxLength:"1000" doc:"The condition, in CEL" example:"stream && tokens_in > 1000"`
	Model string `query:"model" maxLength:"200" doc:"The model as an app would write it" example:"fast"`
	SampleIn
}
