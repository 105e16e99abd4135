package hw_test

import (
	"testing"

	"headwater/backend/hw"
)

func TestNoNameOfAModelTurnsTheDirectionOfWriting(t *testing.T) {
	for _, name := range []string{"m\u202egpt", "m\u200b", "\ufeffm", "m\x1b[2J", "m\n", ""} {
		if hw.IsModelName(name) {
			t.Errorf("%q is taken", name)
		}
	}
	for _, name := range []string{"gpt-4o", "qwen3:0.6b", "日本", "org/m@1"} {
		if !hw.IsModelName(name) {
			t.Errorf("%q is refused", name)
		}
	}
}
