package main

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"os"
	"os/signal"
	"strings"
	"syscall"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
)

// cli is one run of the program: its streams, its environment and the flags
// that all commands share.
type cli struct {
	in       io.Reader
	out, err io.Writer
	// lookupEnv reads the environment.
	lookupEnv func(string) (string, bool)
	// interactive means that a person can be asked, colourful that standard
	// output is a terminal.
	interactive, colourful bool

	stateDir     string
	adminAddress string
	output       format
	quiet, yes   bool

	// began is true once a command's own code runs: errors before that are
	// about how the program was called.
	began bool
}

// execute runs one command line and returns the exit code.
func (c *cli) execute(args []string) int {
	ctx, release := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer release()
	// From the first signal on the next one has its usual, deadly meaning.
	context.AfterFunc(ctx, release)
	root := c.root()
	root.SetArgs(args)
	err := root.ExecuteContext(ctx)
	if err != nil && !c.began {
		err = asUsage(err)
	}
	return c.report(err)
}

// root is the whole command tree.
func (c *cli) root() *cobra.Command {
	root := &cobra.Command{
		Use:   "headwater",
		Short: "An AI and API gateway that stays useful when its upstreams do not",
		Long: "Headwater is a gateway between your programs and AI vendors or engines.\n" +
			"'headwater run' is the gateway; the other commands administer it.",
		Version:           versionText(),
		SilenceErrors:     true,
		SilenceUsage:      true,
		PersistentPreRunE: func(cmd *cobra.Command, _ []string) error { return c.fromEnvironment(cmd.Flags()) },
	}
	root.SetIn(c.in)
	root.SetOut(c.out)
	root.SetErr(c.err)
	c.output = formatTable
	flags := root.PersistentFlags()
	flags.StringVar(&c.stateDir, "state-dir", "", "folder of the installation (default: see 'headwater help state-dir')")
	flags.StringVar(&c.adminAddress, "admin-address", "", "address of the running service's administration, host:port")
	flags.VarP(&c.output, "output", "o", "form of the data: table, json, yaml or csv")
	flags.BoolVarP(&c.quiet, "quiet", "q", false, "print nothing but the essential: names, secrets, errors")
	flags.BoolVarP(&c.yes, "yes", "y", false, "do not ask before something is removed or applied")
	for _, name := range []string{"state-dir", "admin-address", "output", "quiet"} {
		alsoFromEnv(flags, name)
	}
	root.AddGroup(
		&cobra.Group{ID: groupService, Title: "The service:"},
		&cobra.Group{ID: groupConfig, Title: "What is configured:"},
		&cobra.Group{ID: groupWatch, Title: "What happens:"},
	)
	grouped(root, groupService, c.runCommand(), c.statusCommand(), c.setupCodeCommand(), c.serviceCommand(), c.practiceCommand(), c.versionCommand())
	grouped(root, groupConfig, c.upstreamCommand(), c.credentialCommand(), c.routeCommand(), c.tenantCommand(),
		c.appCommand(), c.keyCommand(), c.memberCommand(), c.settingCommand(), c.providersCommand(), c.catalogCommand(),
		c.exportCommand(), c.diffCommand(), c.applyCommand())
	grouped(root, groupWatch, c.callsCommand(), c.consoleCommand(), c.healthCommand(), c.changesCommand(), c.auditCommand(), c.jobCommand(), c.drillCommand())
	root.AddCommand(c.devCommand(), c.openapiCommand(), stateDirTopic())
	markBeginnings(c, root)
	return root
}

// The groups of the help text.
const (
	groupService = "service"
	groupConfig  = "config"
	groupWatch   = "watch"
)

func grouped(root *cobra.Command, group string, commands ...*cobra.Command) {
	for _, cmd := range commands {
		cmd.GroupID = group
		root.AddCommand(cmd)
	}
}

// markBeginnings notes when a command's own code starts, for every command of
// the tree, and gives commands that only hold others an answer of their own:
// cobra would print the help and report success for a misspelt verb.
func markBeginnings(c *cli, cmd *cobra.Command) {
	for _, sub := range cmd.Commands() {
		markBeginnings(c, sub)
	}
	if inner := cmd.RunE; inner != nil {
		cmd.RunE = func(cmd *cobra.Command, args []string) error {
			c.began = true
			return inner(cmd, args)
		}
		return
	}
	if cmd.HasParent() && cmd.HasSubCommands() {
		cmd.Args = cobra.ArbitraryArgs
		cmd.RunE = func(cmd *cobra.Command, args []string) error {
			if len(args) > 0 {
				return usagef("There is no command %q.", cmd.CommandPath()+" "+args[0])
			}
			cmd.SetOut(c.err)
			_ = cmd.Help()
			return usagef("Say what to do: '%s' needs one of the commands above.", cmd.CommandPath())
		}
	}
}

// envAnnotation marks a flag that an environment variable may set.
const envAnnotation = "headwater_env"

// envName is the variable of a flag.
func envName(flag string) string {
	return "HEADWATER_" + strings.ToUpper(strings.ReplaceAll(flag, "-", "_"))
}

// alsoFromEnv lets a flag be set from the environment, too, and says so in the
// help text.
func alsoFromEnv(flags *pflag.FlagSet, name string) {
	f := flags.Lookup(name)
	f.Usage += " [" + envName(name) + "]"
	if f.Annotations == nil {
		f.Annotations = map[string][]string{}
	}
	f.Annotations[envAnnotation] = []string{envName(name)}
}

// fromEnvironment sets the flags that the command line left alone.
func (c *cli) fromEnvironment(flags *pflag.FlagSet) error {
	var failed error
	flags.VisitAll(func(f *pflag.Flag) {
		variable := f.Annotations[envAnnotation]
		if len(variable) == 0 || f.Changed || failed != nil {
			return
		}
		if value, ok := c.lookupEnv(variable[0]); ok && value != "" {
			if err := flags.Set(f.Name, value); err != nil {
				failed = usagef("The environment variable %s is not good: %s.", variable[0], strings.TrimSuffix(err.Error(), "."))
			}
		}
	})
	return failed
}

// say talks to the person, unless --quiet.
func (c *cli) say(text string, args ...any) {
	if !c.quiet {
		fmt.Fprintf(c.err, text+"\n", args...)
	}
}

// confirm asks before something that cannot be taken back. Without anyone to
// ask, --yes has to be given.
func (c *cli) confirm(question string) error {
	if c.yes {
		return nil
	}
	if !c.interactive {
		return usagef("%s There is nobody to ask: repeat the command with --yes.", question)
	}
	fmt.Fprintf(c.err, "%s [y/N] ", question)
	answer, err := bufio.NewReader(io.LimitReader(c.in, 1024)).ReadString('\n')
	if err != nil && err != io.EOF {
		return fmt.Errorf("reading the answer: %w", err)
	}
	switch strings.ToLower(strings.TrimSpace(answer)) {
	case "y", "yes":
		return nil
	}
	return &diagnosis{text: "Nothing was changed."}
}
