package main

import (
	"context"
	"fmt"
	"maps"

	"github.com/spf13/cobra"

	"headwater/backend/hw"
)

// noun is what the commands of one kind of document have in common: the verbs
// are written once, a noun's own file says what is special about it.
type noun[T any] struct {
	c *cli
	// one and many are the words in help texts, many also in operation ids.
	one, many string
	// inTenant is true when the documents belong to tenants.
	inTenant bool
	columns  []column[T]
	// fields are the flags that write fields of the document.
	fields []field
}

// listPage is how many documents are asked for at once.
const listPage = 1000

// command returns the parent of the noun's verbs.
func (n noun[T]) command(short string, verbs ...*cobra.Command) *cobra.Command {
	cmd := &cobra.Command{Use: n.one, Aliases: []string{n.many}, Short: short}
	cmd.AddCommand(verbs...)
	return cmd
}

// tenantFlag adds --tenant where the noun needs it.
func (n noun[T]) tenantFlag(cmd *cobra.Command, usage string) *string {
	var tenant string
	if n.inTenant {
		cmd.Flags().StringVarP(&tenant, "tenant", "t", "", usage)
		alsoFromEnv(cmd.Flags(), "tenant")
	}
	return &tenant
}

// ref is the parameters that name one document.
func (n noun[T]) ref(name, tenant string) params {
	p := params{"ref": name}
	if n.inTenant && tenant != "" {
		p["tenant"] = tenant
	}
	return p
}

func (n noun[T]) list() *cobra.Command {
	cmd := &cobra.Command{Use: "list", Aliases: []string{"ls"}, Short: "List the " + n.many, Args: cobra.NoArgs}
	tenant := n.tenantFlag(cmd, "only those of this tenant")
	search := cmd.Flags().String("search", "", "only names that contain this text")
	cmd.RunE = func(cmd *cobra.Command, _ []string) error {
		p := params{}
		if *tenant != "" {
			p["tenant"] = *tenant
		}
		if *search != "" {
			p["q"] = *search
		}
		return n.c.with(cmd.Context(), func(r *remote) error {
			rows, err := listAll[T](cmd.Context(), r, n.many+".list", p)
			if err != nil {
				return err
			}
			if len(rows) == 0 {
				n.c.say("There are no %s.", n.many)
			}
			return printList(n.c, rows, n.columns)
		})
	}
	return cmd
}

// listAll reads every page of a list.
func listAll[T any](ctx context.Context, r *remote, operation string, p params) ([]T, error) {
	p = maps.Clone(p)
	p["limit"] = listPage
	rows := []T{}
	for {
		var page hw.Page[T]
		if err := r.call(ctx, operation, p, &page); err != nil {
			return nil, err
		}
		rows = append(rows, page.Items...)
		if page.Next == "" {
			return rows, nil
		}
		p["after"] = page.Next
	}
}

func (n noun[T]) show() *cobra.Command {
	cmd := &cobra.Command{Use: "show NAME", Aliases: []string{"get"}, Short: "Show everything about one " + n.one, Args: cobra.ExactArgs(1)}
	tenant := n.tenantFlag(cmd, "the tenant it belongs to")
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		return n.c.with(cmd.Context(), func(r *remote) error {
			var doc T
			if err := r.call(cmd.Context(), n.many+".get", n.ref(args[0], *tenant), &doc); err != nil {
				return err
			}
			return printOne(n.c, doc, n.columns)
		})
	}
	return cmd
}

// add makes a document of NAME and the flags. More, when not nil, completes the
// body.
func (n noun[T]) add(more func(cmd *cobra.Command, body map[string]any) error) *cobra.Command {
	cmd := &cobra.Command{Use: "add NAME", Aliases: []string{"create"}, Short: "Add one " + n.one, Args: cobra.ExactArgs(1)}
	tenant := n.tenantFlag(cmd, "the tenant it belongs to")
	read := register(cmd.Flags(), n.fields)
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		body := map[string]any{"name": args[0]}
		if *tenant != "" {
			body["tenant"] = *tenant
		}
		if err := complete(cmd, read, more, body); err != nil {
			return err
		}
		return n.write(cmd.Context(), n.many+".create", params{"body": body}, "Added %s %s.", args[0])
	}
	return cmd
}

// update changes the fields whose flags are given and leaves the rest alone.
func (n noun[T]) update(more func(cmd *cobra.Command, body map[string]any) error) *cobra.Command {
	cmd := &cobra.Command{Use: "update NAME", Aliases: []string{"set"}, Short: "Change one " + n.one, Args: cobra.ExactArgs(1)}
	tenant := n.tenantFlag(cmd, "the tenant it belongs to")
	read := register(cmd.Flags(), n.fields)
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		body := map[string]any{}
		if err := complete(cmd, read, more, body); err != nil {
			return err
		}
		if len(body) == 0 {
			return usagef("Say what to change: give at least one of the flags of '%s'.", cmd.CommandPath())
		}
		p := n.ref(args[0], *tenant)
		p["body"] = body
		return n.write(cmd.Context(), n.many+".update", p, "Changed %s %s.", args[0])
	}
	return cmd
}

func complete(cmd *cobra.Command, read func(map[string]any) error, more func(*cobra.Command, map[string]any) error, body map[string]any) error {
	if err := read(body); err != nil {
		return err
	}
	if more == nil {
		return nil
	}
	return more(cmd, body)
}

// write sends a command and prints the document as it is afterwards.
func (n noun[T]) write(ctx context.Context, operation string, p params, said, name string) error {
	return n.c.with(ctx, func(r *remote) error {
		var doc T
		if err := r.call(ctx, operation, p, &doc); err != nil {
			return err
		}
		n.c.say(said, n.one, escape(name))
		if n.c.quiet || n.c.output == formatTable {
			return nil
		}
		return printOne(n.c, doc, n.columns)
	})
}

// setState returns a verb that writes the operator's state.
func (n noun[T]) setState(verb, short, to, said string) *cobra.Command {
	cmd := &cobra.Command{Use: verb + " NAME", Short: short, Args: cobra.ExactArgs(1)}
	tenant := n.tenantFlag(cmd, "the tenant it belongs to")
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		p := n.ref(args[0], *tenant)
		p["body"] = map[string]any{"state": to}
		return n.write(cmd.Context(), n.many+".update", p, said, args[0])
	}
	return cmd
}

func (n noun[T]) remove() *cobra.Command {
	cmd := &cobra.Command{Use: "remove NAME", Aliases: []string{"rm", "delete"}, Short: "Remove one " + n.one + " that nothing refers to", Args: cobra.ExactArgs(1)}
	tenant := n.tenantFlag(cmd, "the tenant it belongs to")
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		if err := n.c.confirm(fmt.Sprintf("Remove %s %s?", n.one, escape(args[0]))); err != nil {
			return err
		}
		return n.c.with(cmd.Context(), func(r *remote) error {
			if err := r.call(cmd.Context(), n.many+".delete", n.ref(args[0], *tenant), nil); err != nil {
				return err
			}
			n.c.say("Removed %s %s.", n.one, escape(args[0]))
			return nil
		})
	}
	return cmd
}

// enabled shows the operator's state, whose empty value means enabled.
func enabled(s string) state {
	if s == "" {
		s = hw.StateEnabled
	}
	return state(s)
}
