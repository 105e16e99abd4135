package adminapi

import (
	"context"
	"net/http"

	"headwater/backend/hw"
)

// sessionIn names one session.
type sessionIn struct {
	ID string `path:"id" maxLength:"64" doc:"Id of the session"`
}

// sessionRows are setup, signing in and out, and the list of who is in.
func (s *Server) sessionRows() []operation {
	a := s.cfg.Admin
	return []operation{
		row("setup.get", http.MethodGet, "/api/v1/setup", hw.PermPublic, "Whether there is an administrator yet",
			func(context.Context, *nothing) (*answer[hw.SetupState], error) {
				return answered(a.SetupState(), nil)
			}),
		row("setup.redeem", http.MethodPost, "/api/v1/setup", hw.PermPublic, "Make the first administrator and sign in",
			func(ctx context.Context, in *struct{ Body hw.SetupInput }) (*answer[hw.SignedIn], error) {
				return answered(a.RedeemSetup(ctx, in.Body, actorOf(ctx).Remote))
			}).created().onlyHere(),
		row("setup.renew", http.MethodPost, "/api/v1/setup/code", hw.PermMembersWrite, "Make a fresh setup code",
			func(ctx context.Context, _ *nothing) (*answer[hw.SetupCode], error) {
				return answered(a.NewSetupCode(actorOf(ctx)))
			}).onlyHere(),
		row("sessions.create", http.MethodPost, "/api/v1/sessions", hw.PermPublic, "Sign in",
			func(ctx context.Context, in *struct{ Body hw.SignInInput }) (*answer[hw.SignedIn], error) {
				return answered(a.SignIn(ctx, in.Body, actorOf(ctx).Remote))
			}).created(),
		row("sessions.current", http.MethodGet, "/api/v1/sessions/current", hw.PermSelf, "Who I am",
			func(ctx context.Context, _ *nothing) (*answer[hw.SessionInfo], error) {
				return answered(a.CurrentSession(ctx, actorOf(ctx)))
			}),
		row("sessions.end", http.MethodDelete, "/api/v1/sessions/current", hw.PermSelf, "Sign out",
			func(ctx context.Context, _ *nothing) (*nothing, error) {
				return done(a.SignOut(ctx, actorOf(ctx)))
			}),
		row("sessions.list", http.MethodGet, "/api/v1/sessions", hw.PermMembersRead, "List who is signed in",
			func(ctx context.Context, _ *nothing) (*answer[hw.Page[hw.SessionInfo]], error) {
				return whole(a.Sessions(ctx, actorOf(ctx)))
			}),
		row("sessions.revoke", http.MethodDelete, "/api/v1/sessions/{id}", hw.PermMembersWrite, "End a session",
			func(ctx context.Context, in *sessionIn) (*nothing, error) {
				return done(a.RevokeSession(ctx, actorOf(ctx), in.ID))
			}),
	}
}
