package dialect

import (
	"fmt"

	"headwater/backend/hw"
)

// MostOneByOne is how many requests one call is made of at most.
const MostOneByOne = 100

// OneByOne puts a request for each of the texts into a wire, for a model that
// takes one text at a time. body renders the request for one. Errors are
// *hw.Error where the texts are too many.
func (w *Wire) OneByOne(texts []string, to Target, body func(text string) ([]byte, error)) error {
	switch n := len(texts); {
	case n == 0 || n > 1 && !to.OneByOne:
		return hw.Errorf(hw.CodeUnsupported, "The model takes one text at a time.").At("input")
	case n > MostOneByOne:
		return hw.Errorf(hw.CodeUnsupported, "The model takes one text at a time, and a call may have at most %d of them.", MostOneByOne).At("input")
	}
	for i, text := range texts {
		rendered, err := body(text)
		if err != nil {
			return fmt.Errorf("rendering the request for text %d: %w", i, err)
		}
		if i == 0 {
			w.Body = rendered
			continue
		}
		w.More = append(w.More, rendered)
	}
	return nil
}

// Part decodes the answer for one text. One that holds more or fewer vectors
// would give those after it to the wrong texts.
func (x *translation) Part(body []byte) (*Usage, error) {
	a, err := x.out.Decoder(x.op).Answer(body)
	if err == nil && len(a.Embeddings) != 1 {
		err = &Fault{Malformed: true, Detail: ErrorDetail{Message: fmt.Sprintf("the answer for one text has %d embeddings", len(a.Embeddings))}}
	}
	if err != nil {
		return x.partsUsage(), err //nolint:wrapcheck // a *Fault is the answer's own error
	}
	a.Usage = a.Usage.Sound()
	if x.parts == nil {
		x.parts = a
		return a.Usage, nil
	}
	x.parts.Embeddings = append(x.parts.Embeddings, a.Embeddings...)
	x.parts.Usage = both(x.parts.Usage, a.Usage)
	return x.parts.Usage, nil
}

func (x *translation) partsUsage() *Usage {
	if x.parts == nil {
		return nil
	}
	return x.parts.Usage
}

// both adds two usages of embeddings, which have nothing but tokens; nil where
// one of them is not known.
func both(a, b *Usage) *Usage {
	if a == nil || b == nil {
		return nil
	}
	return (&Usage{In: a.In + b.In, Out: a.Out + b.Out}).Sound()
}

// Parts encodes what the parts are together.
func (x *translation) Parts(dst []byte) ([]byte, *Usage, error) {
	a := x.parts
	x.reckon(a)
	dst, err := x.encoder(false).Answer(dst, a)
	return dst, a.Usage, err
}
