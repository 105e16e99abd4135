package main

import (
	"bytes"
	"compress/gzip"
	"encoding/json"
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"headwater/backend/hw"
)

// maxCatalogFile bounds a catalogue file; the service takes no larger one.
// Unit: bytes.
const maxCatalogFile = 16 << 20

func (c *cli) catalogRefresh() *cobra.Command {
	cmd := &cobra.Command{
		Use: "refresh -f FILE", Short: "Put a newer file of facts in force", Args: cobra.NoArgs,
		Long: "Put a newer file of facts in force: one in Headwater's own layout, or the api.json of models.dev; plain or\n" +
			"gzipped. What it changes is shown first. Own facts stay on top of it.",
		Example: "  headwater catalog refresh -f api.json --dry-run",
	}
	path := cmd.Flags().StringP("file", "f", "", "the file; - for standard input")
	dry := cmd.Flags().Bool("dry-run", false, "only show what would change")
	cmd.RunE = func(cmd *cobra.Command, _ []string) error {
		body, err := c.readCatalog(*path)
		if err != nil {
			return err
		}
		return c.with(cmd.Context(), func(r *remote) error {
			var diff hw.CatalogDiff
			if err := r.call(cmd.Context(), "catalog.preview", params{"body": body}, &diff); err != nil {
				return err
			}
			if *dry {
				return c.printDiff(&diff)
			}
			asks := c.interactive && !c.yes && *path != "-"
			if asks {
				talk := *c
				talk.out, talk.output, talk.colourful, talk.quiet = c.err, formatTable, false, false
				if err := talk.printDiff(&diff); err != nil {
					return err
				}
				if err := c.confirm("Put this file in force?"); err != nil {
					return err
				}
			}
			if err := r.call(cmd.Context(), "catalog.refresh", params{"body": body}, &diff); err != nil {
				return err
			}
			if asks && c.output == formatTable {
				c.say("The facts of %s are in force.", escape(diff.AsOf))
				return nil
			}
			return c.printDiff(&diff)
		})
	}
	return cmd
}

// readCatalog reads a file and packs it, so that it fits through a line.
func (c *cli) readCatalog(path string) (json.RawMessage, error) {
	var file []byte
	var err error
	switch path {
	case "":
		return nil, usagef("Name the file with -f FILE, or -f - for standard input.")
	case "-":
		file, err = readAll(c.in, "standard input", maxCatalogFile)
	default:
		file, err = readBounded(path, maxCatalogFile)
	}
	if err != nil {
		return nil, err
	}
	if !bytes.HasPrefix(file, []byte{0x1f, 0x8b}) {
		var packed bytes.Buffer
		zip := gzip.NewWriter(&packed)
		_, _ = zip.Write(file) // memory takes everything
		_ = zip.Close()
		file = packed.Bytes()
	}
	body, err := json.Marshal(hw.CatalogUpload{File: file})
	if err != nil {
		return nil, fmt.Errorf("encoding the file: %w", err)
	}
	if len(body) > maxSent {
		e := hw.Errorf(hw.CodeTooLarge, "The file is too large to be sent to the running service, even packed.")
		e.Hint = "Send it to POST /api/v1/catalog/refresh instead, or leave providers out that nobody here uses."
		return nil, e
	}
	return body, nil
}

func changeColumns() []column[hw.CatalogChange] {
	price := func(p *hw.Price) any {
		if p == nil {
			return ""
		}
		return fmt.Sprintf("%.6g/%.6g", p.Input, p.Output)
	}
	return []column[hw.CatalogChange]{
		{"CHANGE", "change", func(i hw.CatalogChange) any { return i.What }},
		{"MODEL", "model", func(i hw.CatalogChange) any { return hw.ModelLabel(i.Provider, i.Model) }},
		{"$/M BEFORE", "before_usd_per_million", func(i hw.CatalogChange) any { return price(i.Before) }},
		{"$/M AFTER", "after_usd_per_million", func(i hw.CatalogChange) any { return price(i.After) }},
		{"FIELDS", "fields", func(i hw.CatalogChange) any { return i.Fields }},
	}
}

// shownChanges is how many changes a table shows one by one.
const shownChanges = 40

// printDiff prints what a file changes; a table the first changes and the sums.
func (c *cli) printDiff(d *hw.CatalogDiff) error {
	switch {
	case c.output == formatJSON || c.output == formatYAML:
		return c.printValue(d)
	case c.output == formatCSV:
		return printList(c, d.Items, changeColumns())
	case c.quiet:
		return nil
	}
	items := d.Items[:min(len(d.Items), shownChanges)]
	if err := printList(c, items, changeColumns()); err != nil {
		return err
	}
	if more := len(d.Items) - len(items) + d.ItemsMore; more > 0 {
		c.say("… and %s; -o json lists them.", plural(more, "further change", "further changes"))
	}
	for _, p := range d.Providers {
		if p.New || p.Before != "" {
			c.say("Provider %s at %s comes with the file.", escape(p.Provider), escape(p.Address))
		}
	}
	for _, s := range d.Skipped[:min(len(d.Skipped), shownChanges)] {
		c.say("Left out: %s: %s.", escape(strings.TrimSuffix(hw.ModelLabel(s.Provider, s.Model), "/")), escape(s.Why))
	}
	words := "would be in force in place of those of"
	if d.Applied {
		words = "are in force in place of those of"
	}
	c.say("%d added, %d removed, %d with another price, %d deprecated, %d changed otherwise.", d.Added, d.Removed, d.Repriced, d.Deprecated, d.Changed)
	c.say("The facts of %s %s %s: %d models, %d before.", escape(d.AsOf), words, escape(d.Now), d.Models, d.Before)
	return nil
}

func (c *cli) catalogReset() *cobra.Command {
	return &cobra.Command{
		Use: "reset", Short: "Go back to the facts that came with the program", Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if err := c.confirm("Go back to the facts that came with the program?"); err != nil {
				return err
			}
			return c.with(cmd.Context(), func(r *remote) error {
				var s hw.CatalogState
				if err := r.call(cmd.Context(), "catalog.reset", nil, &s); err != nil {
					return err
				}
				c.say("The facts of %s, which came with the program, are in force.", escape(s.AsOf))
				if c.quiet || c.output == formatTable {
					return nil
				}
				return printOne(c, s, catalogColumns())
			})
		},
	}
}
