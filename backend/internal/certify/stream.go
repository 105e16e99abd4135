package certify

import (
	"context"
	"strings"
	"time"

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
		return r.no(text, "saw.whole")
	case got.pieces == 0:
		return r.no(text, "saw.no_content")
	case got.pieces == 1: // some vendors send a short answer in one
		return unclear("saw.one_piece")
	case !strings.Contains(text, "20"):
		return unclear("saw.other_stream").saw(text, r.s.credential)
	}
	return yes("saw.pieces", "pieces", got.pieces)
}

// longEnough is how long an answer must take for its first piece to tell whether
// it was held back.
const longEnough = time.Second

func streamFirst(_ context.Context, r *run) finding {
	got := r.kept[checkStream]
	switch {
	case got == nil || got.plain:
		return unclear("check.no_stream")
	case got.early:
		return yes("saw.first", "first", got.first.Milliseconds(), "end", got.took.Milliseconds())
	case got.took < longEnough:
		return unclear("saw.too_fast")
	}
	return r.no("", "saw.at_once", "end", got.took.Milliseconds())
}

func streamUsage(_ context.Context, r *run) finding {
	got := r.kept[checkStream]
	switch {
	case got == nil || got.plain:
		return unclear("check.no_stream")
	case got.usage == nil || got.usage.In == 0 || got.usage.Out == 0:
		return r.no("", "saw.stream_untold")
	}
	return yes("saw.tokens", "in", got.usage.In, "out", got.usage.Out)
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
		return r.no("", "saw.after_empty").ended(got)
	}
	return yes("saw.after")
}
