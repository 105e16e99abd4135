package dialect_test

import (
	"errors"
	"strings"
	"testing"

	"headwater/backend/internal/dialect"
	"headwater/backend/internal/dialect/openai"
)

// feed sends a streamed body through an exchange in pieces of the given size.
func feed(x dialect.Exchange, body string, size int) (out []byte, usage *dialect.Usage, content bool, err error) {
	for len(body) > 0 {
		n := min(size, len(body))
		var sign dialect.Sign
		out, sign, err = x.Feed(out, []byte(body[:n]))
		content = content || sign.Content
		if sign.Usage != nil {
			usage = sign.Usage
		}
		if err != nil {
			return out, usage, content, err
		}
		body = body[n:]
	}
	out, last, err := x.Close(out)
	if last != nil {
		usage = last
	}
	return out, usage, content, err
}

func passing(opts dialect.EncodeOptions) dialect.Exchange {
	opts.Op.Endpoint = dialect.EndpointChat
	return dialect.NewExchange(openai.Inbound{}, openai.Outbound{}, opts)
}

const openAIStream = ": PROCESSING\n\n" +
	"data: {\"id\":\"1\",\"model\":\"up\",\"choices\":[{\"index\":0,\"delta\":{\"role\":\"assistant\",\"content\":\"\"}}],\"new\":1}\r\n\r\n" +
	"event: surprise\nid: 7\ndata: {\"kind\":\"unknown\"}\n\n" +
	"data:{\"model\" : \"up\",\"choices\":[{\"index\":0,\"delta\":{\"content\":\"日本\"},\"finish_reason\":\"stop\"}]}\n\n" +
	"data: {\"model\":\"up\",\"choices\":[],\"usage\":{\"prompt_tokens\":3,\"completion_tokens\":2,\"total_tokens\":5}}\n\n" +
	"data: [DONE]\n\n"

func TestPassThroughOfAStreamChangesOnlyTheModel(t *testing.T) {
	all := strings.ReplaceAll(openAIStream, `"up"`, `"route"`)
	usage := "data: {\"model\":\"route\",\"choices\":[],\"usage\":{\"prompt_tokens\":3,\"completion_tokens\":2,\"total_tokens\":5}}\n\n"
	for _, asked := range []bool{true, false} {
		want := all
		if !asked {
			want = strings.Replace(all, usage, "", 1)
		}
		for size := 1; size <= len(openAIStream); size++ {
			out, u, content, err := feed(passing(dialect.EncodeOptions{Model: "route", StreamUsage: asked}), openAIStream, size)
			if err != nil || string(out) != want || !content || u == nil || u.In != 3 || u.Out != 2 {
				t.Fatalf("pieces of %d: %v, usage %+v\ngot  %q\nwant %q", size, err, u, out, want)
			}
		}
	}
}

func TestPassThroughSeesTheEndOfAStream(t *testing.T) {
	chunk := "data: {\"choices\":[{\"delta\":{\"content\":\"a\"}}]}\n\n"
	for _, row := range []struct {
		name, body, tail     string
		truncated, malformed bool
	}{
		{"done", chunk + "data: [DONE]\n\n", "[DONE]\n\n", false, false},
		{"done without a blank line", chunk + "data: [DONE]", "[DONE]\n\n", false, false},
		{"finish without done", chunk + "data: {\"choices\":[{\"delta\":{},\"finish_reason\":\"stop\"}]}\n\n", "}]}\n\n", false, false},
		{"nothing at all", "", "", true, false},
		{"cut between events", chunk, "}]}\n\n", true, false},
		{"cut inside an event", chunk + `data: {"choices":[{"del`, "}]}\n\n", true, false},
		{"not JSON", chunk + "data: <html>\n\n", "}]}\n\n", false, true},
		{"an endless line", "data: " + strings.Repeat("x", 8<<20+1), "", false, true},
	} {
		t.Run(row.name, func(t *testing.T) {
			out, _, _, err := feed(passing(dialect.EncodeOptions{Model: "r"}), row.body, 4096)
			fault, _ := errors.AsType[*dialect.Fault](err)
			if (err != nil) != (fault != nil) || fault != nil && (fault.Truncated != row.truncated || fault.Malformed != row.malformed) || fault == nil && (row.truncated || row.malformed) {
				t.Fatalf("got %v", err)
			}
			if !strings.HasSuffix(string(out), row.tail) {
				t.Fatalf("got %q, want the end %q", out, row.tail)
			}
		})
	}
}

func TestPassThroughHoldsBackAnErrorInsideTheStream(t *testing.T) {
	body := "data: {\"choices\":[{\"delta\":{\"content\":\"a\"}}]}\n\n" +
		"data: {\"error\":{\"message\":\"Upstream overloaded\",\"code\":502}}\n\ndata: [DONE]\n\n"
	for _, size := range []int{1, 7, len(body)} {
		out, _, content, err := feed(passing(dialect.EncodeOptions{Model: "r"}), body, size)
		fault, ok := errors.AsType[*dialect.Fault](err)
		if !ok || fault.Detail.Status != 502 || fault.Detail.Reason != dialect.ReasonOverloaded || !content {
			t.Fatalf("got %v", err)
		}
		if strings.Contains(string(out), "error") || strings.Contains(string(out), "DONE") {
			t.Fatalf("the upstream's error went through: %q", out)
		}
	}
}

func TestPassThroughOfAPlainAnswer(t *testing.T) {
	for _, row := range []struct {
		name, body, want string
		fault, malformed bool
	}{
		{
			"restores the model only", `{ "x":[1.0], "model":"up","choices":[{"message":{"content":"a"}}],"usage":{"prompt_tokens":4,"completion_tokens":1} }`,
			`{ "x":[1.0], "model":"route","choices":[{"message":{"content":"a"}}],"usage":{"prompt_tokens":4,"completion_tokens":1} }`, false, false,
		},
		{"sees an error inside a success", `{"error":{"message":"no"},"choices":[]}`, "", true, false},
		{"takes a null error", `{"error":null,"choices":[]}`, `{"error":null,"choices":[]}`, false, false},
		{"sees an error inside a choice", `{"choices":[{"error":{"code":502,"message":"x"},"message":{"content":""}}]}`, "", true, false},
		{"refuses HTML", "<html></html>", "", true, true},
		{"refuses another object", `{"ok":true}`, "", true, true},
		{"refuses text after the object", `{"choices":[]}{}`, "", true, true},
	} {
		t.Run(row.name, func(t *testing.T) {
			out, _, err := passing(dialect.EncodeOptions{Model: "route"}).Answer(nil, []byte(row.body))
			fault, ok := errors.AsType[*dialect.Fault](err)
			if ok != row.fault || string(out) != row.want || ok && fault.Malformed != row.malformed {
				t.Fatalf("got %s, %v", out, err)
			}
		})
	}
}

func TestAnswerAsStreamAndBack(t *testing.T) {
	plain := `{"id":"7","object":"chat.completion","created":9,"model":"up","choices":[{"index":0,"message":{"role":"assistant","content":"hi","refusal":null,` +
		`"reasoning_content":"hm","tool_calls":[{"id":"c","type":"function","function":{"name":"f","arguments":"{\"a\":1}"}}]},"finish_reason":"tool_calls"}],` +
		`"usage":{"prompt_tokens":3,"completion_tokens":2,"total_tokens":5}}`
	stream, usage, err := passing(dialect.EncodeOptions{Model: "r", StreamUsage: true}).AnswerAsStream(nil, []byte(plain))
	if err != nil || usage == nil || !strings.HasSuffix(string(stream), "data: [DONE]\n\n") {
		t.Fatalf("got %s, %v", stream, err)
	}
	back, usage, err := passing(dialect.EncodeOptions{Model: "up"}).StreamAsAnswer(nil, stream)
	if err != nil || usage == nil || string(back) != plain {
		t.Fatalf("got  %s, %v\nwant %s", back, err, plain)
	}
	_, _, err = passing(dialect.EncodeOptions{}).StreamAsAnswer(nil, stream[:len(stream)/3])
	if fault, ok := errors.AsType[*dialect.Fault](err); !ok || !fault.Truncated {
		t.Fatalf("a cut stream gave %v", err)
	}
}
