package gateway_test

import (
	"context"
	"encoding/base64"
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync/atomic"
	"testing"

	"headwater/backend/hw"
	"headwater/backend/internal/upstream"
)

const (
	somePixel = "\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR"
	somePaper = "%PDF-1.7 and more"
)

// gallery is a web server with pictures.
type gallery struct {
	*httptest.Server
	asked atomic.Int64
}

// hang puts a gallery behind the name pictures.example of a rig's web.
func hang(t *testing.T, r *rig) *gallery {
	t.Helper()
	g := &gallery{}
	g.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, q *http.Request) {
		g.asked.Add(1)
		switch {
		case strings.HasSuffix(q.URL.Path, ".png"):
			_, _ = w.Write([]byte(somePixel))
		case strings.HasSuffix(q.URL.Path, ".pdf"):
			_, _ = w.Write([]byte(somePaper))
		case strings.HasSuffix(q.URL.Path, ".big"):
			_, _ = w.Write([]byte(somePixel + strings.Repeat("x", 9<<20)))
		case strings.HasSuffix(q.URL.Path, ".some"):
			_, _ = w.Write([]byte(somePixel + strings.Repeat("x", 512<<10)))
		default:
			http.NotFound(w, q)
		}
	}))
	t.Cleanup(g.Close)
	r.fetcher = upstream.NewFetcher(upstream.FetchConfig{Dial: func(ctx context.Context, network, address string) (net.Conn, error) {
		if address != "pictures.example:80" {
			return nil, upstream.ErrForbiddenAddress
		}
		return (&net.Dialer{}).DialContext(ctx, network, g.Listener.Addr().String())
	}})
	return g
}

// abroadFetching is a rig with routes to all dialects, where media may be fetched.
func abroadFetching(t *testing.T, on bool) *rig {
	t.Helper()
	r := newRig(t)
	docs := abroad(r)(r.documents())
	docs = append(docs,
		&hw.Upstream{Meta: hw.Meta{ID: "ups_to_bedrock"}, Name: "to-bedrock", Provider: "amazon-bedrock", BaseURL: r.primary.URL(), Local: true},
		&hw.Route{Name: "to-bedrock", Tiers: []hw.Tier{{Targets: []hw.RouteTarget{{Upstream: "to-bedrock", Model: "m"}}}}},
		&hw.Route{Name: "to-ollama-then-anthropic", Tiers: []hw.Tier{
			{Targets: []hw.RouteTarget{{Upstream: "to-ollama", Model: "m"}}}, {Targets: []hw.RouteTarget{{Upstream: "to-anthropic", Model: "m"}}},
		}},
		&hw.Route{Name: "hedged", Hedge: true, Tiers: []hw.Tier{
			{Targets: []hw.RouteTarget{{Upstream: "to-anthropic", Model: "m"}}}, {Targets: []hw.RouteTarget{{Upstream: "to-ollama", Model: "m"}}},
		}},
		&hw.Setting{Name: hw.SettingName, FetchMedia: on},
	)
	r.load(docs)
	return r
}

// shows asks with images and documents at addresses, in Anthropic's words.
func (r *rig) shows(model string, parts ...string) answer {
	r.t.Helper()
	content := make([]string, 0, len(parts)+1)
	content = append(content, `{"type":"text","text":"see"}`)
	for _, address := range parts {
		kind := "image"
		if strings.HasSuffix(address, ".pdf") {
			kind = "document"
		}
		content = append(content, fmt.Sprintf(`{"type":%q,"source":{"type":"url","url":%q}}`, kind, address))
	}
	return r.do("POST", "/v1/messages", fmt.Sprintf(`{"model":%q,"max_tokens":9,"messages":[{"role":"user","content":[%s]}]}`, model, strings.Join(content, ",")), nil)
}

func TestMediaIsFetchedForUpstreamsThatTakeDataOnly(t *testing.T) {
	r := abroadFetching(t, true)
	g := hang(t, r)
	image, paper := base64.StdEncoding.EncodeToString([]byte(somePixel)), base64.StdEncoding.EncodeToString([]byte(somePaper))
	for _, row := range []struct {
		model   string
		address string
		want    string
		asked   int64
	}{
		{"to-ollama", "http://pictures.example/a.png", image, 1},
		{"to-bedrock", "http://pictures.example/a.png", image, 1},
		{"to-bedrock", "http://pictures.example/a.pdf", paper, 1},
		{"to-openai", "http://pictures.example/a.pdf", paper, 1},
		{"to-openai", "http://pictures.example/a.png", "http://pictures.example/a.png", 0},
		{"to-openai-responses", "http://pictures.example/a.pdf", "http://pictures.example/a.pdf", 0},
		{"to-gemini", "http://pictures.example/a.png", "http://pictures.example/a.png", 0},
		{"to-anthropic", "http://pictures.example/a.png", "http://pictures.example/a.png", 0}, // passed through
	} {
		g.asked.Store(0)
		got := r.shows(row.model, row.address)
		body := string(r.primary.Last().Body)
		if got.status != 200 || !strings.Contains(body, row.want) || g.asked.Load() != row.asked {
			t.Errorf("%s, %s: %d, fetched %d times, sent %s\n%s", row.model, row.address, got.status, g.asked.Load(), body, got.body)
		}
	}
}

func TestNothingIsFetchedUnlessTheAdministratorAllowsIt(t *testing.T) {
	r := abroadFetching(t, false)
	g := hang(t, r)
	for _, model := range []string{"to-ollama", "to-bedrock"} {
		got := r.shows(model, "http://pictures.example/a.png")
		if got.status != 400 || !strings.Contains(got.body, "data") || g.asked.Load() != 0 || len(r.primary.Seen()) != 0 {
			t.Errorf("%s: %d, fetched %d times: %s", model, got.status, g.asked.Load(), got.body)
		}
	}
}

func TestOneAddressIsFetchedOnceInACall(t *testing.T) {
	r := abroadFetching(t, true)
	g := hang(t, r)
	r.misbehave(r.primary, "status-500")
	_ = r.shows("to-ollama-then-anthropic", "http://pictures.example/a.png", "http://pictures.example/a.png")
	if g.asked.Load() != 1 {
		t.Errorf("fetched %d times", g.asked.Load())
	}
}

func TestWhatCannotBeFetchedIsToldWithItsHost(t *testing.T) {
	r := abroadFetching(t, true)
	hang(t, r)
	many := make([]string, 11)
	for i := range many {
		many[i] = fmt.Sprintf("http://pictures.example/%d.png", i)
	}
	for _, row := range []struct {
		parts []string
		words []string
	}{
		{[]string{"http://pictures.example/none?secret=s3"}, []string{"pictures.example", "status 404", "messages[0].content[1]"}},
		{[]string{"http://pictures.example/a.png", "http://127.0.0.1:1/a.png"}, []string{"127.0.0.1", "not a public one", "messages[0].content[2]"}},
		{[]string{"http://pictures.example/a.png?x=.pdf"}, []string{"pictures.example", "of the type image/png"}},
		{[]string{"http://pictures.example/1.big", "http://pictures.example/2.big", "http://pictures.example/3.big"}, []string{"pictures.example", "20 MiB"}},
		{many, []string{"at most 10"}},
	} {
		got := r.shows("to-bedrock", row.parts...)
		for _, word := range row.words {
			if got.status != 400 || !strings.Contains(got.body, word) || strings.Contains(got.body, "s3") {
				t.Errorf("%v: %d, %q is not told: %s", row.parts, got.status, word, got.body)
			}
		}
	}
	if n := len(r.primary.Seen()); n != 0 {
		t.Errorf("an upstream was asked %d times", n)
	}
}

// TestOnePictureIsCountedAsOftenAsItStands: a small request must not become a
// large one.
func TestOnePictureIsCountedAsOftenAsItStands(t *testing.T) {
	r := abroadFetching(t, true)
	g := hang(t, r)
	again := func(n int) []string { return slices.Repeat([]string{"http://pictures.example/1.some"}, n) }
	if got := r.shows("to-ollama", again(2)...); got.status != 200 || g.asked.Load() != 1 {
		t.Errorf("twice: %d, fetched %d times: %s", got.status, g.asked.Load(), got.body)
	}
	sent := len(r.primary.Seen())
	if got := r.shows("to-ollama", again(60)...); got.status != 400 || !strings.Contains(got.body, "more than 20 MiB") || len(r.primary.Seen()) != sent {
		t.Errorf("60 times: %d, sent %d: %s", got.status, len(r.primary.Seen())-sent, got.body)
	}
}

// TestAnotherUpstreamTakesWhatCouldNotBeFetched: what the gateway cannot reach
// is no reason to refuse a request that somebody else can serve.
func TestAnotherUpstreamTakesWhatCouldNotBeFetched(t *testing.T) {
	r := abroadFetching(t, true)
	hang(t, r)
	body := `{"model":"to-ollama-then-anthropic","input":[{"role":"user","content":[{"type":"input_image","image_url":"http://pictures.example/none"}]}]}`
	got := r.do("POST", "/v1/responses", body, nil)
	if got.status != 200 || !strings.Contains(got.header.Get("X-Headwater-Served-By"), "tier=2") {
		t.Errorf("%d %v %s", got.status, got.header, got.body)
	}
}

// silentWeb is a web whose servers never answer.
type silentWeb struct{ asked atomic.Int64 }

// Fetch implements gateway.Fetcher.
func (w *silentWeb) Fetch(ctx context.Context, _ string, _ func(n int) error) (data []byte, kind string, err error) {
	w.asked.Add(1)
	<-ctx.Done()
	return nil, "", &upstream.FetchError{Reason: "it takes too long"}
}

// TestNobodyWaitsForWhatASecondAttemptWouldHaveToFetch: the first one may answer
// meanwhile.
func TestNobodyWaitsForWhatASecondAttemptWouldHaveToFetch(t *testing.T) {
	r := abroadFetching(t, true)
	web := &silentWeb{}
	r.fetcher = web
	for range 60 { // so that its usual time is known
		r.shows("hedged")
	}
	r.misbehave(r.primary, "delay-500ms")
	got := r.shows("hedged", "http://pictures.example/a.png")
	row := r.calls.wait(t, 60)
	if got.status != 200 || web.asked.Load() != 0 || len(row.Attempts) != 1 {
		t.Errorf("%d, fetched %d times, attempts %+v", got.status, web.asked.Load(), row.Attempts)
	}
}
