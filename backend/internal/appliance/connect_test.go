package appliance_test

import (
	"strings"
	"testing"

	"headwater/backend/hw"
	"headwater/backend/internal/testupstream"
)

func TestATestWithOneTinyCompletion(t *testing.T) {
	vendor := testupstream.Start(t)
	dir := t.TempDir()
	s := start(t, dir)
	s.apply(t, dir, `
models: [{provider: openai-compatible, model: house-model, context: 8192, price: {input: 2, output: 4}}]
upstreams:
  - {name: good, provider: openai-compatible, local: true, base_url: "`+vendor.BaseURL()+`", check: {kind: "off"}}
  - {name: nowhere, provider: openai-compatible, local: true, base_url: "http://127.0.0.1:1/v1", check: {kind: "off"}}
  - {name: practice, provider: simulator}
credentials:
  - {name: off, upstream: good, secret: sk-off, state: disabled}
  - {name: on, upstream: good, secret: sk-on}
`)
	ask := func(name, model string) (report hw.TestReport) {
		t.Helper()
		p := map[string]any{"ref": name}
		if model != "" {
			p["model"] = model
		}
		if err := s.call(t, dir, "upstreams.test", p, &report); err != nil {
			t.Fatal(err)
		}
		return report
	}
	chats := func() int64 { return vendor.Counts().BySuffix["completions"] }
	t.Run("asks nothing of a model that is not named", func(t *testing.T) {
		if report := ask("good", ""); !report.OK || report.Completion != nil || chats() != 0 {
			t.Errorf("%+v, %d chats", report, chats())
		}
	})
	t.Run("comes after the free steps and says what it cost", func(t *testing.T) {
		report := ask("good", "house-model")
		last := report.Steps[len(report.Steps)-1]
		c := report.Completion
		if !report.OK || last.Name != hw.StepCompletion || !last.OK || c == nil || !c.Spent || c.Credential != "on" || !c.PriceKnown || c.CostUSD <= 0 || chats() != 1 {
			t.Errorf("%+v %+v, %d chats", report, c, chats())
		}
	})
	t.Run("names the models with a like name", func(t *testing.T) {
		if err := vendor.SetFaultFor("tinyy", "no-model"); err != nil {
			t.Fatal(err)
		}
		report := ask("good", "tinyy")
		if report.OK || report.Code != hw.CodeUnknownModel.Info().Public || !strings.Contains(report.Diagnosis, "tinyy") || chats() != 2 {
			t.Errorf("%+v, %d chats", report, chats())
		}
	})
	t.Run("spends nothing where the free steps fail", func(t *testing.T) {
		if report := ask("nowhere", "house-model"); report.OK || report.Completion != nil || report.Code != hw.CodeUpstreamUnreachable.Info().Public {
			t.Errorf("%+v", report)
		}
	})
	t.Run("works with the practice model, too", func(t *testing.T) {
		if report := ask("practice", "practice"); !report.OK || report.Completion == nil || !report.Completion.Spent {
			t.Errorf("%+v", report)
		}
	})
	t.Run("finds no engine at the gateway's own listeners", func(t *testing.T) {
		var report hw.ScanReport
		if err := s.call(t, dir, "upstreams.scan", nil, &report); err != nil {
			t.Fatal(err)
		}
		for _, engine := range report.Found {
			if engine.Address == s.addresses.Data || engine.Address == s.addresses.Admin {
				t.Errorf("%+v", engine)
			}
		}
	})
	if err := s.stop(); err != nil {
		t.Error(err)
	}
}
