package tokens

import (
	"slices"
	"strings"
	"testing"
	"unicode"
)

// TestNoLongWhiteSpaceIsCountedInOne: that would take time with its square.
func TestNoLongWhiteSpaceIsCountedInOne(t *testing.T) {
	for _, text := range []string{
		"", "a b", strings.Repeat(" \n\t", 9000), strings.Repeat("\u00a0\n", 999), "x" + strings.Repeat("\n", maxBlank) + "y",
		strings.Repeat("word ", 5000), strings.Repeat(" ", maxBlank-1) + "a" + strings.Repeat(" ", maxBlank-1),
	} {
		got := slices.Collect(pieces(text))
		if strings.Join(got, "") != text {
			t.Errorf("%.9q: something is lost", text)
		}
		for _, piece := range got {
			words := strings.FieldsFunc(piece, func(r rune) bool { return !unicode.IsSpace(r) })
			if slices.ContainsFunc(words, func(blank string) bool { return len([]rune(blank)) > maxBlank }) {
				t.Errorf("%.9q: a piece of %d bytes", text, len(piece))
			}
		}
		if !strings.Contains(text, strings.Repeat(" ", 2)) && strings.Contains(text, "word") && len(got) != 1 {
			t.Errorf("%.9q: cut into %d without a need", text, len(got))
		}
	}
}
