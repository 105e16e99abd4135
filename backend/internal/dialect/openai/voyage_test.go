package openai_test

import (
	"errors"
	"testing"

	"headwater/backend/hw"
	"headwater/backend/internal/dialect"
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
