package simulator

import (
	"encoding/base64"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"math"
	"net/http"
	"strings"
)

// The bounds of an embeddings request.
const (
	defaultDimensions = 256
	maxDimensions     = 3072
	maxInputs         = 2048
	// maxNumbers bounds texts times dimensions: a small request must not cost
	// much memory.
	maxNumbers = 1 << 18
)

type embeddingsRequest struct {
	Input      json.RawMessage `json:"input"`
	Dimensions int             `json:"dimensions"`
	Encoding   string          `json:"encoding_format"`
}

// embeddings answers with bags of words: texts that share words are near each
// other, which is enough to try a search with.
func (s *Simulator) embeddings(w http.ResponseWriter, r *http.Request) {
	var req embeddingsRequest
	if !read(w, r, &req) {
		return
	}
	texts, ok := inputs(req.Input)
	if !ok || len(texts) == 0 || len(texts) > maxInputs {
		refuse(w, http.StatusBadRequest, "input", fmt.Sprintf("The input must be a text or 1 to %d texts.", maxInputs))
		return
	}
	if req.Dimensions == 0 {
		req.Dimensions = defaultDimensions
	}
	if req.Dimensions < 1 || req.Dimensions > maxDimensions {
		refuse(w, http.StatusBadRequest, "dimensions", fmt.Sprintf("The dimensions must be 1 to %d.", maxDimensions))
		return
	}
	if len(texts)*req.Dimensions > maxNumbers {
		refuse(w, http.StatusBadRequest, "input", "The practice model gives at most 262144 numbers at a time; send fewer texts or ask for fewer dimensions.")
		return
	}
	type row struct {
		Object    string `json:"object"`
		Index     int    `json:"index"`
		Embedding any    `json:"embedding"`
	}
	rows, tokens := make([]row, len(texts)), 0
	for i, text := range texts {
		v := vector(text, req.Dimensions)
		rows[i] = row{"embedding", i, v}
		if req.Encoding == "base64" {
			rows[i].Embedding = packed(v)
		}
		tokens += len(strings.Fields(text))
	}
	reply(w, http.StatusOK, struct {
		Object string         `json:"object"`
		Data   []row          `json:"data"`
		Model  string         `json:"model"`
		Usage  map[string]int `json:"usage"`
	}{"list", rows, EmbeddingModel, map[string]int{"prompt_tokens": tokens, "total_tokens": tokens}})
}

// inputs reads the forms an input may have: a text, texts, token numbers, or
// lists of them; tokens are taken as the words that spell them.
func inputs(raw json.RawMessage) ([]string, bool) {
	var one string
	if len(raw) == 0 || string(raw) == "null" {
		return nil, false
	}
	if json.Unmarshal(raw, &one) == nil {
		return []string{one}, true
	}
	var many []string
	if json.Unmarshal(raw, &many) == nil {
		return many, true
	}
	var tokens []int64
	if json.Unmarshal(raw, &tokens) == nil {
		return []string{strings.Trim(fmt.Sprint(tokens), "[]")}, true
	}
	var lists [][]int64
	if json.Unmarshal(raw, &lists) != nil {
		return nil, false
	}
	for _, list := range lists {
		many = append(many, strings.Trim(fmt.Sprint(list), "[]"))
	}
	return many, true
}

// vector is the unit vector of a text's words.
func vector(text string, dimensions int) []float32 {
	v := make([]float32, dimensions)
	words := wordsOf(text)
	if len(words) == 0 {
		words = map[string]bool{text: true}
	}
	for word := range words {
		h := sum(word)
		// Each word leaves its mark, plus or minus, in one place; whole numbers
		// add up alike in any order, so the map's order does not show.
		if h>>63 == 0 {
			v[h%uint64(dimensions)]++ //nolint:gosec // dimensions is 1 to 3072
		} else {
			v[h%uint64(dimensions)]-- //nolint:gosec // as above
		}
	}
	square := 0.0
	for _, x := range v {
		square += float64(x) * float64(x)
	}
	if square == 0 { // marks that cancelled out
		v[0], square = 1, 1
	}
	norm := float32(math.Sqrt(square))
	for i := range v {
		v[i] /= norm
	}
	return v
}

func packed(v []float32) string {
	b := make([]byte, 0, 4*len(v))
	for _, x := range v {
		b = binary.LittleEndian.AppendUint32(b, math.Float32bits(x))
	}
	return base64.StdEncoding.EncodeToString(b)
}
