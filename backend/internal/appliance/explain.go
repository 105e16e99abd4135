package appliance

import (
	"cmp"
	"errors"
	"net/textproto"
	"slices"
	"strings"
	"time"

	"headwater/backend/hw"
	"headwater/backend/internal/cond"
	"headwater/backend/internal/dialect"
	"headwater/backend/internal/route"
	"headwater/backend/internal/snapshot"
)

// explain says how a call that is only thought of would be planned now.
func (h *house) explain(sample hw.Sample) hw.Explanation {
	s := h.holder.Load()
	r, found := s.Route(sample.Model, tenantOf(s, sample.Tenant))
	if !found {
		return hw.Explanation{}
	}
	headers := headersOf(sample.Headers)
	thought := route.Thought{
		Facts:  factsOf(&sample, headers),
		Caller: route.Caller{Tenant: sample.Tenant, App: sample.App, User: sample.User, Headers: headers},
		Price: func(target *snapshot.Target) (float64, bool) {
			return route.Price(s, target, sample.Model, sample.TokensIn)
		},
	}
	thought.Snapshot, thought.Needs = s, needsOf(&sample)
	planner := route.Planner{Health: h.health}
	return planner.Explain(r, &thought, time.Now())
}

// needsOf is what a call that is only thought of needs of a target.
func needsOf(sample *hw.Sample) []hw.Capability {
	needs := slices.Clone(sample.Needs)
	if sample.Stream {
		needs = append(needs, hw.CapStream)
	}
	if sample.Endpoint == string(dialect.EndpointEmbeddings) {
		needs = append(needs, hw.CapEmbeddings)
	}
	return needs
}

// tenantOf finds a tenant that has routes of its own; nil when it has none.
func tenantOf(s *snapshot.Snapshot, name string) *snapshot.Tenant {
	for r := range s.Ladders() {
		if r.Tenant != nil && r.Tenant.Name == name {
			return r.Tenant
		}
	}
	return nil
}

// condition says what a condition is to a call that is only thought of.
func condition(test hw.ConditionTest) hw.ConditionResult {
	when, err := cond.Compile(test.When)
	if err != nil {
		result := hw.ConditionResult{Error: err.Error()}
		if bad, ok := errors.AsType[*cond.Error](err); ok {
			result.Line, result.Column = bad.Line, bad.Column
		}
		return result
	}
	facts := factsOf(&test.Sample, headersOf(test.Sample.Headers))
	holds, err := when.Holds(&facts)
	result := hw.ConditionResult{OK: true, Holds: holds}
	if err != nil {
		result.Error = err.Error()
	}
	return result
}

func factsOf(sample *hw.Sample, headers map[string][]string) cond.Facts {
	at := sample.At.Local() // hours are those of the server's zone
	if sample.At.IsZero() {
		at = time.Now()
	}
	return cond.Facts{
		App: sample.App, Tenant: sample.Tenant, Model: sample.Model, Stream: sample.Stream, Headers: headers, Now: at,
		Endpoint: cmp.Or(sample.Endpoint, string(dialect.EndpointChat)), Dialect: cmp.Or(sample.Dialect, "openai"),
		Tokens: func() int64 { return sample.TokensIn },
	}
}

// headersOf reads lines such as "X-Tier: gold"; what is none of that is left out.
func headersOf(lines string) map[string][]string {
	headers := map[string][]string{}
	for line := range strings.Lines(lines) {
		name, value, ok := strings.Cut(line, ":")
		if name = textproto.CanonicalMIMEHeaderKey(strings.TrimSpace(name)); ok && name != "" {
			headers[name] = append(headers[name], strings.TrimSpace(value))
		}
	}
	return headers
}
