package engine

import (
	"bytes"
	"context"
	"encoding/json"
	"net/http"
	"strings"
	"unicode"
)

// Identity is who answers at an address, as far as he says.
type Identity struct {
	// ID is the catalogue's id of the engine; empty for one that it does not
	// have, or that did not say.
	ID string
	// Name is the engine's; empty where only the form of its answers is known,
	// which is then OpenAI's.
	Name string
	// Root is the path below which it speaks OpenAI's API, such as /v1.
	Root string
	// Version is empty where the engine does not tell.
	Version string
	// Models are the names of those it lists.
	Models []string
	// NeedsKey says that it refused its list without a key.
	NeedsKey bool
}

// usualRoot is where nearly every engine has OpenAI's API.
const usualRoot = "/v1"

// maxVersion is the longest version that is taken for one. Unit: bytes.
const maxVersion = 64

// mark is how one engine is told from the others.
type mark struct {
	id, name string
	// root is empty for usualRoot.
	root string
	// owner is the owned_by of its list; empty where it has none of its own.
	owner string
	// detect asks where the owner did not tell; nil for never.
	detect func(ctx context.Context, a *asker) bool
	// versionAt is the path of a JSON object that has the version under
	// versionKey; empty for none.
	versionAt, versionKey string
}

// marks are the engines in the order in which they are asked for. LM Studio
// comes first for the reason that is given at adapters. KoboldCpp and Docker's
// runner also answer as Ollama does, hence before it; KoboldCpp has llama.cpp's
// properties as well.
//
// Sources, as of 2026-11-29, all GETs that report and change nothing: those of
// the adapters; LostRuins/koboldcpp koboldcpp.py; docker/model-runner
// pkg/distribution/types; sgl-project/sglang entrypoints/openai/protocol.py and
// http_server.py; docs/openapi.json of huggingface/text-generation-inference;
// xorbitsai/inference api/restful_api.py; InternLM/lmdeploy
// serve/openai/protocol.py; theroyallab/tabbyAPI endpoints/OAI/types;
// nomic-ai/gpt4all docs; localai.io, "System"; the specification of
// lemonade-sdk/lemonade; docs.litellm.ai, "Health checks"; the OpenAI extension
// of oobabooga/text-generation-webui.
var marks = []mark{
	{id: string(LMStudio), name: "LM Studio", owner: "organization_owner", detect: detectLMStudio},
	{id: "koboldcpp", name: "KoboldCpp", owner: "koboldcpp", detect: says("/api/extra/version", "result", "KoboldCpp"), versionAt: "/api/extra/version", versionKey: "version"},
	{id: "docker-model-runner", name: "Docker Model Runner", root: "/engines/v1", owner: "docker", detect: owns("/engines/v1", "docker")},
	{id: string(Ollama), name: "Ollama", detect: detectOllama, versionAt: ollamaVersion, versionKey: "version"},
	{id: string(LlamaCpp), name: "llama.cpp", owner: "llamacpp", detect: detectLlamaCpp, versionAt: llamaProps, versionKey: "build_info"},
	{id: string(VLLM), name: "vLLM", owner: "vllm", detect: detectVLLM, versionAt: "/version", versionKey: "version"},
	{id: "sglang", name: "SGLang", owner: "sglang", detect: has("/get_model_info", "model_path", "is_generation"), versionAt: "/get_server_info", versionKey: "version"},
	{id: "tgi", name: "Text Generation Inference", detect: has("/info", "model_id", "max_concurrent_requests"), versionAt: "/info", versionKey: "version"},
	{id: "xinference", name: "Xinference", owner: "xinference", detect: has("/v1/cluster/version", "version", "full-revisionid"), versionAt: "/v1/cluster/version", versionKey: "version"},
	{id: "lmdeploy", name: "LMDeploy", owner: "lmdeploy"},
	{id: "tabbyapi", name: "TabbyAPI", owner: "tabbyAPI"},
	{id: "gpt4all", name: "GPT4All", owner: "humanity"},
	{id: "localai", name: "LocalAI", detect: has("/system", "backends", "loaded_models"), versionAt: "/version", versionKey: "version"},
	{name: "Lemonade", root: "/api/v1", owner: "lemonade", detect: owns("/api/v1", "lemonade")},
	{name: "LiteLLM", detect: litellm},
	{name: "text-generation-webui", detect: has("/v1/internal/model/info", "model_name", "lora_names")},
}

// Identify finds out who answers, by GETs that cost nothing. False means that
// somebody answers who is no model server, or that nobody does.
func Identify(ctx context.Context, get Get) (Identity, bool) {
	a := newAsker(get)
	first := a.ask(ctx, "reading the models", openAIModels)
	if !first.came || isPage(first) {
		return Identity{}, false // nobody, or a web server that answers every path
	}
	row, known := byOwner(ctx, a)
	for i := 0; i < len(marks) && !known; i++ {
		if marks[i].detect != nil && marks[i].detect(ctx, a) {
			row, known = marks[i], true
		}
	}
	if !known && !speaksOpenAI(first) {
		return Identity{}, false
	}
	who := Identity{ID: row.id, Name: row.name, Root: row.root, Version: versionOf(ctx, a, row)}
	if who.Root == "" {
		who.Root = usualRoot
	}
	who.list(ctx, a)
	return who, true
}

// isPage reports whether an answer is a web page, or leads somewhere else: what
// a server says that has a page for every path.
func isPage(got answer) bool {
	redirects := got.status >= http.StatusMultipleChoices && got.status < http.StatusBadRequest
	body := bytes.TrimLeft(got.body[:min(len(got.body), 1024)], " \t\r\n\ufeff")
	return redirects || got.status == http.StatusOK && bytes.HasPrefix(body, []byte("<"))
}

// byOwner goes by the word in the list of models.
func byOwner(ctx context.Context, a *asker) (mark, bool) {
	owner := openAIOwner(ctx, a)
	for _, row := range marks {
		if row.owner != "" && row.owner == owner {
			return row, true
		}
	}
	return mark{}, false
}

// speaksOpenAI reports whether an answer to the request for the list is one, or
// a refusal for want of a key, in a form that servers of this kind have:
// {"error": …} of OpenAI, {"detail": …} of FastAPI.
func speaksOpenAI(got answer) bool {
	var body struct {
		Data   json.RawMessage `json:"data"`
		Error  json.RawMessage `json:"error"`
		Detail json.RawMessage `json:"detail"`
	}
	if !decode(got.body, &body) {
		return false
	}
	if refusesKey(got) {
		return given(body.Error) || given(body.Detail)
	}
	return got.status == http.StatusOK && bytes.HasPrefix(body.Data, []byte("["))
}

// given reports whether a field was there with a value.
func given(raw json.RawMessage) bool { return len(raw) > 0 && string(raw) != "null" }

// maxFields is the longest object that is looked through field by field. Unit:
// bytes. llama.cpp's properties, with a template in them, are some 30 KiB.
const maxFields = 256 << 10

// fields fetches an object; false when there is none. Many are read at once, so
// their fields stay as they came.
func (a *asker) fields(ctx context.Context, doing, path string) (map[string]json.RawMessage, bool) {
	body, ok := a.page(ctx, doing, path)
	fields := map[string]json.RawMessage{}
	return fields, ok && len(body) <= maxFields && decode(body, &fields)
}

// textIn is a field that is a text; empty for any other.
func textIn(raw json.RawMessage) string {
	var s string
	if json.Unmarshal(raw, &s) != nil {
		return ""
	}
	return s
}

func refusesKey(got answer) bool {
	return got.status == http.StatusUnauthorized || got.status == http.StatusForbidden
}

// list fills in the models.
func (w *Identity) list(ctx context.Context, a *asker) {
	if w.ID == string(Ollama) {
		var installed ollamaList
		if a.object(ctx, "reading the installed models", ollamaInstalled, &installed) {
			w.Models, _ = installed.read()
		}
		return
	}
	got := a.ask(ctx, "reading the models", w.Root+"/models")
	w.NeedsKey = refusesKey(got)
	found := newNames()
	for _, m := range openAIListAt(ctx, a, w.Root+"/models") {
		found.add(m.ID)
	}
	w.Models = found.list
}

// versionOf reads what an engine gives as its version; empty for none.
func versionOf(ctx context.Context, a *asker, row mark) string {
	if row.versionAt == "" {
		return ""
	}
	fields, ok := a.fields(ctx, "reading the version", row.versionAt)
	if !ok {
		return ""
	}
	version := textIn(fields[row.versionKey])
	if len(version) > maxVersion || strings.ContainsFunc(version, func(r rune) bool { return !unicode.IsPrint(r) }) {
		return ""
	}
	return version
}

// has detects by an object that holds all these fields.
func has(path string, keys ...string) func(ctx context.Context, a *asker) bool {
	return func(ctx context.Context, a *asker) bool {
		fields, ok := a.fields(ctx, "reading what it is", path)
		if !ok {
			return false
		}
		for _, key := range keys {
			if _, there := fields[key]; !there {
				return false
			}
		}
		return true
	}
}

// says detects by a field with this very text.
func says(path, key, word string) func(ctx context.Context, a *asker) bool {
	return func(ctx context.Context, a *asker) bool {
		fields, ok := a.fields(ctx, "reading what it is", path)
		return ok && textIn(fields[key]) == word
	}
}

// owns detects by the owner of the models at another root than the usual.
func owns(root, owner string) func(ctx context.Context, a *asker) bool {
	return func(ctx context.Context, a *asker) bool {
		list := openAIListAt(ctx, a, root+"/models")
		return len(list) > 0 && list[0].Owner == owner
	}
}

// litellm detects LiteLLM's proxy, which has one public path that says it.
func litellm(ctx context.Context, a *asker) bool {
	body, ok := a.page(ctx, "reading the health", "/health/liveliness")
	return ok && strings.Trim(string(body[:min(len(body), 64)]), "\"\r\n ") == "I'm alive!"
}
