package dialect_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"headwater/backend/hw"
	"headwater/backend/internal/dialect"
	"headwater/backend/internal/dialect/bedrock"
	"headwater/backend/internal/dialect/openai"
)

func bodyOf(text string) ([]byte, error) { return []byte("<" + text + ">"), nil }

func TestOneRequestForEachTextWhereSeveralCanBeSent(t *testing.T) {
	several := dialect.Target{OneByOne: true}
	for name, row := range map[string]struct {
		texts []string
		to    dialect.Target
		want  string // the bodies; empty where the texts are refused
	}{
		"one text":                     {[]string{"a"}, dialect.Target{}, "<a>"},
		"several":                      {[]string{"a", "b", "c"}, several, "<a><b><c>"},
		"several for who can send one": {[]string{"a", "b"}, dialect.Target{}, ""},
		"none":                         {nil, several, ""},
		"as many as may be":            {make([]string, dialect.MostOneByOne), several, strings.Repeat("<>", dialect.MostOneByOne)},
		"too many":                     {make([]string, dialect.MostOneByOne+1), several, ""},
	} {
		var wire dialect.Wire
		err := wire.OneByOne(row.texts, row.to, bodyOf)
		if row.want == "" {
			if e, ok := errors.AsType[*hw.Error](err); !ok || e.Code != hw.CodeUnsupported || e.Field != "input" {
				t.Errorf("%s: %v", name, err)
			}
			continue
		}
		got := string(wire.Body)
		for _, more := range wire.More {
			got += string(more)
		}
		if err != nil || got != row.want || len(row.texts) == 1 && wire.More != nil {
			t.Errorf("%s: %v %s", name, err, got)
		}
	}
}

// inParts is an exchange between a caller of OpenAI's and Bedrock's InvokeModel.
func inParts() dialect.Exchange {
	return dialect.NewExchange(openai.Inbound{}, bedrock.Outbound{}, dialect.EncodeOptions{
		Op: dialect.Operation{Endpoint: dialect.EndpointEmbeddings}, Model: "mine",
		Estimate: func(dialect.Said) *dialect.Usage { return &dialect.Usage{In: 77, Estimated: true} },
	})
}

func titanSays(n, tokens int) []byte {
	return fmt.Appendf(nil, `{"embedding":[%d],"inputTextTokenCount":%d}`, n, tokens)
}

func TestTheAnswersForSeveralTextsAreOneInTheirOrder(t *testing.T) {
	x := inParts()
	for i, total := range []int64{2, 5, 9} {
		usage, err := x.Part(titanSays(i, i+2))
		if err != nil || usage == nil || usage.In != total {
			t.Fatalf("%d: %+v, %v", i, usage, err)
		}
	}
	out, usage, err := x.Parts([]byte("before "))
	const rows = `"data":[{"object":"embedding","index":0,"embedding":[0]},{"object":"embedding","index":1,"embedding":[1]},{"object":"embedding","index":2,"embedding":[2]}],"model":"mine"`
	if err != nil || usage.In != 9 || usage.Estimated || !strings.HasPrefix(string(out), "before {") || !strings.Contains(string(out), rows) || !strings.Contains(string(out), `"prompt_tokens":9`) {
		t.Errorf("%+v, %v\n%s", usage, err, out)
	}
}

func TestUsageThatOneOfSeveralAnswersLacksIsEstimatedForAll(t *testing.T) {
	x := inParts()
	for _, body := range []string{`{"embedding":[1],"inputTextTokenCount":3}`, `{"embedding":[1]}`, `{"embedding":[1],"inputTextTokenCount":3}`} {
		if _, err := x.Part([]byte(body)); err != nil {
			t.Fatal(err)
		}
	}
	if out, usage, err := x.Parts(nil); err != nil || usage.In != 77 || !usage.Estimated {
		t.Errorf("%+v, %v\n%s", usage, err, out)
	}
}

func TestAnAnswerForOneTextHasOneEmbedding(t *testing.T) {
	for body, malformed := range map[string]bool{
		`{"embeddings":[[1],[2]]}`:            true,
		`{"embeddings":[]}`:                   true,
		`{}`:                                  true,
		`{"embedding":[1]},{"embedding":[2]}`: true,
		`{"message":"Too many requests","__type":"ThrottlingException"}`: false,
	} {
		x := inParts()
		if _, err := x.Part(titanSays(1, 4)); err != nil {
			t.Fatal(err)
		}
		usage, err := x.Part([]byte(body))
		if fault, ok := errors.AsType[*dialect.Fault](err); !ok || fault.Malformed != malformed || usage == nil || usage.In != 4 {
			t.Errorf("%s: %+v, %v", body, usage, err)
		}
	}
}
