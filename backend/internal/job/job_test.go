package job_test

import (
	"context"
	"errors"
	"log/slog"
	"strings"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"

	"headwater/backend/hw"
	"headwater/backend/internal/job"
	"headwater/backend/internal/store"
	"headwater/backend/internal/store/storetest"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

type rig struct {
	*job.Runner
	told chan hw.Job
	stop func()
}

func newRig(t *testing.T, s *store.Store) *rig {
	t.Helper()
	r := &rig{told: make(chan hw.Job, 1000)}
	r.Runner = job.New(job.Config{Keeper: s, Log: slog.New(slog.DiscardHandler), Told: func(j hw.Job) { r.told <- j }})
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- r.Run(ctx) }()
	r.stop = sync.OnceFunc(func() {
		cancel()
		if err := <-ended; err != nil {
			t.Error(err)
		}
	})
	t.Cleanup(r.stop)
	return r
}

func (r *rig) start(t *testing.T, kind hw.JobKind, work job.Work) hw.Job {
	t.Helper()
	<-r.Ready()
	j, err := r.Start(t.Context(), kind, "", "root", work)
	if err != nil {
		t.Fatal(err)
	}
	return j
}

// ended waits until followers hear of a job's end.
func (r *rig) ended(t *testing.T, id string) hw.Job {
	t.Helper()
	for j := range r.told {
		if j.ID == id && j.State != hw.JobRunning {
			break
		}
	}
	j, err := r.Get(t.Context(), id)
	if err != nil {
		t.Fatal(err)
	}
	return j
}

func waits(started chan<- struct{}) job.Work {
	return func(ctx context.Context, report func(done, total int64)) (any, string, error) {
		report(1, 3)
		close(started)
		<-ctx.Done()
		return nil, "", ctx.Err()
	}
}

func TestRunner(t *testing.T) {
	s := storetest.SQLite(t).Open(t)
	r := newRig(t, s)
	t.Run("a job is done, with its report", func(t *testing.T) {
		j := r.start(t, hw.JobAuditVerify, func(_ context.Context, report func(done, total int64)) (any, string, error) {
			report(3, 3)
			return hw.AuditReport{OK: true, Links: 3}, "All is well.", nil
		})
		got := r.ended(t, j.ID)
		if got.State != hw.JobDone || got.Words != "All is well." || got.Done != 3 || got.EndedAt.IsZero() || !strings.Contains(string(got.Result), `"links":3`) {
			t.Errorf("got %+v", got)
		}
	})
	t.Run("a job fails with safe words, and a bug in it is its own", func(t *testing.T) {
		for _, work := range []job.Work{
			func(context.Context, func(int64, int64)) (any, string, error) {
				return nil, "", errors.New("secret detail")
			},
			func(context.Context, func(int64, int64)) (any, string, error) { panic("oh") },
		} {
			got := r.ended(t, r.start(t, hw.JobAuditVerify, work).ID)
			if got.State != hw.JobFailed || got.Words == "" || strings.Contains(got.Words, "secret") {
				t.Errorf("got %+v", got)
			}
		}
	})
	t.Run("one of a kind at a time, and it can be canceled", func(t *testing.T) {
		started := make(chan struct{})
		j := r.start(t, hw.JobAuditVerify, waits(started))
		<-started
		if _, err := r.Start(t.Context(), hw.JobAuditVerify, "", "root", waits(nil)); hw.CodeOf(err) != hw.CodeTaken {
			t.Errorf("got %v", err)
		}
		if got, err := r.Get(t.Context(), j.ID); err != nil || got.Done != 1 || got.Total != 3 {
			t.Errorf("progress is not seen: %+v, %v", got, err)
		}
		if _, err := r.Cancel(t.Context(), j.ID); err != nil {
			t.Fatal(err)
		}
		if got := r.ended(t, j.ID); got.State != hw.JobCanceled {
			t.Errorf("got %+v", got)
		}
		if _, err := r.Cancel(t.Context(), j.ID); hw.CodeOf(err) != hw.CodeTaken {
			t.Errorf("canceled twice: %v", err)
		}
		if _, err := r.Cancel(t.Context(), "job_none"); hw.CodeOf(err) != hw.CodeNotFound {
			t.Errorf("got %v", err)
		}
	})
	t.Run("the end of the service interrupts", func(t *testing.T) {
		started := make(chan struct{})
		j := r.start(t, hw.JobUpstreamsTest, waits(started))
		<-started
		r.stop()
		got, err := s.Job(t.Context(), j.ID)
		if err != nil || got.State != hw.JobInterrupted || got.Words == "" {
			t.Errorf("got %+v, %v", got, err)
		}
		if _, err := r.Start(t.Context(), hw.JobAuditVerify, "", "root", waits(nil)); hw.CodeOf(err) != hw.CodeUnavailable {
			t.Errorf("a job began after the end: %v", err)
		}
	})
	t.Run("a job of a killed process is no longer running", func(t *testing.T) {
		orphan := hw.Job{ID: "job_orphan", Kind: hw.JobAuditVerify, State: hw.JobRunning, StartedAt: time.Now().UTC()}
		if err := s.PutJob(t.Context(), orphan); err != nil {
			t.Fatal(err)
		}
		again := newRig(t, s)
		again.ended(t, again.start(t, hw.JobAuditVerify, func(context.Context, func(int64, int64)) (any, string, error) { return nil, "", nil }).ID)
		if got, err := again.Get(t.Context(), "job_orphan"); err != nil || got.State != hw.JobInterrupted || got.EndedAt.IsZero() {
			t.Errorf("got %+v, %v", got, err)
		}
	})
}
