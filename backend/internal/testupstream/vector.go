package testupstream

import (
	"encoding/base64"
	"encoding/binary"
	"hash/fnv"
	"math"
)

// maxInputs and maxDimensions bound what one embeddings request may cost.
const (
	maxInputs     = 2048
	maxDimensions = 4096
)

// defaultDimensions is the length of a vector when nobody asked for another.
const defaultDimensions = 8

// vectorOf is the vector of a text, the same in every protocol.
func vectorOf(text string, dimensions int) []float32 { return vector(mustJSON(text), dimensions) }

// vector is a unit vector that depends on the text alone.
func vector(text []byte, dimensions int) []float32 {
	h := fnv.New64a()
	_, _ = h.Write(text)
	state := h.Sum64() | 1
	out := make([]float32, dimensions)
	norm := 0.0
	for i := range out {
		state ^= state << 13
		state ^= state >> 7
		state ^= state << 17
		v := float64(int32(state>>32)) / math.MaxInt32
		out[i] = float32(v)
		norm += v * v
	}
	for i := range out {
		out[i] /= float32(math.Sqrt(norm))
	}
	return out
}

func encodeVector(v []float32, encoding string) any {
	if encoding != "base64" {
		return v
	}
	b := make([]byte, 0, 4*len(v))
	for _, f := range v {
		b = binary.LittleEndian.AppendUint32(b, math.Float32bits(f))
	}
	return base64.StdEncoding.EncodeToString(b)
}

// dimensionsOr is the length of the vectors a request asks for, and what is
// wrong with it or with the number of its texts.
func dimensionsOr(asked, texts int) (dimensions int, fault string) {
	switch {
	case texts > maxInputs:
		return 0, "the request has too many texts"
	case asked < 0 || asked > maxDimensions:
		return 0, "the number of dimensions is out of range"
	case asked == 0:
		return defaultDimensions, ""
	}
	return asked, ""
}
