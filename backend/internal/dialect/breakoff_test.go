package dialect_test

import (
	"regexp"
	"strconv"
	"strings"
	"testing"

	"headwater/backend/hw"
	"headwater/backend/internal/dialect"
	"headwater/backend/internal/dialect/openai"
	"headwater/backend/internal/dialect/responses"
)

var sequenceNumber = regexp.MustCompile(`"sequence_number":(\d+)`)

// TestTheErrorThatEndsAStreamCountsOn breaks streams off, translated and passed
// through, and wants the events of a caller who counts them to be in order.
func TestTheErrorThatEndsAStreamCountsOn(t *testing.T) {
	const chunk = "data: {\"id\":\"1\",\"model\":\"m\",\"choices\":[{\"index\":0,\"delta\":{\"content\":\"a\"}}]}\n\n"
	const native = "data: {\"type\":\"response.created\",\"sequence_number\":0,\"response\":{}}\n\n" +
		"data: {\"type\":\"response.output_text.delta\",\"sequence_number\":1,\"delta\":\"a\"}\n\n"
	told := hw.Errorf(hw.CodeStreamInterrupted, "cut")
	for _, row := range []struct {
		name, body string
		out        dialect.Outbound
	}{
		{"translated", chunk + chunk, openai.Outbound{}},
		{"passed through", native, responses.Outbound{}},
		{"passed through up to the upstream's own error", native + "data: {\"type\":\"error\",\"sequence_number\":2,\"message\":\"x\"}\n\n", responses.Outbound{}},
		{"passed through without numbers", "data: {\"type\":\"response.output_text.delta\",\"delta\":\"a\"}\n\n", responses.Outbound{}},
		{"nothing came", ": hm\n\n", responses.Outbound{}},
	} {
		x := dialect.NewExchange(responses.Inbound{}, row.out, dialect.EncodeOptions{Op: dialect.Operation{Endpoint: dialect.EndpointChat}, Stream: true, Model: "route"})
		out, _, _ := x.Feed(nil, []byte(row.body))
		last := x.Break(told, "req_1")
		if !strings.Contains(string(last), `"code":"stream_interrupted"`) {
			t.Errorf("%s: %s", row.name, last)
		}
		for i, number := range sequenceNumber.FindAllStringSubmatch(string(append(out, last...)), -1) {
			if number[1] != strconv.Itoa(i) {
				t.Fatalf("%s: number %d is %s in %s%s", row.name, i, number[1], out, last)
			}
		}
	}
	// Where nobody counts, it is the same as ever.
	x := passing(dialect.EncodeOptions{Model: "route", Stream: true})
	_, _, _ = x.Feed(nil, []byte(chunk))
	if got, want := string(x.Break(told, "r")), string(openai.Inbound{}.StreamError(dialect.Operation{}, told, "r")); got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}
