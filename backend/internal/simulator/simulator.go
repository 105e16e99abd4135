// Package simulator is the built-in practice model: an upstream inside the
// process, so that a gateway without any vendor's key can be tried out.
//
// It deliberately does not imitate intelligence: it echoes, tells one of a few
// fixed stories, or calls a tool when asked to, and says in every answer what
// it is (model "practice", system_fingerprint "headwater-simulator"). It keeps
// nothing between requests. Its one invariant: an answer depends on the
// request alone, except for its time of creation.
//
// What it does with a chat, in this order:
//
//   - the last message is a tool's result: it repeats the result;
//   - the request has tools, and tool_choice demands one, or the last user text
//     contains the word "tool" or the name of one: it calls that tool (else the
//     first) with arguments made to fit the tool's schema;
//   - response_format wants JSON: an object made to fit the schema, or an echo
//     as an object;
//   - the last user text contains the word "story": a story;
//   - otherwise: an echo of the last user text.
//
// One word is one token, going in and coming out.
package simulator

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"time"
)

const (
	// Model is the chat model's name; it stands in every answer, whatever the
	// caller called it.
	Model = "practice"
	// EmbeddingModel is the embedding model's name.
	EmbeddingModel = "practice-embedding"
	// Fingerprint is the system_fingerprint of every chat answer.
	Fingerprint = "headwater-simulator"
	// DefaultGap is a pause between two words that makes a stream look alive.
	DefaultGap = 20 * time.Millisecond
	// maxBody is the most of a request that is read. Unit: bytes.
	maxBody = 32 << 20
)

// Config says how the practice model behaves.
type Config struct {
	// Gap is the pause between two words of a stream. Zero means none;
	// DefaultGap is meant for people.
	Gap time.Duration
}

// Simulator is the practice model as an HTTP handler. Safe for concurrent use.
type Simulator struct {
	gap time.Duration
	mux *http.ServeMux
}

// New makes a practice model.
func New(c Config) *Simulator {
	s := &Simulator{gap: c.Gap, mux: http.NewServeMux()}
	s.mux.HandleFunc("POST /v1/chat/completions", s.chat)
	s.mux.HandleFunc("POST /v1/embeddings", s.embeddings)
	s.mux.HandleFunc("GET /v1/models", listModels)
	s.mux.HandleFunc("GET /v1/models/{model}", showModel)
	s.mux.HandleFunc("/", func(w http.ResponseWriter, r *http.Request) {
		refuse(w, http.StatusNotFound, "", fmt.Sprintf("The practice model has no %s %s.", r.Method, r.URL.Path))
	})
	return s
}

// ServeHTTP implements http.Handler.
func (s *Simulator) ServeHTTP(w http.ResponseWriter, r *http.Request) { s.mux.ServeHTTP(w, r) }

// modelRow is one row of the model list.
type modelRow struct {
	ID      string `json:"id"`
	Object  string `json:"object"`
	Created int64  `json:"created"`
	OwnedBy string `json:"owned_by"`
}

func models() []modelRow {
	return []modelRow{
		{Model, "model", 0, Fingerprint},
		{EmbeddingModel, "model", 0, Fingerprint},
	}
}

func listModels(w http.ResponseWriter, _ *http.Request) {
	reply(w, http.StatusOK, struct {
		Object string     `json:"object"`
		Data   []modelRow `json:"data"`
	}{"list", models()})
}

func showModel(w http.ResponseWriter, r *http.Request) {
	for _, m := range models() {
		if m.ID == r.PathValue("model") {
			reply(w, http.StatusOK, m)
			return
		}
	}
	refuse(w, http.StatusNotFound, "model", "The practice model knows the models practice and practice-embedding.")
}

// read decodes the body of a request and answers when it cannot be.
func read(w http.ResponseWriter, r *http.Request, into any) bool {
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxBody))
	if err != nil {
		refuse(w, http.StatusRequestEntityTooLarge, "", "The request body could not be read, or is larger than 32 MiB.")
		return false
	}
	if err := json.Unmarshal(body, into); err != nil {
		refuse(w, http.StatusBadRequest, "", "The request body is not the JSON of this endpoint.")
		return false
	}
	return true
}

// reply sends a whole answer. A client that has gone is not told so.
func reply(w http.ResponseWriter, status int, v any) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_, _ = w.Write(encode(v))
}

// refuse sends an error in OpenAI's shape.
func refuse(w http.ResponseWriter, status int, param, text string) {
	type body struct {
		Message string  `json:"message"`
		Type    string  `json:"type"`
		Param   *string `json:"param"`
		Code    *string `json:"code"`
	}
	b := body{Message: text, Type: "invalid_request_error"}
	if param != "" {
		b.Param = &param
	}
	reply(w, status, map[string]body{"error": b})
}

// encode renders the package's own types, which always can be rendered.
func encode(v any) []byte {
	b, err := json.Marshal(v)
	if err != nil {
		panic("bug: encoding a practice answer: " + err.Error())
	}
	return b
}
