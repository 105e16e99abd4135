package dialect_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"headwater/backend/internal/dialect"
	"headwater/backend/internal/dialect/anthropic"
	"headwater/backend/internal/dialect/ollama"
	"headwater/backend/internal/dialect/openai"
	"headwater/backend/internal/dialect/responses"
)

// TestOfManyStrangersAHundredAreNamed: what is done for each name, wherever a name
// is told, is bounded with them. PLACE is where they stand in a request.
func TestOfManyStrangersAHundredAreNamed(t *testing.T) {
	var fields strings.Builder
	for i := range 20_000 {
		fmt.Fprintf(&fields, `,"z%d":1`, i)
	}
	for _, row := range []struct {
		in     dialect.Inbound
		body   string
		places int
	}{
		{openai.Inbound{}, `{"model":"m","messages":[{"role":"user","content":[{"type":"text","text":"q"PLACE}]PLACE}],"tools":[{"type":"function","function":{"name":"f"PLACE}}],"service_tier":"flex"PLACE}`, 4},
		{responses.Inbound{}, `{"model":"m","input":[{"role":"user","content":[{"type":"input_text","text":"q"PLACE}]PLACE}],"tools":[{"type":"function","name":"f"PLACE}],"service_tier":"flex"PLACE}`, 4},
		{anthropic.Inbound{}, `{"model":"m","max_tokens":9,"messages":[{"role":"user","content":[{"type":"text","text":"q"PLACE}]PLACE}],"tools":[{"name":"f","input_schema":{"type":"object"}PLACE}],"service_tier":"standard_only"}`, 3},
		{ollama.Inbound{}, `{"model":"m","messages":[{"role":"user","content":"q"PLACE}],"tools":[{"type":"function","function":{"name":"f"PLACE}}]}`, 2},
	} {
		op := dialect.Operation{Endpoint: dialect.EndpointChat}
		for place := range row.places + 1 { // in one of the places, then in all
			body := row.body
			for i := range row.places {
				with := ""
				if i == place || place == row.places {
					with = fields.String()
				}
				body = strings.Replace(body, "PLACE", with, 1)
			}
			req, err := row.in.Decode(op, []byte(body))
			if err != nil {
				t.Fatalf("%s: %v", row.in.Name(), err)
			}
			own := slices.DeleteFunc(slices.Clone(req.Unmapped), func(name string) bool { return name == "service_tier" })
			// One that the dialect knows is told whatever else is.
			if len(own) < dialect.MostStrangers-1 || len(own) > dialect.MostStrangers || strings.Contains(row.body, `"flex"`) && len(own) == len(req.Unmapped) {
				t.Errorf("%s, place %d: %d names", row.in.Name(), place, len(req.Unmapped))
			}
			slices.Sort(own)
			if len(slices.Compact(own)) < dialect.MostStrangers-1 {
				t.Errorf("%s, place %d: a name is told twice", row.in.Name(), place)
			}
		}
	}
}

func TestHasTexts(t *testing.T) {
	for raw, want := range map[string]bool{
		`{"a":"b"}`: true, `{"a":""}`: true, `{"a":"b","c":42}`: false, `{"a":null}`: false, `{"a":{}}`: false, `{}`: false, `null`: false, `5`: false, `["a"]`: false,
	} {
		if dialect.HasTexts([]byte(raw)) != want {
			t.Errorf("%s: %v", raw, !want)
		}
	}
}
