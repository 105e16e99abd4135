package scan_test

import (
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/netip"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"headwater/backend/hw"
	"headwater/backend/internal/catalog"
	"headwater/backend/internal/scan"
)

// server is a pretended engine on a real socket.
type server struct {
	addr netip.AddrPort
	mu   sync.Mutex
	seen []string // guarded by mu
}

// paths are what it was asked for.
func (s *server) paths() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.seen)
}

// listen starts a server on an address; port 0 chooses a free one.
func listen(t *testing.T, address string, handle http.Handler) *server {
	t.Helper()
	ln, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", address)
	if err != nil {
		t.Skipf("this machine has no %s: %v", address, err)
	}
	s := &server{addr: ln.Addr().(*net.TCPAddr).AddrPort()}
	hs := &http.Server{ReadHeaderTimeout: 5 * time.Second, Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		s.mu.Lock()
		s.seen = append(s.seen, r.Method+" "+r.URL.RequestURI()+" "+r.Header.Get("Authorization"))
		s.mu.Unlock()
		handle.ServeHTTP(w, r)
	})}
	ended := make(chan struct{})
	go func() { defer close(ended); _ = hs.Serve(ln) }()
	t.Cleanup(func() { _ = hs.Close(); <-ended })
	return s
}

// pages answers by path; anything else is 404.
type pages map[string]string

func (p pages) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, known := p[r.URL.Path]
	if !known {
		w.WriteHeader(http.StatusNotFound)
		body = `{"detail":"Not Found"}`
	}
	if status, rest, has := strings.Cut(body, "|"); has && len(status) == 3 {
		var code int
		if _, err := fmt.Sscan(status, &code); err == nil {
			w.WriteHeader(code)
			body = rest
		}
	}
	_, _ = io.WriteString(w, body)
}

func list(owner string, models ...string) string {
	rows := make([]string, len(models))
	for i, m := range models {
		rows[i] = fmt.Sprintf(`{"id":%q,"object":"model","owned_by":%q}`, m, owner)
	}
	return `{"object":"list","data":[` + strings.Join(rows, ",") + `]}`
}

// providers are the catalogue, with the ports of the local ones replaced by
// those of the servers.
func providers(t *testing.T, servers ...*server) []hw.Provider {
	t.Helper()
	box, err := catalog.Load()
	if err != nil {
		t.Fatal(err)
	}
	all := box.Providers()
	for i := range all {
		if !all[i].Local {
			continue
		}
		// Its path stays: it is part of what is found.
		_, path, _ := strings.Cut(strings.TrimPrefix(all[i].BaseURL, "http://"), "/")
		all[i].BaseURL = "https://nowhere.invalid/" + path
	}
	for i, s := range servers {
		all = append(all, hw.Provider{ID: fmt.Sprintf("port-%d", i), Local: true, BaseURL: fmt.Sprintf("http://127.0.0.1:%d/v1", s.addr.Port())})
	}
	return all
}

func scanner(tb testing.TB, list []hw.Provider, own ...netip.AddrPort) *scan.Scanner {
	tb.Helper()
	s, err := scan.New(scan.Config{
		Providers: func() []hw.Provider { return list },
		Refuses: func(at netip.AddrPort) string {
			// The two fixed ports may be somebody's on the machine of a test.
			if slices.Contains(own, at) || at.Port() == 3000 || at.Port() == 4000 {
				return "this gateway's own listener"
			}
			return ""
		},
	})
	if err != nil {
		tb.Fatal(err)
	}
	return s
}

func nothing(int64, int64) {}

func run(t *testing.T, s *scan.Scanner, p scan.Plan) hw.ScanReport {
	t.Helper()
	report, err := s.Run(t.Context(), p, nothing)
	if err != nil {
		t.Fatal(err)
	}
	return report
}

func TestEnginesAreKnownByTheirAnswers(t *testing.T) {
	rows := []struct {
		name  string
		pages pages
		want  hw.FoundEngine // of the address the path alone
	}{
		{
			"Ollama",
			pages{"/api/version": `{"version":"0.12.6"}`, "/api/tags": `{"models":[{"name":"gemma3:latest"},{"name":"qwen3:0.6b"}]}`, "/v1/models": list("library", "gemma3:latest")},
			hw.FoundEngine{Name: "Ollama", Provider: "ollama", Dialect: "ollama", Version: "0.12.6", Models: []string{"gemma3:latest", "qwen3:0.6b"}},
		},
		{
			"Ollama without a model",
			pages{"/api/version": `{"version":"0.12.6"}`, "/api/tags": `{"models":[]}`, "/v1/models": `{"object":"list","data":null}`},
			hw.FoundEngine{Name: "Ollama", Provider: "ollama", Dialect: "ollama", Version: "0.12.6", Models: []string{}},
		},
		{
			"LM Studio",
			pages{"/v1/models": list("organization_owner", "qwen2-vl-7b-instruct")},
			hw.FoundEngine{Name: "LM Studio", Provider: "lmstudio", Dialect: "openai", BaseURL: "/v1", Models: []string{"qwen2-vl-7b-instruct"}},
		},
		{
			"llama.cpp",
			pages{"/v1/models": list("llamacpp", "small"), "/health": `{"status":"ok"}`, "/props": `{"total_slots":4,"build_info":"b8681-0a1b2c3"}`},
			hw.FoundEngine{Name: "llama.cpp", Provider: "llamacpp", Dialect: "openai", BaseURL: "/v1", Version: "b8681-0a1b2c3", Models: []string{"small"}},
		},
		{
			"vLLM",
			pages{"/v1/models": list("vllm", "Qwen/Qwen3-32B-AWQ", "sql-lora"), "/version": `{"version":"0.11.0"}`},
			hw.FoundEngine{Name: "vLLM", Provider: "vllm", Dialect: "openai", BaseURL: "/v1", Version: "0.11.0", Models: []string{"Qwen/Qwen3-32B-AWQ", "sql-lora"}},
		},
		{
			"vLLM with a key",
			pages{"/v1/models": `401|{"error":"Unauthorized"}`, "/metrics": "vllm:num_requests_running 1\n", "/version": `{"version":"0.11.0"}`},
			hw.FoundEngine{Name: "vLLM", Provider: "vllm", Dialect: "openai", BaseURL: "/v1", Version: "0.11.0", Models: []string{}, NeedsKey: true},
		},
		{
			"SGLang",
			pages{"/v1/models": list("sglang", "m"), "/get_server_info": `{"version":"0.5.3","model_path":"/m"}`},
			hw.FoundEngine{Name: "SGLang", Provider: "sglang", Dialect: "openai", BaseURL: "/v1", Version: "0.5.3", Models: []string{"m"}},
		},
		{
			"SGLang with a key for its list",
			pages{"/v1/models": `401|{"error":"Unauthorized"}`, "/get_model_info": `{"model_path":"/m","tokenizer_path":"/m","is_generation":true}`},
			hw.FoundEngine{Name: "SGLang", Provider: "sglang", Dialect: "openai", BaseURL: "/v1", Models: []string{}, NeedsKey: true},
		},
		{
			"Text Generation Inference before it had a list",
			pages{"/info": `{"model_id":"bigscience/bloom-560m","max_concurrent_requests":128,"version":"2.0.4"}`},
			hw.FoundEngine{Name: "Text Generation Inference", Provider: "tgi", Dialect: "openai", BaseURL: "/v1", Version: "2.0.4", Models: []string{}},
		},
		{
			"KoboldCpp, which also answers as Ollama",
			pages{
				"/api/extra/version": `{"result":"KoboldCpp","version":"1.99","protected":true}`, "/api/version": `{"version":"0.7.0"}`, "/api/tags": `{"models":[{"name":"koboldcpp/m"}]}`,
				"/v1/models": `401|{"detail":{"error":"Unauthorized"}}`, "/props": `{"total_slots":1}`,
			},
			hw.FoundEngine{Name: "KoboldCpp", Provider: "koboldcpp", Dialect: "openai", BaseURL: "/v1", Version: "1.99", Models: []string{}, NeedsKey: true},
		},
		{
			"Docker Model Runner, which also answers as Ollama",
			pages{"/engines/v1/models": list("docker", "ai/smollm2"), "/api/version": `{"version":"0.1.0"}`, "/api/tags": `{"models":[]}`},
			hw.FoundEngine{Name: "Docker Model Runner", Provider: "docker-model-runner", Dialect: "openai", BaseURL: "/engines/v1", Models: []string{"ai/smollm2"}},
		},
		{
			"Xinference",
			pages{"/v1/models": list("xinference", "qwen"), "/v1/cluster/version": `{"version":"1.10.0","full-revisionid":"abc","dirty":false}`},
			hw.FoundEngine{Name: "Xinference", Provider: "xinference", Dialect: "openai", BaseURL: "/v1", Version: "1.10.0", Models: []string{"qwen"}},
		},
		{"LMDeploy", pages{"/v1/models": list("lmdeploy", "internlm")}, hw.FoundEngine{Name: "LMDeploy", Provider: "lmdeploy", Dialect: "openai", BaseURL: "/v1", Models: []string{"internlm"}}},
		{"TabbyAPI", pages{"/v1/models": list("tabbyAPI", "exl")}, hw.FoundEngine{Name: "TabbyAPI", Provider: "tabbyapi", Dialect: "openai", BaseURL: "/v1", Models: []string{"exl"}}},
		{"GPT4All", pages{"/v1/models": list("humanity", "falcon")}, hw.FoundEngine{Name: "GPT4All", Provider: "gpt4all", Dialect: "openai", BaseURL: "/v1", Models: []string{"falcon"}}},
		{
			"GPT4All, whose names have spaces that no route can have",
			pages{"/v1/models": list("humanity", "Llama 3 8B Instruct")},
			hw.FoundEngine{Name: "GPT4All", Provider: "gpt4all", Dialect: "openai", BaseURL: "/v1", Models: []string{}},
		},
		{
			"LocalAI",
			pages{"/v1/models": `{"object":"list","data":[{"id":"gpt-4","object":"model"}]}`, "/system": `{"backends":["llama-cpp"],"loaded_models":[]}`, "/version": `{"version":"v3.5.0 (abc)"}`},
			hw.FoundEngine{Name: "LocalAI", Provider: "localai", Dialect: "openai", BaseURL: "/v1", Version: "v3.5.0 (abc)", Models: []string{"gpt-4"}},
		},
		{
			"Lemonade, which the catalogue does not have",
			pages{"/api/v1/models": list("lemonade", "Qwen3-0.6B-GGUF")},
			hw.FoundEngine{Name: "Lemonade", Provider: "openai-compatible", Dialect: "openai", BaseURL: "/api/v1", Models: []string{"Qwen3-0.6B-GGUF"}},
		},
		{
			"LiteLLM with a key",
			pages{"/v1/models": `401|{"error":{"message":"Authentication Error","code":"401"}}`, "/health/liveliness": `"I'm alive!"`},
			hw.FoundEngine{Name: "LiteLLM", Provider: "openai-compatible", Dialect: "openai", BaseURL: "/v1", Models: []string{}, NeedsKey: true},
		},
		{
			"text-generation-webui",
			pages{"/v1/models": list("user", "m"), "/v1/internal/model/info": `{"model_name":"m","lora_names":[]}`},
			hw.FoundEngine{Name: "text-generation-webui", Provider: "openai-compatible", Dialect: "openai", BaseURL: "/v1", Models: []string{"m"}},
		},
		{
			"one that says no more than its models",
			pages{"/v1/models": list("me", "house-model")},
			hw.FoundEngine{Name: "OpenAI-compatible", Provider: "openai-compatible", Dialect: "openai", BaseURL: "/v1", Models: []string{"house-model"}},
		},
		{
			"one that says no more than that it wants a key",
			pages{"/v1/models": `403|{"detail":"Not authenticated"}`},
			hw.FoundEngine{Name: "OpenAI-compatible", Provider: "openai-compatible", Dialect: "openai", BaseURL: "/v1", Models: []string{}, NeedsKey: true},
		},
	}
	for _, row := range rows {
		t.Run(row.name, func(t *testing.T) {
			s := listen(t, "127.0.0.1:0", row.pages)
			report := run(t, scanner(t, providers(t, s)), scan.Plan{})
			if len(report.Found) != 1 || report.Silent != 0 || report.Stopped != "" {
				t.Fatalf("%+v, asked %q", report, s.paths())
			}
			want := row.want
			want.Address = s.addr.String()
			want.BaseURL = "http://" + want.Address + want.BaseURL
			if got := report.Found[0]; fmt.Sprintf("%+v", got) != fmt.Sprintf("%+v", want) {
				t.Errorf("got  %+v\nwant %+v", got, want)
			}
			for _, path := range s.paths() {
				if !strings.HasPrefix(path, "GET /") || !strings.HasSuffix(path, " ") {
					t.Errorf("asked %q: only GETs without a key", path)
				}
			}
		})
	}
}

func TestWhoIsNoEngineIsNotFound(t *testing.T) {
	elsewhere := listen(t, "127.0.0.1:0", pages{"/v1/models": list("vllm", "m")})
	rows := map[string]http.Handler{
		"nothing at any path": pages{},
		"a page for every path": http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			_, _ = io.WriteString(w, "<!doctype html><title>hello</title>")
		}),
		"a page after some lines": http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, "\n\n  <html></html>") }),
		"JSON that is no list": http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			_, _ = io.WriteString(w, `{"status":"ok","version":"1"}`)
		}),
		"a list that is none":      pages{"/v1/models": `{"data":{"id":"m"}}`},
		"a refusal without a word": http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusUnauthorized) }),
		"a refusal as a page": http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			w.WriteHeader(http.StatusForbidden)
			_, _ = io.WriteString(w, "<html>no</html>")
		}),
		"a redirect to another one": http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			http.Redirect(w, r, "http://"+elsewhere.addr.String()+r.URL.Path, http.StatusFound)
		}),
		"a redirect to metadata": http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			http.Redirect(w, r, "http://169.254.169.254/latest/meta-data/", http.StatusTemporaryRedirect)
		}),
		"a body without end": http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			line := []byte(`{"data":[` + strings.Repeat(`{"id":"m"},`, 1000))
			for r.Context().Err() == nil {
				if _, err := w.Write(line); err != nil {
					return
				}
			}
		}),
		"a head without end": http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			for i := range 4000 {
				w.Header().Set(fmt.Sprintf("X-%d", i), strings.Repeat("x", 100))
			}
		}),
	}
	for name, handle := range rows {
		t.Run(name, func(t *testing.T) {
			s := listen(t, "127.0.0.1:0", handle)
			report := run(t, scanner(t, providers(t, s)), scan.Plan{})
			if len(report.Found) != 0 || report.Silent != 1 {
				t.Errorf("%+v", report)
			}
			if len(s.paths()) == 0 {
				t.Error("nobody asked")
			}
		})
	}
	if len(elsewhere.paths()) != 0 {
		t.Errorf("a redirect was followed: %q", elsewhere.paths())
	}
}

// TestAPortIsAskedFewThings: who is no engine may be a small device.
func TestAPortIsAskedFewThings(t *testing.T) {
	s := listen(t, "127.0.0.1:0", pages{})
	run(t, scanner(t, providers(t, s)), scan.Plan{})
	asked := s.paths()
	slices.Sort(asked)
	if n := len(asked); n == 0 || n > 16 || len(slices.Compact(slices.Clone(asked))) != n {
		t.Errorf("%d questions: %q", n, asked)
	}
}

// TestAllAnswersOfAPortAreBoundedTogether: one that fills every answer is not
// read on and on.
func TestAllAnswersOfAPortAreBoundedTogether(t *testing.T) {
	filler := strings.Repeat("x", 600<<10)
	s := listen(t, "127.0.0.1:0", pages{
		"/v1/models":      `{"object":"list","data":[{"id":"m","note":"` + filler + `"}]}`,
		"/api/version":    `{"version":"` + filler + `"}`,
		"/get_model_info": `{"model_path":"/m","is_generation":true}`,
	})
	report := run(t, scanner(t, providers(t, s)), scan.Plan{})
	if len(report.Found) != 1 || report.Found[0].Provider != "openai-compatible" {
		t.Errorf("it was read beyond the bound: %+v", report)
	}
}

func TestWhoNeverAnswersIsGivenUp(t *testing.T) {
	hang := make(chan struct{})
	t.Cleanup(func() { close(hang) })
	silent := listen(t, "127.0.0.1:0", http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		select {
		case <-hang:
		case <-r.Context().Done():
		}
	}))
	engine := listen(t, "127.0.0.1:0", pages{"/v1/models": list("vllm", "m")})
	report := run(t, scanner(t, providers(t, silent, engine)), scan.Plan{})
	if len(report.Found) != 1 || report.Silent != 1 || len(silent.paths()) != 1 {
		t.Errorf("%+v; the silent one was asked %q", report, silent.paths())
	}
	if took := time.Duration(report.TookMs * float64(time.Millisecond)); took < scan.AnswerTime || took > 3*scan.AnswerTime {
		t.Errorf("it took %s", took)
	}
}

func TestWhoSpeaksNoHTTPIsNotFound(t *testing.T) {
	ln, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	var asked atomic.Int64
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		for {
			conn, err := ln.Accept()
			if err != nil {
				return
			}
			asked.Add(1)
			_, _ = io.WriteString(conn, "SSH-2.0-OpenSSH_9.6\r\n")
			_ = conn.Close()
		}
	}()
	t.Cleanup(func() { _ = ln.Close(); <-ended })
	s := &server{addr: ln.Addr().(*net.TCPAddr).AddrPort()}
	report := run(t, scanner(t, providers(t, s)), scan.Plan{})
	if len(report.Found) != 0 || report.Silent != 1 || asked.Load() == 0 {
		t.Errorf("%+v, %d connections", report, asked.Load())
	}
}

func TestOurOwnListenersAreNeverAsked(t *testing.T) {
	ours := listen(t, "127.0.0.1:0", pages{"/v1/models": list("headwater", "m")})
	report := run(t, scanner(t, providers(t, ours), ours.addr), scan.Plan{})
	if len(report.Found) != 0 || report.Silent != 0 || len(ours.paths()) != 0 {
		t.Errorf("%+v, asked %q", report, ours.paths())
	}
}

func TestAnEngineOnTheSecondLoopbackAddressIsFound(t *testing.T) {
	six := listen(t, "[::1]:0", pages{"/v1/models": list("vllm", "m")})
	report := run(t, scanner(t, providers(t, six)), scan.Plan{})
	if len(report.Found) != 1 || report.Found[0].Address != six.addr.String() || report.Found[0].BaseURL != "http://"+six.addr.String()+"/v1" {
		t.Errorf("%+v", report)
	}
}

func TestModelsAreBoundedAndCounted(t *testing.T) {
	var models []string
	for i := range scan.MaxModels + 7 {
		models = append(models, fmt.Sprintf("m-%d", i))
	}
	models = append(models, "with space", "tab\there", strings.Repeat("x", 500))
	s := listen(t, "127.0.0.1:0", pages{"/v1/models": list("vllm", models...)})
	report := run(t, scanner(t, providers(t, s)), scan.Plan{})
	if len(report.Found) != 1 || len(report.Found[0].Models) != scan.MaxModels || report.Found[0].ModelsMore != 7 {
		t.Errorf("%d engines, %+v", len(report.Found), report)
	}
}

func TestARangeIsLookedThroughAndReportsItsProgress(t *testing.T) {
	first := listen(t, "127.0.0.1:0", pages{"/v1/models": list("vllm", "m")})
	port := first.addr.Port()
	third := listen(t, fmt.Sprintf("127.0.0.3:%d", port), pages{"/api/version": `{"version":"0.12.6"}`, "/api/tags": `{"models":[]}`})
	addrs := []netip.Addr{}
	for i := range 8 {
		addrs = append(addrs, netip.AddrFrom4([4]byte{127, 0, 0, byte(i + 1)}))
	}
	var mu sync.Mutex
	var steps []int64
	var whole int64
	report, err := scanner(t, providers(t, first)).Run(t.Context(), scan.PlanOf("a test's network", "", addrs...), func(done, total int64) {
		mu.Lock()
		defer mu.Unlock()
		steps, whole = append(steps, done), total
	})
	if err != nil {
		t.Fatal(err)
	}
	if report.Range != "a test's network" || report.Addresses != 8 || len(report.Found) != 2 ||
		report.Found[0].Address != first.addr.String() || report.Found[1].Address != third.addr.String() || report.Found[1].Provider != "ollama" {
		t.Errorf("%+v", report)
	}
	if want := int64(8 * report.Ports); whole != want || steps[len(steps)-1] != want || !slices.IsSorted(steps) {
		t.Errorf("%d of %d in %d steps", steps[len(steps)-1], whole, len(steps))
	}
}

func TestAHostIsNamedInWhatIsFound(t *testing.T) {
	s := listen(t, "127.0.0.1:0", pages{"/v1/models": list("vllm", "m")})
	report := run(t, scanner(t, providers(t, s)), scan.PlanOf("gpu-box.lan", "gpu-box.lan", s.addr.Addr()))
	want := fmt.Sprintf("gpu-box.lan:%d", s.addr.Port())
	if len(report.Found) != 1 || report.Found[0].Address != want || report.Found[0].BaseURL != "http://"+want+"/v1" {
		t.Errorf("%+v", report)
	}
}

func TestACanceledScanEndsAtOnce(t *testing.T) {
	entered := make(chan struct{}, 1)
	slow := listen(t, "127.0.0.1:0", http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		entered <- struct{}{}
		<-r.Context().Done()
	}))
	ctx, cancel := context.WithCancel(t.Context())
	s, ended := scanner(t, providers(t, slow)), make(chan error, 1)
	go func() {
		_, err := s.Run(ctx, scan.Plan{}, nothing)
		ended <- err
	}()
	<-entered
	cancel()
	select {
	case err := <-ended:
		if err == nil {
			t.Error("a canceled scan gives a report")
		}
	case <-time.After(scan.AnswerTime / 2):
		t.Fatal("it went on")
	}
	// Its place is free again.
	if _, err := scanner(t, providers(t)).Run(t.Context(), scan.Plan{}, nothing); err != nil {
		t.Error(err)
	}
}

func TestNoMoreThanTheBoundIsAskedAtOnce(t *testing.T) {
	var now, most atomic.Int64
	release := make(chan struct{})
	full := make(chan struct{})
	var once sync.Once
	handle := http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		n := now.Add(1)
		defer now.Add(-1)
		for m := most.Load(); n > m && !most.CompareAndSwap(m, n); m = most.Load() {
		}
		if n == scan.AtOnce {
			once.Do(func() { close(full) })
		}
		<-release
		w.WriteHeader(http.StatusNotFound)
	})
	s := listen(t, "0.0.0.0:0", handle)
	var addrs []netip.Addr
	for i := range 3 * scan.AtOnce {
		addrs = append(addrs, netip.AddrFrom4([4]byte{127, 0, 1, byte(i + 1)}))
	}
	ended := make(chan hw.ScanReport, 1)
	at := &server{addr: netip.AddrPortFrom(addrs[0], s.addr.Port())}
	sc := scanner(t, providers(t, at))
	go func() {
		report, _ := sc.Run(t.Context(), scan.PlanOf("a test's network", "", addrs...), nothing)
		ended <- report
	}()
	<-full
	close(release)
	if report := <-ended; report.Silent != len(addrs) {
		t.Errorf("%+v", report)
	}
	if most.Load() != scan.AtOnce {
		t.Errorf("%d at once", most.Load())
	}
}

func TestTheCatalogueSaysWhereToLook(t *testing.T) {
	box, err := catalog.Load()
	if err != nil {
		t.Fatal(err)
	}
	// Everything is refused: nothing on the machine of a test is asked.
	var mu sync.Mutex
	tried := map[uint16]bool{}
	s, err := scan.New(scan.Config{Providers: box.Providers, Refuses: func(at netip.AddrPort) string {
		mu.Lock()
		defer mu.Unlock()
		tried[at.Port()] = true
		if !at.Addr().IsLoopback() {
			t.Errorf("%s is not this machine", at)
		}
		return "a test"
	}})
	if err != nil {
		t.Fatal(err)
	}
	report := run(t, s, scan.Plan{})
	for _, port := range []uint16{11434, 1234, 8000, 8080, 1337, 30000, 5000, 3000, 5001, 9997, 4891, 4000, 12434, 23333} {
		if !tried[port] {
			t.Errorf("port %d is not tried", port)
		}
	}
	if report.Ports != len(tried) || report.Addresses != 2 || report.Silent != 0 {
		t.Errorf("%+v, %d ports", report, len(tried))
	}
}

func TestAScannerWithoutItsPartsIsNotMade(t *testing.T) {
	if _, err := scan.New(scan.Config{}); err == nil {
		t.Error("made")
	}
}
