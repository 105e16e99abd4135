package dialect_test

import (
	"strings"
	"testing"

	"headwater/backend/internal/dialect"
)

func TestRetryDelay(t *testing.T) {
	for body, want := range map[string]string{
		`[{"error":{"details":[{"@type":"type.googleapis.com/google.rpc.RetryInfo","retryDelay":"34s"}]}}]`: "34s",
		`{"error":{"details":[{"retryDelay" : "1.5s"}]}}`:                                                   "1.5s",
		`{"error":{"details":[{"retryDelay":34}]}}`:                                                         "",
		`{"error":{"message":"no wait"}}`:                                                                   "",
		`{"retryDelay":"` + strings.Repeat("9", 100) + `"}`:                                                 "",
		`{"retryDelay"`: "",
		``:              "",
	} {
		if got := dialect.RetryDelay([]byte(body)); got != want {
			t.Errorf("RetryDelay(%.60s) = %q, want %q", body, got, want)
		}
	}
}
