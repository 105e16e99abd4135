package gemini

import (
	"encoding/json"
	"errors"
	"net/url"
	"slices"
	"strings"
	"testing"

	"headwater/backend/hw"
	"headwater/backend/internal/dialect"
	"headwater/backend/internal/dialect/dialecttest"
)

func TestVertexGetsGeminisBytesWithoutWhatItDoesNotKnow(t *testing.T) {
	for name, row := range map[string]struct {
		endpoint         dialect.Endpoint
		body, path, want string
	}{
		"a chat stays as it is": {
			dialect.EndpointChat, `{ "contents" : [{"role":"user","parts":[{"text":"\"id\": 1"}]}],"unknown":1e2}`,
			"/models/m:generateContent", `{ "contents" : [{"role":"user","parts":[{"text":"\"id\": 1"}]}],"unknown":1e2}`,
		},
		"calls and results lose their ids, and nothing else does": {
			dialect.EndpointChat,
			`{"contents":[{"parts":[{"text":"a"}]}, {"role":"model","parts":[{"text":"b"}, {"functionCall":{"id":"c1","name":"f","args":{"id":1}},"thoughtSignature":"s"},{"function_call":{"name":"g", "id" : "c2"}}]},{"parts":[{"functionResponse":{"name":"f","id":"c1","response":{"id":2}}},{"function_response":{"id":"c2"}}]}],"labels":{"id":"x"}}`,
			"/models/m:generateContent",
			`{"contents":[{"parts":[{"text":"a"}]}, {"role":"model","parts":[{"text":"b"}, {"functionCall":{"name":"f","args":{"id":1}},"thoughtSignature":"s"},{"function_call":{"name":"g"}}]},{"parts":[{"functionResponse":{"name":"f","response":{"id":2}}},{"function_response":{}}]}],"labels":{"id":"x"}}`,
		},
		"one turn and one part in place of lists": {
			dialect.EndpointChat, `{"contents":{"role":"model","parts":{"functionCall":{"id":"c1","name":"f"}}}}`,
			"/models/m:generateContent", `{"contents":{"role":"model","parts":{"functionCall":{"name":"f"}}}}`,
		},
		"a count is taken out of its wrapping": {
			dialect.EndpointCount, `{"generateContentRequest":{"model":"models/r","contents":[{"role":"model","parts":[{"functionCall":{"id":"c1","name":"f"}}]}],"tools":[]}}`,
			"/models/m:countTokens", `{"contents":[{"role":"model","parts":[{"functionCall":{"name":"f"}}]}],"tools":[]}`,
		},
		"a bare count": {
			dialect.EndpointCount, `{"contents":[{"role":"user","parts":[{"text":"a"}]}]}`,
			"/models/m:countTokens", `{"contents":[{"role":"user","parts":[{"text":"a"}]}]}`,
		},
	} {
		wire, err := VertexNative{}.Adapt(dialect.Operation{Endpoint: row.endpoint}, []byte(row.body), dialect.Target{Model: "m"}, false)
		if err != nil || wire.Path != row.path || string(wire.Body) != row.want {
			t.Errorf("%s: %v %s\n%s\nwanted\n%s", name, err, wire.Path, wire.Body, row.want)
		}
	}
	for _, endpoint := range []dialect.Endpoint{dialect.EndpointEmbeddings, dialect.EndpointModels} {
		if _, err := (VertexNative{}).Adapt(dialect.Operation{Endpoint: endpoint}, []byte(`{}`), dialect.Target{Model: "m"}, false); err == nil {
			t.Errorf("%s was taken", endpoint)
		}
	}
}

func TestOtherCallersOfVertexAreTranslatedWithoutIDs(t *testing.T) {
	req := &dialect.Request{Endpoint: dialect.EndpointChat, Messages: []dialect.Message{
		{Role: dialect.RoleUser, Parts: []dialect.Part{{Kind: dialect.PartText, Text: "q"}}},
		{Role: dialect.RoleAssistant, Parts: []dialect.Part{{Kind: dialect.PartToolCall, Call: &dialect.ToolCall{ID: "c1", Name: "f", Args: `{"a":1}`}}}},
		{Role: dialect.RoleTool, Parts: []dialect.Part{{Kind: dialect.PartToolResult, CallID: "c1", Text: "r"}}},
	}}
	const want = `{"contents":[{"role":"user","parts":[{"text":"q"}]},{"role":"model","parts":[{"functionCall":{"name":"f","args":{"a":1}}}]},{"role":"user","parts":[{"functionResponse":{"name":"f","response":{"output":"r"}}}]}]}`
	for endpoint, path := range map[dialect.Endpoint]string{dialect.EndpointChat: "/models/m:generateContent", dialect.EndpointCount: "/models/m:countTokens"} {
		req.Endpoint = endpoint
		wire, err := Vertex{}.Encode(req, dialect.Target{Model: "m"})
		if err != nil || wire.Path != path || string(wire.Body) != want {
			t.Errorf("%v %s\n%s", err, wire.Path, wire.Body)
		}
	}
}

func TestVertexEmbedsInTheWayOfTheModel(t *testing.T) {
	for name, row := range map[string]struct {
		model      string
		req        dialect.Request
		path, body string
		dropped    []string
	}{
		"several texts": {
			"text-embedding-005",
			dialect.Request{Input: []string{"<a>", "b"}, InputType: dialect.InputTypeQuery, Dimensions: 256},
			"/models/text-embedding-005:predict",
			`{"instances":[{"content":"<a>","task_type":"RETRIEVAL_QUERY"},{"content":"b","task_type":"RETRIEVAL_QUERY"}],"parameters":{"outputDimensionality":256}}`, nil,
		},
		"the first of Gemini's": {
			"gemini-embedding-001",
			dialect.Request{Input: []string{"a"}, InputType: "else"},
			"/models/gemini-embedding-001:predict", `{"instances":[{"content":"a"}]}`,
			[]string{"input_type"},
		},
		"a later one": {
			"gemini-embedding-2",
			dialect.Request{Input: []string{"a"}, Dimensions: 8},
			"/models/gemini-embedding-2:embedContent", `{"content":{"parts":[{"text":"a"}]},"embedContentConfig":{"outputDimensionality":8}}`, nil,
		},
		"a later one, with nothing else said": {
			"gemini-embedding-2",
			dialect.Request{Input: []string{"a"}},
			"/models/gemini-embedding-2:embedContent", `{"content":{"parts":[{"text":"a"}]}}`, nil,
		},
	} {
		row.req.Endpoint = dialect.EndpointEmbeddings
		wire, err := Vertex{}.Encode(&row.req, dialect.Target{Model: row.model})
		if err != nil || wire.Path != row.path || string(wire.Body) != row.body || !slices.Equal(wire.Dropped, row.dropped) {
			t.Errorf("%s: %v %s %q\n%s", name, err, wire.Path, wire.Dropped, wire.Body)
		}
	}
	for model, texts := range map[string]int{"gemini-embedding-001": 2, "gemini-embedding-2": 2, "text-embedding-005": 251} {
		_, err := Vertex{}.Encode(&dialect.Request{Endpoint: dialect.EndpointEmbeddings, Input: make([]string, texts)}, dialect.Target{Model: model})
		if told, ok := errors.AsType[*hw.Error](err); !ok || told.Code != hw.CodeUnsupported {
			t.Errorf("%s with %d texts: %v", model, texts, err)
		}
	}
}

func TestModelsOfVertexThatTakeOneTextAreAskedOnceForEach(t *testing.T) {
	for model, want := range map[string]string{
		"gemini-embedding-001": `{"instances":[{"content":"a"}],"parameters":{"outputDimensionality":8}} {"instances":[{"content":"b"}],"parameters":{"outputDimensionality":8}}`,
		"gemini-embedding-2":   `{"content":{"parts":[{"text":"a"}]},"embedContentConfig":{"outputDimensionality":8}} {"content":{"parts":[{"text":"b"}]},"embedContentConfig":{"outputDimensionality":8}}`,
	} {
		req := &dialect.Request{Endpoint: dialect.EndpointEmbeddings, Input: []string{"a", "b"}, Dimensions: 8}
		wire, err := Vertex{}.Encode(req, dialect.Target{Model: model, OneByOne: true})
		if err != nil || len(wire.More) != 1 || string(wire.Body)+" "+string(wire.More[0]) != want {
			t.Errorf("%s: %v\n%s %s", model, err, wire.Body, wire.More)
		}
	}
}

func TestEmbeddingsOfVertexAreReadInBothForms(t *testing.T) {
	d := Vertex{}.Decoder(dialect.Operation{Endpoint: dialect.EndpointEmbeddings})
	for _, body := range []string{
		`{"predictions":[{"embeddings":{"values":[0.5,1],"statistics":{"token_count":2.0,"truncated":false}}},{"embeddings":{"values":[2,3],"statistics":{"token_count":3}}}],"metadata":{"billableCharacterCount":9}}`,
		`{"embeddings":[{"values":[0.5,1]},{"values":[2,3]}],"usageMetadata":{"promptTokenCount":5,"totalTokenCount":5}}`,
	} {
		a, err := d.Answer([]byte(body))
		if err != nil || len(a.Embeddings) != 2 || !slices.Equal(a.Embeddings[1], []float64{2, 3}) || a.Usage == nil || a.Usage.In != 5 {
			t.Errorf("%v %+v of %s", err, a, body)
		}
	}
	if a, err := d.Answer([]byte(`{"predictions":[{"embeddings":{"values":[1]}}]}`)); err != nil || a.Usage != nil {
		t.Errorf("usage that nobody told: %v %+v", err, a)
	}
	for _, body := range []string{`{"predictions":[{}]}`, `{}`, `[`, `{"error":{"code":400,"message":"x","status":"INVALID_ARGUMENT"}}`} {
		_, err := d.Answer([]byte(body))
		if _, ok := errors.AsType[*dialect.Fault](err); !ok {
			t.Errorf("%s: %v", body, err)
		}
	}
}

func TestRecordedEmbeddingsOfVertexAreAskedForAndReadAsTheyWere(t *testing.T) {
	total := 0
	for _, name := range []string{"vertex-predict", "gemini-embed"} {
		dialecttest.Recordings(t, name, func(r *dialecttest.Record) {
			if r.Request == nil || r.Provider != "vertex" {
				return
			}
			total++
			path, err := url.PathUnescape(r.Request.Path)
			if err != nil {
				t.Fatal(err)
			}
			path = path[strings.LastIndex(path, "/models/"):]
			var sent struct {
				Content struct {
					Parts []struct{ Text string }
				}
				Instances  []struct{ Content string }
				Parameters struct {
					Dimensions int `json:"outputDimensionality"`
				}
			}
			if err := json.Unmarshal(r.RequestBody(), &sent); err != nil {
				t.Fatal(err)
			}
			req := &dialect.Request{Endpoint: dialect.EndpointEmbeddings, Dimensions: sent.Parameters.Dimensions}
			for _, one := range sent.Instances {
				req.Input = append(req.Input, one.Content)
			}
			for _, part := range sent.Content.Parts {
				req.Input = append(req.Input, part.Text)
			}
			model, _, _ := strings.Cut(strings.TrimPrefix(path, "/models/"), ":")
			wire, err := Vertex{}.Encode(req, dialect.Target{Model: model})
			if err != nil || wire.Path != path || !dialecttest.SameJSON(string(wire.Body), string(r.RequestBody())) {
				t.Errorf("%s: %v %s\n%s\nwant %s\n%s", r.ID, err, wire.Path, wire.Body, path, r.RequestBody())
			}
			a, err := Vertex{}.Decoder(dialect.Operation{Endpoint: dialect.EndpointEmbeddings}).Answer(r.Plain())
			if err != nil || len(a.Embeddings) != len(req.Input) || len(a.Embeddings[0]) < 2 || a.Usage == nil || a.Usage.In == 0 {
				t.Errorf("%s: %v %+v", r.ID, err, a)
			}
		})
	}
	if total == 0 {
		t.Error("no recording was found")
	}
}
