package adminapi

import (
	"context"
	"net/http"

	"headwater/backend/hw"
)

// jobIn names one job.
type jobIn struct {
	ID string `path:"id" maxLength:"64" doc:"Id of the job"`
}

// jobRows are the operations of long work.
func (s *Server) jobRows() []operation {
	a := s.cfg.Admin
	return []operation{
		row("jobs.list", http.MethodGet, "/api/v1/jobs", hw.PermJobsRead, "List long work, newest first",
			func(ctx context.Context, _ *nothing) (*answer[hw.Page[hw.Job]], error) {
				return whole(a.Jobs(ctx, actorOf(ctx)))
			}),
		row("jobs.get", http.MethodGet, "/api/v1/jobs/{id}", hw.PermJobsRead, "Get one job with its report",
			func(ctx context.Context, in *jobIn) (*answer[hw.Job], error) {
				return answered(a.Job(ctx, actorOf(ctx), in.ID))
			}),
		row("jobs.start", http.MethodPost, "/api/v1/jobs", hw.PermJobsWrite, "Start long work; it goes on without whoever asked for it",
			func(ctx context.Context, in *struct{ Body hw.JobInput }) (*answer[hw.Job], error) {
				return answered(a.StartJob(ctx, actorOf(ctx), in.Body))
			}).created(),
		row("jobs.cancel", http.MethodPost, "/api/v1/jobs/{id}/cancel", hw.PermJobsWrite, "Ask a job to end",
			func(ctx context.Context, in *jobIn) (*answer[hw.Job], error) {
				return answered(a.CancelJob(ctx, actorOf(ctx), in.ID))
			}),
	}
}
