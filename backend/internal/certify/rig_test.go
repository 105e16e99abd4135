package certify_test

import (
	"context"
	"log/slog"
	"net/http"
	"sync"
	"testing"

	"go.uber.org/goleak"

	"headwater/backend/hw"
	"headwater/backend/internal/certify"
	"headwater/backend/internal/dialect"
	"headwater/backend/internal/dialect/anthropic"
	"headwater/backend/internal/dialect/bedrock"
	"headwater/backend/internal/dialect/cohere"
	"headwater/backend/internal/dialect/gemini"
	"headwater/backend/internal/dialect/ollama"
	"headwater/backend/internal/dialect/openai"
	"headwater/backend/internal/dialect/responses"
	"headwater/backend/internal/simulator"
	"headwater/backend/internal/snapshot"
	"headwater/backend/internal/testupstream"
	"headwater/backend/internal/upstream"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// secret is the administrator's key at the test upstream.
const secret = "sk-live-0123456789abcdef"

// spoken is how a dialect is spoken to at the test upstream.
type spoken struct {
	out                dialect.Outbound
	base, auth, scheme string
}

func dialects() map[string]spoken {
	return map[string]spoken{
		"openai":           {openai.Outbound{}, "/v1", "Authorization", "Bearer"},
		"openai-responses": {responses.Outbound{}, "/v1", "Authorization", "Bearer"},
		"anthropic":        {anthropic.Outbound{}, "/v1", "X-Api-Key", ""},
		"gemini":           {gemini.Outbound{}, "/v1beta", "X-Goog-Api-Key", ""},
		"ollama":           {ollama.Outbound{}, "", "Authorization", "Bearer"},
		"cohere":           {cohere.Outbound{}, "/v2", "Authorization", "Bearer"},
		"bedrock":          {bedrock.Outbound{}, "", "Authorization", "Bearer"},
	}
}

// memory keeps records as the store does.
type memory struct {
	mu      sync.Mutex
	records []hw.CapabilityRecord // newest first
}

func (m *memory) PutCapabilityRecord(ctx context.Context, r hw.CapabilityRecord) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.records = append([]hw.CapabilityRecord{r}, m.records...)
	return ctx.Err()
}

func (m *memory) CapabilityHistory(context.Context, string, string) ([]hw.CapabilityRecord, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	return append([]hw.CapabilityRecord{}, m.records...), nil
}

// rig is a certifier before one upstream.
type rig struct {
	*certify.Certifier
	vendor  *testupstream.Server
	kept    *memory
	learned []hw.CapabilityRecord
	// reported is how many checks were done of how many, at last.
	reported [2]int64
	// practice answers for the practice provider; nil means the simulator.
	practice http.RoundTripper
}

// practice is the provider that is asked inside the process.
func practice() hw.Provider {
	return hw.Provider{ID: hw.ProviderSimulator, Name: "Practice", Dialect: "openai", BaseURL: "http://simulator.invalid/v1", Practice: true}
}

// start makes a rig of a dialect. Facts are those of every model but one named
// "unknown".
func start(t *testing.T, name string, facts hw.CatalogModel) *rig {
	t.Helper()
	r := &rig{vendor: testupstream.Start(t), kept: &memory{}}
	way := dialects()[name]
	provider := hw.Provider{ID: "vendor", Name: "Vendor", Dialect: name, AuthHeader: way.auth, AuthScheme: way.scheme, BaseURL: r.vendor.URL() + way.base}
	r.open(t, provider, map[string]dialect.Outbound{name: way.out}, facts)
	return r
}

func (r *rig) open(t *testing.T, provider hw.Provider, outbound map[string]dialect.Outbound, facts hw.CatalogModel) {
	t.Helper()
	docs := []hw.Document{&hw.Upstream{Meta: hw.Meta{ID: "ups_1"}, Name: "up", Provider: provider.ID, Local: true, State: hw.StateDisabled}}
	if provider.AuthHeader != "" {
		docs = append(docs,
			&hw.Credential{Meta: hw.Meta{ID: "crd_0"}, Name: "off", Upstream: "up", Sealed: "sk-revoked-9876543210", State: hw.StateDisabled},
			&hw.Credential{Meta: hw.Meta{ID: "crd_1"}, Name: "main", Upstream: "up", Sealed: secret})
	}
	s, problems := snapshot.Compile(docs, snapshot.Facts{
		Provider: func(string) (hw.Provider, bool) { return provider, true },
		Model:    func(_, model string) (hw.CatalogModel, bool) { return facts, model != "unknown" },
		Unseal:   func(_, sealed string) (string, error) { return sealed, nil },
	})
	if len(problems) > 0 {
		t.Fatal(problems)
	}
	holder := &snapshot.Holder{}
	holder.Swap(s)
	if r.practice == nil {
		r.practice = simulator.New(simulator.Config{}).RoundTripper()
	}
	pool, err := upstream.New(upstream.Config{Practice: r.practice})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(pool.Close)
	r.Certifier, err = certify.New(certify.Config{
		Snapshots: holder, Upstreams: pool, Outbound: outbound, Keeper: r.kept, Log: slog.New(slog.DiscardHandler), Version: "test",
		Learned: func(record hw.CapabilityRecord) { r.learned = append(r.learned, record) },
	})
	if err != nil {
		t.Fatal(err)
	}
}

// run makes the live checks of a model.
func (r *rig) run(t *testing.T, in hw.CertifyInput) hw.CapabilityRecord {
	t.Helper()
	record, err := r.Run(t.Context(), "ups_1", in, r.report)
	if err != nil {
		t.Fatal(err)
	}
	return record
}

func (r *rig) report(done, total int64) {
	r.reported = [2]int64{done, total}
}

// found is one check of a record.
func found(t *testing.T, record *hw.CapabilityRecord, name string) hw.CapabilityCheck {
	t.Helper()
	for _, c := range record.Checks {
		if c.Name == name {
			return c
		}
	}
	t.Fatalf("the record has no check %s", name)
	return hw.CapabilityCheck{}
}

// want checks the outcomes of some checks.
func want(t *testing.T, record *hw.CapabilityRecord, outcomes map[string]hw.CheckOutcome) {
	t.Helper()
	for name, outcome := range outcomes {
		if c := found(t, record, name); c.Outcome != outcome {
			t.Errorf("%s is %s (%s %q), want %s", name, c.Outcome, c.Words, c.Seen, outcome)
		}
	}
}

// priced are the facts of a model with a price, in US dollars for a million.
func priced() hw.CatalogModel {
	return hw.CatalogModel{Price: &hw.Price{Input: 1, Output: 4}, Tools: true}
}
