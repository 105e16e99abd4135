package conformance

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"testing"
	"time"

	"github.com/openai/openai-go/v3"
	"github.com/openai/openai-go/v3/option"
)

// scene is the one running stage of this test binary; set by TestMain only.
var scene *Stage

func TestMain(m *testing.M) {
	flag.Parse()
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Minute)
	s, err := Open(ctx)
	cancel()
	if errors.Is(err, ErrNoRecordings) {
		fmt.Println("SKIPPED: the conformance suite needs HEADWATER_TESTDATA, the folder with the recorded traffic")
		return
	}
	code := 1
	if err != nil {
		fmt.Fprintln(os.Stderr, "conformance:", err)
		fmt.Fprintln(os.Stderr, s.Log())
	} else {
		scene = s
		code = m.Run()
		if code != 0 {
			fmt.Fprintln(os.Stderr, "the end of the gateway's log:\n"+s.Log())
		}
	}
	if err := s.Close(); err != nil {
		fmt.Fprintln(os.Stderr, "conformance:", err)
	}
	os.Exit(code)
}

// client is an SDK client with the app's key.
func client(opts ...option.RequestOption) *openai.Client {
	return newClient(scene.BaseURL, scene.Key, opts...)
}

// eachDialect runs a test against an upstream of either dialect.
func eachDialect(t *testing.T, test func(t *testing.T, dialect string)) {
	t.Helper()
	for _, dialect := range []string{"openai", "anthropic"} {
		t.Run(dialect, func(t *testing.T) { test(t, dialect) })
	}
}

// limited is the context of one call.
func limited(t *testing.T) context.Context {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	t.Cleanup(cancel)
	return ctx
}
