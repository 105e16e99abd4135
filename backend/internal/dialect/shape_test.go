package dialect_test

import (
	"encoding/json"
	"testing"

	"headwater/backend/internal/dialect"
)

func TestASchemaSaysWhatTheAnswerIsFor(t *testing.T) {
	for _, row := range []struct {
		kind, description, schema, want string
		lost                            bool
	}{
		{"schema", "d", `{"type":"object"}`, `{"description":"d","type":"object"}`, false},
		{"schema", "a \"b\"", `{ }`, `{"description":"a \"b\"" }`, false},
		{"schema", "d", `{"description":"own"}`, `{"description":"own"}`, false},
		{"schema", "", `{"type":"object"}`, `{"type":"object"}`, false},
		{"schema", "d", `{"$ref":"#/$defs/a"}`, `{"$ref":"#/$defs/a"}`, true},
		{"schema", "d", `true`, `true`, true},
		{"schema", "d", ``, ``, true},
		{"json", "d", ``, ``, true},
		{"json", "", ``, ``, false},
	} {
		f := dialect.Format{Kind: row.kind, Description: row.description, Schema: json.RawMessage(row.schema)}
		if schema, lost := f.Described(); string(schema) != row.want || lost != row.lost {
			t.Errorf("%+v: got %s, lost %v", row, schema, lost)
		}
	}
}
