package main

import (
	"context"
	"errors"

	"headwater/backend/hw"
	"headwater/backend/internal/admin"
	"headwater/backend/internal/appliance"
)

// offline is the administration of a stopped service, in this process and
// under the lock of its state directory.
type offline struct {
	dir   string
	admin *admin.Service
	end   func() error
}

func openOffline(ctx context.Context, dir string) (*offline, error) {
	a, end, err := appliance.Offline(ctx, dir)
	if err != nil {
		return nil, err //nolint:wrapcheck // it says what is wrong with the directory
	}
	return &offline{dir, a, end}, nil
}

// localActor is who has the files in hand: the same as who has the token.
func localActor() hw.Actor { return hw.Actor{Name: "local", Role: hw.RoleAdministrator} }

func (o *offline) export(context.Context) (string, error) { return o.admin.Export(localActor()) }

func (o *offline) diff(_ context.Context, file hw.ConfigFile) (hw.Plan, error) {
	return o.admin.Diff(localActor(), file.YAML, file.Prune)
}

func (o *offline) apply(ctx context.Context, file hw.ConfigFile) (hw.Plan, error) {
	return o.admin.Apply(ctx, localActor(), file.YAML, file.Prune)
}

// close ends the work and leaves the files to the account they belong to.
func (o *offline) close() error { return errors.Join(o.end(), giveBack(o.dir)) }
