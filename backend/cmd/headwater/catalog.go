package main

import (
	"context"
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"headwater/backend/hw"
)

func (c *cli) catalogCommand() *cobra.Command {
	cmd := &cobra.Command{Use: "catalog", Aliases: []string{"catalogue", "model", "models"}, Short: "What is known of models: contexts, prices, abilities"}
	cmd.AddCommand(c.catalogStatus(), c.catalogList(), c.catalogShow(), c.catalogSet(), c.catalogUnset(), c.catalogRefresh(), c.catalogReset())
	return cmd
}

func (c *cli) catalogStatus() *cobra.Command {
	return &cobra.Command{
		Use: "status", Short: "Which facts are in force, and of which day", Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return c.with(cmd.Context(), func(r *remote) error {
				var s hw.CatalogState
				if err := r.call(cmd.Context(), "catalog.get", nil, &s); err != nil {
					return err
				}
				return printOne(c, s, catalogColumns())
			})
		},
	}
}

func catalogColumns() []column[hw.CatalogState] {
	return []column[hw.CatalogState]{
		{"AS OF", "as_of", func(s hw.CatalogState) any { return s.AsOf }},
		{"SOURCE", "source", func(s hw.CatalogState) any { return s.Source }},
		{"PROVIDERS", "providers", func(s hw.CatalogState) any { return s.Providers }},
		{"MODELS", "models", func(s hw.CatalogState) any { return s.Models }},
		{"OWN", "own", func(s hw.CatalogState) any { return s.Own }},
		{"REFRESHED", "refreshed_at", func(s hw.CatalogState) any { return s.RefreshedAt }},
	}
}

func modelColumns() []column[hw.ModelEntry] {
	price := func(of func(p *hw.Price) float64) func(m hw.ModelEntry) any {
		return func(m hw.ModelEntry) any {
			if m.Price == nil {
				return ""
			}
			return fmt.Sprintf("%.6g", of(m.Price))
		}
	}
	return []column[hw.ModelEntry]{
		{"MODEL", "model", func(m hw.ModelEntry) any { return hw.ModelLabel(m.Provider, m.ID) }},
		{"KIND", "kind", func(m hw.ModelEntry) any { return orWord(m.Kind, hw.ModelChat) }},
		{"CONTEXT", "context_tokens", func(m hw.ModelEntry) any { return m.Context }},
		{"MOST OUT", "max_output_tokens", func(m hw.ModelEntry) any { return m.MaxOutput }},
		{"$/M IN", "input_usd_per_million", price(func(p *hw.Price) float64 { return p.Input })},
		{"$/M OUT", "output_usd_per_million", price(func(p *hw.Price) float64 { return p.Output })},
		{"$/M CACHED", "cache_read_usd_per_million", price(func(p *hw.Price) float64 { return p.CacheRead })},
		{"CAN", "abilities", func(m hw.ModelEntry) any { return abilities(&m) }},
		{"STATUS", "status", func(m hw.ModelEntry) any { return orWord(m.Status, hw.ModelActive) }},
		{"OWN", "own_fields", func(m hw.ModelEntry) any { return m.OwnFields }},
	}
}

func orWord(text, usual string) string {
	if text == "" {
		return usual
	}
	return text
}

func abilities(m *hw.ModelEntry) []string {
	can := []string{}
	for _, row := range []struct {
		name string
		can  bool
	}{
		{hw.AbilityTools, m.Tools},
		{hw.AbilitySchema, m.Schema},
		{hw.AbilityReasoning, m.Reasoning},
		{hw.AbilityVision, strings.Contains(strings.Join(m.In, " "), "image")},
	} {
		if row.can {
			can = append(can, row.name)
		}
	}
	return can
}

func (c *cli) catalogList() *cobra.Command {
	cmd := &cobra.Command{
		Use: "list [TEXT]", Aliases: []string{"ls"}, Short: "Search the models of the catalogue, own facts included", Args: cobra.MaximumNArgs(1),
		Example: "  headwater catalog list sonnet --ability tools,vision --sort input",
	}
	flags := cmd.Flags()
	providers := flags.StringSlice("provider", nil, "only models of these providers, by id")
	kind := flags.String("kind", "", "only this kind: "+strings.Join(hw.ModelKinds(), ", "))
	can := flags.StringSlice("ability", nil, "only models that can all of these: tools, schema, reasoning, vision")
	status := flags.String("status", "", "only this status: "+strings.Join(hw.ModelStages(), ", "))
	most := flags.Float64("max-input-price", -1, "only models whose input costs at most so many US dollars for a million tokens")
	own := flags.Bool("own", false, "only models with own facts")
	sort := flags.String("sort", "", "order by model, context, max_output, input, output or released")
	desc := flags.Bool("desc", false, "the other way round")
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		p := params{"own": *own, "desc": *desc}
		for name, text := range map[string]string{"q": strings.Join(args, " "), "kind": *kind, "status": *status, "sort": *sort} {
			if text != "" {
				p[name] = text
			}
		}
		for name, list := range map[string][]string{"provider": *providers, "ability": *can} {
			if len(list) > 0 {
				p[name] = list
			}
		}
		if cmd.Flags().Changed("max-input-price") {
			p["max_input_price"] = *most
		}
		return c.with(cmd.Context(), func(r *remote) error {
			rows, err := listAll[hw.ModelEntry](cmd.Context(), r, "models.list", p)
			if err != nil {
				return err
			}
			if len(rows) == 0 {
				c.say("No model is like that.")
			}
			return printList(c, rows, modelColumns())
		})
	}
	return cmd
}

// modelName takes PROVIDER/MODEL apart.
func modelName(text string) (provider, model string, err error) {
	provider, model, ok := strings.Cut(text, "/")
	if !ok || provider == "" || model == "" {
		return "", "", usagef("%q names no model: write PROVIDER/MODEL, for example openai/gpt-4o-mini.", text)
	}
	return provider, model, nil
}

func (c *cli) catalogShow() *cobra.Command {
	return &cobra.Command{
		Use: "show PROVIDER/MODEL", Aliases: []string{"get"}, Short: "Everything that is known of one model, and where it comes from", Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			provider, model, err := modelName(args[0])
			if err != nil {
				return err
			}
			return c.with(cmd.Context(), func(r *remote) error {
				var d hw.ModelDetail
				if err := r.call(cmd.Context(), "models.show", params{"provider": provider, "model": model}, &d); err != nil {
					return err
				}
				columns := []column[hw.ModelDetail]{}
				for _, col := range modelColumns() {
					columns = append(columns, column[hw.ModelDetail]{col.head, col.field, func(d hw.ModelDetail) any { return col.value(d.ModelEntry) }})
				}
				return printOne(c, d, columns)
			})
		},
	}
}

// ownFields are the flags that write own facts. An empty text, a zero and a
// negative price go back to what the catalogue says.
func ownFields() []field {
	fields := []field{
		{"title", "title", "name shown to people", fieldText},
		{"kind", "kind", "what it makes: " + strings.Join(hw.ModelKinds(), ", "), fieldText},
		{"context", "context", "context window in tokens", fieldInt},
		{"max-input", "max_input", "most tokens of a request", fieldInt},
		{"max-output", "max_output", "most tokens of an answer", fieldInt},
		{"in", "in", "kinds of content it takes: text, image, audio, video, pdf, file", fieldList},
		{"out", "out", "kinds of content it gives", fieldList},
		{"tools", "tools", "whether it calls tools", fieldBool},
		{"schema", "schema", "whether it answers in a JSON schema", fieldBool},
		{"reasoning", "reasoning", "whether it reasons before it answers", fieldBool},
		{"status", "status", "status: " + strings.Join(hw.ModelStages(), ", "), fieldText},
	}
	for _, price := range []string{"input", "output", "cache-read", "cache-write", "reasoning", "input-audio", "output-audio"} {
		fields = append(fields, field{
			"price-" + price, "price." + strings.ReplaceAll(price, "-", "_"),
			"US dollars for a million tokens of " + strings.ReplaceAll(price, "-", " ") + "; below 0 for the catalogue's", fieldFloat,
		})
	}
	return fields
}

// taken makes null of what goes back to the catalogue's.
func taken(body map[string]any) {
	for name, value := range body {
		switch v := value.(type) {
		case string:
			if v == "" {
				body[name] = nil
			}
		case float64:
			if v < 0 {
				body[name] = nil
			}
		case map[string]any:
			taken(v)
		}
	}
}

func (c *cli) catalogSet() *cobra.Command {
	cmd := &cobra.Command{
		Use: "set PROVIDER/MODEL", Aliases: []string{"add", "update"}, Short: "Know something of a model better than the catalogue, or a model that it does not have", Args: cobra.ExactArgs(1),
		Example: "  headwater catalog set openai/gpt-4o-mini --price-input 0.12 --price-output 0.48\n" +
			"  headwater catalog set vllm/house-model --context 32768 --max-output 4096",
	}
	read := register(cmd.Flags(), ownFields())
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		provider, model, err := modelName(args[0])
		if err != nil {
			return err
		}
		body := map[string]any{}
		if err := read(body); err != nil {
			return err
		}
		if len(body) == 0 {
			return usagef("Say what is known: give at least one of the flags of '%s'.", cmd.CommandPath())
		}
		taken(body)
		return c.with(cmd.Context(), func(r *remote) error { return c.setModel(cmd.Context(), r, provider, model, body) })
	}
	return cmd
}

// setModel changes the own facts of a model, or makes them.
func (c *cli) setModel(ctx context.Context, r *remote, provider, model string, body map[string]any) error {
	var doc hw.OwnModel
	label := hw.ModelLabel(provider, model)
	err := r.call(ctx, "models.update", params{"ref": label, "body": body}, &doc)
	if hw.CodeOf(err) == hw.CodeNotFound {
		for name, value := range body {
			if value == nil {
				delete(body, name)
			}
		}
		body["provider"], body["model"] = provider, model
		err = r.call(ctx, "models.create", params{"body": body}, &doc)
	}
	if err != nil {
		return err
	}
	c.say("Changed what is known of %s.", escape(label))
	if c.quiet || c.output == formatTable {
		return nil
	}
	return c.printValue(doc)
}

func (c *cli) catalogUnset() *cobra.Command {
	return &cobra.Command{
		Use: "unset PROVIDER/MODEL", Aliases: []string{"remove", "rm", "delete"}, Short: "Go back to what the catalogue says of a model", Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			if _, _, err := modelName(args[0]); err != nil {
				return err
			}
			if err := c.confirm(fmt.Sprintf("Remove the own facts of %s?", escape(args[0]))); err != nil {
				return err
			}
			return c.with(cmd.Context(), func(r *remote) error {
				if err := r.call(cmd.Context(), "models.delete", params{"ref": args[0]}, nil); err != nil {
					return err
				}
				c.say("Removed the own facts of %s.", escape(args[0]))
				return nil
			})
		},
	}
}
