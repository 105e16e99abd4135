package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"

	"headwater/backend/hw"
)

// configurator is the configuration as a whole: of the running service, or of
// a stopped one in this process.
type configurator interface {
	export(ctx context.Context) (string, error)
	diff(ctx context.Context, file hw.ConfigFile) (hw.Plan, error)
	apply(ctx context.Context, file hw.ConfigFile) (hw.Plan, error)
	close() error
}

// configure finds who answers for the configuration. When no service runs, the
// files are opened in this process; create says whether they may be made.
func (c *cli) configure(ctx context.Context, create bool) (configurator, error) {
	r, err := c.connect(ctx)
	if err == nil {
		return r, nil
	}
	// A token that is refused may be one that a stopped service has left, shown
	// to another one that has the usual address now.
	if c.adminAddress != "" || !isLost(err) {
		return nil, err
	}
	dir, _, dirErr := c.folder()
	if dirErr != nil {
		return nil, dirErr
	}
	if _, statErr := os.Stat(filepath.Join(dir, databaseFile)); errors.Is(statErr, fs.ErrNotExist) && !create {
		return nil, err
	}
	o, offlineErr := openOffline(ctx, dir)
	if hw.CodeOf(offlineErr) == hw.CodeUnavailable {
		return nil, err // the files are in use: there is a service, and it does not answer
	}
	if offlineErr != nil {
		return nil, offlineErr
	}
	c.say("The service is not running: working on its files in %s.", escape(dir))
	return o, nil
}

func (c *cli) exportCommand() *cobra.Command {
	return &cobra.Command{
		Use: "export", Short: "Print the configuration as a file for apply, without secrets", Args: cobra.NoArgs,
		Long: "Print the configuration as a file for apply, without secrets.\n\n" +
			"Credentials and members keep the secret they have when the file is applied where they exist.",
		RunE: func(cmd *cobra.Command, _ []string) (err error) {
			if c.output == formatCSV {
				return usagef("A configuration is no table: use -o yaml or -o json.")
			}
			conf, err := c.configure(cmd.Context(), false)
			if err != nil {
				return err
			}
			defer func() { err = errors.Join(err, conf.close()) }()
			text, err := conf.export(cmd.Context())
			if err != nil {
				return err
			}
			if c.output != formatJSON {
				return c.write(escapeYAML([]byte(text)))
			}
			t, err := readYAML([]byte(text), "the export")
			if err != nil {
				return err
			}
			return c.printValue(t)
		},
	}
}

func (c *cli) diffCommand() *cobra.Command {
	var path string
	var prune bool
	cmd := &cobra.Command{
		Use: "diff -f FILE", Short: "Show what applying a file would change", Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) (err error) {
			file, err := c.readConfig(path)
			if err != nil {
				return err
			}
			file.Prune = prune
			conf, err := c.configure(cmd.Context(), false)
			if err != nil {
				return err
			}
			defer func() { err = errors.Join(err, conf.close()) }()
			plan, err := conf.diff(cmd.Context(), file)
			if err != nil {
				return err
			}
			return c.printPlan(plan)
		},
	}
	configFlags(cmd, &path, &prune)
	return cmd
}

func (c *cli) applyCommand() *cobra.Command {
	var path string
	var prune bool
	cmd := &cobra.Command{
		Use: "apply -f FILE", Short: "Bring the configuration to what a file says, all of it or nothing", Args: cobra.NoArgs,
		Long: "Bring the configuration to what a file says, all of it or nothing.\n\n" +
			"The plan is shown first. On a terminal it has to be confirmed, unless --yes is given; a script\n" +
			"is not asked, but needs --yes when something would be deleted. Documents the file does not\n" +
			"mention stay; --prune deletes those that are missing from a list the file has.\n\n" +
			"Works on the running service, or on the files of a stopped one.",
		RunE: func(cmd *cobra.Command, _ []string) (err error) {
			file, err := c.readConfig(path)
			if err != nil {
				return err
			}
			file.Prune = prune
			conf, err := c.configure(cmd.Context(), true)
			if err != nil {
				return err
			}
			defer func() { err = errors.Join(err, conf.close()) }()
			return c.planAndApply(cmd.Context(), conf, file, path == "-")
		},
	}
	configFlags(cmd, &path, &prune)
	return cmd
}

func configFlags(cmd *cobra.Command, path *string, prune *bool) {
	cmd.Flags().StringVarP(path, "file", "f", "", "the file, YAML or JSON; - for standard input")
	cmd.Flags().BoolVar(prune, "prune", false, "also delete what is missing from a list that the file has")
}

// planAndApply shows the plan, asks where there is someone to ask, and applies.
func (c *cli) planAndApply(ctx context.Context, conf configurator, file hw.ConfigFile, fromStdin bool) error {
	plan, err := conf.diff(ctx, file)
	if err != nil {
		return err
	}
	asked, err := c.askForPlan(plan, c.interactive && !fromStdin)
	if err != nil {
		return err
	}
	applied, err := conf.apply(ctx, file)
	if err != nil {
		return err
	}
	if !asked || c.output != formatTable {
		if err := c.printPlan(applied); err != nil {
			return err
		}
	}
	c.say("%s", planWords(applied))
	return nil
}

// askForPlan shows a plan to a person and asks; asked says that it did. Without
// a person only what deletes nothing passes.
func (c *cli) askForPlan(plan hw.Plan, person bool) (asked bool, err error) {
	changes := plan.Creates + plan.Updates + plan.Deletes
	if c.yes || changes == 0 || !person && plan.Deletes == 0 {
		return false, nil
	}
	c.sayPlan(plan)
	if !person {
		return true, usagef("This would delete %s, and there is nobody to ask: repeat the command with --yes.", plural(plan.Deletes, "document", "documents"))
	}
	return true, c.confirm(fmt.Sprintf("Apply %s?", plural(changes, "change", "changes")))
}

// readConfig reads a configuration file and resolves where its secrets come
// from, in the caller's environment and with the caller's rights.
func (c *cli) readConfig(path string) (hw.ConfigFile, error) {
	var text []byte
	var err error
	switch path {
	case "":
		return hw.ConfigFile{}, usagef("Name the file with -f FILE, or -f - for standard input.")
	case "-":
		path = "standard input"
		text, err = readAll(c.in, path, maxFile)
	default:
		text, err = readBounded(path, maxFile)
	}
	if err != nil {
		return hw.ConfigFile{}, err
	}
	yaml, err := c.resolveSecrets(text, path)
	return hw.ConfigFile{YAML: yaml}, err
}

// secretSource says which field of a list names the source of a secret, and
// which field the service takes instead.
type secretSource struct {
	list, source, target string
	// hashed is true where the secret itself never travels.
	hashed bool
}

func secretSources() []secretSource {
	return []secretSource{
		{list: "credentials", source: "secret_from", target: "secret"},
		{list: "keys", source: "secret_from", target: "secret_sha256", hashed: true},
		{list: "members", source: "password_from", target: "password"},
	}
}

// resolveSecrets puts secrets in the place of their sources. A file without
// any goes to the service as it is, so that the lines it names are the file's.
func (c *cli) resolveSecrets(text []byte, name string) (string, error) {
	if !strings.Contains(string(text), "_from") {
		return string(text), nil
	}
	file, err := readYAML(text, name)
	if err != nil {
		return "", err
	}
	for _, source := range secretSources() {
		list := file.get(source.list)
		if list == nil {
			continue
		}
		for i, doc := range list.items {
			if err := c.resolveIn(doc, source); err != nil {
				return "", fmt.Errorf("resolving %s[%d].%s: %w", source.list, i, source.source, err)
			}
		}
	}
	out, err := file.MarshalJSON() // JSON is YAML
	return string(out), err
}

func (c *cli) resolveIn(doc *tree, source secretSource) error {
	from := doc.get(source.source)
	if from == nil {
		return nil
	}
	where, ok := from.value.(string)
	if !ok {
		return hw.Errorf(hw.CodeInvalid, "It must be env:NAME or file:PATH.")
	}
	if doc.get(source.target) != nil {
		return hw.Errorf(hw.CodeInvalid, "There is %s as well; leave one of them out.", source.target)
	}
	secret, err := c.resolveSecret(where)
	if err != nil {
		return err
	}
	if source.hashed {
		secret = hashSecret(secret)
	}
	doc.remove(source.source)
	doc.set(source.target, &tree{kind: 'v', value: secret})
	return nil
}

func planColumns() []column[hw.PlanItem] {
	return []column[hw.PlanItem]{
		{"ACTION", "action", func(i hw.PlanItem) any { return i.Action }},
		{"KIND", "kind", func(i hw.PlanItem) any { return string(i.Kind) }},
		{"TENANT", "tenant", func(i hw.PlanItem) any { return i.Tenant }},
		{"NAME", "name", func(i hw.PlanItem) any { return i.Name }},
		{"FIELDS", "fields", func(i hw.PlanItem) any { return i.Fields }},
	}
}

// printPlan prints what changes; a table leaves out what stays as it is.
func (c *cli) printPlan(plan hw.Plan) error {
	switch {
	case c.output == formatTable && c.quiet:
		return nil
	case c.output == formatTable:
		err := printList(c, changing(plan), planColumns())
		if !plan.Applied {
			c.say("%s", planWords(plan))
		}
		return err
	case c.output == formatCSV:
		return printList(c, plan.Items, planColumns())
	}
	return c.printValue(plan)
}

// sayPlan shows the plan to the person who is about to be asked.
func (c *cli) sayPlan(plan hw.Plan) {
	talk := *c
	talk.out, talk.output, talk.colourful, talk.quiet = c.err, formatTable, false, false
	_ = printList(&talk, changing(plan), planColumns())
}

func changing(plan hw.Plan) []hw.PlanItem {
	items := []hw.PlanItem{}
	for _, i := range plan.Items {
		if i.Action != hw.PlanUnchanged {
			items = append(items, i)
		}
	}
	return items
}

func planWords(plan hw.Plan) string {
	if plan.Creates+plan.Updates+plan.Deletes == 0 {
		return "Nothing changes: the configuration is as the file says."
	}
	if plan.Applied {
		return fmt.Sprintf("%d created, %d updated, %d deleted; generation %d is in force.", plan.Creates, plan.Updates, plan.Deletes, plan.Generation)
	}
	return fmt.Sprintf("%d to create, %d to update, %d to delete.", plan.Creates, plan.Updates, plan.Deletes)
}

func plural(n int, one, many string) string {
	if n == 1 {
		return "1 " + one
	}
	return fmt.Sprintf("%d %s", n, many)
}
