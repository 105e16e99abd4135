package anthropic_test

import (
	"bytes"
	"encoding/base64"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"hash/crc32"
	"maps"
	"net/url"
	"reflect"
	"slices"
	"strings"
	"testing"

	"headwater/backend/internal/dialect"
	"headwater/backend/internal/dialect/anthropic"
	"headwater/backend/internal/dialect/dialecttest"
	"headwater/backend/internal/dialect/sse"
)

var countOp = dialect.Operation{Endpoint: dialect.EndpointCount}

func TestACloudGetsTheCallersBytesWithoutTheModel(t *testing.T) {
	to := dialect.Target{Model: "claude-sonnet-4-5@20250929"}
	onAmazon := dialect.Target{Model: "us.anthropic.claude-sonnet-4-5-20250929-v1:0"}
	betas := dialect.Operation{Endpoint: dialect.EndpointChat, Header: dialect.Header{"Anthropic-Beta": {"a-2025,b"}, "Anthropic-Version": {"2023-06-01"}}}
	for name, row := range map[string]struct {
		out        dialect.Outbound
		op         dialect.Operation
		to         dialect.Target
		stream     bool
		body       string
		path, want string
		header     dialect.Header
	}{
		"Vertex": {
			anthropic.Vertex{},
			chatOp, to, false, "{ \"max_tokens\" : 5, \"model\" :\"r\" ,\"unknown\": 1e2 }",
			"/models/claude-sonnet-4-5@20250929:rawPredict", "{ \"max_tokens\" : 5, \"anthropic_version\":\"vertex-2023-10-16\" ,\"unknown\": 1e2 }",
			dialect.Header{"Content-Type": {"application/json"}},
		},
		"Vertex, streamed with betas": {
			anthropic.Vertex{},
			betas, to, true, `{"model":"r","stream":true}`,
			"/models/claude-sonnet-4-5@20250929:streamRawPredict", `{"anthropic_version":"vertex-2023-10-16","stream":true}`,
			dialect.Header{"Content-Type": {"application/json"}, "Anthropic-Beta": {"a-2025,b"}},
		},
		"Vertex, from a caller who speaks to another cloud": {
			anthropic.Vertex{},
			chatOp, to, false, `{"model":"r","anthropic_version":"bedrock-2023-05-31"}`,
			"/models/claude-sonnet-4-5@20250929:rawPredict", `{"anthropic_version":"vertex-2023-10-16"}`,
			dialect.Header{"Content-Type": {"application/json"}},
		},
		"Vertex, counting": {
			anthropic.Vertex{},
			countOp, to, false, `{"model":"r","messages":[]}`,
			"/models/count-tokens:rawPredict", `{"anthropic_version":"vertex-2023-10-16","model":"claude-sonnet-4-5@20250929","messages":[]}`,
			dialect.Header{"Content-Type": {"application/json"}},
		},
		"Vertex, counting for a caller who speaks to a cloud already": {
			anthropic.Vertex{},
			countOp, to, false, `{"anthropic_version":"bedrock-2023-05-31","messages":[],"model":"r"}`,
			"/models/count-tokens:rawPredict", `{"anthropic_version":"vertex-2023-10-16","messages":[],"model":"claude-sonnet-4-5@20250929"}`,
			dialect.Header{"Content-Type": {"application/json"}},
		},
		"Bedrock": {
			anthropic.Bedrock{},
			chatOp, onAmazon, false, `{"max_tokens":5,"model":"r", "stream" : false}`,
			"/model/us.anthropic.claude-sonnet-4-5-20250929-v1:0/invoke", `{"max_tokens":5,"anthropic_version":"bedrock-2023-05-31"}`,
			dialect.Header{"Content-Type": {"application/json"}},
		},
		"Bedrock, streamed with betas": {
			anthropic.Bedrock{},
			betas, onAmazon, true, `{"stream":true, "model":"r","x":[1, 2]}`,
			"/model/us.anthropic.claude-sonnet-4-5-20250929-v1:0/invoke-with-response-stream",
			`{"anthropic_beta":["a-2025","b"], "anthropic_version":"bedrock-2023-05-31","x":[1, 2]}`,
			dialect.Header{"Content-Type": {"application/json"}, "Accept": {"application/vnd.amazon.eventstream"}},
		},
		"Bedrock, with betas in the body": {
			anthropic.Bedrock{},
			betas, onAmazon, false, `{"model":"r","anthropic_beta":["c"],"stream":false}`,
			"/model/us.anthropic.claude-sonnet-4-5-20250929-v1:0/invoke", `{"anthropic_version":"bedrock-2023-05-31","anthropic_beta":["c"]}`,
			dialect.Header{"Content-Type": {"application/json"}},
		},
	} {
		wire, err := row.out.Adapt(row.op, []byte(row.body), row.to, row.stream)
		if err != nil || wire.Path != row.path || string(wire.Body) != row.want || !reflect.DeepEqual(wire.Header, row.header) {
			t.Errorf("%s: %v\n%s\n%s\n%v", name, err, wire.Path, wire.Body, wire.Header)
		}
		if row.out.Name() != "anthropic" || !row.out.Serves(row.op.Endpoint) {
			t.Errorf("%s: callers of the dialect are not passed through", name)
		}
	}
	for _, out := range []dialect.Outbound{anthropic.Vertex{}, anthropic.Bedrock{}} {
		for _, body := range []string{`{"messages":[]}`, `[]`, `{"model":"a","model":"b"}`, `{`} {
			if _, err := out.Adapt(chatOp, []byte(body), to, false); err == nil {
				t.Errorf("%T took %s", out, body)
			}
		}
		if _, err := out.Adapt(dialect.Operation{Endpoint: dialect.EndpointModels}, nil, dialect.Target{}, false); err == nil || out.Serves(dialect.EndpointModels) {
			t.Errorf("%T lists models", out)
		}
	}
}

func TestAmazonCountsAWholeRequestForTheModelBehindTheProfile(t *testing.T) {
	wire, err := anthropic.Bedrock{}.Adapt(countOp, []byte(`{"model":"r","messages":[]}`), dialect.Target{Model: "global.anthropic.claude-haiku-4-5-20251001-v1:0"}, false)
	if err != nil || wire.Path != "/model/anthropic.claude-haiku-4-5-20251001-v1:0/count-tokens" {
		t.Fatal(wire.Path, err)
	}
	var body struct {
		Input struct {
			InvokeModel struct {
				Body []byte `json:"body"`
			} `json:"invokeModel"`
		} `json:"input"`
	}
	if err := json.Unmarshal(wire.Body, &body); err != nil || string(body.Input.InvokeModel.Body) != `{"max_tokens":1,"anthropic_version":"bedrock-2023-05-31","messages":[]}` {
		t.Errorf("%s (%v)", body.Input.InvokeModel.Body, err)
	}
	x := dialect.NewExchange(anthropic.Inbound{}, anthropic.Bedrock{}, dialect.EncodeOptions{Op: countOp, Model: "r"})
	if out, _, err := x.Answer(nil, []byte(`{"inputTokens":42}`)); err != nil || string(out) != `{"input_tokens":42}` {
		t.Errorf("%s, %v", out, err)
	}
	if a, err := (anthropic.Bedrock{}).Decoder(countOp).Answer([]byte(`{"inputTokens":42}`)); err != nil || a.Usage.In != 42 {
		t.Errorf("%+v, %v", a, err)
	}
	for _, bad := range []string{`{}`, `{"inputTokens":"many"}`, `{"inputTokens":-1}`, `[]`} {
		if _, _, err := x.Answer(nil, []byte(bad)); err == nil {
			t.Errorf("%s was taken for a count", bad)
		}
	}
	if !(anthropic.Bedrock{}).Fits("arn:aws:bedrock:us-east-1:1:inference-profile/us.anthropic.claude-opus-4-1") || (anthropic.Bedrock{}).Fits("amazon.nova-pro-v1:0") {
		t.Error("which models are Claude")
	}
}

func TestACloudsErrorsAreRead(t *testing.T) {
	for _, row := range []struct {
		out    dialect.Outbound
		status int
		kind   string
		body   string
		reason dialect.Reason
	}{
		{anthropic.Vertex{}, 401, "", `{"error":{"code":401,"status":"UNAUTHENTICATED","message":"Request had invalid authentication credentials."}}`, dialect.ReasonAuth},
		{anthropic.Vertex{}, 403, "", `[{"error":{"code":403,"status":"PERMISSION_DENIED","message":"x"}}]`, dialect.ReasonAuth},
		{anthropic.Vertex{}, 404, "", `{"error":{"code":404,"status":"NOT_FOUND","message":"Publisher Model x was not found or your project does not have access to it."}}`, dialect.ReasonNoModel},
		{anthropic.Vertex{}, 429, "", `{"error":{"code":429,"status":"RESOURCE_EXHAUSTED","message":"Quota exceeded for online_prediction_requests"}}`, dialect.ReasonRate},
		{anthropic.Vertex{}, 503, "", `{"error":{"code":503,"status":"UNAVAILABLE","message":"x"}}`, dialect.ReasonOverloaded},
		{anthropic.Vertex{}, 400, "", `{"error":{"code":400,"status":"INVALID_ARGUMENT","message":"x"}}`, dialect.ReasonBadRequest},
		{anthropic.Vertex{}, 400, "", `{"type":"error","error":{"type":"invalid_request_error","message":"prompt is too long: 210000 tokens > 200000 maximum"}}`, dialect.ReasonContextLength},
		{anthropic.Vertex{}, 529, "", `{"type":"error","error":{"type":"overloaded_error","message":"Overloaded"}}`, dialect.ReasonOverloaded},
		{anthropic.Bedrock{}, 403, "AccessDeniedException:http://internal.amazon.com/coral/com.amazon.bedrock/", `{"message":"You don't have access to the model with the specified model ID."}`, dialect.ReasonAuth},
		{anthropic.Bedrock{}, 403, "UnrecognizedClientException", `{"message":"The security token included in the request is invalid."}`, dialect.ReasonAuth},
		{anthropic.Bedrock{}, 400, "ValidationException", `{"message":"The provided model identifier is invalid."}`, dialect.ReasonNoModel},
		{anthropic.Bedrock{}, 400, "ValidationException", `{"message":"input is too long for requested model"}`, dialect.ReasonContextLength},
		{anthropic.Bedrock{}, 429, "ThrottlingException", `{"message":"Too many requests"}`, dialect.ReasonRate},
	} {
		d := row.out.ReadError(row.status, dialect.Header{"X-Amzn-Errortype": {row.kind}}, []byte(row.body))
		if d.Reason != row.reason || d.Status != row.status || d.Message == "" {
			t.Errorf("%s: %+v, want %q", row.body, d, row.reason)
		}
	}
}

// awsFrame is one frame of Amazon's event stream.
func awsFrame(header, name string, payload []byte) []byte {
	head := append([]byte{byte(len(header))}, header...)
	head = append(head, 7)
	head = append(binary.BigEndian.AppendUint16(head, uint16(len(name))), name...)
	out := binary.BigEndian.AppendUint32(nil, uint32(12+len(head)+len(payload)+4))
	out = binary.BigEndian.AppendUint32(out, uint32(len(head)))
	out = binary.BigEndian.AppendUint32(out, crc32.ChecksumIEEE(out))
	out = append(append(out, head...), payload...)
	return binary.BigEndian.AppendUint32(out, crc32.ChecksumIEEE(out))
}

func chunkFrame(event string) []byte {
	payload, _ := json.Marshal(map[string]any{"bytes": []byte(event), "p": "abc"})
	return awsFrame(":event-type", "chunk", payload)
}

func framed(events ...string) []byte {
	var out []byte
	for _, ev := range events {
		out = append(out, chunkFrame(ev)...)
	}
	return out
}

var wholeStream = []string{
	`{"type":"message_start","message":{"id":"msg_1","type":"message","role":"assistant","model":"claude-x","content":[],"stop_reason":null,"stop_sequence":null,"usage":{"input_tokens":3,"output_tokens":1}}}`,
	`{"type":"content_block_start","index":0,"content_block":{"type":"text","text":""}}`,
	"{\"type\":\"content_block_delta\",\n\"index\":0,\"delta\":{\"type\":\"text_delta\",\"text\":\"he\\nllo\"}}",
	`{"type":"content_block_stop","index":0}`,
	`{"type":"message_delta","delta":{"stop_reason":"end_turn","stop_sequence":null},"usage":{"output_tokens":2}}`,
	`{"type":"message_stop","amazon-bedrock-invocationMetrics":{"inputTokenCount":3}}`,
}

// passed carries a stream of Bedrock's to a caller in pieces of a size.
func passed(stream []byte, size int) ([]byte, *dialect.Usage, error) {
	x := dialect.NewExchange(anthropic.Inbound{}, anthropic.Bedrock{}, dialect.EncodeOptions{
		Op: chatOp, Stream: true, Model: "the-route", StreamUsage: true, Framing: dialect.FramingAWS,
	})
	var out []byte
	var err error
	for piece := range slices.Chunk(stream, max(size, 1)) {
		if out, _, err = x.Feed(out, piece); err != nil {
			return out, nil, err
		}
	}
	return x.Close(out)
}

func TestAStreamInAmazonsFramesReachesTheCallerAsAnthropics(t *testing.T) {
	stream := framed(wholeStream...)
	for _, size := range []int{1, 7, len(stream)} {
		out, usage, err := passed(stream, size)
		if err != nil || usage == nil || usage.In != 3 || usage.Out != 2 {
			t.Fatalf("%+v, %v", usage, err)
		}
		c := dialecttest.Anthropic{}.Stream(out)
		if len(c.Problems) > 0 || c.Text != "he\nllo" || c.Model != "the-route" || c.Finish != "end_turn" || !c.Done {
			t.Errorf("%+v\n%s", c, out)
		}
		if want := "event: message_stop\ndata: " + wholeStream[5] + "\n\n"; !strings.HasSuffix(string(out), want) {
			t.Errorf("unknown fields are lost: %s", out)
		}
	}
}

func TestAnExceptionInsideAStreamIsAFault(t *testing.T) {
	stream := append(framed(wholeStream[:3]...), awsFrame(":exception-type", "throttlingException", []byte(`{"message":"Too many tokens, please wait."}`))...)
	out, _, err := passed(stream, 11)
	fault, ok := errors.AsType[*dialect.Fault](err)
	if !ok || fault.Detail.Reason != dialect.ReasonRate || fault.Detail.Status != 429 || fault.Malformed || fault.Truncated {
		t.Fatalf("%+v, %v", fault, err)
	}
	if !bytes.Contains(out, []byte("he\\nllo")) || bytes.Contains(out, []byte("Too many")) {
		t.Errorf("what came before belongs to the caller, the exception does not: %s", out)
	}
	// The same through the neutral form.
	d := anthropic.Bedrock{}.Decoder(chatOp)
	if _, err := d.Event(nil, "throttlingException", []byte(`{}`)); err == nil {
		t.Error("the decoder sees no exception")
	}
}

func TestAStreamThatIsCutOrBrokenIsAFault(t *testing.T) {
	whole := framed(wholeStream...)
	for name, row := range map[string]struct {
		stream               []byte
		malformed, truncated bool
	}{
		"without its end":     {framed(wholeStream[:5]...), false, true},
		"cut inside a frame":  {whole[:len(whole)-9], false, true},
		"no base64":           {awsFrame(":event-type", "chunk", []byte(`{"bytes":"*"}`)), true, false},
		"no bytes":            {awsFrame(":event-type", "chunk", []byte(`{}`)), true, false},
		"no JSON in a frame":  {awsFrame(":event-type", "chunk", []byte(`x`)), true, false},
		"no JSON in the text": {chunkFrame("x"), true, false},
		"a broken checksum":   {append(whole[:len(whole)-1:len(whole)-1], 0), true, false},
	} {
		_, _, err := passed(row.stream, 13)
		fault, ok := errors.AsType[*dialect.Fault](err)
		if !ok || fault.Malformed != row.malformed || fault.Truncated != row.truncated {
			t.Errorf("%s: %+v, %v", name, fault, err)
		}
	}
	strange := append(framed(wholeStream...), awsFrame(":event-type", "somethingNew", []byte(`{}`))...)
	if _, _, err := passed(strange, 13); err != nil {
		t.Errorf("an event that is not known yet: %v", err)
	}
}

// recordedForms are the recordings of Claude in a cloud.
func recordedForms() map[string]dialect.Outbound {
	return map[string]dialect.Outbound{
		"vertex-raw": anthropic.Vertex{}, "vertex-raw-stream": anthropic.Vertex{},
		"bedrock-invoke": anthropic.Bedrock{}, "bedrock-invoke-stream": anthropic.Bedrock{},
	}
}

// callers makes the request that a caller of Anthropic's would have sent, where
// the recorded one is for Claude.
func callers(t *testing.T, r *dialecttest.Record) (body, want []byte) {
	t.Helper()
	var fields map[string]json.RawMessage
	if json.Unmarshal(r.RequestBody(), &fields) != nil || fields["anthropic_version"] == nil || fields["anthropic_beta"] != nil {
		return nil, nil
	}
	own := maps.Clone(fields)
	delete(own, "anthropic_version")
	own["model"] = json.RawMessage(`"the-route"`)
	if strings.HasPrefix(r.Dialect, "bedrock") {
		own["stream"] = json.RawMessage(fmt.Sprint(strings.HasSuffix(r.Dialect, "stream")))
	}
	body, err := json.Marshal(own)
	if err != nil {
		t.Fatal(err)
	}
	return body, r.RequestBody()
}

func TestRecordedRequestsToACloudAreMadeFromACallers(t *testing.T) {
	for name, out := range recordedForms() {
		total := 0
		dialecttest.Recordings(t, name, func(r *dialecttest.Record) {
			body, want := callers(t, r)
			if body == nil {
				return
			}
			total++
			path, err := url.PathUnescape(r.Request.Path)
			if err != nil {
				t.Fatal(err)
			}
			at := strings.LastIndex(path, "/model")
			model := strings.NewReplacer("/models/", "", "/model/", "", ":rawPredict", "", ":streamRawPredict", "", "/invoke-with-response-stream", "", "/invoke", "").Replace(path[at:])
			wire, err := out.Adapt(chatOp, body, dialect.Target{Model: model}, strings.HasSuffix(name, "stream"))
			if err != nil {
				t.Errorf("%s: %v", r.ID, err)
				return
			}
			got, _ := url.PathUnescape(wire.Path)
			if got != path[at:] || !dialecttest.SameJSON(string(wire.Body), string(want)) {
				t.Errorf("%s: %s\n%s\nwant %s\n%s", r.ID, got, wire.Body, path[at:], want)
			}
		})
		t.Logf("%s: %d requests", name, total)
	}
}

func TestRecordedAnswersOfACloudPassThrough(t *testing.T) {
	for name, out := range recordedForms() {
		var y dialecttest.Tally
		dialecttest.Recordings(t, name, func(r *dialecttest.Record) {
			if body, _ := callers(t, r); body == nil {
				return
			}
			if r.Failed() {
				header := dialect.Header{"X-Amzn-Errortype": {r.Response.Headers["x-amzn-errortype"]}}
				if d := out.ReadError(r.Response.Status, header, r.Plain()); d.Message == "" || d.Reason == dialect.ReasonUnknown {
					t.Errorf("%s: %+v", r.ID, d)
				}
				return
			}
			stream, framing := r.Stream()
			for _, size := range []int{1 << 20, 97} {
				x := dialect.NewExchange(anthropic.Inbound{}, out, dialect.EncodeOptions{
					Op: chatOp, Stream: framing != dialect.FramingNone, Model: "the-route", StreamUsage: true, Framing: framing,
				})
				var got []byte
				var usage *dialect.Usage
				var err error
				read := dialecttest.Anthropic{}.Stream
				if framing == dialect.FramingNone {
					read = dialecttest.Anthropic{}.Plain
					got, usage, err = x.Answer(nil, r.Plain())
				} else {
					for piece := range slices.Chunk(stream, size) {
						if got, _, err = x.Feed(got, piece); err != nil {
							break
						}
					}
					if err == nil {
						got, usage, err = x.Close(got)
					}
				}
				y.Add(r.ID, judgeCloud(r, read(got), usage, err))
			}
		})
		y.Report(t, name, 100)
	}
}

// judgeCloud compares what a client reads with the facts. Those of Bedrock's
// streams say nothing but how many events there are.
func judgeCloud(r *dialecttest.Record, c *dialecttest.Client, usage *dialect.Usage, err error) []string {
	if err != nil {
		return []string{err.Error()}
	}
	out := slices.Clone(c.Problems)
	if c.Model != "the-route" {
		out = append(out, "model "+c.Model)
	}
	if usage == nil || usage.Out == 0 {
		out = append(out, "usage missing")
	}
	if r.Facts.Finish == "" {
		if c.Text == "" && len(c.ToolCalls) == 0 {
			out = append(out, "nothing came")
		}
		return out
	}
	if r.Facts.Usage == nil || usage == nil || usage.Out != r.Facts.Usage.Out {
		out = append(out, "usage")
	}
	want := &dialecttest.Client{Usage: c.Usage, Text: r.Facts.Text, Reasoning: r.Facts.Reasoning, ToolCalls: r.Facts.ToolCalls, Finish: r.Facts.Finish}
	return append(out, dialecttest.Differences(c, want)...)
}

// A stream of any frames gives the same bytes however it is cut, and never a
// clean end where there was none.
func FuzzAmazonStream(f *testing.F) {
	f.Add(framed(wholeStream...), 7)
	f.Add(framed(wholeStream[:2]...), 1)
	f.Add(awsFrame(":exception-type", "internalServerException", []byte(`{}`)), 3)
	f.Add(awsFrame(":event-type", "chunk", []byte(`{"bytes":"`+base64.StdEncoding.EncodeToString([]byte(`{"type":"a b\n"}`))+`"}`)), 3)
	f.Fuzz(func(t *testing.T, stream []byte, size int) {
		whole, _, err := passed(stream, len(stream)+1)
		pieces, _, errToo := passed(stream, max(size%50, 1))
		if !bytes.Equal(whole, pieces) || (err == nil) != (errToo == nil) {
			t.Fatalf("%q (%v) became %q (%v)", whole, err, pieces, errToo)
		}
		var split sse.Splitter
		split.Write(whole)
		for ev, ok := split.Next(); ok; ev, ok = split.Next() {
			if ev.HasData && !json.Valid(ev.Data) {
				t.Fatalf("an event that is no JSON: %q", ev.Data)
			}
		}
		if err == nil && !bytes.Contains(whole, []byte("message_stop")) {
			t.Fatalf("a clean end of %q", whole)
		}
	})
}
