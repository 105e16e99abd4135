package certify

import (
	"fmt"
	"os"
	"strings"
	"testing"

	"headwater/backend/hw"
	"headwater/backend/internal/snapshot"
)

// TestTheDocumentHasEveryCheckWithItsFigures keeps docs/certify.md and the table
// of checks the same, in the same order.
func TestTheDocumentHasEveryCheckWithItsFigures(t *testing.T) {
	raw, err := os.ReadFile("../../../docs/certify.md")
	if err != nil {
		t.Fatal(err)
	}
	_, text, _ := strings.Cut(string(raw), "## The checks")
	var rows []string
	for line := range strings.Lines(text) {
		if strings.HasPrefix(line, "| `") {
			rows = append(rows, strings.TrimSpace(line))
		}
	}
	table := checks()
	if len(rows) != len(table) {
		t.Fatalf("the document has %d checks, there are %d", len(rows), len(table))
	}
	for i, row := range table {
		capability := ""
		if row.capability != "" {
			capability = "`" + string(row.capability) + "` "
		}
		head, tail := "| `"+row.name+"` | ", fmt.Sprintf(" | %d | %d | %d | %s|", row.requests, row.in*row.requests, row.room*row.requests, capability)
		if !strings.HasPrefix(rows[i], head) || !strings.HasSuffix(rows[i], tail) {
			t.Errorf("the document says %s, the check is %s…%s", rows[i], head, tail)
		}
	}
}

func TestTheMediaAreWhatTheyAreCalled(t *testing.T) {
	if text := document(); len(text) > 2000 || text != document() {
		t.Errorf("the document has %d characters", len(text))
	}
	if text := picture(); len(text) > 1000 || text != picture() {
		t.Errorf("the picture has %d characters", len(text))
	}
}

func keyOfTest(secret string) *snapshot.Credential {
	if secret == "" {
		return nil
	}
	return &snapshot.Credential{Secret: secret}
}

func TestAnExcerptIsShortAndHidesTheKey(t *testing.T) {
	const secret = "sk-proj-AbCdEfGh12345678"
	r := &run{s: &subject{}}
	for name, row := range map[string]struct{ text, key, want string }{
		"no key":             {"All is well.", "", "All is well."},
		"the whole key":      {"Bad key sk-proj-AbCdEfGh12345678!", secret, "Bad key [key]!"},
		"a part of it":       {"key ending in EfGh12345678, beginning with sk-proj-A", secret, "key ending in [key], beginning with [key]"},
		"too short a part":   {"key …5678", secret, "key …5678"},
		"a short key":        {"token abcd is bad", "abcd", "token [key] is bad"},
		"a key of no secret": {"a cat", "at", "a cat"},
		"an access token":    {"Authorization: Bearer ya29.A0AfH6SMBx-1234567890abc was sent", "", "Authorization: Bearer [key] was sent"},
		"broken characters":  {"a\xffb", "", "ab"},
	} {
		t.Run(name, func(t *testing.T) {
			if got := excerpt(row.text, keyOfTest(row.key)); got != row.want {
				t.Errorf("got %q, want %q", got, row.want)
			}
		})
	}
	long := excerpt(strings.Repeat("水", 5000), nil)
	if len(long) > maxSeen || !strings.HasSuffix(long, "水…") {
		t.Errorf("%d bytes, ending in %q", len(long), long[len(long)-6:])
	}
	r.s.credential = keyOfTest(secret)
	words, said := r.tell([]hw.Said{hw.Say("stopped.showed_not", "checks", 3), hw.Say("check.no_words", "why", "Bad "+secret+strings.Repeat("!", 400))})
	if len(words) > maxWords || len(said[1].Args["why"]) > maxWords || strings.Contains(words+said[1].Words(), secret) {
		t.Errorf("it tells %q, and %v", words, said)
	}
	if f := r.no(strings.Repeat("x", 2000), "saw.no_json"); len(f.seen) > maxSeen {
		t.Errorf("a finding has seen %d bytes", len(f.seen))
	}
}
