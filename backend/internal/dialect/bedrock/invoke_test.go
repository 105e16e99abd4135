package bedrock_test

import (
	"encoding/json"
	"errors"
	"slices"
	"strings"
	"testing"

	"headwater/backend/hw"
	"headwater/backend/internal/dialect"
	"headwater/backend/internal/dialect/bedrock"
	"headwater/backend/internal/dialect/dialecttest"
)

func TestEmbeddingsAndRankingsAreAskedInTheModelsOwnForm(t *testing.T) {
	for name, row := range map[string]struct {
		req         dialect.Request
		model       string
		path, want  string
		dropped     []string
		unsupported string // the field at fault
	}{
		"Titan v2": {
			dialect.Request{Endpoint: dialect.EndpointEmbeddings, Input: []string{"<a>"}, Dimensions: 256},
			"amazon.titan-embed-text-v2:0",
			"/model/amazon.titan-embed-text-v2:0/invoke", `{"inputText":"<a>","dimensions":256}`, nil, "",
		},
		"Titan v1 has one size": {
			dialect.Request{Endpoint: dialect.EndpointEmbeddings, Input: []string{"a"}, Dimensions: 256, InputType: "query"},
			"amazon.titan-embed-text-v1",
			"/model/amazon.titan-embed-text-v1/invoke", `{"inputText":"a"}`,
			[]string{"input_type", "dimensions"},
			"",
		},
		"Titan takes one text": {
			dialect.Request{Endpoint: dialect.EndpointEmbeddings, Input: []string{"a", "b"}}, "amazon.titan-embed-text-v2:0", "", "", nil, "input",
		},
		"Nova": {
			dialect.Request{Endpoint: dialect.EndpointEmbeddings, Input: []string{"<a>"}, Dimensions: 256, InputType: "search_query"},
			"us.amazon.nova-2-multimodal-embeddings-v1:0",
			"/model/us.amazon.nova-2-multimodal-embeddings-v1:0/invoke",
			`{"taskType":"SINGLE_EMBEDDING","singleEmbeddingParams":{"embeddingPurpose":"GENERIC_RETRIEVAL","embeddingDimension":256,"text":{"truncationMode":"NONE","value":"<a>"}}}`,
			nil, "",
		},
		"Nova knows no likeness": {
			dialect.Request{Endpoint: dialect.EndpointEmbeddings, Input: []string{"a"}, InputType: "similarity"},
			"amazon.nova-2-multimodal-embeddings-v1:0",
			"/model/amazon.nova-2-multimodal-embeddings-v1:0/invoke",
			`{"taskType":"SINGLE_EMBEDDING","singleEmbeddingParams":{"embeddingPurpose":"GENERIC_INDEX","text":{"truncationMode":"NONE","value":"a"}}}`,
			[]string{"input_type"},
			"",
		},
		"Nova takes one text": {
			dialect.Request{Endpoint: dialect.EndpointEmbeddings, Input: []string{"a", "b"}}, "amazon.nova-2-multimodal-embeddings-v1:0", "", "", nil, "input",
		},
		"Cohere v3": {
			dialect.Request{Endpoint: dialect.EndpointEmbeddings, Input: []string{"a", "b"}, Dimensions: 256, InputType: "query"},
			"cohere.embed-multilingual-v3",
			"/model/cohere.embed-multilingual-v3/invoke", `{"texts":["a","b"],"input_type":"search_query","embedding_types":["float"]}`,
			[]string{"dimensions"},
			"",
		},
		"Cohere v4 by its profile": {
			dialect.Request{Endpoint: dialect.EndpointEmbeddings, Input: []string{"a"}, Dimensions: 256, InputType: "strange", Unmapped: []string{"user"}},
			"us.cohere.embed-v4:0",
			"/model/us.cohere.embed-v4:0/invoke", `{"texts":["a"],"input_type":"search_document","embedding_types":["float"],"output_dimension":256}`,
			[]string{"user", "input_type"},
			"",
		},
		"more texts than Cohere takes": {
			dialect.Request{Endpoint: dialect.EndpointEmbeddings, Input: make([]string, 97)}, "cohere.embed-v4:0", "", "", nil, "input",
		},
		"Cohere ranks": {
			dialect.Request{Endpoint: dialect.EndpointRerank, Rerank: &dialect.RerankQuery{Query: "q", Documents: []string{"a", "b"}, Top: 1, MaxTokens: 9}},
			"cohere.rerank-v3-5:0",
			"/model/cohere.rerank-v3-5:0/invoke", `{"query":"q","documents":["a","b"],"top_n":1,"max_tokens_per_doc":9,"api_version":2}`, nil, "",
		},
		"Amazon ranks": {
			dialect.Request{Endpoint: dialect.EndpointRerank, Rerank: &dialect.RerankQuery{Query: "q", Documents: []string{"a"}, MaxTokens: 9}},
			"amazon.rerank-v1:0",
			"/model/amazon.rerank-v1:0/invoke", `{"query":"q","documents":["a"]}`,
			[]string{"max_tokens_per_doc"},
			"",
		},
		"a chat model embeds nothing": {
			dialect.Request{Endpoint: dialect.EndpointEmbeddings, Input: []string{"a"}}, "amazon.nova-pro-v1:0", "", "", nil, "model",
		},
		"an embedding model ranks nothing": {
			dialect.Request{Endpoint: dialect.EndpointRerank, Rerank: &dialect.RerankQuery{}}, "cohere.embed-v4:0", "", "", nil, "model",
		},
		"a ranking of nothing": {dialect.Request{Endpoint: dialect.EndpointRerank}, "cohere.rerank-v3-5:0", "", "", nil, "documents"},
	} {
		wire, err := bedrock.Outbound{}.Encode(&row.req, dialect.Target{Model: row.model})
		if row.unsupported != "" {
			if e, ok := errors.AsType[*hw.Error](err); !ok || e.Code != hw.CodeUnsupported || e.Field != row.unsupported {
				t.Errorf("%s: %v", name, err)
			}
			continue
		}
		if err != nil || wire.Path != row.path || string(wire.Body) != row.want || !slices.Equal(wire.Dropped, row.dropped) {
			t.Errorf("%s: %v\n%s %s %v", name, err, wire.Path, wire.Body, wire.Dropped)
		}
	}
}

func TestModelsThatTakeOneTextAreAskedOnceForEach(t *testing.T) {
	purposes := map[string]string{
		"": "GENERIC_INDEX", "document": "GENERIC_INDEX", "search_document": "GENERIC_INDEX", "query": "GENERIC_RETRIEVAL",
		"classification": "CLASSIFICATION", "clustering": "CLUSTERING",
	}
	for model, want := range map[string]string{
		"amazon.titan-embed-text-v2:0":             `{"inputText":"%s"}`,
		"amazon.nova-2-multimodal-embeddings-v1:0": `{"taskType":"SINGLE_EMBEDDING","singleEmbeddingParams":{"embeddingPurpose":"PURPOSE","text":{"truncationMode":"NONE","value":"%s"}}}`,
	} {
		for kind, purpose := range purposes {
			req := &dialect.Request{Endpoint: dialect.EndpointEmbeddings, Input: []string{"a", "b", "c"}, InputType: kind}
			wire, err := bedrock.Outbound{}.Encode(req, dialect.Target{Model: model, OneByOne: true})
			if err != nil || len(wire.More) != 2 {
				t.Fatalf("%s %s: %d more, %v", model, kind, len(wire.More), err)
			}
			for i, body := range append([][]byte{wire.Body}, wire.More...) {
				if want := strings.ReplaceAll(strings.ReplaceAll(want, "PURPOSE", purpose), "%s", req.Input[i]); string(body) != want {
					t.Errorf("%s %s: %s", model, kind, body)
				}
			}
		}
	}
}

func TestAnswersOfInvokeModelAreRead(t *testing.T) {
	read := func(endpoint dialect.Endpoint, body string) (*dialect.Answer, error) {
		return bedrock.Outbound{}.Decoder(dialect.Operation{Endpoint: endpoint}).Answer([]byte(body))
	}
	for body, want := range map[string]string{
		`{"embedding":[0.5,-1],"inputTextTokenCount":3,"embeddingsByType":{"float":[0.5,-1]}}`:               `[[0.5,-1]] 3`,
		`{"embeddings": [ {"embeddingType":"TEXT","embedding":[0.5,-1],"truncatedCharLength":9}]}`:           `[[0.5,-1]] -`,
		`{"id":"x","embeddings":[[1],[2]],"texts":["a","b"],"response_type":"embeddings_floats"}`:            `[[1],[2]] -`,
		`{"id":"x","embeddings":{"float":[[1],[2]]},"response_type":"embeddings_by_type","texts":["a","b"]}`: `[[1],[2]] -`,
	} {
		a, err := read(dialect.EndpointEmbeddings, body)
		if err != nil {
			t.Errorf("%s: %v", body, err)
			continue
		}
		vectors, _ := json.Marshal(a.Embeddings)
		tokens := "-"
		if a.Usage != nil {
			tokens = strings.TrimSpace(string(rune('0' + a.Usage.In)))
		}
		if got := string(vectors) + " " + tokens; got != want {
			t.Errorf("%s: %s", body, got)
		}
	}
	if a, err := read(dialect.EndpointRerank, `{"results":[{"index":1,"relevance_score":0.9},{"index":0,"relevance_score":0.1}]}`); err != nil || len(a.Ranked) != 2 || a.Ranked[0].Index != 1 || a.Ranked[0].Score != 0.9 {
		t.Errorf("%+v, %v", a, err)
	}
	for _, row := range []struct {
		endpoint  dialect.Endpoint
		body      string
		malformed bool
	}{
		{dialect.EndpointEmbeddings, `{}`, true},
		{dialect.EndpointEmbeddings, `[]`, true},
		{dialect.EndpointEmbeddings, `{"embeddings":{"int8":[[1]]}}`, true},
		{dialect.EndpointEmbeddings, `{"embeddings":[null]}`, true},
		{dialect.EndpointEmbeddings, `{"embeddings":"x"}`, true},
		{dialect.EndpointEmbeddings, `{"embeddings":[{"embeddingType":"TEXT"}]}`, true},
		{dialect.EndpointEmbeddings, `{"embeddings":[{"embedding":[1]},[2]]}`, true},
		{dialect.EndpointEmbeddings, `{"results":[]}`, true},
		{dialect.EndpointRerank, `{"results":[{"relevance_score":1}]}`, true},
		{dialect.EndpointRerank, `{"embedding":[1]}`, true},
		{dialect.EndpointEmbeddings, `{"message":"Too many requests","__type":"ThrottlingException"}`, false},
	} {
		_, err := read(row.endpoint, row.body)
		if fault, ok := errors.AsType[*dialect.Fault](err); !ok || fault.Malformed != row.malformed {
			t.Errorf("%s: %v", row.body, err)
		}
	}
}

func TestARecordedEmbeddingOfTitan(t *testing.T) {
	total := 0
	dialecttest.Recordings(t, "bedrock-invoke", func(r *dialecttest.Record) {
		if !strings.Contains(r.Model, "titan-embed") || r.Failed() {
			return
		}
		total++
		a, err := bedrock.Outbound{}.Decoder(dialect.Operation{Endpoint: dialect.EndpointEmbeddings}).Answer(r.Plain())
		if err != nil || len(a.Embeddings) != 1 || len(a.Embeddings[0]) != 1024 || a.Usage == nil || a.Usage.In != 2 {
			t.Errorf("%s: %v", r.ID, err)
		}
		wire, err := bedrock.Outbound{}.Encode(&dialect.Request{Endpoint: dialect.EndpointEmbeddings, Input: []string{"JavaScript"}, Dimensions: 1024}, dialect.Target{Model: r.Model})
		if err != nil || wire.Path != r.Request.Path || !strings.Contains(string(wire.Body), `"inputText":"JavaScript","dimensions":1024`) {
			t.Errorf("%s %s, %v", wire.Path, wire.Body, err)
		}
	})
	if total == 0 {
		t.Error("no recording was found")
	}
}

// An answer of any bytes is read or a fault, and what was read is whole.
func FuzzInvoked(f *testing.F) {
	f.Add([]byte(`{"embedding":[1],"inputTextTokenCount":1}`))
	f.Add([]byte(`{"embeddings":{"float":[[1]]}}`))
	f.Add([]byte(`{"embeddings":[{"embeddingType":"TEXT","embedding":[1]}]}`))
	f.Add([]byte(`{"results":[{"index":0,"relevance_score":1}]}`))
	f.Fuzz(func(t *testing.T, body []byte) {
		for _, endpoint := range []dialect.Endpoint{dialect.EndpointEmbeddings, dialect.EndpointRerank} {
			a, err := bedrock.Outbound{}.Decoder(dialect.Operation{Endpoint: endpoint}).Answer(body)
			if _, ok := errors.AsType[*dialect.Fault](err); err != nil && !ok {
				t.Fatalf("%v is no fault", err)
			}
			if err == nil && (slices.ContainsFunc(a.Embeddings, func(v []float64) bool { return v == nil }) || a.Usage != nil && a.Usage.In < 0) {
				t.Fatalf("%q gave %+v", body, a)
			}
		}
	})
}
