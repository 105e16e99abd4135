// Package job runs long work inside the service, apart from whoever asked for
// it, and remembers how it went.
//
// It deliberately knows no work: kinds are given to it. Its one invariant: a
// job that is not running has an end and a reason, also after the service was
// killed in the middle of it.
package job

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"runtime/debug"
	"sync"
	"time"

	"headwater/backend/hw"
)

const (
	// mostRunning is how many jobs run at once.
	mostRunning = 4
	// tellEvery paces what followers hear of one job's progress.
	tellEvery = 100 * time.Millisecond
	// keepTime bounds the writing of a job's state.
	keepTime = 10 * time.Second
)

// Keeper remembers jobs; *store.Store is one.
type Keeper interface {
	PutJob(ctx context.Context, job hw.Job) error
	Jobs(ctx context.Context) ([]hw.Job, error)
	Job(ctx context.Context, id string) (hw.Job, error)
}

// Work does a job. It reports its progress, ends when ctx does, and returns a
// report and how it went in a sentence.
type Work func(ctx context.Context, report func(done, total int64)) (result any, words string, err error)

// Config is what a Runner works with; all of it is required.
type Config struct {
	Keeper Keeper
	Log    *slog.Logger
	// Told hears of each state and, ten times a second at most, of progress;
	// never of the report.
	Told func(hw.Job)
}

// Runner runs jobs. Run owns their goroutines.
type Runner struct {
	config Config
	ready  chan struct{}
	begun  sync.Once // closes ready; a restarted Run finds it closed

	mu sync.Mutex
	// The fields below are guarded by mu.
	running map[string]*running
	ctx     context.Context //nolint:containedctx // that of Run; nil before and after
	work    sync.WaitGroup
}

// running is one job under way.
type running struct {
	job    hw.Job
	ctx    context.Context //nolint:containedctx // it belongs to the job, not to who asked for it
	cancel context.CancelFunc
	// canceled is true once somebody has asked for its end.
	canceled bool
	told     time.Time
}

// New makes a runner; it runs nothing before Run.
func New(c Config) *Runner {
	return &Runner{config: c, ready: make(chan struct{}), running: map[string]*running{}}
}

// Ready is closed once jobs can be started.
func (r *Runner) Ready() <-chan struct{} { return r.ready }

// Run lets jobs run until ctx ends, and waits for the last of them. What an
// earlier process left running is marked as interrupted first. It may be called
// again after it has returned.
func (r *Runner) Run(ctx context.Context) error {
	if err := r.mend(ctx); err != nil {
		return err
	}
	r.mu.Lock()
	r.ctx = ctx
	r.mu.Unlock()
	r.begun.Do(func() { close(r.ready) })
	<-ctx.Done()
	r.mu.Lock()
	r.ctx = nil
	r.mu.Unlock()
	r.work.Wait()
	return nil
}

// mend gives an end to the jobs of a process that had none.
func (r *Runner) mend(ctx context.Context) error {
	jobs, err := r.config.Keeper.Jobs(ctx)
	if err != nil {
		return fmt.Errorf("reading the jobs of the last time: %w", err)
	}
	for _, job := range jobs {
		if job.State != hw.JobRunning {
			continue
		}
		job.State, job.EndedAt = hw.JobInterrupted, time.Now().UTC()
		job.Words = "The service stopped before it was done. Start it again."
		if err := r.config.Keeper.PutJob(ctx, job); err != nil {
			return fmt.Errorf("ending a job of the last time: %w", err)
		}
	}
	return nil
}

// Start begins a job and returns it at once; subject may be empty. There is one
// of a kind at a time.
func (r *Runner) Start(ctx context.Context, kind hw.JobKind, subject, actor string, work Work) (hw.Job, error) {
	job := hw.Job{ID: hw.NewID(hw.PrefixJob), Kind: kind, Subject: subject, State: hw.JobRunning, Actor: actor, StartedAt: time.Now().UTC().Truncate(time.Millisecond)}
	one := &running{job: job, told: time.Now()}
	if err := r.admit(one); err != nil {
		return hw.Job{}, err
	}
	if err := r.config.Keeper.PutJob(ctx, job); err != nil {
		one.cancel()
		r.release(one)
		r.work.Done()
		return hw.Job{}, fmt.Errorf("keeping a new job: %w", err)
	}
	r.config.Told(job)
	go r.do(one, work) //nolint:contextcheck // a job outlives the request that began it: it ends with Run
	return job, nil
}

// admit makes room for a job and gives it its context.
func (r *Runner) admit(one *running) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.ctx == nil {
		return hw.Errorf(hw.CodeUnavailable, "Jobs do not run at the moment.")
	}
	for _, other := range r.running {
		if other.job.Kind == one.job.Kind {
			return hw.Errorf(hw.CodeTaken, "This is being done already, since %s.", other.job.StartedAt.Format("15:04:05"))
		}
	}
	if len(r.running) >= mostRunning {
		return hw.Errorf(hw.CodeOverloaded, "%d jobs are running. Wait for one to end.", mostRunning)
	}
	one.ctx, one.cancel = context.WithCancel(r.ctx)
	r.running[one.job.ID] = one
	r.work.Add(1)
	return nil
}

func (r *Runner) release(one *running) {
	r.mu.Lock()
	defer r.mu.Unlock()
	delete(r.running, one.job.ID)
}

// do runs one job and writes down how it ended.
func (r *Runner) do(one *running, work Work) {
	defer r.work.Done()
	defer one.cancel()
	result, words, err := r.guarded(one, work)
	r.mu.Lock()
	job := one.job
	canceled := one.canceled
	r.mu.Unlock()
	job.EndedAt = time.Now().UTC().Truncate(time.Millisecond)
	job.State, job.Words = ending(one.ctx, canceled, words, err)
	if job.State == hw.JobDone {
		raw, err := json.Marshal(result)
		if err != nil {
			r.config.Log.Error("encoding the report of a job", "job", job.ID, "error", err)
		}
		job.Result = raw
	}
	if job.State == hw.JobFailed {
		r.config.Log.Warn("a job failed", "job", job.ID, "kind", job.Kind, "error", err)
	}
	// The end is written also when the service is stopping.
	ctx, cancel := context.WithTimeout(context.WithoutCancel(one.ctx), keepTime)
	defer cancel()
	if err := r.config.Keeper.PutJob(ctx, job); err != nil {
		r.config.Log.Warn("the end of a job was not kept", "job", job.ID, "error", err)
	}
	r.release(one)
	job.Result = nil // Get has it
	r.config.Told(job)
}

// ending says how a job went.
func ending(ctx context.Context, canceled bool, words string, err error) (hw.JobState, string) {
	switch {
	case err == nil:
		return hw.JobDone, words
	case canceled:
		return hw.JobCanceled, "It was canceled."
	case ctx.Err() != nil:
		return hw.JobInterrupted, "The service stopped before it was done. Start it again."
	}
	if told, ok := errors.AsType[*hw.Error](err); ok {
		return hw.JobFailed, told.Text
	}
	return hw.JobFailed, "It failed; the service's log says why."
}

// guarded turns a bug in the work into a failed job.
func (r *Runner) guarded(one *running, work Work) (result any, words string, err error) {
	defer func() {
		if v := recover(); v != nil {
			r.config.Log.Error("bug in a job", "job", one.job.ID, "panic", v, "stack", string(debug.Stack()))
			err = errors.New("bug in the job")
		}
	}()
	return work(one.ctx, func(done, total int64) { r.report(one, done, total) })
}

// report notes how far a job is, and tells it at its pace.
func (r *Runner) report(one *running, done, total int64) {
	r.mu.Lock()
	one.job.Done, one.job.Total = done, total
	job, tell := one.job, time.Since(one.told) >= tellEvery
	if tell {
		one.told = time.Now()
	}
	r.mu.Unlock()
	if tell {
		r.config.Told(job)
	}
}

// Cancel asks a job to end. One that has ended gives CodeTaken.
func (r *Runner) Cancel(ctx context.Context, id string) (hw.Job, error) {
	r.mu.Lock()
	one := r.running[id]
	if one != nil {
		one.canceled = true
		one.cancel()
	}
	r.mu.Unlock()
	if one == nil {
		job, err := r.config.Keeper.Job(ctx, id)
		if err != nil {
			return hw.Job{}, err //nolint:wrapcheck // says what it was doing
		}
		return job, hw.Errorf(hw.CodeTaken, "This job has ended already.")
	}
	return r.now(one), nil
}

func (r *Runner) now(one *running) hw.Job {
	r.mu.Lock()
	defer r.mu.Unlock()
	return one.job
}

// List returns the jobs that are kept, newest first, as they stand and without
// their reports: one alone may be long.
func (r *Runner) List(ctx context.Context) ([]hw.Job, error) {
	jobs, err := r.config.Keeper.Jobs(ctx)
	if err != nil {
		return nil, err //nolint:wrapcheck // says what it was doing
	}
	for i := range jobs {
		jobs[i] = r.fresh(jobs[i])
		jobs[i].Result = nil
	}
	return jobs, nil
}

// Get returns one job as it stands.
func (r *Runner) Get(ctx context.Context, id string) (hw.Job, error) {
	job, err := r.config.Keeper.Job(ctx, id)
	if err != nil {
		return hw.Job{}, err //nolint:wrapcheck // says what it was doing
	}
	return r.fresh(job), nil
}

// fresh is a kept job with the progress of the moment.
func (r *Runner) fresh(job hw.Job) hw.Job {
	r.mu.Lock()
	defer r.mu.Unlock()
	if one := r.running[job.ID]; one != nil {
		return one.job
	}
	return job
}
