//go:build linux

package resilience

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"headwater/backend/hw"
	"headwater/backend/internal/testupstream"
)

// slowWords makes a stream of 20 words last two seconds, so that some are
// committed whenever the kill comes.
const slowWords = "gap-100ms+tokens-20"

func slowUpstream(t *testing.T) *testupstream.Server {
	t.Helper()
	up := testupstream.Start(t)
	if err := up.SetFault(slowWords); err != nil {
		t.Fatal(err)
	}
	return up
}

// Story 1: the primary dies under load, comes back, and dies again.
func TestKillThePrimaryUnderLoad(t *testing.T) {
	s := begin(t, 1)
	primary, spare := slowUpstream(t), slowUpstream(t)
	sv := newService(t)
	sv.apply(configured{}.app().
		upstream("primary", "openai-compatible", primary.BaseURL()).
		upstream("spare", "openai-compatible", spare.BaseURL()).
		route("fast", "primary", "spare"))
	c := sv.caller(t)
	whole := c.chat(t.Context(), "fast", false).text
	if len(strings.Fields(whole)) != 20 {
		t.Fatalf("the reference answer is %q", whole)
	}

	ctx, cancel := context.WithTimeout(t.Context(), pick(30*time.Second, 3*time.Second))
	defer cancel()
	step := pick(8*time.Second, 800*time.Millisecond)
	events := make(chan error, 1)
	go func() {
		time.Sleep(step)
		primary.Down()
		time.Sleep(step)
		err := primary.Up(context.Background())
		time.Sleep(step)
		primary.Down()
		events <- err
	}()
	got := c.load(ctx, 50).list()
	if err := <-events; err != nil {
		t.Fatal(err)
	}

	v := judge(got, whole)
	s.none("calls not yet committed that failed, primary killed twice at 50 rps with an alternative", v.failed, len(got))
	s.none("committed streams that ended silently, or with [DONE] after a break", v.silent, v.interrupted+len(v.silent))
	s.none("answers whose words are not exactly what one upstream said", v.garbled, len(got))
	s.figure(v.interrupted > 0, "committed streams when the kill came: ended with an error event", "all",
		fmt.Sprintf("%d of %d (%d calls in all, %d streams)", v.interrupted, v.interrupted+len(v.silent), len(got), v.streams))

	rows := sv.awaitCalls(len(got) + 1) // and the reference
	s.none("calls whose log row disagrees with what the client saw", disagreements(got, rows), len(got))
	s.figure(len(rows) == len(got)+1, "rows in the call log", fmt.Sprint(len(got)+1), fmt.Sprint(len(rows)))
}

// verdict sorts the answers of a load with failures in it.
type verdict struct {
	streams, interrupted    int
	failed, silent, garbled []string
}

func judge(got []*answer, whole string) (v verdict) {
	for _, a := range got {
		if a.stream {
			v.streams++
		}
		committed := a.stream && a.status == 200 && a.text != ""
		switch {
		case a.done && a.told == "" && a.status == 200:
			if a.text != whole {
				v.garbled = append(v.garbled, a.String())
			}
		case !committed:
			v.failed = append(v.failed, a.String())
		case a.told == "" || a.done || a.err != nil:
			v.silent = append(v.silent, a.String())
		default:
			v.interrupted++
			if !strings.HasPrefix(whole, a.text) {
				v.garbled = append(v.garbled, a.String())
			}
		}
	}
	return v
}

// disagreements compares each call with its row.
func disagreements(got []*answer, rows map[string]hw.Call) (found []string) {
	for _, a := range got {
		row, ok := rows[a.id]
		if !ok {
			found = append(found, "not in the log: "+a.String())
			continue
		}
		if why := disagreement(a, &row); why != "" {
			found = append(found, fmt.Sprintf("%s: log %+v, client %s", why, row, a))
		}
	}
	return found
}

func disagreement(a *answer, row *hw.Call) string {
	told := strings.Split(a.header.Get("X-Headwater-Attempts"), ", ")
	served := a.header.Get("X-Headwater-Served-By")
	switch {
	case row.Status != a.status:
		return "status"
	case row.Stream != a.stream:
		return "stream"
	case row.Interrupted != (a.told != ""):
		return "interrupted"
	case string(row.Code) != a.told:
		return "code"
	case len(row.Attempts) != len(told):
		return "number of attempts"
	case !strings.HasPrefix(served, fmt.Sprintf("tier=%d;upstream=%s;", row.Tier, row.Upstream)):
		return "who served it"
	}
	for i, attempt := range row.Attempts {
		class := attempt.Class
		if i == len(row.Attempts)-1 {
			class = hw.ClassOK // when the header was sent
		}
		if !strings.HasPrefix(told[i], fmt.Sprintf("%s;class=%s;", attempt.Upstream, class)) {
			return fmt.Sprintf("attempt %d", i+1)
		}
	}
	return ""
}
