// Package certify makes live checks of one model behind one upstream, with the
// administrator's own key: small questions that show what the model can really
// do there. They are made as the gateway makes calls: through the neutral form,
// the upstream's dialect and its transport.
//
// It disturbs nobody: no health state, no limit and no log of calls sees its
// requests, and it asks an upstream that is out of use as well as any other. What
// routing does with the findings is not its business. Its one invariant: before
// each request the worst it can cost is compared with what is left.
package certify

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"time"

	"headwater/backend/hw"
	"headwater/backend/internal/catalog"
	"headwater/backend/internal/dialect"
	"headwater/backend/internal/snapshot"
	"headwater/backend/internal/upstream"
)

// Keeper remembers what runs showed; *store.Store is one.
type Keeper interface {
	PutCapabilityRecord(ctx context.Context, r hw.CapabilityRecord) error
	// CapabilityHistory lists what is kept of one model, newest first.
	CapabilityHistory(ctx context.Context, upstreamID, model string) ([]hw.CapabilityRecord, error)
}

// Config is what a Certifier works with; all of it but Version and Learned is required.
type Config struct {
	Snapshots *snapshot.Holder
	Upstreams *upstream.Pool
	// Outbound lists the dialects of upstreams by name.
	Outbound map[string]dialect.Outbound
	Keeper   Keeper
	Log      *slog.Logger
	// Version is Headwater's own, for the records; may be empty.
	Version string
	// Learned hears of each record that was kept; nil means that nobody does.
	Learned func(hw.CapabilityRecord)
}

// Certifier makes live checks. Safe for concurrent use.
type Certifier struct{ Config }

// New makes a Certifier.
func New(c Config) (*Certifier, error) {
	if c.Snapshots == nil || c.Upstreams == nil || c.Outbound == nil || c.Keeper == nil || c.Log == nil {
		return nil, errors.New("making the certifier: every part of the configuration but version and learned is required")
	}
	return &Certifier{c}, nil
}

// subject is what is certified, and how it is spoken to.
type subject struct {
	up         *snapshot.Upstream
	credential *snapshot.Credential // nil where the upstream needs none
	model      string
	out        dialect.Outbound
	facts      hw.CatalogModel
	// embeds is true for a model for embeddings, false for one for chats.
	embeds bool
	// thinks is true for a model that may spend its answer on reasoning first: one
	// that is known to, or of which nothing is known.
	thinks bool
}

// The kind that the catalogue gives to models for embeddings; empty is chat.
const kindEmbedding = "embedding"

// subject finds what an input names.
func (c *Certifier) subject(upstreamID string, in hw.CertifyInput) (*subject, error) {
	snap := c.Snapshots.Load()
	at := slices.IndexFunc(snap.Upstreams, func(up *snapshot.Upstream) bool { return up.ID == upstreamID })
	if at < 0 {
		return nil, hw.Errorf(hw.CodeNotFound, "This upstream is not in force any more.")
	}
	if strings.TrimSpace(in.Model) == "" {
		return nil, hw.Errorf(hw.CodeBadRequest, "Say which model to ask.").At("model")
	}
	if !hw.IsModelName(in.Model) { // no route could name it, and it stands in records and in the audit chain
		return nil, hw.Errorf(hw.CodeBadRequest, "%q is no name of a model.", in.Model).At("model")
	}
	s := &subject{model: in.Model, up: snap.Upstreams[at]}
	s.out = c.Outbound[s.up.Provider.Dialect]
	if !s.learn(snap) || s.out == nil || !s.out.Serves(s.endpoint()) {
		return nil, hw.Errorf(hw.CodeUnsupported, "Live checks are there for models for chat and for embeddings, where the upstream offers that.").At("model")
	}
	var err error
	s.credential, err = keyOf(s.up, in.Credential)
	return s, err
}

// learn notes what is known of the model, and reports whether its kind has checks.
func (s *subject) learn(snap *snapshot.Snapshot) bool {
	facts, known := snap.Model(s.up, s.model)
	kind := facts.Kind
	if !known && strings.Contains(strings.ToLower(s.model), "embed") {
		kind = kindEmbedding
	}
	s.facts, s.embeds = facts, kind == kindEmbedding
	s.thinks = !s.embeds && (!known || facts.Reasoning || dialect.Reasons(s.model))
	return kind == "" || s.embeds
}

// endpoint is where the model is asked.
func (s *subject) endpoint() dialect.Endpoint {
	if s.embeds {
		return dialect.EndpointEmbeddings
	}
	return dialect.EndpointChat
}

// keyOf finds a key by its name, be it in use or not: who names one means it.
// Without a name it is the first in use.
func keyOf(up *snapshot.Upstream, name string) (*snapshot.Credential, error) {
	for _, c := range up.Credentials {
		if name == c.Name || name == "" && c.Enabled {
			return c, nil
		}
	}
	switch {
	case name != "":
		return nil, hw.Errorf(hw.CodeNotFound, "The upstream %s has no key %q.", up.Name, name).At("credential")
	case len(up.Credentials) > 0:
		return nil, hw.Errorf(hw.CodeBadRequest, "No key of the upstream %s is in use: name the one to use.", up.Name).At("credential")
	}
	return nil, nil //nolint:nilnil // an upstream may need none
}

func (s *subject) keyName() string {
	if s.credential == nil {
		return ""
	}
	return s.credential.Name
}

// price is the one in force for requests as small as ours; nil when none is known.
func (s *subject) price() *hw.Price {
	p, known := catalog.PriceFor(s.facts, mostIn)
	if !known {
		return nil
	}
	return &p
}

// Plan says what a run would do and cost at most. It asks nobody.
func (c *Certifier) Plan(ctx context.Context, upstreamID string, in hw.CertifyInput) (hw.CertifyPlan, error) {
	s, err := c.subject(upstreamID, in)
	if err != nil {
		return hw.CertifyPlan{}, err
	}
	plan := s.plan()
	history, err := c.Keeper.CapabilityHistory(ctx, upstreamID, in.Model)
	if err != nil {
		return hw.CertifyPlan{}, fmt.Errorf("reading when it was certified before: %w", err)
	}
	if len(history) > 0 {
		plan.Last = history[0].At
	}
	return plan, nil
}

func (s *subject) plan() hw.CertifyPlan {
	plan := hw.CertifyPlan{
		Upstream: s.up.Name, Model: s.model, Credential: s.keyName(), Checks: []string{}, Skipped: []string{}, Price: s.price(),
	}
	for _, row := range checks() {
		if s.unfit(&row).Key != "" {
			plan.Skipped = append(plan.Skipped, row.name)
			continue
		}
		plan.Checks = append(plan.Checks, row.name)
		most := s.most(&row)
		plan.Requests += row.requests
		plan.TokensIn, plan.TokensOut = plan.TokensIn+most.In, plan.TokensOut+most.Out
	}
	if plan.Price != nil {
		usd := catalog.Cost(*plan.Price, hw.Tokens{In: plan.TokensIn, Out: plan.TokensOut})
		plan.MaxCostUSD = &usd
	}
	return plan
}

// Run makes all checks that fit, keeps what they showed and returns it. report
// hears how many of how many were made. A run that ctx ended is kept as far as it
// came, and returns ctx's error.
func (c *Certifier) Run(ctx context.Context, upstreamID string, in hw.CertifyInput, report func(done, total int64)) (hw.CapabilityRecord, error) {
	s, err := c.subject(upstreamID, in)
	if err != nil {
		return hw.CapabilityRecord{}, err
	}
	history, err := c.Keeper.CapabilityHistory(ctx, upstreamID, in.Model)
	if err != nil {
		return hw.CapabilityRecord{}, fmt.Errorf("reading earlier live checks: %w", err)
	}
	record := hw.CapabilityRecord{
		ID: hw.NewID(hw.PrefixCapability), UpstreamID: s.up.ID, Upstream: s.up.Name, Provider: s.up.Provider.ID, Address: s.up.Base.String(),
		Model: s.model, Credential: s.keyName(), Version: c.Version, At: time.Now().UTC().Truncate(time.Millisecond),
	}
	plan := s.plan()
	r := &run{pool: c.Upstreams, s: s, purse: newPurse(&plan, in.MaxCostUSD), kept: map[string]*reply{}, outcomes: map[string]hw.CheckOutcome{}}
	began := time.Now()
	r.all(ctx, report, int64(len(plan.Checks)))
	record.TookMs = milliseconds(time.Since(began))
	r.fill(&record)
	compare(&record, history)
	if record.Yes+record.No+record.Unclear > 0 {
		c.keep(ctx, record)
	}
	return record, ctx.Err() //nolint:wrapcheck // the caller's own
}

// keepTime bounds the writing of a record.
const keepTime = 10 * time.Second

// keep writes a record down, also when the run was ended: it was paid for. What
// cannot be kept still reaches who asked for it.
func (c *Certifier) keep(ctx context.Context, record hw.CapabilityRecord) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), keepTime)
	defer cancel()
	if err := c.Keeper.PutCapabilityRecord(ctx, record); err != nil {
		c.Log.Error("what live checks showed was not kept", "upstream", record.Upstream, "model", record.Model, "error", err)
		return
	}
	if c.Learned != nil {
		c.Learned(record)
	}
}

func milliseconds(d time.Duration) float64 { return float64(d.Microseconds()) / 1000 }
