package job

import (
	"context"
	"fmt"
	"runtime/debug"
	"sync"
)

// Each does the items 0 to n-1 of a job, atOnce at the same time, and reports
// after each how many are done; that number never goes back. When ctx ends it
// begins no other item, waits for those under way and returns the context's
// error. A panic in an item is raised again in the caller, where the runner
// makes a failed job of it: on a goroutine of its own it would end the service.
func Each(ctx context.Context, n, atOnce int, report func(done, total int64), do func(item int)) error {
	e := &each{report: report, total: int64(n)}
	slots := make(chan struct{}, atOnce)
	var work sync.WaitGroup
	report(0, e.total)
	for item := range n {
		select {
		case slots <- struct{}{}:
		case <-ctx.Done():
		}
		if ctx.Err() != nil || e.failed() {
			break
		}
		work.Go(func() {
			defer func() { <-slots }()
			e.one(item, do)
		})
	}
	work.Wait()
	if e.bug != "" {
		panic(e.bug)
	}
	return ctx.Err() //nolint:wrapcheck // the caller's own
}

// each is how far the items of a job are.
type each struct {
	report func(done, total int64)
	total  int64

	mu sync.Mutex
	// The fields below are guarded by mu. It is held while reporting, so that
	// two numbers do not overtake each other.
	done int64
	// bug is the first panic with its stack; empty means none.
	bug string
}

// one does an item and catches its panic.
func (e *each) one(item int, do func(item int)) {
	defer func() {
		v := recover()
		e.mu.Lock()
		defer e.mu.Unlock()
		if v == nil {
			e.done++
			e.report(e.done, e.total)
			return
		}
		if e.bug == "" {
			e.bug = fmt.Sprintf("%v in item %d\n%s", v, item, debug.Stack())
		}
	}()
	do(item)
}

// failed is true once an item has panicked.
func (e *each) failed() bool {
	e.mu.Lock()
	defer e.mu.Unlock()
	return e.bug != ""
}
