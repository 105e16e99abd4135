package gateway_test

import (
	"strings"
	"testing"
	"time"

	"headwater/backend/hw"
)

func TestAFormIsHedgedLikeAnyCall(t *testing.T) {
	r := newRig(t, routes(&hw.Route{Name: "both", Hedge: true, Tiers: []hw.Tier{targetsOf("primary"), targetsOf("spare")}}),
		primarily(func(u *hw.Upstream) { u.Timeouts.FirstByteMs = 20_000; u.Health.SuspectAfterMs = 10_000 }))
	body, kind := formOf(t, "file", "model", "both")
	ask := func() answer {
		return r.do("POST", "/v1/audio/transcriptions", body, map[string]string{"Content-Type": kind})
	}
	for range 60 {
		ask()
	}
	r.misbehave(r.primary, "delay-2s")
	got := ask()
	if got.status != 200 || !strings.Contains(got.body, "word1") || !strings.Contains(got.header.Get("X-Headwater-Served-By"), "tier=2") {
		t.Errorf("%d %v %s", got.status, got.header, got.body)
	}
	seen := r.spare.Seen()
	if last := seen[len(seen)-1]; last.Model != "m-spare" || string(last.Body) != inForm(body, "both", "m-spare") {
		t.Errorf("the second was sent %q", last.Body)
	}
}

// inForm is a form with another model in it.
func inForm(body, from, to string) string {
	return strings.Replace(body, "name=\"model\"\r\n\r\n"+from, "name=\"model\"\r\n\r\n"+to, 1)
}

// A sign of life would begin a stream, where some models answer with a whole.
func TestNoSignOfLifeBeforeAMediaAnswerBegins(t *testing.T) {
	r := newRig(t)
	r.gateway.KeepAlive = 20 * time.Millisecond
	const body = `{"model":"one","prompt":"a cat","stream":true,"partial_images":3}`
	r.misbehave(r.primary, "delay-150ms+status-503")
	if got := r.do("POST", "/v1/images/generations", body, nil); got.status < 500 || got.errorField(t, "code") == "" {
		t.Errorf("%d %s", got.status, got.body)
	}
	r = newRig(t)
	r.gateway.KeepAlive = 20 * time.Millisecond
	r.misbehave(r.primary, "gap-100ms")
	got := r.do("POST", "/v1/images/generations", body, nil)
	first, rest, _ := strings.Cut(got.body, "data: ")
	if got.status != 200 || strings.Contains(first, "\n:") || !strings.Contains(rest, "\n:") || !strings.Contains(rest, "image_generation.completed") {
		t.Errorf("%d %s", got.status, got.body)
	}
}

func TestADeferredAnswerThatIsTooLargeIsNotBoughtAgain(t *testing.T) {
	d := &drawer{calls: map[string]hw.Deferred{}, bodies: map[string][]byte{}}
	r := newRig(t, primarily(func(u *hw.Upstream) { u.Timeouts.FirstByteMs, u.Timeouts.IdleMs = 20_000, 20_000 }))
	r.gateway.Later = d
	body := `{"model":"one","dimensions":1024,"input":["a"` + strings.Repeat(`,"a"`, 1000) + `]}`
	kept := hw.Deferred{ID: hw.NewID(hw.PrefixDeferred), App: "app_1", KeyID: "key_1", Route: "one", Model: "one", Path: "/v1/embeddings"}
	a := r.gateway.AnswerLater(t.Context(), kept, []byte(body))
	if a.Again || a.Status != 413 || !strings.Contains(string(a.Body), "too_large") || a.ContentType != "application/json" {
		t.Errorf("%v %d %s %.200s", a.Again, a.Status, a.ContentType, a.Body)
	}
}
