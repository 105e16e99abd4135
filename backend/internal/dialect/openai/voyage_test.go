package openai_test

import (
	"errors"
	"testing"

	"headwater/backend/hw"
	"headwater/backend/internal/dialect"
	"headwater/backend/internal/dialect/dialecttest"
	"headwater/backend/internal/dialect/openai"
)

func TestVoyageReranksInItsOwnWords(t *testing.T) {
	if (openai.Voyage{}).Name() != "voyage" || (openai.Voyage{}).Serves(dialect.EndpointEmbeddings) || !(openai.Voyage{}).Serves(dialect.EndpointRerank) {
		t.Error("it is for reranking only")
	}
	req := &dialect.Request{Endpoint: dialect.EndpointRerank, Rerank: &dialect.RerankQuery{Query: "a", Documents: []string{"b"}, Top: 3}}
	wire, err := openai.Voyage{}.Encode(req, dialect.Target{Model: "rerank-2"})
	if err != nil || string(wire.Body) != `{"model":"rerank-2","query":"a","documents":["b"],"top_k":3}` || wire.Path != "/rerank" {
		t.Errorf("%s %s %v", wire.Path, wire.Body, err)
	}
	for _, query := range []*dialect.RerankQuery{nil, {Documents: make([]string, 1001)}} {
		if _, err := (openai.Voyage{}).Encode(&dialect.Request{Endpoint: dialect.EndpointRerank, Rerank: query}, dialect.Target{}); hw.CodeOf(err) != hw.CodeUnsupported {
			t.Errorf("got %v", err)
		}
	}
	if _, err := (openai.Outbound{}).Encode(req, dialect.Target{}); hw.CodeOf(err) != hw.CodeUnsupported {
		t.Errorf("OpenAI's own: %v", err)
	}
	d := openai.Voyage{}.Decoder(dialect.Operation{})
	for body, malformed := range map[string]bool{
		``: true, `[]`: true, `{"object":"list"}`: true, `{"data":[{"index":0}]}`: true, `{"detail":"Provided API key is invalid."}`: false,
	} {
		_, err := d.Answer([]byte(body))
		if fault, ok := errors.AsType[*dialect.Fault](err); !ok || fault.Malformed != malformed {
			t.Errorf("%s: %v", body, err)
		}
	}
	if _, err := d.Event(nil, "", []byte(`{}`)); err == nil {
		t.Error("an event was taken")
	}
	if _, err := d.Finish(nil); err == nil {
		t.Error("a stream was taken")
	}
}

func TestVoyageEmbedsInItsOwnWords(t *testing.T) {
	op := dialect.Operation{Endpoint: dialect.EndpointEmbeddings}
	for body, want := range map[string]string{
		`{"model":"r","input":"a"}`: `{"model":"voyage-4","input":"a"}`,
		`{"user":"u","model":"r","input":"a","dimensions":512,"encoding_format":"float"}`:                       `{"model":"voyage-4","input":"a","output_dimension":512,"encoding_format":null}`,
		`{"encoding_format" : "base64" , "dimensions" : 256 , "model":"r","input":["dimensions"], "user":"u" }`: `{"encoding_format" : "base64" , "output_dimension" : 256 , "model":"voyage-4","input":["dimensions"] }`,
		`{"model":"r","user":"u"}`: `{"model":"voyage-4"}`,
		`{"user":"u"}`:             ``,
		`{"model":"r","input":"a","dimensions":1,"output_dimension":2,"input_type":"query"}`: `{"model":"voyage-4","input":"a","dimensions":1,"output_dimension":2,"input_type":"query"}`,
	} {
		wire, err := openai.Outbound{}.Adapt(op, []byte(body), dialect.Target{Model: "voyage-4"}, false)
		if string(wire.Body) != want || (err != nil) != (want == "") {
			t.Errorf("%s: %s, %v", body, wire.Body, err)
		}
		other, err := openai.Outbound{}.Adapt(op, []byte(body), dialect.Target{Model: "r"}, false)
		if err == nil && string(other.Body) != body {
			t.Errorf("another model: %s became %s", body, other.Body)
		}
	}
	req := &dialect.Request{Endpoint: dialect.EndpointEmbeddings, Input: []string{"a"}, Dimensions: 512, InputType: dialect.InputTypeDocument, User: "u"}
	wire, err := openai.Outbound{}.Encode(req, dialect.Target{Model: "voyage-4"})
	if err != nil || string(wire.Body) != `{"model":"voyage-4","input":["a"],"output_dimension":512,"input_type":"document"}` {
		t.Errorf("%s %v", wire.Body, err)
	}
}

// TestRecordedVoyageEmbeddingsAreRead reads vectors as numbers and as base64,
// and a usage that is a total only, translated and passed through.
func TestRecordedVoyageEmbeddingsAreRead(t *testing.T) {
	op, read, failed := dialect.Operation{Endpoint: dialect.EndpointEmbeddings}, 0, 0
	dialecttest.Recordings(t, "openai-embeddings", func(r *dialecttest.Record) {
		switch {
		case r.Provider != "voyage":
			return
		case r.Failed():
			failed++
			if d := (openai.Outbound{}).ReadError(r.Response.Status, nil, r.Plain()); d.Reason != dialect.ReasonNoModel {
				t.Errorf("%s: %+v", r.ID, d)
			}
			return
		}
		read++
		a, err := openai.Outbound{}.Decoder(op).Answer(r.Plain())
		if err != nil || len(a.Embeddings) == 0 || len(a.Embeddings[0]) < 4 {
			t.Errorf("%s: %v", r.ID, err)
			return
		}
		for _, x := range a.Embeddings[0] {
			if x < -1 || x > 1 {
				t.Fatalf("%s: %v is no part of a normal vector", r.ID, x)
			}
		}
		sign, err := openai.Outbound{}.Watcher(op).Answer(r.Plain())
		if err != nil || sign.Usage == nil || a.Usage == nil || sign.Usage.In != r.Facts.Usage.Total || a.Usage.In != r.Facts.Usage.Total || a.Usage.Out != 0 {
			t.Errorf("%s: usage %+v and %+v for %+v, %v", r.ID, a.Usage, sign.Usage, r.Facts.Usage, err)
		}
	})
	if read != 9 || failed != 1 {
		t.Errorf("%d recordings, %d of failures", read, failed)
	}
}

func TestRecordedVoyageRankingDecodes(t *testing.T) {
	read := 0
	smallRecords(t, func(r *smallRecord) {
		if r.Provider != "voyage" {
			return
		}
		a, err := openai.Voyage{}.Decoder(dialect.Operation{}).Answer(r.Plain())
		if err != nil || len(a.Ranked) != 3 || a.Ranked[0] != (dialect.Ranked{Index: 3, Score: 0.7421875}) || a.Usage.In != 57 {
			t.Errorf("%s: %+v, %v", r.ID, a, err)
		}
		read++
	}, "rerank")
	if read != 1 {
		t.Errorf("%d recordings", read)
	}
}
