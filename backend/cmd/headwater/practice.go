package main

import (
	"context"
	"encoding/json"
	"fmt"

	"github.com/spf13/cobra"

	"headwater/backend/hw"
)

// practiceName is the name of everything that practice makes.
const practiceName = "practice"

// practiceFile is a whole configuration to practise with: the answers come
// from the built-in simulator, so that no key and no network is needed.
const practiceFile = `tenants:
  - name: practice
    title: Practice
    show_upstreams: true
upstreams:
  - name: practice
    title: Built-in practice model
    provider: simulator
routes:
  - name: practice
    tiers:
      - targets:
          - upstream: practice
            model: practice
apps:
  - name: practice
    tenant: practice
    routes: [practice]
`

// practiceReport is what practice made, for scripts.
type practiceReport struct {
	Endpoint string `json:"endpoint"`
	Model    string `json:"model"`
	// Key is empty when there was one already, which cannot be shown again.
	Key  string `json:"key,omitempty"`
	Curl string `json:"curl"`
}

func (c *cli) practiceCommand() *cobra.Command {
	newKey := false
	cmd := &cobra.Command{
		Use: "practice", Short: "Set up a practice model and print a call that works at once", Args: cobra.NoArgs,
		Long: "Set up a practice model and print a call that works at once.\n\n" +
			"Makes a tenant, an upstream, a route and an app, all named " + practiceName + ", and a key. The answers\n" +
			"are made up inside Headwater: neither a key of a vendor nor a network is needed. It may be\n" +
			"run again; a new key is made when there is none, or when --new-key asks for it.",
		RunE: func(cmd *cobra.Command, _ []string) error {
			return c.with(cmd.Context(), func(r *remote) error {
				report, err := c.practise(cmd.Context(), r, newKey)
				if err != nil {
					return err
				}
				return c.printPractice(report)
			})
		},
	}
	cmd.Flags().BoolVar(&newKey, "new-key", false, "make another key even if there is one")
	return cmd
}

func (c *cli) practise(ctx context.Context, r *remote, newKey bool) (practiceReport, error) {
	var report practiceReport
	if _, err := r.apply(ctx, hw.ConfigFile{YAML: practiceFile}); err != nil {
		return report, err
	}
	var status hw.Status
	if err := r.call(ctx, "status.get", nil, &status); err != nil {
		return report, err
	}
	keys, err := listAll[hw.Key](ctx, r, "keys.list", params{"tenant": practiceName})
	if err != nil {
		return report, err
	}
	usable := 0
	taken := map[string]bool{}
	for _, k := range keys {
		taken[k.Name] = true
		if k.App == practiceName && k.State != hw.StateDisabled {
			usable++
		}
	}
	if newKey || usable == 0 {
		if report.Key, err = makePracticeKey(ctx, r, taken); err != nil {
			return report, err
		}
	}
	report.Endpoint, report.Model = endpoint(status.Addresses.Data), practiceName
	report.Curl, err = curl(report)
	return report, err
}

// makePracticeKey makes a key under the first free name.
func makePracticeKey(ctx context.Context, r *remote, taken map[string]bool) (string, error) {
	name := practiceName
	for n := 2; taken[name]; n++ {
		name = fmt.Sprintf("%s-%d", practiceName, n)
	}
	var made hw.CreatedKey
	body := map[string]any{"name": name, "tenant": practiceName, "app": practiceName}
	err := r.call(ctx, "keys.create", params{"body": body}, &made)
	return made.Secret, err
}

// curl is a call for a POSIX shell. Without the key it takes $HEADWATER_KEY.
func curl(p practiceReport) (string, error) {
	key := p.Key
	if key == "" {
		key = "$HEADWATER_KEY"
	}
	body, err := json.Marshal(map[string]any{
		"model":    p.Model,
		"messages": []map[string]string{{"role": "user", "content": "Hello"}},
	})
	if err != nil {
		return "", fmt.Errorf("encoding the call: %w", err)
	}
	return fmt.Sprintf("curl -sS %s/chat/completions -H \"Authorization: Bearer %s\" -H 'Content-Type: application/json' -d '%s'", p.Endpoint, key, body), nil
}

func (c *cli) printPractice(p practiceReport) error {
	if c.output != formatTable {
		return printOne(c, p, []column[practiceReport]{
			{"ENDPOINT", "endpoint", func(p practiceReport) any { return p.Endpoint }},
			{"MODEL", "model", func(p practiceReport) any { return p.Model }},
			{"KEY", "key", func(p practiceReport) any { return p.Key }},
			{"CURL", "curl", func(p practiceReport) any { return p.Curl }},
		})
	}
	if p.Key == "" {
		c.say("The practice model is there, and so is a key, which cannot be shown again. Put it into HEADWATER_KEY, or make another with --new-key:")
	} else {
		c.say("The practice model is ready. Its key is in this call, and is shown only now:")
	}
	return c.write([]byte(p.Curl + "\n"))
}
