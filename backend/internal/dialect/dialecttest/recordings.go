package dialecttest

import (
	"bufio"
	"compress/gzip"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"slices"
	"strings"
	"sync"
	"testing"

	"headwater/backend/internal/dialect"
)

// dataEnv names the folder of the recordings.
const dataEnv = "HEADWATER_TESTDATA"

// Record is one recorded call of a provider.
type Record struct {
	ID       string         `json:"id"`
	Dialect  string         `json:"dialect"`
	Provider string         `json:"provider"`
	Model    string         `json:"model"`
	Features []string       `json:"features"`
	Request  *RecordRequest `json:"request"`
	Response RecordResponse `json:"response"`
	Facts    *Facts         `json:"facts"`
}

// RecordRequest is what was asked.
type RecordRequest struct {
	Method string          `json:"method"`
	Path   string          `json:"path"`
	Query  string          `json:"query"`
	Body   json.RawMessage `json:"body"`
}

// RecordResponse is what was answered, in one of its forms.
type RecordResponse struct {
	Status  int               `json:"status"`
	Headers map[string]string `json:"headers"`
	Body    json.RawMessage   `json:"body"`
	Text    string            `json:"body_text"`
	SSE     string            `json:"sse"`
	NDJSON  string            `json:"ndjson"`
	RawB64  string            `json:"raw_b64"`
}

// Facts is what a client must get out of the answer, as the provider says it.
type Facts struct {
	Text      string `json:"text"`
	Reasoning string `json:"reasoning"`
	Refusal   string `json:"refusal"`
	Finish    string `json:"finish"`
	ToolCalls []Call `json:"tool_calls"`
	// Usage is nil in facts that have no counts.
	Usage *Usage `json:"usage"`
}

// UnmarshalJSON leaves the usage of a record that has none nil.
func (f *Facts) UnmarshalJSON(raw []byte) error {
	type plain Facts
	if err := json.Unmarshal(raw, (*plain)(f)); err != nil {
		return fmt.Errorf("reading facts: %w", err)
	}
	var counts struct {
		Usage map[string]any `json:"usage"`
	}
	if err := json.Unmarshal(raw, &counts); err != nil {
		return fmt.Errorf("reading facts: %w", err)
	}
	if len(counts.Usage) == 0 {
		f.Usage = nil
	}
	return nil
}

// Has reports whether the record has a feature.
func (r *Record) Has(feature string) bool { return slices.Contains(r.Features, feature) }

// Failed is true for an answer with an error status.
func (r *Record) Failed() bool { return r.Response.Status >= 400 }

// RequestBody is the JSON of the request; nil where only the answer was recorded.
func (r *Record) RequestBody() []byte {
	if r.Request == nil || string(r.Request.Body) == "null" {
		return nil
	}
	return r.Request.Body
}

// Stream is the body of a streamed answer and its framing; FramingNone for a
// plain one.
func (r *Record) Stream() ([]byte, dialect.Framing) {
	switch {
	case r.Response.SSE != "":
		return []byte(r.Response.SSE), dialect.FramingSSE
	case r.Response.NDJSON != "":
		return []byte(r.Response.NDJSON), dialect.FramingLines
	case r.Response.RawB64 != "":
		raw, err := base64.StdEncoding.DecodeString(r.Response.RawB64)
		if err == nil {
			return raw, dialect.FramingAWS
		}
	}
	return nil, dialect.FramingNone
}

// Plain is the body of a plain answer.
func (r *Record) Plain() []byte {
	if r.Response.Body == nil {
		return []byte(r.Response.Text)
	}
	return r.Response.Body
}

// Recordings visits every record of a dialect; it skips the test where the
// recordings are not installed.
func Recordings(tb testing.TB, dialectName string, visit func(r *Record)) {
	tb.Helper()
	if os.Getenv(dataEnv) == "" {
		tb.Skip("SKIPPED: " + dataEnv + " is unset, the recorded provider traffic was not run")
	}
	all, err := traffic()
	if err != nil {
		tb.Fatal(err)
	}
	for _, r := range all[dialectName] {
		visit(r)
	}
}

// traffic reads the recordings once for all tests.
var traffic = sync.OnceValues(func() (map[string][]*Record, error) {
	folder := os.DirFS(os.Getenv(dataEnv))
	files, err := fs.Glob(folder, "traffic/[a-z]*.jsonl.gz")
	if err != nil || len(files) == 0 {
		return nil, fmt.Errorf("no recordings found: %w", err)
	}
	all := map[string][]*Record{}
	for _, file := range files {
		if err := readRecords(folder, file, all); err != nil {
			return nil, fmt.Errorf("reading %s: %w", file, err)
		}
	}
	return all, nil
})

// readRecords adds the records of one file. Lines reach 1.5 MB.
func readRecords(folder fs.FS, file string, all map[string][]*Record) error {
	f, err := folder.Open(file)
	if err != nil {
		return fmt.Errorf("opening: %w", err)
	}
	defer func() { _ = f.Close() }() // nothing was written
	zr, err := gzip.NewReader(f)
	if err != nil {
		return fmt.Errorf("unpacking: %w", err)
	}
	lines := bufio.NewReaderSize(zr, 1<<20)
	for {
		line, err := lines.ReadBytes('\n')
		if len(line) > 0 && wanted(line) {
			r := &Record{}
			if err := json.Unmarshal(line, r); err != nil {
				return fmt.Errorf("reading a record: %w", err)
			}
			all[r.Dialect] = append(all[r.Dialect], r)
		}
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return fmt.Errorf("unpacking: %w", err)
		}
	}
}

// wanted spares the decoding of records of dialects that no test asks for.
func wanted(line []byte) bool {
	head := string(line[:min(len(line), 2000)])
	for _, name := range []string{
		"openai-chat", "openai-embeddings", "openai-responses", "anthropic-messages", "gemini-generate", "gemini-stream",
		"ollama-chat", "cohere-chat-v2", "bedrock-converse", "bedrock-converse-stream",
		"bedrock-invoke", "bedrock-invoke-stream", "vertex-raw", "vertex-raw-stream", "vertex-predict", "gemini-embed",
	} {
		if strings.Contains(head, `"dialect":"`+name+`"`) || strings.Contains(head, `"dialect": "`+name+`"`) {
			return true
		}
	}
	return false
}
