package openai_test

import (
	"net/url"
	"strings"
	"testing"

	"headwater/backend/internal/dialect"
	"headwater/backend/internal/dialect/dialecttest"
	"headwater/backend/internal/dialect/openai"
)

func TestAzureIsAskedByTheNameOfTheDeployment(t *testing.T) {
	out := openai.Azure{}
	to := dialect.Target{Model: "my gpt/4"}
	for endpoint, want := range map[dialect.Endpoint]string{
		dialect.EndpointChat: "/chat/completions", dialect.EndpointCompletions: "/completions", dialect.EndpointEmbeddings: "/embeddings",
		dialect.EndpointImages: "/images/generations", dialect.EndpointImageEdits: "/images/edits", dialect.EndpointSpeech: "/audio/speech",
		dialect.EndpointTranscriptions: "/audio/transcriptions", dialect.EndpointTranslations: "/audio/translations",
	} {
		wire, err := out.Adapt(dialect.Operation{Endpoint: endpoint}, []byte(`{"unknown":1, "model":"r"}`), to, false)
		if err != nil || wire.Path != "/deployments/my%20gpt%2F4"+want || string(wire.Body) != `{"unknown":1, "model":"my gpt/4"}` {
			t.Errorf("%s: %+v, %v", endpoint, wire, err)
		}
	}
	if wire, err := out.Adapt(dialect.Operation{Endpoint: dialect.EndpointModels}, nil, dialect.Target{}, false); err != nil || wire.Path != "/models" {
		t.Errorf("%+v, %v", wire, err)
	}
	if out.Serves(dialect.EndpointModels) {
		t.Error("what may be deployed is taken for deployments")
	}
	for _, endpoint := range []dialect.Endpoint{dialect.EndpointRerank, dialect.EndpointModerations, dialect.EndpointImageVariations} {
		if _, err := out.Adapt(dialect.Operation{Endpoint: endpoint}, []byte(`{"model":"r"}`), to, false); err == nil || out.Serves(endpoint) {
			t.Errorf("%s is served", endpoint)
		}
		if _, err := out.Encode(&dialect.Request{Endpoint: endpoint}, to); err == nil {
			t.Errorf("%s is rendered", endpoint)
		}
	}
	wire, err := out.Encode(&dialect.Request{Endpoint: dialect.EndpointEmbeddings, Input: []string{"a"}}, dialect.Target{Model: "e"})
	if err != nil || wire.Path != "/deployments/e/embeddings" {
		t.Errorf("%+v, %v", wire, err)
	}
	if out.Name() != "openai" {
		t.Error("callers of the dialect are not passed through")
	}
}

func TestRecordedPathsOfDeployments(t *testing.T) {
	total := 0
	dialecttest.Recordings(t, "openai-chat", func(r *dialecttest.Record) {
		if r.Provider != "azure" || r.Request == nil || !strings.Contains(r.Request.Path, "/deployments/") {
			return
		}
		total++
		path, err := url.PathUnescape(r.Request.Path)
		if err != nil {
			t.Fatal(err)
		}
		path = path[strings.LastIndex(path, "/openai"):] // one was recorded with a slash too many
		name := strings.TrimSuffix(strings.TrimPrefix(path, "/openai/deployments/"), "/chat/completions")
		wire, err := openai.Azure{}.Adapt(dialect.Operation{Endpoint: dialect.EndpointChat}, []byte(`{"model":"r"}`), dialect.Target{Model: name}, false)
		if err != nil || "/openai"+wire.Path != path {
			t.Errorf("%s: %s, want %s (%v)", r.ID, wire.Path, path, err)
		}
	})
	if total < 20 {
		t.Errorf("only %d recordings", total)
	}
}
