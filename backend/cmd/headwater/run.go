package main

import (
	"context"
	"errors"
	"log/slog"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"

	"headwater/backend/hw"
	"headwater/backend/internal/appliance"
	"headwater/backend/internal/ossvc"
)

// runFlags are the process settings; everything else is configuration.
type runFlags struct {
	listen, adminListen, portalListen, logLevel, cpuProfile string
	remoteAdminListen                                       string
	remoteAdminHosts                                        []string
	service                                                 bool
}

func (c *cli) runCommand() *cobra.Command {
	var f runFlags
	cmd := &cobra.Command{
		Use: "run", Short: "Run the gateway until it is told to stop", Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return c.serve(cmd.Context(), f) },
	}
	flags := cmd.Flags()
	flags.StringVar(&f.listen, "listen", "127.0.0.1:4100", "where apps call, host:port; port 0 takes a free one")
	flags.StringVar(&f.adminListen, "admin-listen", "127.0.0.1:4101", "where administration happens, on this machine only")
	flags.StringVar(&f.portalListen, "portal-listen", "127.0.0.1:4102", "where tenants serve themselves")
	flags.StringVar(&f.logLevel, "log-level", "info", "least severe line of the log: debug, info, warn or error")
	flags.StringVar(&f.remoteAdminListen, "remote-admin-listen", "", "also let administrators on other machines sign in here, over TLS, host:port; empty keeps it closed")
	flags.StringSliceVar(&f.remoteAdminHosts, "remote-admin-host", nil, "a further name of this machine by which they may address it")
	for _, name := range []string{"listen", "admin-listen", "portal-listen", "log-level", "remote-admin-listen", "remote-admin-host"} {
		alsoFromEnv(flags, name)
	}
	flags.BoolVar(&f.service, "service", false, "run under the system's service manager")
	flags.StringVar(&f.cpuProfile, "cpu-profile", "", "write where CPU time went to this file when the gateway stops")
	_ = flags.MarkHidden("service")
	_ = flags.MarkHidden("cpu-profile")
	return cmd
}

func (c *cli) serve(ctx context.Context, f runFlags) error {
	dir, _, err := c.folder()
	if err != nil {
		return err
	}
	var level slog.Level
	if err := level.UnmarshalText([]byte(f.logLevel)); err != nil {
		return usagef("--log-level %q is not debug, info, warn or error.", f.logLevel)
	}
	opts := appliance.Options{
		StateDir: dir, Listen: f.listen, AdminListen: f.adminListen, PortalListen: f.portalListen,
		RemoteAdminListen: f.remoteAdminListen, RemoteAdminHosts: f.remoteAdminHosts,
		LogLevel: level, Version: versionText(), Out: c.out,
	}
	work := func(ctx context.Context) error { return appliance.Run(ctx, opts) }
	if f.service {
		opts.Ready = func(hw.Addresses) { c.shareToken(dir) }
		return ossvc.Run(work) //nolint:contextcheck,wrapcheck // the service manager decides when it ends
	}
	if err := profiled(ctx, f.cpuProfile, work); err != nil && !(ctx.Err() != nil && errors.Is(err, context.Canceled)) {
		return err
	}
	return nil
}

// shareToken lets members of the administrators' group reach the service. It
// serves without, so what goes wrong is said and nothing more.
func (c *cli) shareToken(dir string) {
	token, err := readSmall(filepath.Join(dir, tokenFile))
	if err == nil {
		_, err = ossvc.ShareToken(strings.TrimSpace(token))
	}
	if err != nil {
		c.say("Only root can administer this service from here: %s", escape(err.Error()))
	}
}
