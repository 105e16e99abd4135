package tokens_test

import (
	"encoding/base64"
	"strings"
	"testing"

	"headwater/backend/internal/tokens"
)

func TestAQuickLookIsNearEnough(t *testing.T) {
	text := strings.Repeat("The quick brown fox jumps over the lazy dog. ", 200)
	chinese := strings.Repeat("你好，世界。今天天气很好。", 200)
	for name, s := range map[string]string{"English": text, "Chinese": chinese, "JSON": strings.Repeat(`{"role":"user","content":"hi"},`, 100)} {
		exact, quick := tokens.Text(s), tokens.Quick([]byte(s))
		if quick < exact/2 || quick > exact*2 {
			t.Errorf("%s: %d, counted they are %d", name, quick, exact)
		}
	}
	picture := base64.StdEncoding.EncodeToString(make([]byte, 300_000))
	if got := tokens.Quick([]byte(`{"url":"data:image/png;base64,` + picture + `"}`)); got < 700 || got > 900 {
		t.Errorf("a picture counts %d", got)
	}
	if got := tokens.Quick(nil); got != 0 {
		t.Errorf("nothing counts %d", got)
	}
}
