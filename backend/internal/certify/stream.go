package certify

import (
	"context"
	"strings"
	"time"

	"headwater/backend/hw"
	"headwater/backend/internal/dialect"
)

func askStream(*subject) *dialect.Request {
	req := asking(counting)
	req.Stream, req.StreamUsage = true, true
	return req
}

func judgeStream(r *run, got *reply) finding {
	text := got.text()
	switch {
	case got.plain:
		return r.no(text, "It was asked to stream, and gave the answer as one piece.")
	case got.pieces == 0:
		return r.no(text, "The stream came to its end without any content.")
	case got.pieces == 1: // some vendors send a short answer in one
		return unclear("The stream has one piece with content and a proper end: too little to tell.")
	case !strings.Contains(text, "20"):
		return finding{outcome: hw.CheckUnclear, words: "The stream came to its end, but it says something else than was asked for.", seen: excerpt(text, r.s.credential)}
	}
	return yes("%d pieces came, and a proper end.", got.pieces)
}

// longEnough is how long an answer must take for its first piece to tell whether
// it was held back.
const longEnough = time.Second

func streamFirst(_ context.Context, r *run) finding {
	got := r.kept[checkStream]
	switch {
	case got == nil || got.plain:
		return unclear("There was no stream to look at.")
	case got.early:
		return yes("The first content came after %d ms, the end after %d.", got.first.Milliseconds(), got.took.Milliseconds())
	case got.took < longEnough:
		return unclear("The whole answer came at once, but so fast that it says nothing.")
	}
	return r.no("", "Everything came at once, after %d ms.", got.took.Milliseconds())
}

func streamUsage(_ context.Context, r *run) finding {
	got := r.kept[checkStream]
	switch {
	case got == nil || got.plain:
		return unclear("There was no stream to look at.")
	case got.usage == nil || got.usage.In == 0 || got.usage.Out == 0:
		return r.no("", "The stream does not tell its tokens.")
	}
	return yes("It counted %d tokens in and %d out.", got.usage.In, got.usage.Out)
}

// cancelStream breaks a stream off at its first content, and asks again.
func cancelStream(ctx context.Context, r *run) finding {
	if _, t := r.ask(ctx, &question{req: askStream(r.s), leave: true}); t != nil {
		return r.told(t)
	}
	got, t := r.ask(ctx, &question{req: askAnswer(r.s)})
	if t != nil {
		return r.told(t)
	}
	if strings.TrimSpace(got.text()) == "" {
		return r.no("", "After a stream was broken off, the next answer is empty%s.", ended(got))
	}
	return yes("After a stream was broken off, the next call was answered.")
}
