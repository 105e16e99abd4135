package hw

import "slices"

// Role is a named set of permissions.
type Role string

// The roles of the installation.
const (
	// RoleAdministrator may do everything.
	RoleAdministrator Role = "administrator"
	// RoleViewer may look at everything that is not secret.
	RoleViewer Role = "viewer"
)

// Permission is what an operation asks of its actor.
type Permission string

// The permissions, each asked for by at least one operation.
const (
	// PermPublic is for what anyone on the admin listener may do: sign in,
	// redeem the setup code.
	PermPublic Permission = "public"
	// PermSelf is for what every signed-in actor may do with its own session.
	PermSelf           Permission = "self"
	PermStatusRead     Permission = "status.read"
	PermUpstreamsRead  Permission = "upstreams.read"
	PermUpstreamsWrite Permission = "upstreams.write"
	PermRoutesRead     Permission = "routes.read"
	PermRoutesWrite    Permission = "routes.write"
	PermAppsRead       Permission = "apps.read"
	PermAppsWrite      Permission = "apps.write"
	PermTenantsRead    Permission = "tenants.read"
	PermTenantsWrite   Permission = "tenants.write"
	PermMembersRead    Permission = "members.read"
	PermMembersWrite   Permission = "members.write"
	PermCallsRead      Permission = "calls.read"
	PermSettingsRead   Permission = "settings.read"
	PermSettingsWrite  Permission = "settings.write"
	PermConfigRead     Permission = "config.read"
	PermConfigWrite    Permission = "config.write"
	PermAuditRead      Permission = "audit.read"
	PermJobsRead       Permission = "jobs.read"
	PermJobsWrite      Permission = "jobs.write"
	PermDrillsRead     Permission = "drills.read"
	PermDrillsWrite    Permission = "drills.write"
	// PermConsoleWrite is for calls in the name of an app, which cost what calls cost.
	PermConsoleWrite Permission = "console.write"
)

// viewerPermissions are those of RoleViewer.
func viewerPermissions() []Permission {
	return []Permission{
		PermPublic, PermSelf, PermStatusRead, PermUpstreamsRead, PermRoutesRead, PermAppsRead,
		PermTenantsRead, PermMembersRead, PermCallsRead, PermSettingsRead, PermConfigRead, PermAuditRead, PermJobsRead, PermDrillsRead,
	}
}

// Actor is who does something on the admin side.
type Actor struct {
	// Name is the member's name, "local" for the token file, "setup" for the
	// setup code; empty for nobody.
	Name string
	Role Role
	// Session identifies the session, for sign-out and revocation.
	Session string
	// Remote is the address the actor came from, for the audit chain.
	Remote string
}

// May reports whether the actor holds a permission. Nobody holds only PermPublic.
func (a Actor) May(p Permission) bool {
	switch {
	case p == PermPublic:
		return true
	case a.Name == "":
		return false
	case a.Role == RoleAdministrator:
		return true
	case a.Role == RoleViewer:
		return slices.Contains(viewerPermissions(), p)
	}
	return false
}
