package gateway_test

import (
	"fmt"
	"maps"
	"strings"
	"testing"
	"time"

	"headwater/backend/hw"
)

func TestATierBehindAHoldIsAsked(t *testing.T) {
	hold := hw.Tier{Kind: hw.TierHold, WaitMs: 400}
	short := ladder("short", targetsOf("primary"), hw.Tier{Kind: hw.TierHold, WaitMs: 60_000}, targetsOf("spare"))
	short.DeadlineMs = 2000
	r := newRig(t, routes(
		ladder("held", targetsOf("primary"), hold, targetsOf("spare")),
		ladder("twice", targetsOf("primary"), hold, hold, targetsOf("spare")), short,
	))
	r.misbehave(r.primary, "status-503")
	for name, tier := range map[string]string{"held": "3", "twice": "4", "short": "3"} {
		begin := time.Now()
		got := r.chat(name)
		if took := time.Since(begin); got.status != 200 || tierOf(got) != tier || took < 300*time.Millisecond {
			t.Errorf("%s: %d by tier %q after %s: %s", name, got.status, tierOf(got), took, got.body)
		}
	}
}

// deferred is what is kept of a call that was put off.
func (r *rig) deferred(d *drawer, body string, header map[string]string) (hw.Deferred, []byte) {
	r.t.Helper()
	path := "/v1/chat/completions"
	if header["Anthropic-Version"] != "" {
		path = "/v1/messages"
	}
	got := r.do("POST", path, body, header)
	_, id, ok := strings.Cut(got.header.Get("Location"), "/v1/deferred/")
	if got.status != 202 || !ok {
		r.t.Fatalf("%d %s", got.status, got.body)
	}
	return d.calls[id], d.bodies[id]
}

func TestADeferredCallIsAnsweredWithItsHeaders(t *testing.T) {
	later := hw.Tier{Kind: hw.TierDeferred}
	half, some := targetsOf("primary"), targetsOf("primary")
	half.Percent, some.Percent, half.StickyBy = 50, 50, "header:X-Session-Id"
	d := &drawer{calls: map[string]hw.Deferred{}, bodies: map[string][]byte{}}
	r := newRig(t, routes(
		ladder("gold", when(`headers["x-plan"] == "gold\u00fc, more" && hour >= 0`, "primary"), later),
		ladder("claude-gold", when(`headers["x-plan"] == "gold"`, "anthro"), later),
		ladder("monday", when(`weekday == "mon" && hour == 12`, "primary"), targetsOf("spare"), later),
		ladder("drawn", some, targetsOf("spare"), later),
		ladder("sides", half, when(`true`, "spare"), later),
	))
	r.gateway.Later = d
	secret := map[string]string{"X-Api-Key": "s3cret", "Api-Key": "s3cret", "X-Goog-Api-Key": "s3cret", "Cookie": "s3cret", "Proxy-Authorization": "s3cret"}
	header := func(more ...string) map[string]string {
		h := map[string]string{"Prefer": "respond-async", "X-Headwater-Deadline-Ms": "20000", "X-Stainless-Retry-Count": "1"}
		maps.Copy(h, secret)
		for i := 0; i < len(more); i += 2 {
			h[more[i]] = more[i+1]
		}
		return h
	}
	r.misbehave(r.primary, "status-503")
	r.misbehave(r.spare, "status-503")
	began := time.Now()
	gold, goldKept := r.deferred(d, chatBody("gold", false), header("X-Plan", "goldü, more"))
	claude, claudeKept := r.deferred(d, `{"model":"claude-gold","max_tokens":9,"messages":[{"role":"user","content":"hi"}]}`,
		header("X-Plan", "gold", "Anthropic-Version", "2023-06-01", "Anthropic-Beta", "tools-2099"))
	if gold.StartedAt.Before(began.Add(-time.Second)) || gold.StartedAt.After(gold.CreatedAt) || gold.HeadBytes == 0 {
		t.Errorf("kept as %+v", gold)
	}
	for _, kept := range [][]byte{goldKept, claudeKept} {
		for _, never := range []string{"s3cret", testKey, "Deadline"} {
			if strings.Contains(string(kept), never) {
				t.Errorf("%q is kept: %s", never, kept)
			}
		}
	}
	sides := make([]hw.Deferred, 12)
	for i := range sides {
		sides[i], _ = r.deferred(d, chatBody("sides", false), header("X-Session-Id", fmt.Sprint("s", i)))
	}
	monday, _ := r.deferred(d, chatBody("monday", false), header())
	monday.StartedAt = time.Date(2024, 1, 1, 12, 0, 0, 0, time.Local).UTC()
	drawn := make([]hw.Deferred, 12)
	for i := range drawn {
		drawn[i], _ = r.deferred(d, chatBody("drawn", false), header())
	}
	r.misbehave(r.primary, "")
	r.misbehave(r.spare, "")
	answer := func(c hw.Deferred) *hw.Call {
		for range 100 {
			a := r.gateway.AnswerLater(t.Context(), c, d.bodies[c.ID])
			if !a.Again {
				if a.Status != 200 {
					t.Errorf("%s: %d %s", c.Model, a.Status, a.Body)
				}
				return r.calls.wait(t, r.calls.count()-1)
			}
			<-time.After(100 * time.Millisecond)
		}
		t.Fatal("never answered")
		return nil
	}
	answer(gold)
	if c := answer(monday); c.Tier != 1 {
		t.Errorf("a call of Monday noon went to tier %d", c.Tier)
	}
	for _, c := range drawn {
		if one, two := answer(c).Tier, answer(c).Tier; one != two {
			t.Errorf("a call is drawn to tier %d, then to tier %d", one, two)
		}
	}
	answer(claude)
	if seen := r.primary.Seen(); seen[len(seen)-1].Header.Get("Anthropic-Beta") != "tools-2099" {
		t.Errorf("the dialect did not see its header: %v", seen[len(seen)-1].Header)
	}
	for i, c := range sides {
		want := r.do("POST", "/v1/chat/completions", chatBody("sides", false), map[string]string{"X-Session-Id": fmt.Sprint("s", i)})
		if got := fmt.Sprint(answer(c).Tier); got != tierOf(want) {
			t.Errorf("session %d: tier %s later, %s at once", i, got, tierOf(want))
		}
	}
}
