package dialect_test

import (
	"testing"

	"headwater/backend/internal/dialect"
)

func TestReasoningThatIsPutBackIsMarked(t *testing.T) {
	find := func(string) (dialect.Proof, bool) {
		return dialect.Proof{Reasoning: []dialect.Part{{Kind: dialect.PartReasoning, Text: "hm", Signature: "s", Signer: dialect.SignerGemini}}}, true
	}
	call := dialect.Part{Kind: dialect.PartToolCall, Call: &dialect.ToolCall{ID: "c", Name: "f", Args: "{}"}}
	for _, row := range []struct {
		why   string
		parts []dialect.Part
		want  bool
	}{
		{"the caller has kept none of it", []dialect.Part{call}, true},
		{"it stands for what the caller kept", []dialect.Part{{Kind: dialect.PartReasoning, Text: "hm"}, call}, false},
	} {
		r := dialect.Request{Messages: []dialect.Message{{Role: dialect.RoleAssistant, Parts: row.parts}}}
		r.Restore(find)
		if parts := r.Messages[0].Parts; len(parts) != 2 || parts[0].Signature != "s" || parts[0].Restored != row.want || !parts[0].Sealed {
			t.Errorf("%s: got %+v", row.why, parts)
		}
	}
	if p, _ := find(""); p.Reasoning[0].Restored {
		t.Error("what is kept was changed")
	}
}
