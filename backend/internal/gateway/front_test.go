package gateway_test

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"headwater/backend/hw"
)

func TestWhatIsNoRequestIsRefusedInSomeDialect(t *testing.T) {
	r := newRig(t)
	for name, row := range map[string]struct {
		req  *http.Request
		want string
	}{
		"a head that could not be read": {&http.Request{Header: http.Header{}}, `{"error":{"message":`},
		"a path of Gemini's":            {httptest.NewRequestWithContext(t.Context(), http.MethodPost, "/v1beta/models/x:generateContent", nil), `"status":"`},
		"a path of Ollama's":            {httptest.NewRequestWithContext(t.Context(), http.MethodPost, "/api/chat", nil), `{"error":"`},
	} {
		got := httptest.NewRecorder()
		r.gateway.RefuseHTTP(got, row.req, hw.Errorf(hw.CodeMisdirected, "This gateway does not answer to that host name."))
		if got.Code != 421 || !strings.Contains(got.Body.String(), row.want) {
			t.Errorf("%s: %d %s", name, got.Code, got.Body)
		}
	}
}
