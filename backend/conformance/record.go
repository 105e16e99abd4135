package conformance

import (
	"bufio"
	"compress/gzip"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// The dialects of recordings that the suite uses.
const (
	dialectChat       = "openai-chat"
	dialectEmbeddings = "openai-embeddings"
	dialectAnthropic  = "anthropic-messages"
)

// Record is one recorded exchange with a provider.
type Record struct {
	ID       string   `json:"id"`
	Provider string   `json:"provider"`
	Dialect  string   `json:"dialect"`
	Features []string `json:"features"`
	// Request is nil where only the answer was recorded.
	Request  *RecordedRequest `json:"request"`
	Response struct {
		Status int             `json:"status"`
		SSE    *string         `json:"sse"`
		Body   json.RawMessage `json:"body"`
	} `json:"response"`
	Facts Facts `json:"facts"`
}

// RecordedRequest is the request of a Record as far as the suite needs it.
type RecordedRequest struct {
	Body json.RawMessage `json:"body"`
}

// Facts are what a client must get out of a recorded answer, in the words and
// the counting of the provider.
type Facts struct {
	Text      string           `json:"text"`
	Reasoning string           `json:"reasoning"`
	ToolCalls []Call           `json:"tool_calls"`
	Finish    string           `json:"finish"`
	Usage     map[string]int64 `json:"usage"`
	Vectors   int              `json:"vectors"`
	// Dims is a number, or the word base64 where the vectors were not counted.
	Dims  any       `json:"dims"`
	First []float64 `json:"first"`
}

// Has reports whether the recording carries a feature.
func (r *Record) Has(feature string) bool { return slices.Contains(r.Features, feature) }

// Streamed reports whether the answer is an event stream.
func (r *Record) Streamed() bool { return r.Response.SSE != nil }

// readRecords reads the recordings of the wanted dialects from every file of a
// folder, in the order of the file names.
func readRecords(dir string, dialects ...string) ([]*Record, error) {
	files, err := filepath.Glob(filepath.Join(dir, "*.jsonl.gz"))
	if err != nil {
		return nil, fmt.Errorf("listing recordings: %w", err)
	}
	var all []*Record
	for _, name := range files {
		if strings.HasPrefix(filepath.Base(name), "_") {
			continue
		}
		found, err := readFile(name, dialects)
		if err != nil {
			return nil, fmt.Errorf("reading %s: %w", filepath.Base(name), err)
		}
		all = append(all, found...)
	}
	if len(all) == 0 {
		return nil, fmt.Errorf("no recordings in %s", dir)
	}
	return all, nil
}

func readFile(name string, dialects []string) ([]*Record, error) {
	f, err := os.Open(name) //nolint:gosec // a folder that the suite's user names
	if err != nil {
		return nil, err //nolint:wrapcheck // the caller names the file
	}
	defer f.Close()
	zr, err := gzip.NewReader(f)
	if err != nil {
		return nil, fmt.Errorf("decompressing: %w", err)
	}
	var found []*Record
	lines := bufio.NewReaderSize(zr, 1<<20)
	for {
		line, err := lines.ReadBytes('\n') // lines reach 1.5 MB: no Scanner
		if errors.Is(err, io.EOF) && len(line) == 0 {
			return found, nil
		}
		if err != nil && !errors.Is(err, io.EOF) {
			return nil, fmt.Errorf("reading a line: %w", err)
		}
		var head struct {
			Dialect string `json:"dialect"`
		}
		if err := json.Unmarshal(line, &head); err != nil {
			return nil, fmt.Errorf("reading a recording's head: %w", err)
		}
		if !slices.Contains(dialects, head.Dialect) {
			continue
		}
		r := new(Record)
		if err := json.Unmarshal(line, r); err != nil {
			return nil, fmt.Errorf("reading a recording: %w", err)
		}
		found = append(found, r)
	}
}
