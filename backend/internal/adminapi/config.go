package adminapi

import (
	"context"
	"net/http"

	"headwater/backend/hw"
	"headwater/backend/internal/store"
)

// maxFile bounds the body that carries a configuration file: the file's own
// bound and what JSON's escapes add to it. Unit: bytes.
const maxFile = 6 << 20

// fileIn carries a configuration file.
type fileIn struct{ Body hw.ConfigFile }

// changesIn asks for a page of the history.
type changesIn struct {
	Limit  int     `query:"limit" minimum:"0" maximum:"500" doc:"Size of the page; 0 means 50"`
	Before int64   `query:"before" minimum:"0" doc:"Only changes before this generation; 0 means the newest"`
	Kind   hw.Kind `query:"kind" maxLength:"32" doc:"Only changes of this kind of document"`
	DocID  string  `query:"doc_id" maxLength:"64" doc:"Only changes of this document"`
}

// configRows are the configuration as a whole and its history.
func (s *Server) configRows() []operation {
	a := s.cfg.Admin
	return []operation{
		row("config.export", http.MethodGet, "/api/v1/config", hw.PermConfigRead, "The configuration as a file",
			func(ctx context.Context, _ *nothing) (*answer[hw.ConfigText], error) {
				text, err := a.Export(actorOf(ctx))
				return answered(hw.ConfigText{YAML: text}, err)
			}),
		row("config.diff", http.MethodPost, "/api/v1/config/diff", hw.PermConfigWrite, "What applying a file would change",
			func(ctx context.Context, in *fileIn) (*answer[hw.Plan], error) {
				return answered(a.Diff(actorOf(ctx), in.Body.YAML, in.Body.Prune))
			}).upTo(maxFile),
		row("config.apply", http.MethodPost, "/api/v1/config/apply", hw.PermConfigWrite, "Bring the configuration to what a file says, all of it or nothing",
			func(ctx context.Context, in *fileIn) (*answer[hw.Plan], error) {
				return answered(a.Apply(ctx, actorOf(ctx), in.Body.YAML, in.Body.Prune))
			}).upTo(maxFile),
		row("changes.list", http.MethodGet, "/api/v1/changes", hw.PermAuditRead, "The history of the configuration, newest first",
			func(ctx context.Context, in *changesIn) (*answer[hw.Page[hw.Change]], error) {
				changes, err := a.Changes(ctx, actorOf(ctx), store.ChangeFilter{Limit: in.Limit, Before: in.Before, Kind: in.Kind, DocID: in.DocID})
				return answered(hw.Page[hw.Change]{Items: changes}, err)
			}),
		row("audit.verify", http.MethodGet, "/api/v1/audit/verify", hw.PermAuditRead, "Walk the whole audit chain",
			func(ctx context.Context, _ *nothing) (*answer[hw.AuditReport], error) {
				return answered(a.VerifyAudit(ctx, actorOf(ctx)))
			}),
	}
}
