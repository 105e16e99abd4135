package dialect

// direct passes the answer of a media endpoint through as the upstream gives it.
// Where a stream was asked for and a whole answer came, or the reverse, the
// caller gets what came: its own client tells them apart by the content type.
type direct struct{ *relay }

func newDirect(r *relay) Exchange {
	if w, ok := r.watch.(TypeWatcher); ok {
		w.Type(r.opts.Type)
	}
	return direct{r}
}

// AnswerAsStream passes a whole answer.
func (x direct) AnswerAsStream(dst, body []byte) ([]byte, *Usage, error) { return x.Answer(dst, body) }

// StreamAsAnswer passes a stream that is there in full.
func (x direct) StreamAsAnswer(dst, body []byte) ([]byte, *Usage, error) {
	dst, _, err := x.Feed(dst, body)
	if err != nil {
		return dst, x.usage, err
	}
	return x.Close(dst)
}
