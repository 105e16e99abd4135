//go:build linux

package resilience

import (
	"context"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"syscall"
	"testing"
	"time"

	"headwater/backend/internal/testupstream"
)

// realModel is the name under which the tiny model answers.
const realModel = "stories260k"

// tinyModel builds and starts a real language model, as small as there is one,
// and returns its address.
func tinyModel(t *testing.T) string {
	t.Helper()
	data := os.Getenv("HEADWATER_TESTDATA")
	from, bin := filepath.Join(data, "tinyllm"), filepath.Join(t.TempDir(), "tinyllm")
	build := exec.CommandContext(t.Context(), "go", "build", "-o", bin, ".")
	build.Dir, build.Env = from, append(os.Environ(), "GOWORK=off", "GOFLAGS=-buildvcs=false")
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("building the tiny model: %v: %s", err, out)
	}
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	addr := ln.Addr().String()
	_ = ln.Close()
	model := exec.Command(bin, "-addr", addr)
	model.Dir, model.SysProcAttr = from, &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	if err := model.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = model.Process.Kill()
		_ = model.Wait() // it was killed
	})
	up := within(15*time.Second, func() bool {
		req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, "http://"+addr+"/v1/models", nil)
		if err != nil {
			return false
		}
		transport := &http.Transport{DisableKeepAlives: true}
		resp, err := transport.RoundTrip(req)
		if err == nil {
			_ = resp.Body.Close()
		}
		return err == nil
	})
	if !up {
		t.Fatal("the tiny model does not answer")
	}
	return "http://" + addr + "/v1"
}

// blackout is a route with two clouds and a model in the house.
type blackout struct {
	*story
	sv     *service
	clouds [2]*testupstream.Server
	got    answers
}

// between are the answers to what was asked from one moment to another.
func between(all []*answer, from, to time.Time) (some []*answer) {
	for _, a := range all {
		if !a.sent.Before(from) && a.sent.Before(to) {
			some = append(some, a)
		}
	}
	return some
}

// Story 18: both clouds are gone, and a model in the house answers.
func TestCloudsDownWithALocalModel(t *testing.T) {
	s := begin(t, 18)
	if os.Getenv("HEADWATER_TESTDATA") == "" {
		s.figure(true, "two clouds down with a real local model", "all calls answered", "*** SKIPPED: HEADWATER_TESTDATA is not set ***")
		t.Skip("SKIPPED: HEADWATER_TESTDATA is unset, the outage with a real local model was not run")
	}
	b := &blackout{story: s, clouds: [2]*testupstream.Server{testupstream.Start(t), testupstream.Start(t)}}
	local := tinyModel(t)
	more := doc{}
	if !shared.full {
		more["health"] = doc{"wait_first_ms": 1000, "wait_most_ms": 3000}
	}
	b.sv = newService(t)
	b.sv.apply(configured{}.app().
		tuned("cloud-a", b.clouds[0].BaseURL(), more).tuned("cloud-b", b.clouds[1].BaseURL(), more).
		tuned("local", local, doc{"max_in_flight": 0}).
		ladder("fast", "cloud-a", "cloud-b", doc{"targets": []any{doc{"upstream": "local", "model": realModel}}}))
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	var load sync.WaitGroup
	load.Go(func() {
		c := b.sv.caller(t)
		drive(ctx, 10, func(i int) {
			b.got.add(c.plead(context.WithoutCancel(ctx), plea{model: "fast", prompt: fmt.Sprint("Once upon a time number ", i), stream: i%2 == 1, most: 12}))
		})
	})
	down, repaired := b.goDark()
	back := b.awaitPrimary(repaired)
	cancel()
	load.Wait()
	b.judge(down, repaired, back)
}

// goDark takes both clouds away for a while: one refuses, one says 503.
func (b *blackout) goDark() (down, repaired time.Time) {
	b.Helper()
	time.Sleep(pick(5*time.Second, time.Second))
	down = time.Now()
	b.clouds[0].Down()
	if err := b.clouds[1].SetFault("status-503"); err != nil {
		b.Fatal(err)
	}
	time.Sleep(pick(2*time.Minute, 10*time.Second))
	b.clouds[1].Clear()
	if err := b.clouds[0].Up(b.T.Context()); err != nil {
		b.Fatal(err)
	}
	return down, time.Now()
}

// awaitPrimary waits for the first answer of the first cloud after repair.
func (b *blackout) awaitPrimary(repaired time.Time) (back time.Time) {
	b.Helper()
	within(90*time.Second, func() bool {
		for _, a := range between(b.got.list(), repaired, time.Now()) {
			if tier, _ := a.served(); tier == 1 && (back.IsZero() || a.ended.Before(back)) {
				back = a.ended
			}
		}
		return !back.IsZero()
	})
	return back
}

func (b *blackout) judge(down, repaired, back time.Time) {
	b.Helper()
	all := b.got.list()
	var unserved, mute, differ []string
	rows := b.sv.awaitCalls(len(all))
	for _, a := range all {
		tier, by := a.served()
		if !a.whole() || a.text == "" {
			unserved = append(unserved, a.String())
		}
		if by == "" || by != [...]string{"", "cloud-a", "cloud-b", "local"}[min(tier, 3)] {
			mute = append(mute, fmt.Sprintf("%q: %s", a.header.Get("X-Headwater-Served-By"), a))
		}
		if row := rows[a.id]; row.Tier != tier || row.Upstream != by {
			differ = append(differ, fmt.Sprintf("log %d %s: %s", row.Tier, row.Upstream, a))
		}
	}
	b.none(fmt.Sprintf("calls that were not answered, two clouds down for %s at 10 rps, half of the calls streams, a real model as third tier", short(repaired.Sub(down))), unserved, len(all))
	b.none("answers that do not name the tier that gave them in X-Headwater-Served-By", mute, len(all))
	b.none("calls whose log row names another tier", differ, len(all))
	outage := between(all, down, repaired)
	var local []time.Duration
	for _, a := range outage {
		if _, by := a.served(); by == "local" {
			local = append(local, a.took())
		}
	}
	b.figure(len(local) == len(outage), "calls of the outage that the local model answered", "all", fmt.Sprintf("%d of %d%s", len(local), len(outage), spread(local)))
	took := back.Sub(repaired)
	b.figure(!back.IsZero() && took <= time.Minute, "first use of the primary after repair", "<= 60s", short(took))
}
