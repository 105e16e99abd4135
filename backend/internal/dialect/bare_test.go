package dialect_test

import (
	"errors"
	"testing"

	"headwater/backend/internal/dialect"
	"headwater/backend/internal/dialect/gemini"
	"headwater/backend/internal/dialect/openai"
)

func TestAnErrorThatStandsBareInAStreamIsAFault(t *testing.T) {
	const stream = "data: {\"candidates\":[{\"content\":{\"parts\":[{\"text\":\"a\"}]}}]}\r\n\r\n" +
		"{\n  \"error\": {\"code\": 503, \"message\": \"The model is overloaded.\", \"status\": \"UNAVAILABLE\"}\n}\n"
	for name, in := range map[string]dialect.Inbound{"passed through": gemini.Inbound{}, "translated": openai.Inbound{}} {
		for size := len(stream); size > 0; size = nextSize(size) {
			opts := dialect.EncodeOptions{Op: dialect.Operation{Endpoint: dialect.EndpointChat, Model: "r", Stream: true}, Stream: true, Model: "r"}
			_, _, _, err := feed(dialect.NewExchange(in, gemini.Outbound{}, opts), stream, size)
			fault, ok := errors.AsType[*dialect.Fault](err)
			if !ok || fault.Truncated || fault.Malformed || fault.Detail.Message != "The model is overloaded." || fault.Detail.Status != 503 {
				t.Fatalf("%s, pieces of %d: %v", name, size, err)
			}
		}
	}
}
