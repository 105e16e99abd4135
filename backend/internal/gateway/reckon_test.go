package gateway

import (
	"testing"

	"headwater/backend/internal/dialect"
)

// listening counts how often it is asked what an answer has said.
type listening struct {
	dialect.Exchange
	asked int
}

// Said implements dialect.Exchange.
func (l *listening) Said() dialect.Said {
	l.asked++
	return dialect.Said{Text: "one two three four five six", Times: 1}
}

func TestWhatAnAnswerSaidIsReadOnlyWhereItsUsageIsNotAllTold(t *testing.T) {
	for _, row := range []struct {
		name        string
		usage       *dialect.Usage
		over, ended bool
		out         int64
		estimated   bool
		asked       int
	}{
		{"a stream that told all", &dialect.Usage{In: 5, Out: 2}, true, false, 2, false, 0},
		{"a whole answer", &dialect.Usage{In: 5, Out: 2}, false, true, 2, false, 0},
		{"one that broke off with the counts of its beginning", &dialect.Usage{In: 5, Out: 1}, false, false, 6, true, 1},
		{"one that told nothing", nil, true, false, 6, true, 1},
	} {
		said := &listening{}
		c := &Call{op: dialect.Operation{Endpoint: dialect.EndpointChat}}
		x := &exchange{c: c, model: "gpt-4o", request: &dialect.Request{}, translate: said, usage: row.usage, over: row.over, ended: row.ended}
		x.reckon(true)
		x.reckon(true)
		if x.usage.Out != row.out || x.usage.Estimated != row.estimated || said.asked != row.asked {
			t.Errorf("%s: %+v, asked %d times", row.name, x.usage, said.asked)
		}
	}
}
